#!/usr/bin/env python3
"""Writes pytorch.json: losses, logits, gradients and running statistics of one training step, by PyTorch in double.

  generate.py PEER.py GENOTYPE.json... > pytorch.json

PEER.py is a PyTorch implementation of the cells: it defines Network(genotype, cells, filters, classes, size),
operation(name, channels in, channels out, stride), Conv, bn and TF_SAME. Cases: every genotype as a whole network, every
operation of the spaces alone at strides 1 and 2 on 9x7 images. Weights and images follow from a formula (`noise`) that
the test repeats, so none are stored; of each tensor's gradient two projections onto noise and the norm are stored.
"""
import json, sys
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

OPERATIONS = ["identity", "conv_1x3_3x1", "conv_1x7_7x1", "dil_conv_3x3", "avg_pool_3x3", "max_pool_3x3",
              "max_pool_5x5", "max_pool_7x7", "conv_1x1", "conv_3x3", "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7",
              "dil_sep_conv_3x3"]


def noise(stream, count):
    """Uniform in [-1, 1): a 32-bit mix of stream and position."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(stream * 0x85EBCA77 + 1)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x2C1B3C6D)) & mask
    x ^= x >> np.uint64(12)
    x = (x * np.uint64(0x297A2D39)) & mask
    x ^= x >> np.uint64(15)
    return x.astype(np.float64) / 2**31 - 1


def ours(tensor):
    """A tensor in our layout: kernels [h, w, in, out], fully connected [in, out]."""
    if tensor.dim() == 4:
        return tensor.permute(2, 3, 1, 0)
    return tensor.t() if tensor.dim() == 2 else tensor


def position(name):
    """Our order of tensors: blocks one after the other, left before right; the peer has all left operations first."""
    part = name.split(".")
    if part[0] != "cells":
        return ({"stem": 0, "op": 1, "fc": 3}[part[0]],)
    order = {"fit": (0,), "base": (1,), "tail": (3,)}.get(part[2])
    return (2, int(part[1])) + (order or (2, int(part[3]), part[2]))


def case(name, net, shape, classes, batch):
    net = net.double().train()
    tensors = sorted(((n, t) for n, t in net.state_dict(keep_vars=True).items() if "num_batches" not in n),
                     key=lambda item: position(item[0]))
    with torch.no_grad():
        for stream, (n, t) in enumerate(tensors):
            if "running" in n:
                continue
            values = noise(stream, t.numel())
            if t.dim() > 1:
                values = values * np.sqrt(4 / (t.numel() / t.shape[0]))
            else:
                values = 0.3 * values + (1 if n.endswith("weight") else 0)
            t.copy_(ours(torch.empty_like(t)).copy_(torch.from_numpy(values.astype(np.float32)).double().view(
                ours(t).shape)).permute(*([3, 2, 0, 1] if t.dim() == 4 else [1, 0] if t.dim() == 2 else [0])))
    height, width = shape
    images = noise(5000, batch * height * width * 3).astype(np.float32).reshape(batch, height, width, 3)
    labels = torch.tensor([(7 * i + 3) % classes for i in range(batch)])
    logits = net(torch.from_numpy(images).double().permute(0, 3, 1, 2))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients, buffers = [], []
    for stream, (n, t) in enumerate(tensors):
        if "running" in n:
            buffers.append(float(ours(t).detach().numpy().ravel() @ noise(1000 + stream, t.numel())))
        else:
            g = ours(t.grad).numpy().ravel()
            gradients.append([float(g @ noise(1000 + stream, g.size)), float(g @ noise(2000 + stream, g.size)),
                              float(np.linalg.norm(g))])
    keep = lambda x: float("%.9g" % x)
    return {"name": name, "height": height, "width": width, "classes": classes, "batch": batch,
            "loss": keep(loss.item()), "logits": [keep(v) for v in logits.detach().numpy().ravel()],
            "gradients": [[keep(v) for v in g] for g in gradients], "buffers": [keep(v) for v in buffers]}


class Single(nn.Module):
    """3x3 convolution to 10 channels, BN, the operation to 12, ReLU, mean, linear to 5."""

    def __init__(self, peer, name, stride):
        super().__init__()
        self.stem = nn.Sequential(peer["Conv"](3, 10, 3), peer["bn"](10))
        self.op = peer["operation"](name, 10, 12, stride)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        return self.fc(F.relu(self.op(self.stem(x))).mean((2, 3)))


def main():
    peer = {"__name__": "peer"}
    source = open(sys.argv[1]).read()
    # The peer is a script; only its definitions are wanted.
    exec(compile(source[:source.rindex("\nmain()")], sys.argv[1], "exec"), peer)
    peer["TF_SAME"] = True
    cases = []
    for path in sys.argv[2:]:
        genotype = json.load(open(path))
        net = peer["Network"](genotype, 1, 8, classes=10, size=12)
        cases.append(case(path.split("/")[-1].removesuffix(".json"), net, (12, 12), 10, 8))
    for name in OPERATIONS:
        for stride in (1, 2):
            cases.append(case(f"{name} / {stride}", Single(peer, name, stride), (9, 7), 5, 6))
    print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))


main()
