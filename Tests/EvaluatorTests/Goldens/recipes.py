#!/usr/bin/env python3
"""Writes recipes.json: weights after steps of RMSProp, moving averages and learning rates, by TensorFlow's own code (the
version 1 functions that the published trainings use).

  recipes.py > recipes.json
"""
import json, math, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf


def gradients(step, count):
    """Smooth numbers that the test repeats."""
    return np.array([math.sin(1.7 * step + 0.9 * i) for i in range(count)], np.float32)


def rmsprop(decay, epsilon, momentum, rate, steps=5, count=7):
    """The gradient of the plain sum of weight * g is g."""
    w = tf.Variable(np.array([0.5 - 0.2 * i for i in range(count)], np.float32))
    optimizer = tf.compat.v1.train.RMSPropOptimizer(rate, decay=decay, momentum=momentum, epsilon=epsilon)
    found = []
    for step in range(steps):
        optimizer.apply_gradients([(tf.constant(gradients(step, count)), w)])
        found.append([float(x) for x in w.numpy()])
    return {"decay": decay, "epsilon": epsilon, "momentum": momentum, "rate": rate, "weights": found}


def average(decay, steps=12):
    value = tf.Variable(1.0)
    ema = tf.train.ExponentialMovingAverage(decay, num_updates=0)
    ema.apply([value])
    found = []
    for step in range(1, steps + 1):
        value.assign(math.cos(step))
        ema._num_updates = step
        ema.apply([value])
        found.append(float(ema.average(value).numpy()))
    return {"decay": decay, "averages": found}


def rates(name, peak, factor, epochs, per_epoch, total, warm_up):
    """As the TPU trainings compute it: the schedule, replaced by a line from 0 while the training warms up."""
    found = []
    for step in range(0, total * per_epoch, 3):
        if name == "cosine":
            rate = tf.compat.v1.train.cosine_decay(peak, step, total * per_epoch)()
        else:
            rate = tf.compat.v1.train.exponential_decay(
                peak, step, epochs * per_epoch, factor, staircase=name == "step")()
        if step < warm_up * per_epoch:
            rate = peak * step / (warm_up * per_epoch)
        found.append(float(rate))
    return {"schedule": name, "peak": peak, "factor": factor, "epochs": epochs, "stepsPerEpoch": per_epoch,
            "total": total, "warmUp": warm_up, "rates": found}


print(json.dumps({
    "tensorflow": tf.__version__,
    "rmsProp": [rmsprop(0.9, 1.0, 0.9, 0.04), rmsprop(0.9, 0.1, 0.0, 0.01), rmsprop(0.5, 0.001, 0.5, 0.1)],
    "averages": [average(0.9999), average(0.5)],
    "schedules": [rates("cosine", 0.025, 1, 1, 10, 6, 0), rates("exponential", 2.0, 0.97, 2.4, 10, 6, 0),
                  rates("step", 0.64, 0.5, 1.5, 8, 7, 0), rates("step", 0.64, 0.9, 1, 10, 6, 3),
                  rates("cosine", 0.05, 1, 1, 7, 5, 0.5)],
}, indent=1))
