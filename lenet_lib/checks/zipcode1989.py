"""Checks of the exercises of ``chapters/zipcode1989.md``."""

from collections.abc import Callable, Collection
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise


@exercise("ex-zipcode1989-count")
def zip_code_counts(
    weights: int, biases: int, unit: int, parameters: int, connections: int
) -> str:
    """The counts of H2, and those of the network with shared biases."""
    slips = {
        12 * 25: "a map of H2 has a window on each of several maps",
        12 * 12 * 25: "a map of H2 does not read all maps of H1",
        8 * 25: "that is one map of twelve",
        2_592: "count the biases apart",
        192 * 200: "the units of a map share their weights",
    }
    expect.exactly(weights, "weights", 12 * 8 * 25, slips)
    slips = {12: "each unit has its own, not each map", 16: "that is one map of twelve"}
    expect.exactly(biases, "biases", 12 * 4 * 4, slips)
    slips = {
        25: "a unit looks at several maps",
        26: "a unit looks at several maps",
        200: "the bias is a connection, too",
        301: "a unit does not look at all maps of H1",
    }
    expect.exactly(unit, "unit", 8 * 25 + 1, slips)
    slips = {
        9_760: "that is the network as it is",
        8_800: "each map keeps one bias",
        9_760 - 756: "H2 would have one bias for a map, too",
        9_760 - 180: "H1 would have one bias for a map, too",
    }
    expect.exactly(parameters, "parameters", 8_824, slips)
    slips = {
        64_660 - 936: "each unit still has its connection to the bias",
        63_660: "a unit's bias is a connection, too",
        38_592: "that is H2 alone; the whole network is asked for",
    }
    expect.exactly(connections, "connections", 64_660, slips)
    return (
        "nearly a tenth of the parameters would go, and not one connection: sharing "
        "saves what must be learned, not what must be computed."
    )


def bordered(maps: Tensor, kernels: Tensor, biases: Tensor) -> Tensor:
    """The weighted sums of the zip-code network's layer, term by term."""
    size = biases.shape[-1]
    found = biases.double().repeat(len(maps), 1, 1, 1)  # (n, out, size, size)
    for row, column, i, j in product(range(size), range(size), range(5), range(5)):
        r, c = 2 * row - 2 + i, 2 * column - 2 + j
        inside = 0 <= r < 2 * size and 0 <= c < 2 * size
        seen = maps[:, :, r, c] if inside else -torch.ones(maps.shape[:2])
        found[:, :, row, column] += seen.double() @ kernels[:, :, i, j].double().T
    return found


