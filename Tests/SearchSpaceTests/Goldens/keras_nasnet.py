#!/usr/bin/env python3
"""Writes keras_nasnet.json: the variables of Keras' own NASNet models, as shapes with their numbers, cell by cell.

  keras_nasnet.py > keras_nasnet.json      (needs keras with a backend, such as tensorflow-cpu)

The parts are in the order of the network: the stem's convolution, its two reduction cells, the cells, the classifier.
"""
import collections, json, re, sys
import keras


def part(layer):
    """The part a layer belongs to, in the network's order; Keras numbers a reduction cell by the normal cells before it."""
    name = layer.name
    if name in ("stem_conv1", "stem_bn1"):
        return (0, 0, 0), "stem"
    if found := re.search(r"_stem_(\d+)$", name):
        return (1, int(found[1]), 0), "stem_" + found[1]
    if found := re.search(r"_reduce_(\d+)$", name):
        return (2, int(found[1]), 1), "reduce_" + found[1]
    if name == "predictions":
        return (3, 0, 0), name
    return (2, int(re.search(r"_(\d+)$", name)[1]), 0), re.search(r"_(\d+)$", name)[1]


def model(make):
    net = make(weights=None)
    shapes = collections.defaultdict(collections.Counter)
    for layer in net.layers:
        for variable in layer.variables:
            shapes[part(layer)]["x".join(map(str, variable.shape))] += 1
    return {"name": make.__name__, "variables": len(net.variables), "trainable": len(net.trainable_variables),
            "parameters": net.count_params(),
            "parts": [{"name": name, "shapes": dict(sorted(shapes[key, name].items()))} for key, name in sorted(shapes)]}


models = [model(keras.applications.NASNetMobile), model(keras.applications.NASNetLarge)]
json.dump({"keras": keras.__version__, "models": models}, sys.stdout, indent=1)
print()
