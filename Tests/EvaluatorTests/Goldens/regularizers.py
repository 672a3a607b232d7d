#!/usr/bin/env python3
"""Writes regularizers.json: one training step of a small network with an auxiliary head, label smoothing, a fixed drop-path mask and
fixed dropout, by PyTorch in double; and label smoothing alone.

  regularizers.py > regularizers.json

Network (the test builds the same): 3x3 convolution to 6, BN; left: ReLU, 3x3 convolution to 6, BN; right: 3x3 average pooling
(SAME, without the padding); their sum; on it the auxiliary head (ReLU, average pooling 3 / 2 VALID, 1x1 convolution to 5, BN, ReLU,
convolution over the whole image to 4, BN, ReLU, linear) and the last (ReLU, mean, dropout, linear). Weights and images follow from
the formula of generate.py; tensors in our order: as the nodes come, the auxiliary head before the last.
"""
import json
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, HEIGHT, WIDTH, CLASSES = 6, 9, 7, 5


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
    """A tensor in our layout: kernels [h, w, in, out], fully connected [in, out] with inputs in the order h, w, c."""
    return tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor.t() if tensor.dim() == 2 else tensor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        bn = lambda c: nn.BatchNorm2d(c, eps=1e-5, momentum=0.1)
        self.stem, self.stem_norm = nn.Conv2d(3, 6, 3, padding=1, bias=False), bn(6)
        self.left, self.left_norm = nn.Conv2d(6, 6, 3, padding=1, bias=False), bn(6)
        self.project, self.project_norm = nn.Conv2d(6, 5, 1, bias=False), bn(5)
        self.whole, self.whole_norm = nn.Conv2d(5, 4, (4, 3), bias=False), bn(4)
        self.auxiliary, self.last = nn.Linear(4, CLASSES), nn.Linear(6, CLASSES)

    def forward(self, x, paths, features):
        x = self.stem_norm(self.stem(x))
        left = self.left_norm(self.left(F.relu(x)))
        right = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        x = left * paths[0].view(-1, 1, 1, 1) + right * paths[1].view(-1, 1, 1, 1)
        a = F.avg_pool2d(F.relu(x), 3, 2)
        a = F.relu(self.project_norm(self.project(a)))
        a = F.relu(self.whole_norm(self.whole(a)))
        return self.last(F.relu(x).mean((2, 3)) * features), self.auxiliary(a.flatten(1))


def step(smoothing, weight, path_keep, feature_keep):
    net = Net().double().train()
    tensors = [(n, t) for n, t in net.state_dict(keep_vars=True).items() if "num_batches" not in n]
    with torch.no_grad():
        for stream, (n, t) in enumerate(tensors):
            if "running" in n:
                continue
            values = noise(stream, t.numel())
            values = values * np.sqrt(4 / (t.numel() / t.shape[0])) if t.dim() > 1 else \
                0.3 * values + (1 if n.endswith("norm.weight") else 0)
            ours(t).copy_(torch.from_numpy(values.astype(np.float32)).double().view(ours(t).shape))
    images = noise(5000, BATCH * HEIGHT * WIDTH * 3).astype(np.float32).reshape(BATCH, HEIGHT, WIDTH, 3)
    labels = torch.tensor([(7 * i + 3) % CLASSES for i in range(BATCH)])
    # Kept where the noise is below the line; scaled, as in training.
    factors = lambda stream, shape, keep: torch.from_numpy(
        (noise(stream, int(np.prod(shape))).reshape(shape) < 2 * keep - 1) / keep)
    paths, features = factors(6000, (2, BATCH), path_keep), factors(6001, (BATCH, 6), feature_keep)
    logits, auxiliary = net(torch.from_numpy(images).double().permute(0, 3, 1, 2), paths, features)
    main = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    second = F.cross_entropy(auxiliary, labels, label_smoothing=smoothing)
    (main + weight * second).backward()
    keep = lambda x: float("%.9g" % x)
    return {"smoothing": smoothing, "weight": weight, "pathKeep": path_keep, "featureKeep": feature_keep,
            "kept": [float(paths.ne(0).sum()), float(features.ne(0).sum())],
            "loss": keep(main.item()), "auxiliaryLoss": keep(second.item()),
            "logits": [keep(v) for v in logits.detach().numpy().ravel()],
            "gradients": [[keep(v) for v in ours(t.grad).numpy().ravel()] for n, t in tensors if "running" not in n]}


def smoothed():
    """Label smoothing alone: losses and gradients of single rows."""
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0], [-3.0, 4.0, 1.0]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 1, 0])
    losses = F.cross_entropy(logits, labels, label_smoothing=0.1, reduction="none")
    losses.mean().backward()
    return {"losses": losses.tolist(), "gradient": logits.grad.ravel().tolist()}


print(json.dumps({"torch": torch.__version__, "smoothed": smoothed(),
                  "steps": [step(0.1, 0.4, 0.6, 0.7), step(0, 0.5, 1, 1), step(0.2, 0.4, 0.3, 1)]},
                 separators=(",", ":")))
