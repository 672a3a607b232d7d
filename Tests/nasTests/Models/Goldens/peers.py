"""Other implementations of the published networks, with our names for their tensors.

Peers: NASNetALarge and PNASNet5Large of timm (pytorch-image-models), and a PyTorch script PEER.py that builds any genotype
for CIFAR (it defines Network(genotype, cells, filters, classes, size), Conv, ReLUConvBN, SepConv, FactorizedReduction,
Pool, Bottleneck and TF_SAME).

timm's average pooling with stride 2 counts the padding ("FIXME how to deal with count_include_pad" in its
layers/pool2d_same.py), the released TensorFlow code does not. Our cell nasnet-a-timm counts it too and is
compared with timm as it is; nasnet-a does not and is compared with a model that `tensorflow_averages` has given that rule.
"""
import re
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# MARK: names

PARTS = {"conv.weight": "convolution.weight", "bn": "batchNorm", "conv": "convolution",
         "separable_1.depthwise_conv2d": "depthwise1", "separable_1.pointwise_conv2d": "pointwise1",
         "bn_sep_1": "batchNorm1", "separable_2.depthwise_conv2d": "depthwise2",
         "separable_2.pointwise_conv2d": "pointwise2", "bn_sep_2": "batchNorm2"}


def timm_cell(name, cells):
    """Our scope of a cell of timm: its reductions are numbered apart, ours are cells like the others."""
    if name.startswith("cell_stem_"):
        return "stemCell" + name[-1]
    index = int(name.rsplit("_", 1)[1])
    if name.startswith("reduction_cell_"):
        return f"cell{(index + 1) * cells + index}"
    # PNASNet's reductions are in the count already.
    return f"cell{index}" if cells is None else f"cell{index + index // cells}"


def timm_name(name, cells):
    """Our name of a tensor of timm; `cells` is N for NASNet, None for PNASNet."""
    words = name.split(".")
    if words[0] in ("conv0", "conv_0"):
        return f"stem.{PARTS[words[1]]}.{words[-1]}"
    if words[0] == "last_linear":
        return "head.linear." + words[1]
    scope, rest = timm_cell(words[0], cells), ".".join(words[1:-1])
    rest = rest.removeprefix("conv_prev_1x1.") if "path" in rest or "final" in rest else rest
    if rest in ("path_1.conv", "path_2.conv", "final_path_bn"):
        part = {"path_1.conv": "convolution", "path_2.conv": "shiftedConvolution", "final_path_bn": "batchNorm"}[rest]
        return f"{scope}.previous.{part}.{words[-1]}"
    if found := re.match(r"conv_(prev_)?1x1\.(conv|bn)$", rest):
        return f"{scope}.{'previous' if found[1] else 'direct'}.{PARTS[found[2]]}.{words[-1]}"
    block, side, part = re.match(r"comb_iter_(\d)_(left|right)\.(.*)$", rest).groups()
    return f"{scope}.block{int(block) + 2}.{side}.{PARTS[part]}.{words[-1]}"


def modules(peer, module, scope, result):
    """Collects our scopes of the convolutions and normalisations of a module of PEER.py."""
    def add(name, part):
        result[part] = f"{scope}.{name}"

    def convolution(part, suffix=""):
        add("convolution" + suffix, part.conv.conv)
        add("batchNorm" + suffix, part.bn)

    if isinstance(module, peer["ReLUConvBN"]):
        convolution(module)
    elif isinstance(module, peer["SepConv"]):
        for number in ("1", "2") if module.twice else ("1",):
            add("depthwise" + number, getattr(module, "dw" + number).conv)
            add("pointwise" + number, getattr(module, "pw" + number).conv)
            add("batchNorm" + number, getattr(module, "bn" + number))
    elif isinstance(module, peer["FactorizedReduction"]):
        add("convolution", module.a.conv)
        if module.s > 1:
            add("shiftedConvolution", module.b.conv)
        add("batchNorm", module.bn)
    elif isinstance(module, peer["Bottleneck"]):
        for index, layer in enumerate(module.layers):
            convolution(layer, "Down" if index == 0 else "Up" if index == len(module.layers) - 1 else str(index))
    elif isinstance(module, peer["Pool"]):
        if module.project is not None:
            add("convolution", module.project[0].conv)
            add("batchNorm", module.project[1])
    elif module is not None and not isinstance(module, nn.Identity):
        raise SystemExit(f"no names for {type(module).__name__}")


def peer_scopes(peer, net):
    """Our scope of every convolution, normalisation and fully connected layer of a network of PEER.py."""
    result = {net.stem[0].conv: "stem.convolution", net.stem[1]: "stem.batchNorm", net.fc: "head.linear"}
    for index, cell in enumerate(net.cells):
        modules(peer, cell.fit, f"cell{index}.previous", result)
        modules(peer, cell.base, f"cell{index}.direct", result)
        for block in range(len(cell.left)):
            modules(peer, cell.left[block], f"cell{index}.block{block + 2}.left", result)
            modules(peer, cell.right[block], f"cell{index}.block{block + 2}.right", result)
        for state, tail in zip(cell.spec["concat"], cell.tail):
            modules(peer, tail, f"cell{index}.output.state{state}", result)
    return result


