"""Checks of the exercises of ``chapters/modern.md``."""

import math
import statistics
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib import results
from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise

#: The rungs between which the step lies that ``ex-modern-seeds`` asks about.
BEFORE, AFTER = "ReLU", "max pooling"


# ---- Batch norm that vanishes ----------------------------------------------------


@exercise("ex-modern-merge")
def merged_norm(merged: Callable[[nn.Linear, nn.BatchNorm1d], nn.Linear]) -> str:
    """A full connection that has taken over the batch norm behind it."""
    expect.function(merged, "merged")
    draw = torch.Generator().manual_seed(2015)
    for inputs, outputs, bias in ((7, 5, False), (4, 9, True), (6, 6, True)):
        layer = nn.Linear(inputs, outputs, bias=bias)
        norm = nn.BatchNorm1d(outputs, eps=0.03).eval()
        known = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        with torch.no_grad():
            for values in (*layer.parameters(), *known):
                values.copy_(torch.randn(values.shape, generator=draw))
            norm.running_var.square_().add_(0.1)
        asked = torch.randn(11, inputs, generator=draw)
        with torch.no_grad():
            sums = layer(asked)  # (11, outputs)
            wanted = norm(sums)
            slips = _slips(layer, norm, asked)
        found = expect.call(merged, deepcopy(layer), deepcopy(norm), name="merged")
        if not isinstance(found, nn.Linear):
            raise Wrong("`merged` should give a layer of the kind `nn.Linear`.")
        if found.bias is None:
            raise Wrong("the layer that `merged` gives needs a bias.")
        answers = expect.call(found, asked, name="the layer that `merged` gives")
        name = "what the layer of `merged` gives"
        answers = expect.tensor(answers, name, tuple(wanted.shape)).float()
        for words, slip in slips.items():
            if not torch.allclose(slip, wanted, atol=1e-3) and torch.allclose(
                answers, slip, atol=1e-4
            ):
                raise Wrong(f"`merged`: {words}.")
        expect.same(answers, wanted, name)
    return "in reading, batch norm costs nothing: it was in the weights all along."


def _slips(layer: nn.Linear, norm: nn.BatchNorm1d, asked: Tensor) -> dict[str, Tensor]:
    """What a merged layer gives after some typical slips."""
    sums, mean, variance = layer(asked), norm.running_mean, norm.running_var
    spread = (variance + norm.eps).sqrt()
    without = sums if layer.bias is None else sums - layer.bias
    return {
        "the layer is as it was": sums,
        "the layer's own bias is lost": norm(without),
        "the layer's own bias should be divided and multiplied, too": (
            norm.weight * (without - mean) / spread + norm.bias + sums - without
        ),
        "the running mean should be taken away": norm.weight * sums / spread
        + norm.bias,
        "divide by the root of the variance": norm.weight
        * (sums - mean)
        / (variance + norm.eps)
        + norm.bias,
        "epsilon belongs below the root": norm.weight * (sums - mean) / variance.sqrt()
        + norm.bias,
        "the norm has a factor, too": (sums - mean) / spread + norm.bias,
        "the norm has a shift, too": norm.weight * (sums - mean) / spread,
        "the mean should be multiplied and divided as the sums are": (
            norm.weight * sums / spread - mean + norm.bias
        ),
    }


# ---- How many seeds --------------------------------------------------------------


@exercise("ex-modern-seeds")
def seeds_needed(seeds: Callable[[float, float], int], pooling: int) -> str:
    """How many runs of each network make a difference stand out."""
    expect.function(seeds, "seeds")
    pooling = expect.whole(pooling, "pooling")
    for difference, spread in ((0.1, 0.09), (-0.05, 0.06), (0.02, 0.11), (2.0, 0.1)):
        found = expect.call(seeds, difference, spread, name="seeds")
        found = expect.number(found, "what `seeds` gives")
        exact = 8 * (spread / difference) ** 2
        wanted = max(2, math.ceil(exact))
        if found == wanted:
            continue
        slips = {
            "a part of a run cannot be made: round up": exact,
            "one error short: round up, not to the nearest": float(math.floor(exact)),
            "both networks scatter": float(math.ceil(exact / 2)),
            "a difference of *two* standard errors was asked for": float(
                math.ceil(exact / 4)
            ),
            "the number of each network's runs, not of both together": float(
                2 * wanted
            ),
            "variances are squares": float(math.ceil(8 * abs(spread / difference))),
        }
        if difference < 0 and found <= 0:
            raise Wrong("`seeds`: a difference may be negative.")
        if wanted == 2 and found < 2:
            raise Wrong("`seeds`: with one run there is no spread: two at least.")
        for words, slip in slips.items():
            if math.isclose(found, slip):
                raise Wrong(f"`seeds`: {words}.")
        off = expect.side(found, wanted)
        raise Wrong(
            f"`seeds` gives {found:g} for a difference of {difference:g} and a spread "
            f"of {spread:g}: too {off}."
        )
    wanted = needed(*(_errors(name) for name in (BEFORE, AFTER)))
    if abs(pooling - wanted) > 0.03 * wanted:
        off = expect.side(pooling, wanted)
        raise Wrong(
            f"`seeds` is right, but `pooling` is too {off}: both in percent, and the "
            "spread from the mean of the two variances?"
        )
    return (
        f"{wanted} runs of each, where we had {len(_errors(AFTER))}: small gains are "
        "dear to prove."
    )


def needed(before: Sequence[float], after: Sequence[float]) -> int:
    """How many seeds the difference of these errors' means would need."""
    difference = statistics.mean(after) - statistics.mean(before)
    variance = (statistics.variance(before) + statistics.variance(after)) / 2
    return max(2, math.ceil(8 * variance / difference**2))


def _errors(name: str) -> list[float]:
    """The test errors of a rung in percent."""
    study = results.load("modern")
    (rung,) = (rung for rung in study["rungs"] if rung["name"] == name)
    return [100 * run["test_misread"] / study["test_digits"] for run in rung["runs"]]


# ---- Undo one change -------------------------------------------------------------


@exercise("ex-modern-undo")
def undo_one(today: list[float], undone: list[float], real: bool) -> str:
    """Today's network with one of the changes taken back, over five seeds."""
    given = {"today": today, "undone": undone}
    given = {name: expect.errors(v, name, 5) for name, v in given.items()}
    expect.one_of(real, "real", (True, False))
    for name, found in given.items():
        if found.min() > 85:
            raise Wrong(f"`{name}` looks like the share that is read correctly.")
        if found.mean() > 30:
            raise Wrong(
                f"`{name}`: so much is misread that nothing was learned: is the "
                "network in evaluation when it reads?"
            )
        if found.mean() < 2:
            raise Wrong(
                f"`{name}` is too small for 1,000 training digits: are the errors of "
                "test digits?"
            )
    if sorted(given["today"]) == sorted(given["undone"]):
        raise Wrong("`today` and `undone` have the same errors: was it taken back?")
    apart = float(given["undone"].mean() - given["today"].mean())
    error = math.sqrt(sum(np.var(found, ddof=1) / 5 for found in given.values()))
    if real != (abs(apart) > 2 * error):
        raise Wrong(
            f"the difference is {apart:.2f} points, its standard error {error:.2f}: "
            "`real` does not follow."
        )
    return (
        f"{apart:+.2f} points, with a standard error of {error:.2f}. "
        "Going down the ladder and coming back, a change need not weigh the same."
    ).replace("-", "\N{MINUS SIGN}", 1)
