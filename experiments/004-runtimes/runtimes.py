#!/usr/bin/env python3
"""Runs exported networks in onnxruntime and PyTorch and compares the logits with nas's own; CSV on standard output.

  runtimes.py NAS [--count 50] [--seed 4] > runtimes.csv     (needs torch, onnx, onnxruntime, safetensors, numpy)

Networks: NASNet-A, AmoebaNet-A and so many random architectures of each space of pairs of cells, on skeletons that change;
images: one alone, and seven together. Each network has two sets of weights:

  random   kernels that keep activations of size 1, random scales, offsets and running statistics
  settled  an initialisation whose normalisations have the statistics of a few images, not quite, as in a training. Every
           layer takes the mean away and blows up what is left: deep chains of operations multiply rounding errors with it.

Errors are the largest difference of a logit as a share of the largest logit of its image. The last three columns are the
errors of nas, onnxruntime and PyTorch from the same network in double precision, for seven images: what rounding does to
this network. An error may be 1e-4, or with settled weights what rounding explains: three times the sum of the two. Each group
ends with a planted fault: one weight of the exported files changed, which must be noticed. Ends with code 1 when something
is not so.
"""
import argparse, csv, importlib.util, json, pathlib, subprocess, sys, tempfile
import numpy as np
import onnx
import onnxruntime
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

LIMIT = 1e-4
BATCHES = (1, 7)
# (N, F, pixels)
SKELETONS = [(1, 8, 32), (1, 6, 27), (2, 4, 17), (1, 12, 32), (1, 5, 24)]


