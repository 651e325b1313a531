"""Typical wrong answers to the exercises of the chapter on LeNet-1."""

import torch


def confusion(truth, answers):
    """As it should be."""
    return torch.bincount(10 * truth + answers, minlength=100).reshape(10, 10)


def only_those_that_occur(truth, answers):
    """As large as the largest digit asks for."""
    size = int(max(truth.max(), answers.max())) + 1
    return confusion(truth, answers)[:size, :size]


def by_index(truth, answers):
    """Adds to a cell once, since an index that occurs twice counts once."""
    counts = torch.zeros(10, 10)
    counts[truth, answers] += 1
    return counts


def blank(network):
    """What a network gives for zeros."""
    return network(torch.zeros(1, 1, 28, 28))[0]


def with_bias(network):
    """Leaves the bias in the weights."""
    pixels = torch.eye(784).reshape(784, 1, 28, 28)
    return network(pixels).T, blank(network)


def collapse(network):
    """As it should be."""
    weight, bias = with_bias(network)
    return weight - bias[:, None], bias


def mirrored(network):
    """Takes columns for rows."""
    weight, bias = collapse(network)
    return weight.reshape(10, 28, 28).mT.reshape(10, 784), bias


def parts(table):
    """As it should be."""
    found = []
    for row in map(set, table):
        joined = [part for part in found if part & row]
        found = [part for part in found if not part & row] + [row.union(*joined)]
    return len(found)


def first_that_fits(table):
    """Joins a row to one part only."""
    found = []
    for row in map(set, table):
        for part in found:
            if part & row:
                part |= row
                break
        else:
            found.append(row)
    return len(found)


HALVES = 6 * [[0, 1], [2, 3]]
CIRCLE = 2 * [[0, 1], [1, 2], [2, 3], [3, 0]] + [[0], [1], [2], [3]]

MISTAKES = {
    "ex-lenet1-count": [
        ((100, 1200, 1920, 57_600), "`first`: the biases are missing"),
        ((104, 312, 1930, 59_904), "reads more than one map"),
        ((104, 512, 1930, 59_904), "the published network's"),
        ((104, 1212, 1920, 59_904), "`last`: the biases are missing"),
        ((104, 1212, 1930, 81_536), "not every pixel has a unit"),
        ((104, 1212, 1930, 2304), "`connections`: 2,304 is too few"),
    ],
    "ex-lenet1-confusion": [
        ((lambda truth, answers: confusion(answers, truth),), "in the rows"),
        ((by_index,), "counted once, however often"),
        ((lambda t, a: confusion(t[t != a], a[t != a]),), "on the diagonal"),
        ((lambda t, a: confusion(t, a) / len(t),), "holds shares"),
        ((only_those_that_occur,), "it should be (10, 10)"),
    ],
    "ex-lenet1-linear": [
        ((with_bias, "c", 9.64), "still contains the bias"),
        (
            (lambda net: (collapse(net)[0], torch.zeros(10)), "c", 9.64),
            "where all is 0",
        ),
        ((lambda net: (collapse(net)[0].T, blank(net)), "c", 9.64), "shape (784, 10)"),
        ((mirrored, "c", 9.64), "was expected"),
        ((collapse, "b", 9.64), "compare the number of parameters"),
        ((collapse, "c", 0.0964), "in percent"),
        ((collapse, "c", 90.56), "the steps were too large"),
        ((collapse, "c", 7.04), "lower than this network gets"),
    ],
    "ex-lenet1-max": [
        (([3.76, 3.94, 4.02], [4.86, 5.26, 5.34], False), "what follows for `differ`?"),
        (([3.76, 3.76, 3.76], [4.86, 5.26, 5.34], True), "hardly give the same error"),
        (([0.0376, 0.0394, 0.0402], [0.0486, 0.0526, 0.0534], True), "in percent"),
        (([96.24, 96.06, 95.98], [95.14, 94.74, 94.66], True), "read rightly"),
        (([1.82, 1.62, 1.9], [1.7, 1.6, 1.5], True), "lower than this network gets"),
        (([3.76, 3.94, 4.02], [4.02, 3.94, 3.76], False), "both lists are the same"),
        (([3.76, 3.95, 4.02], [4.86, 5.26, 5.34], True), "no multiple of that"),
    ],
    "ex-lenet1-table": [
        ((first_that_fits, CIRCLE), "`parts` gives 2 for [[0, 1], [2, 3], [1, 2]]"),
        ((lambda table: len({*map(tuple, table)}), CIRCLE), "`parts` gives 3 for"),
        ((lambda table: parts(table) > 1, CIRCLE), "should be a number"),
        ((parts, HALVES), "`table` has 24 links"),
        ((parts, 4 * [[0, 1], [2, 3]] + 2 * [[0], [2]]), "falls into 2 parts"),
        ((parts, CIRCLE[:-1]), "a row for each of H3's twelve maps"),
        ((parts, [[n + 1 for n in row] for row in CIRCLE]), "name maps of H2: 0, 1, 2"),
    ],
}