@exercise("ex-zipcode1989-layer")
def unit_biases(layer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
    """A convolution in steps of two, with a border of -1 and a bias for each unit."""
    expect.function(layer, "layer")
    name = "what `layer` gives"
    draw = torch.Generator().manual_seed(6)
    for count, sources, targets, size in ((1, 1, 2, 3), (3, 2, 4, 4), (2, 4, 3, 8)):
        maps = torch.randn(count, sources, 2 * size, 2 * size, generator=draw)
        kernels = torch.randn(targets, sources, 5, 5, generator=draw)
        biases = torch.randn(targets, size, size, generator=draw)
        wanted = bordered(maps, kernels, biases)
        found = expect.call(layer, maps, kernels, biases, name="layer")
        found = expect.tensor(found, name, tuple(wanted.shape))

        def framed(
            *sides: int,
            value: float = -1.0,
            maps: Tensor = maps,
            kernels: Tensor = kernels,
        ) -> Tensor:
            return F.conv2d(F.pad(maps, sides, value=value), kernels, stride=2)

        slips = {
            "has 0 beyond the border": framed(2, 1, 2, 1, value=0) + biases,
            "has the border of two on the wrong sides": framed(1, 2, 1, 2) + biases,
            "has no biases": framed(2, 1, 2, 1),
            "has ink, +1, beyond the border": framed(2, 1, 2, 1, value=1) + biases,
        }
        if not torch.allclose(found, wanted, atol=1e-3):
            for words, slip in slips.items():
                if torch.allclose(found, slip.double(), atol=1e-3):
                    raise Wrong(f"{name} {words}.")
        expect.same(found, wanted, name)
    return "with it, H1 and H2 are one call each, and a squashing."


def polynomial(
    w: np.ndarray, linear: np.ndarray, square: np.ndarray, cubic: np.ndarray
) -> float:
    """An error with a derivative that is known exactly."""
    return float(linear @ w + w @ square @ w + cubic @ w**3)


@exercise("ex-zipcode1989-gradient")
def difference_quotient(
    estimate: Callable[[Callable[[], float], np.ndarray, int], float],
    wrong: Collection[str],
) -> str:
    """A derivative by finite differences, and the mistake that it finds."""
    expect.function(estimate, "estimate")
    draw = np.random.default_rng(8)
    for size in (3, 7, 1):
        linear, cubic = draw.normal(size=(2, size))
        square = draw.normal(size=(size, size)) + 3 * np.eye(size)
        weights = draw.normal(size=size)
        error = partial(polynomial, weights, linear, square, cubic)
        for place in range(size):
            before = weights.copy()
            exact = linear + (square + square.T) @ weights + 3 * cubic * weights**2
            # Bound beforehand: what is said of an exception shall not print arrays.
            bound = partial(estimate, error, weights, place)
            found = expect.call(bound, name="estimate")
            found = expect.number(found, "what `estimate` gives")
            if abs(weights - before).max() > 1e-10:
                raise Wrong(
                    "`estimate` leaves `weights` changed: put the old one back."
                )
            _judge_estimate(found, float(exact[place]))
    if not isinstance(wrong, list | tuple | set):
        raise Wrong("`wrong` should be a list of names.")
    names = [f"{kind}{layer}" for layer in range(1, 5) for kind in "wb"]
    said = {expect.one_of(name, "wrong[...]", names) for name in wrong}
    right = sorted(said - {"w1", "b1", "w2", "b2"})
    if right:
        raise Wrong(f"the derivatives of {right[0]} do not depend on `d2`.")
    if said != {"w1", "b1", "w2", "b2"}:
        raise Wrong("more derivatives are wrong: what else is computed from `d2`?")
    return "all that is computed after a mistake is wrong: that tells where to look."


def _judge_estimate(found: float, exact: float) -> None:
    """Compare an estimated derivative with the exact one."""
    off = abs(found - exact)
    if off < 1e-5:
        return
    if found == 0:
        raise Wrong("`estimate` sees no change: change `weights` itself, not a copy.")
    if abs(found + exact) < 0.01 * abs(exact):
        raise Wrong("what `estimate` gives has the wrong sign.")
    if abs(found - 2 * exact) < 0.01 * abs(exact):
        raise Wrong("what `estimate` gives is twice too large: how far apart are both?")
    if abs(found - exact / 2) < 0.01 * abs(exact):
        raise Wrong("what `estimate` gives is half of what it should be.")
    if abs(found) < 0.01 * abs(exact):
        raise Wrong("`estimate` gives a change of the error: divide by the weight's.")
    if off < 0.01:
        raise Wrong(
            f"what `estimate` gives is off by {off:.1g}: change the weight to both "
            "sides, and by little."
        )
    raise Wrong(f"`estimate` gives {found:.4g}, where {exact:.4g} was expected.")


@exercise("ex-zipcode1989-border")
def grey_border(
    units: int, for_grey: Callable[[Tensor, Tensor], Tensor], possible: bool
) -> str:
    """Biases that make up for another value beyond the border."""
    slips = {
        36: "those are the units that see no border",
        15: "look at the lower and the right side, too",
        13: "look at the upper and the left side, too",
        39: "a window that begins at the first pixel does not hang over",
        48: "a window that begins at the first pixel does not hang over",
        12 * 28: "count the units of one map",
    }
    expect.exactly(units, "units", 28, slips)
    expect.function(for_grey, "for_grey")
    name = "what `for_grey` gives"
    draw = torch.Generator().manual_seed(2)
    for maps, size in ((12, 8), (3, 4), (1, 5)):
        kernels = torch.randn(maps, 5, 5, generator=draw)
        biases = torch.randn(maps, size, size, generator=draw)
        blank = torch.zeros(1, 1, 2 * size, 2 * size)
        border = bordered(blank, kernels[:, None], torch.zeros_like(biases))[0]
        found = expect.call(for_grey, kernels, biases, name="for_grey")
        found = expect.tensor(found, name, (maps, size, size))
        change = found - biases.double()
        inside = (slice(None), slice(1, size - 1), slice(1, size - 1))
        if change[inside].abs().max() > 1e-4:
            raise Wrong(f"{name} differs where a window stays within the image.")
        if change.abs().max() < 1e-4:
            raise Wrong(f"{name} is what it was given.")
        if torch.allclose(change, -border, atol=1e-4):
            raise Wrong(f"{name} has changed in the wrong direction.")
        expect.same(found, biases.double() + border, name)
    if expect.one_of(possible, "possible", (True, False)):
        raise Wrong(
            "`possible`: would one bias suit the corner and the middle at once?"
        )
    return (
        "a network with a bias for each unit can forget what lies beyond the border; "
        "one with shared biases must live with it."
    )


#: What three runs can say of a change.
CONCLUSIONS = ("better", "worse", "no difference")


def conclude(usual: Any, changed: Any, conclusion: Any, name: str) -> tuple[float, str]:
    """Three errors of each of two ways, and what follows; the difference of means."""
    runs = {}
    for given, which in ((usual, "usual"), (changed, name)):
        errors = runs[which] = expect.errors(given, which)
        if errors.min() < 9.5:
            raise Wrong(
                f"`{which}` has an error too small for 1,000 digits and five passes: "
                "did you count on the held-out digits?"
            )
        if errors.max() > 30:
            raise Wrong(
                f"`{which}` has an error too large: five passes, at a rate of 0.03?"
            )
    if np.array_equal(runs["usual"], runs[name]):
        raise Wrong(f"`usual` and `{name}` are the same numbers.")
    said = expect.one_of(conclusion, "conclusion", CONCLUSIONS)
    first, second = runs["usual"], runs[name]
    follows = "no difference"
    if second.max() < first.min():
        follows = "better"
    elif second.min() > first.max():
        follows = "worse"
    if said != follows:
        raise Wrong(
            f"{said!r} does not follow from your numbers by the rule of the exercise."
        )
    return second.mean() - first.mean(), said


@exercise("ex-zipcode1989-order")
def fresh_order(usual: list[float], fresh: list[float], conclusion: str) -> str:
    """One order of the digits for all passes, or a new one for each."""
    difference, said = conclude(usual, fresh, conclusion, "fresh")
    found = "no difference to be seen" if said == "no difference" else f"{said} here"
    return (
        f"{difference:+.1f} points in the mean, {found}; three seeds of 1,000 digits "
        "show large effects only."
    )


@exercise("ex-zipcode1989-biases")
def shared_biases(
    share: Callable[[np.ndarray], None],
    usual: list[float],
    shared: list[float],
    conclusion: str,
) -> str:
    """One bias for all units of a map, in place of one for each."""
    expect.function(share, "share")
    draw = np.random.default_rng(3)
    for shape in ((12, 64), (12, 16), (3, 5)):
        gradient = draw.normal(size=shape)
        sums = gradient.sum(axis=1, keepdims=True) * np.ones(shape)
        before = gradient.copy()
        expect.call(partial(share, gradient), name="share")
        if np.array_equal(gradient, before):
            raise Wrong("`share` leaves its array as it was: write into it.")
        if np.allclose(gradient, sums / shape[1]):
            raise Wrong(
                "`share` takes the mean of a row; the chain rule wants another."
            )
        if np.allclose(gradient, before.sum(axis=0) * np.ones(shape)):
            raise Wrong("`share` adds up columns: a map is a row.")
        if np.allclose(gradient, before.sum()):
            raise Wrong("`share` adds up all maps: each map keeps a bias of its own.")
        off = "what `share` leaves in its array"
        expect.same(gradient, torch.from_numpy(sums), off)
    difference, said = conclude(usual, shared, conclusion, "shared")
    found = "no difference to be seen" if said == "no difference" else f"{said} here"
    return (
        f"936 parameters fewer, and {difference:+.1f} points in the mean, {found}: the "
        "biases had learned little in any case."
    )