def run(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {ended.stderr}")
    return ended.stdout


def module(path):
    """The exported PyTorch module."""
    spec = importlib.util.spec_from_file_location("exported", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def input_shape(folder):
    with safe_open(f"{folder}/w.safetensors", "np") as file:
        return json.loads(file.metadata()["nas"])["skeleton"]["input"]


def fill(folder, seed):
    """Gives the exported file random weights that keep activations of size 1, and random statistics."""
    random = np.random.default_rng(seed)
    with safe_open(f"{folder}/w.safetensors", "np") as file:
        metadata = file.metadata()
    tensors = load_file(f"{folder}/w.safetensors")
    for name, tensor in tensors.items():
        values = random.uniform(-1, 1, tensor.shape)
        if tensor.ndim > 1:
            values *= np.sqrt(4 / (tensor.size / tensor.shape[0]))
        else:
            values = 0.3 * values + (1 if name.endswith(("weight", "running_var")) else 0)
        tensors[name] = values.astype("f4")
    save_file(tensors, f"{folder}/w.safetensors", metadata)


def settle(folder, seed):
    """Gives the exported weights the statistics of a network in training, not quite, and random scales and offsets."""
    torch.manual_seed(seed)
    with safe_open(f"{folder}/w.safetensors", "np") as file:
        metadata = file.metadata()
    exported = module(f"{folder}/m.py")
    net = exported.load(f"{folder}/w.safetensors")
    layers = [layer for layer in net.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    shape = input_shape(folder)
    with torch.no_grad():
        for layer in layers:
            layer.weight.uniform_(0.7, 1.3)
            layer.bias.uniform_(-0.3, 0.3)
            layer.momentum = 1
        net.train()
        net(torch.randn(16, shape["channels"], shape["height"], shape["width"]))
        for layer in layers:
            deviation = layer.running_var.sqrt()
            layer.running_mean.add_(0.1 * deviation * torch.randn_like(deviation))
            layer.running_var.mul_(torch.empty_like(deviation).uniform_(0.8, 1.25))
    tensors = {name: tensor.contiguous().numpy() for name, tensor in net.state_dict().items()
               if not name.endswith("num_batches_tracked")}
    names = set(load_file(f"{folder}/w.safetensors"))
    if names != set(tensors):
        raise SystemExit(f"the module's tensors are not the file's: {sorted(names ^ set(tensors))[:5]}")
    save_file(tensors, f"{folder}/w.safetensors", metadata)


def error(found, expected):
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float((np.abs(found - expected).max(1) / np.abs(expected).max(1)).max())


def runtimes(folder, images):
    """What onnxruntime and PyTorch compute for each batch."""
    path = f"{folder}/n.onnx"
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    net = module(f"{folder}/m.py").load(f"{folder}/w.safetensors")
    with torch.no_grad():
        return ([session.run(["logits"], {"images": batch})[0] for batch in images],
                [net(torch.from_numpy(batch)).numpy() for batch in images])


def plant(folder):
    """Changes the first weight of the stem in both exports."""
    model = onnx.load(f"{folder}/n.onnx")
    tensor = next(t for t in model.graph.initializer if t.name == "stem.convolution.weight")
    values = onnx.numpy_helper.to_array(tensor).copy()
    values.flat[0] += 0.1 * np.abs(values).max()
    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    onnx.save(model, f"{folder}/n.onnx")
    tensors = load_file(f"{folder}/w.safetensors")
    with safe_open(f"{folder}/w.safetensors", "np") as file:
        metadata = file.metadata()
    tensors["stem.convolution.weight"] = values
    save_file(tensors, f"{folder}/w.safetensors", metadata)


def double(folder, images):
    """What the exported PyTorch module computes in double precision."""
    net = module(f"{folder}/m.py").load(f"{folder}/w.safetensors").double()
    with torch.no_grad():
        return net(torch.from_numpy(images).double()).numpy()


def compare(nas, genotype, skeleton, weights_of, seed, fault=False):
    """The errors of onnxruntime and of PyTorch at each batch with those of rounding, and the same with a planted fault."""
    cells, filters, size = skeleton
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/w.safetensors"
        run(nas, "export", genotype, "--format", "safetensors", "--out", weights, "--initial-weights", seed, "--cells",
            cells, "--filters", filters, "--image-size", size)
        run(nas, "export", weights, "--format", "pytorch", "--out", f"{folder}/m.py")
        weights_of(folder, seed)
        shape = input_shape(folder)
        run(nas, "export", weights, "--format", "onnx", "--out", f"{folder}/n.onnx")
        random = np.random.default_rng(seed)
        images, ours = [], []
        for batch in BATCHES:
            images.append(random.normal(size=(batch, shape["channels"], shape["height"], shape["width"])).astype("f4"))
            save_file({"images": images[-1]}, f"{folder}/i.safetensors")
            run(nas, "predict", weights, "--images", f"{folder}/i.safetensors", "--logits", f"{folder}/l.safetensors",
                "--force")
            ours.append(load_file(f"{folder}/l.safetensors")["logits"])

        def errors():
            results = runtimes(folder, images)
            exact = double(folder, images[1])
            return ([error(*pair) for runtime in results for pair in zip(runtime, ours)]
                    + [error(logits, exact) for logits in (ours[1], results[0][1], results[1][1])])
        found = [errors()]
        if fault:
            plant(folder)
            found.append(errors())
        # How far two images are apart: errors mean something only where the logits depend on the images.
        apart = float(np.abs(ours[1][0] - ours[1][1]).max() / np.abs(ours[1]).max())
        parameters = sum(t.size for name, t in load_file(weights).items() if ".running_" not in name)
        return found, apart, parameters


def is_good(errors, weights):
    ours, onnx_alone, torch_alone = errors[4:]
    rounding = [ours + onnx_alone] * 2 + [ours + torch_alone] * 2
    # One image alone may be worse off than the worst of the seven.
    return all(e <= (max(LIMIT, 3 * r) if weights == "settled" else LIMIT) for e, r in zip(errors, rounding))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nas")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["network", "index", "weights", "N", "F", "pixels", "parameters", "onnxruntime 1", "onnxruntime 7",
                  "pytorch 1", "pytorch 7", "nas from double", "onnxruntime from double", "pytorch from double",
                  "images apart"])
    good = True
    with tempfile.TemporaryDirectory() as folder:
        groups = {"nasnet-a": ["nasnet-a"], "amoebanet-a": ["amoebanet-a"]}
        for space in ("nasnet", "amoebanet"):
            run(arguments.nas, "sample", "--space", space, "--count", arguments.count, "--seed", arguments.seed, "--out",
                f"{folder}/{space}")
            groups[space] = sorted(map(str, pathlib.Path(folder, space).iterdir()),
                                   key=lambda path: int(path.removesuffix(".json").rsplit("-", 1)[1]))
        for group, genotypes in groups.items():
            for index, genotype in enumerate(genotypes):
                skeleton = SKELETONS[index % len(SKELETONS)]
                last = index == len(genotypes) - 1
                for weights, weights_of in (("random", fill), ("settled", settle)):
                    found, apart, parameters = compare(arguments.nas, genotype, skeleton, weights_of, index, fault=last)
                    good &= is_good(found[0], weights)
                    for errors, name in zip(found, (group, f"{group} with a fault")):
                        out.writerow([name, index, weights, *skeleton, parameters, *(f"{e:.1e}" for e in errors),
                                      f"{apart:.1e}"])
                    if last:
                        good &= min(found[1][:4]) > LIMIT
                sys.stdout.flush()
    sys.exit(0 if good else 1)


main()
