#!/usr/bin/env python3
"""Compares the built nas with other implementations at full size; one line of CSV for each network.

  compare.py NAS timm                               timm's NASNet-A large and PNASNet-5 large, 331 pixels
  compare.py NAS cifar PEER.py GENOTYPE.json...     PEER.py's `logits --same tf` for CIFAR, (N, F) of (1, 8) and (6, 32)

The peer's random initialisation, settled (see peers.py), goes into a file of weights under our names; 'nas predict' and the
peer compute the logits of two random images. Ends with code 1 when an error is too large. Needs torch, timm, safetensors.
"""
import json, subprocess, sys, tempfile, time
import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
import peers

IMAGES = 2


def run(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {ended.stderr}")


def write_weights(nas, folder, genotype, options, tensors):
    """The tensors as a file of weights of the network that nas describes."""
    run(nas, "export", genotype, *options, "--initial-weights", 0, "--format", "safetensors", "--out", f"{folder}/empty")
    with safe_open(f"{folder}/empty", "np") as file:
        metadata = file.metadata()
        ours = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    theirs = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if ours != theirs:
        sys.exit(f"the tensors differ: {[name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]}")
    save_file({name: tensor.detach().float().contiguous().numpy() for name, tensor in tensors.items()},
              f"{folder}/weights.safetensors", metadata)


def predicted(nas, folder, images):
    save_file({"images": images}, f"{folder}/images.safetensors")
    start = time.perf_counter()
    run(nas, "predict", f"{folder}/weights.safetensors", "--images", f"{folder}/images.safetensors", "--logits",
        f"{folder}/logits.safetensors", "--force")
    return load_file(f"{folder}/logits.safetensors")["logits"], time.perf_counter() - start


def row(network, peer, images, error, limit, seconds):
    print(f"{network},{peer},{images.shape[2]}x{images.shape[3]},{error:.2e},{limit:.0e},{seconds:.1f}", flush=True)
    return error <= limit


def compare_timm(nas, seed=1):
    import timm
    good = True
    # Each with our cells, whether timm gets TensorFlow's averages, and the limit; the one without shows what they make.
    for name, preset, make, comparisons in (
            ("NASNet-A large", "imagenet-large", peers.nasnet,
             (("nasnet-a-timm", False, 1e-3), ("nasnet-a", False, np.inf), ("nasnet-a", True, 1e-3))),
            ("PNASNet-5 large", "pnasnet", peers.pnasnet, (("pnasnet-5", False, 1e-3),))):
        with torch.no_grad():
            torch.manual_seed(seed)
            net, tensors = make()
            images = torch.randn(IMAGES, 3, 331, 331)
            peers.settle(net, torch.randn(4, 3, 331, 331), seed)
            for genotype, patched, limit in comparisons:
                if patched:
                    peers.tensorflow_averages(net)
                with tempfile.TemporaryDirectory() as folder:
                    write_weights(nas, folder, genotype, ["--skeleton", preset], tensors)
                    logits, seconds = predicted(nas, folder, images.numpy())
                peer = f"timm {timm.__version__} " + ("with TensorFlow's averages" if patched else "as it is")
                good &= row(f"{name} ({genotype})", peer, images, peers.relative_error(logits, net(images)), limit, seconds)
    return good


def compare_cifar(nas, script, paths, seed=1):
    peer = peers.load_peer(script)
    good = True
    for path in paths:
        for cells, filters in ((1, 8), (6, 32)):
            with tempfile.TemporaryDirectory() as folder:
                torch.manual_seed(seed)
                net, tensors = peers.peer_network(peer, json.load(open(path)), cells, filters)
                images = torch.randn(IMAGES, 3, 32, 32).numpy()
                peers.settle(net, torch.randn(16, 3, 32, 32), seed)
                write_weights(nas, folder, path, ["--cells", cells, "--filters", filters], tensors)
                logits, seconds = predicted(nas, folder, images)
                np.save(f"{folder}/images.npy", images)
                run(sys.executable, script, "logits", path, "--cells", cells, "--filters", filters, "--same", "tf",
                    "--weights", f"{folder}/weights.safetensors", "--images", f"{folder}/images.npy", "--out",
                    f"{folder}/logits.npy")
                error = peers.relative_error(logits, np.load(f"{folder}/logits.npy"))
                name = path.split("/")[-1].removesuffix(".json")
                good &= row(f"{name} ({cells}; {filters})", "PyTorch script", images, error, 1e-4, seconds)
    return good


print("network,peer,pixels,relative error,limit,seconds of nas predict")
if sys.argv[2] == "timm":
    sys.exit(0 if compare_timm(sys.argv[1]) else 1)
sys.exit(0 if compare_cifar(sys.argv[1], sys.argv[3], sys.argv[4:]) else 1)
