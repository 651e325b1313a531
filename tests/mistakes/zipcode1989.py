"""Typical wrong answers to the exercises of the chapter on the zip-code network."""

import torch
import torch.nn.functional as F


def layer(maps, kernels, biases, sides=(2, 1, 2, 1), value=-1.0):
    """As it should be, or with another border."""
    framed = F.pad(maps, sides, value=value)
    return F.conv2d(framed, kernels, stride=2) + biases


def estimate(error, weights, place, up=1e-4, down=1e-4, over=2e-4):
    """As it should be, or with other steps."""
    old = weights[place]
    weights[place] = old + up
    above = error()
    weights[place] = old - down
    below = error()
    weights[place] = old
    return (above - below) / over


def forgetful(error, weights, place):
    """Does not put the old weight back."""
    before = error()
    weights[place] += 1e-4
    return (error() - before) / 1e-4


def careful(error, weights, place):
    """Changes a copy, of which the error knows nothing."""
    return estimate(error, weights.copy(), place)


def for_grey(kernels, biases, times=1.0):
    """As it should be, or with another factor."""
    edge = 2 * biases.shape[-1]
    framed = F.pad(torch.zeros(1, 1, edge, edge), (2, 1, 2, 1), value=-times)
    return biases + F.conv2d(framed, kernels[:, None], stride=2)[0]


def share(gradient):
    """As it should be."""
    gradient[:] = gradient.sum(axis=1, keepdims=True)


def mean(gradient):
    """The mean, not the sum."""
    gradient[:] = gradient.mean(axis=1, keepdims=True)


def columns(gradient):
    """The wrong axis."""
    gradient[:] = gradient.sum(axis=0)


WRONG = ["w1", "b1", "w2", "b2"]
USUAL, OTHER = [12.9, 12.9, 15.1], [12.3, 14.1, 13.5]
NONE = "no difference"
MISTAKES = {
    "ex-zipcode1989-count": [
        ((3_600, 192, 201, 8_824, 64_660), "does not read all maps of H1"),
        ((2_400, 12, 201, 8_824, 64_660), "each unit has its own"),
        ((2_400, 192, 200, 8_824, 64_660), "the bias is a connection, too"),
        ((2_400, 192, 201, 9_004, 64_660), "H2 would have one bias for a map"),
        ((2_400, 192, 201, 8_824, 63_724), "each unit still has its connection"),
    ],
    "ex-zipcode1989-layer": [
        ((lambda x, w, b: layer(x, w, b, value=0.0),), "has 0 beyond the border"),
        (
            (lambda x, w, b: layer(x, w, b, sides=(1, 2, 1, 2)),),
            "on the wrong sides",
        ),
        ((lambda x, w, b: layer(x, w, 0 * b),), "has no biases"),
        ((lambda x, w, b: layer(x, w, b.mean((1, 2), True)),), "was expected"),
        (
            (lambda x, w, b: F.conv2d(x, w, stride=2),),
            "has shape (1, 2, 1, 1); it should be (1, 2, 3, 3)",
        ),
    ],
    "ex-zipcode1989-gradient": [
        ((forgetful, WRONG), "put the old one back"),
        ((careful, WRONG), "not a copy"),
        ((lambda *x: estimate(*x, down=0, over=1e-4), WRONG), "to both sides"),
        ((lambda *x: estimate(*x, over=1e-4), WRONG), "twice too large"),
        ((lambda *x: estimate(*x, over=1), WRONG), "divide by the weight's"),
        ((lambda *x: -estimate(*x), WRONG), "the wrong sign"),
        ((estimate, ["w2", "b2"]), "more derivatives are wrong"),
        ((estimate, [*WRONG, "w3"]), "of w3 do not depend"),
        ((estimate, "w1 b1"), "should be a list of names"),
    ],
    "ex-zipcode1989-border": [
        ((36, for_grey, False), "that see no border"),
        ((15, for_grey, False), "the lower and the right side"),
        ((28, lambda w, b: b, False), "is what it was given"),
        ((28, lambda w, b: for_grey(w, b, -1.0), False), "in the wrong direction"),
        (
            (28, lambda w, b: b - w.sum((1, 2))[:, None, None], False),
            "where a window stays within",
        ),
        ((28, lambda w, b: for_grey(w, b, 2.0), False), "was expected"),
        ((28, for_grey, True), "the corner and the middle at once"),
    ],
    "ex-zipcode1989-order": [
        (([0.129, 0.129, 0.151], OTHER, NONE), "`usual`: give the errors in percent"),
        ((USUAL, [8.2, 8.2, 9.2], NONE), "count on the held-out digits"),
        ((USUAL, USUAL, NONE), "the same numbers"),
        ((USUAL, [13.0] * 3, NONE), "hardly give the same error"),
        ((USUAL, OTHER, "better"), "'better' does not follow"),
        ((USUAL, [11.0, 11.5, 12.0], NONE), "'no difference' does not follow"),
    ],
    "ex-zipcode1989-biases": [
        ((mean, USUAL, OTHER, NONE), "takes the mean of a row"),
        ((columns, USUAL, OTHER, NONE), "a map is a row"),
        ((lambda d: d.sum(1), USUAL, OTHER, NONE), "write into it"),
        ((share, USUAL, [40.0, 45.0, 50.0], "worse"), "at a rate of 0.03"),
        ((share, USUAL, OTHER, "worse"), "'worse' does not follow"),
    ],
}
