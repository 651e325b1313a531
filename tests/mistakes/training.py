"""Typical wrong answers to the exercises of the chapter on LeNet-5's training."""

import torch

from lenet_lib.byhand.layers import slope


def believed(penalties, j):
    """The probabilities of the ten digits."""
    rubbish = torch.full_like(penalties[:, :1], j)  # (n, 1)
    every = torch.cat([penalties, rubbish], dim=1)  # (n, 11)
    return torch.softmax(-every, dim=1)[:, :10]


def right(penalties, labels, j):
    """As it should be."""
    return torch.nn.functional.one_hot(labels, 10) - believed(penalties, j)


def uphill(penalties, labels, j):
    """The direction of a step."""
    return -right(penalties, labels, j)


def crowded(penalties, labels, j):
    """Forgets the rubbish class."""
    return torch.nn.functional.one_hot(labels, 10) - torch.softmax(-penalties, dim=1)


def pulls_all(penalties, labels, j):
    """1 - p for every digit."""
    return 1 - believed(penalties, j)


def of_the_mean(penalties, labels, j):
    """Divides by the number of digits, as the loss does."""
    return right(penalties, labels, j) / len(penalties)


def probabilities(penalties, labels, j):
    """Stops half-way."""
    return believed(penalties, j)


def only_right(penalties, labels, j):
    """Gives the right digit's derivative only."""
    return right(penalties, labels, j).gather(1, labels[:, None])[:, 0]


def swept(states=2, weights=2, slopes=2, mu=1):
    """A sweep in which some power is not 2, or μ is left out."""

    def sweep(bends, weight, x, rate, floor):
        sizes = rate / (mu * floor + bends[:, None] * x**states)
        return sizes, slope(x) ** slopes * (bends @ weight**weights)

    return sweep


def first_order(bends, weight, x, rate, mu):
    """Adds up before it squares."""
    sizes, _ = swept()(bends, weight, x, rate, mu)
    return sizes, (slope(x) * (bends @ weight)) ** 2


def no_steps(bends, weight, x, rate, mu):
    """Gives the curvature."""
    return bends[:, None] * x**2, swept()(bends, weight, x, rate, mu)[1]


def transposed(bends, weight, x, rate, mu):
    """Has inputs before units."""
    sizes, below = swept()(bends, weight, x, rate, mu)
    return sizes.T, below


def alone(bends, weight, x, rate, mu):
    """Forgets what is below."""
    return swept()(bends, weight, x, rate, mu)[0]


ARMS = [27.0, 26.0, 28.0], [29.0, 27.5, 30.0]
place = torch.arange(32)
flat = torch.ones(32, 32)
chequered = ((place[:, None] + place) % 2 * 2 - 1).float()

MISTAKES = {
    "ex-training-shares": [
        ((0.2, 30, 9), "does not come closer to 0 at all"),
        ((0.04, 30, 9), "both weights stay on their side"),
        ((0.09, 30, 9), "w₁ comes closer by less"),
        ((0.098, 30, 9), "w₂ comes closer by less"),
        ((2 / 21, 29, 9), "`steps_one`: after 29 steps"),
        ((2 / 21, 30, 10), "`steps_each`: 9 steps would do, too"),
        ((2 / 21, 9, 30), "the wrong way round"),
    ],
    "ex-training-forces": [
        ((uphill, "p_rubbish"), "signs the other way round"),
        ((crowded, "p_rubbish"), "which class is missing"),
        ((pulls_all, "p_rubbish"), "adds to one of ten only"),
        ((of_the_mean, "p_rubbish"), "each digit's own derivatives"),
        ((probabilities, "p_rubbish"), "not yet derivatives"),
        ((only_right, "p_rubbish"), "has shape (4,); it should be (4, 10)"),
        ((right, "0"), "add up its ten values"),
        ((right, 0), "`total` should be one of"),
    ],
    "ex-training-sweep": [
        ((swept(states=1),), "the states belong squared"),
        ((swept(weights=1),), "the weights belong squared"),
        ((swept(slopes=1),), "the slopes belong squared"),
        ((swept(slopes=0),), "through the squashing function"),
        ((swept(mu=0),), "where is μ"),
        ((first_order,), "square first, then add up"),
        ((no_steps,), "holds the curvature"),
        ((transposed,), "has shape (5, 3); it should be (3, 5)"),
        ((alone,), "should give two tensors"),
    ],
    "ex-training-plain": [
        ((0.01, *ARMS, "plain"), "another of the five rates"),
        ((0.002, *ARMS, "plain"), "one of the five"),
        ((0.001, [0.27, 0.26, 0.28], ARMS[1], "plain"), "in percent"),
        ((0.001, [405, 390, 420], ARMS[1], "plain"), "lie between 0 and 100"),
        ((0.001, [27.0, 9.0, 6.0], ARMS[1], "plain"), "a network of its own"),
        ((0.001, [90.2, 89.7, 90.1], ARMS[1], "plain"), "have not learned"),
        ((0.001, ARMS[0], [5.1, 4.9, 5.3], "second"), "that is few"),
        ((0.001, [28.0] * 3, ARMS[1], "neither"), "hardly give the same error"),
        ((0.001, ARMS[0], ARMS[0], "neither"), "are the same"),
        ((0.001, *ARMS, "plain"), "does not follow from your numbers"),
    ],
    "ex-training-j": [
        (([10.0, 10.1, 26.0, 42.0], "A"), "another reason"),
        (([3.2, 3.2, 5.1, 6.5], "C"), "not the distance"),
        (([0.12, 0.12, 0.31, 0.5], "C"), "not their mean"),
        (([10.1] * 4, "C"), "have its own j"),
        (([10.0, 15.0, 26.0, 42.0], "C"), "equation 8 and j = 1"),
        (([10.0, 10.1, 12.0, 42.0], "C"), "j = 30 is too small"),
        (([10.0, 10.1, 26.0, 250.0], "C"), "j = 50 is too large"),
    ],
    "ex-training-places": [
        ((chequered, flat), "for `too_little` the recursion finds"),
        ((flat, 0.5 * (chequered + 1)), "for `too_much` the recursion finds"),
        ((flat, 0 * flat), "is 0 all over"),
        ((flat, 255 * chequered), "has values beyond"),
        ((flat[None, None], chequered), "has shape (1, 1, 32, 32)"),
    ],
}