def named(net, scopes=None, name=None):
    """The tensors of a network under our names; either by the modules' scopes or by a function of their names."""
    if name is None:
        return {f"{scopes[module]}.{part}": tensor for module in scopes
                for part, tensor in module.state_dict(keep_vars=True).items() if part != "num_batches_tracked"}
    return {name(key): tensor for key, tensor in net.state_dict(keep_vars=True).items()
            if not key.endswith("num_batches_tracked")}


# MARK: networks

def load_peer(path):
    """The definitions of PEER.py, which is a script."""
    source = open(path).read()
    peer = {"__name__": "peer"}
    exec(compile(source[:source.rindex("\nmain()")], path, "exec"), peer)
    peer["TF_SAME"] = True
    return peer


def peer_network(peer, genotype, cells, filters, classes=10, size=32):
    net = peer["Network"](genotype, cells, filters, classes=classes, size=size)
    return net, named(net, scopes=peer_scopes(peer, net))


def nasnet(filters=168, stem=96, classes=1000):
    """timm's NASNet-A large, which has N = 6 and any F."""
    from timm.models.nasnet import NASNetALarge
    net = NASNetALarge(num_classes=classes, stem_size=stem, num_features=24 * filters, pad_type="same")
    return net, named(net, name=lambda key: timm_name(key, 6))


def pnasnet(filters=216, stem=96, classes=1000):
    """timm's PNASNet-5 large, which has N = 4; every width is a multiple of F / 4 or the stem's."""
    from timm.models import pnasnet as timm_pnasnet
    saved = timm_pnasnet.Cell, timm_pnasnet.CellStem0, timm_pnasnet.ConvNormAct

    def width(value):
        return stem if value == 96 else value * filters // 216

    def narrowed(make):
        return lambda *positional, **numbers: make(
            *map(lambda v: width(v) if v == 96 else v, positional),
            **{key: width(v) if "_chs_" in key else v for key, v in numbers.items()})

    timm_pnasnet.Cell, timm_pnasnet.CellStem0, timm_pnasnet.ConvNormAct = map(narrowed, saved)
    try:
        net = timm_pnasnet.PNASNet5Large(num_classes=classes, pad_type="same")
    finally:
        timm_pnasnet.Cell, timm_pnasnet.CellStem0, timm_pnasnet.ConvNormAct = saved
    net.last_linear = nn.Linear(20 * filters, classes)
    return net, named(net, name=lambda key: timm_name(key, None))


def tensorflow_averages(net):
    """Gives the strided average poolings of a model of timm TensorFlow's rule; their number."""
    from timm.layers.pool2d_same import AvgPool2dSame, pad_same

    def forward(self, x):
        ones = torch.ones_like(x[:1, :1])
        sums, counts = (F.avg_pool2d(pad_same(v, self.kernel_size, self.stride), self.kernel_size, self.stride)
                        for v in (x, ones))
        return sums / counts

    found = [module for module in net.modules() if isinstance(module, AvgPool2dSame)]
    for module in found:
        module.forward = forward.__get__(module)
    return len(found)


# MARK: values

def noise(stream, count):
    """Uniform in [-1, 1): a 32-bit mix of stream and position."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(stream * 0x85EBCA77 + 1)) & mask
    for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & mask
    x ^= x >> np.uint64(15)
    return x.astype(np.float64) / 2**31 - 1


def fill(tensors):
    """Gives every tensor values that follow from its place among the sorted names: every one matters, and activations stay
    of size 1."""
    for stream, (name, tensor) in enumerate(sorted(tensors.items())):
        values = noise(stream, tensor.numel())
        if tensor.dim() > 1:
            values = values * np.sqrt(4 / (tensor.numel() / tensor.shape[0]))
        else:
            is_scale = name.endswith(("weight", "running_var"))
            values = 0.3 * values + (1 if is_scale else 0)
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(values.astype(np.float32)).view(tensor.shape))


def settle(net, images, seed):
    """Makes a random initialisation look trained: random scales and offsets, and the running statistics of what it computes
    for some images, but not quite, so that all of them matter and the logits depend on the images."""
    torch.manual_seed(seed)
    layers = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for layer in layers:
            layer.weight.uniform_(0.7, 1.3)
            layer.bias.uniform_(-0.3, 0.3)
            layer.reset_running_stats()
            layer.momentum = 1
        net.train()
        net(images)
        for layer in layers:
            deviation = layer.running_var.sqrt()
            layer.running_mean.add_(0.1 * deviation * torch.randn_like(deviation))
            layer.running_var.mul_(torch.empty_like(deviation).uniform_(0.8, 1.25))
    return net.eval()


def relative_error(found, expected):
    """The largest difference of a logit, as a share of the largest logit of its image."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    return float((np.abs(found - expected).max(1) / np.abs(expected).max(1)).max())
