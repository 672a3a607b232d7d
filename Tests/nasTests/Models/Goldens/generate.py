#!/usr/bin/env python3
"""Writes logits.json: what other implementations compute for two images, by PyTorch in double precision.

  generate.py PEER.py GENOTYPE.json... > logits.json      (needs torch, timm, numpy)

timm's NASNet-A and PNASNet-5, narrow and on small images, NASNet-A also with TensorFlow's rule for averages; the genotypes
for CIFAR by PEER.py (see peers.py). Weights and images follow from a formula that the test repeats, so none are stored: a
tensor's values from the place of its name among all sorted names.
"""
import json, sys
import torch
import peers


def case(name, net, tensors, skeleton):
    net.eval()
    peers.fill(tensors)
    height, width = skeleton["size"]
    images = torch.from_numpy(peers.noise(5000, 2 * 3 * height * width)).float().double().view(2, 3, height, width)
    with torch.no_grad():
        logits = net(2 * images)
    return {"name": name, **skeleton, "tensors": len(tensors),
            "logits": [[float("%.9g" % value) for value in row] for row in logits.tolist()]}


def timm_case(name, genotype, preset, make, filters, stem, size):
    net, tensors = make(filters=filters, stem=stem, classes=7)
    if genotype == "nasnet-a":
        peers.tensorflow_averages(net)
    cells = 6 if preset == "imagenet-large" else 4
    return case(name, net, tensors, {"genotype": genotype, "preset": preset, "cells": cells, "filters": filters,
                                     "stem": stem, "size": size, "classes": 7})


def main():
    torch.set_default_dtype(torch.float64)
    peer = peers.load_peer(sys.argv[1])
    cases = []
    for path in sys.argv[2:]:
        genotype = path.split("/")[-1].removesuffix(".json")
        for cells, filters, size in ((1, 8, 32), (2, 6, 17)):
            net, tensors = peers.peer_network(peer, json.load(open(path)), cells, filters, 10, size)
            cases.append(case(f"{genotype} {cells}, {filters} at {size}", net, tensors, {
                "genotype": genotype, "preset": "cifar", "cells": cells, "filters": filters, "size": [size, size],
                "classes": 10}))
    for size in ((75, 75), (92, 67)):
        text = f"{size[0]}x{size[1]}"
        for genotype in ("nasnet-a", "nasnet-a-timm"):
            cases.append(timm_case(f"timm as {genotype} at {text}", genotype, "imagenet-large", peers.nasnet, 8, 12, size))
        cases.append(timm_case(f"timm PNASNet-5 at {text}", "pnasnet-5", "pnasnet", peers.pnasnet, 8, 10, size))
    import timm
    print(json.dumps({"torch": torch.__version__, "timm": timm.__version__, "cases": cases}, separators=(",", ":")))


main()
