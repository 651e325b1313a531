"""Typical wrong answers to the exercises of the chapter on one change at a time."""

import math

import torch
from torch import nn


def layer_of(weight, bias):
    """A full connection with these weights and biases."""
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def bias_of(layer):
    """Its bias, or 0."""
    return torch.zeros(layer.out_features) if layer.bias is None else layer.bias


def without_mean(layer, norm):
    """Forgets that the mean is taken away."""
    g = norm.weight / (norm.running_var + norm.eps).sqrt()
    return layer_of(g[:, None] * layer.weight, g * bias_of(layer) + norm.bias)


def without_root(layer, norm):
    """Divides by the variance."""
    g = norm.weight / (norm.running_var + norm.eps)
    bias = g * (bias_of(layer) - norm.running_mean) + norm.bias
    return layer_of(g[:, None] * layer.weight, bias)


def without_epsilon(layer, norm):
    """Forgets the small number below the root."""
    g = norm.weight / norm.running_var.sqrt()
    bias = g * (bias_of(layer) - norm.running_mean) + norm.bias
    return layer_of(g[:, None] * layer.weight, bias)


def without_factor(layer, norm):
    """Forgets gamma."""
    g = 1 / (norm.running_var + norm.eps).sqrt()
    bias = g * (bias_of(layer) - norm.running_mean) + norm.bias
    return layer_of(g[:, None] * layer.weight, bias)


def without_shift(layer, norm):
    """Forgets beta."""
    g = norm.weight / (norm.running_var + norm.eps).sqrt()
    return layer_of(g[:, None] * layer.weight, g * (bias_of(layer) - norm.running_mean))


def without_bias(layer, norm):
    """Right only for a layer without a bias."""
    g = norm.weight / (norm.running_var + norm.eps).sqrt()
    return layer_of(g[:, None] * layer.weight, norm.bias - g * norm.running_mean)


def columns(layer, norm):
    """Multiplies columns, where rows were meant; fails where there are not as many."""
    g = norm.weight / (norm.running_var + norm.eps).sqrt()
    bias = g * (bias_of(layer) - norm.running_mean) + norm.bias
    return layer_of(g[None, :] * layer.weight, bias)


def times(factor, power=2, rounded=math.ceil):
    """A number of seeds from another formula."""
    return lambda d, s: max(2, rounded(factor * abs(s / d) ** power))


def right(difference, spread):
    """As it should be."""
    return max(2, math.ceil(8 * (spread / difference) ** 2))


FEW = [8.1, 7.9, 8.4, 9.0, 8.2]
MORE = [9.1, 9.9, 9.4, 10.0, 9.2]

MISTAKES = {
    "ex-modern-merge": [
        ((lambda layer, norm: layer_of(layer.weight, bias_of(layer)),), "as it was"),
        ((lambda layer, norm: nn.Sequential(layer, norm),), "of the kind `nn.Linear`"),
        ((lambda layer, norm: layer,), "needs a bias"),
        ((without_mean,), "the running mean"),
        ((without_root,), "the root of the variance"),
        ((without_epsilon,), "epsilon"),
        ((without_factor,), "a factor, too"),
        ((without_shift,), "a shift, too"),
        ((without_bias,), "own bias is lost"),
        ((columns,), "raised RuntimeError"),
    ],
    "ex-modern-seeds": [
        ((lambda d, s: 8 * (s / d) ** 2, 100), "round up"),
        ((times(8, rounded=math.floor), 100), "one error short"),
        ((times(4), 100), "both networks scatter"),
        ((times(2), 100), "two* standard errors"),
        ((lambda d, s: 2 * right(d, s), 100), "of each network's"),
        ((times(8, power=1), 100), "variances are squares"),
        ((lambda d, s: math.ceil(8 * (s / d) ** 2), 100), "two at least"),
        ((right, 1), "too small"),
        ((right, 10**7), "too large"),
    ],
    "ex-modern-undo": [
        ((FEW, FEW, False), "the same errors"),
        ((FEW, MORE, False), "does not follow"),
        (([100 - e for e in FEW], MORE, True), "read correctly"),
        (([0.1, 0.2, 0.0, 0.1, 0.3], MORE, True), "in percent"),
        (([1.1, 1.2, 1.0, 1.1, 1.3], MORE, True), "1,000 training digits"),
        ((FEW, [80.0, 70.0, 60.0, 75.0, 77.0], True), "nothing was learned"),
        ((FEW[:3], MORE[:3], True), "should hold 5 numbers"),
    ],
}
