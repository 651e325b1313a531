"""Checks of the exercises of ``chapters/lenet1.md``."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib import papers
from lenet_lib.checks import expect
from lenet_lib.checks.verdict import Wrong, exercise


@exercise("ex-lenet1-count")
def lenet1_counts(first: int, second: int, last: int, connections: int) -> str:
    """Parameters of the hands-on network's layers; connections of its first."""
    given = {"first": first, "second": second, "last": last, "connections": connections}
    right = {"first": 104, "second": 1_212, "last": 1_930, "connections": 59_904}
    biases = {"first": 4, "second": 12, "last": 10, "connections": 2_304}
    slips = {
        ("first", 26): "that is one map.",
        ("second", 312): "each of the twelve maps reads more than one map.",
        ("second", 512): "that is the published network's; ours reads all maps.",
        ("second", 1_248): "a map has a bias; you give one to each map that it reads.",
        ("connections", 81_536): "not every pixel has a unit: count the places that "
        "a window can take.",
        ("connections", 104): "those are its parameters; each unit has its own inputs.",
    }
    for name, value in given.items():
        value = expect.whole(value, name)
        if (name, value) in slips:
            raise Wrong(f"`{name}`: {slips[name, value]}")
        if value == right[name] - biases[name]:
            raise Wrong(f"`{name}`: the biases are missing.")
        if value != right[name]:
            off = "few" if value < right[name] else "many"
            raise Wrong(f"`{name}`: {value:,} is too {off}.")
    return "the layer with the fewest parameters has the most connections."


@exercise("ex-lenet1-confusion")
def confusion_counts(confusion: Callable[[Tensor, Tensor], Tensor]) -> str:
    """A confusion matrix of the learner's own."""
    expect.function(confusion, "confusion")
    draw = torch.Generator().manual_seed(3)
    for count in (200, 5, 1, 3000):
        truth = torch.randint(10, (count,), generator=draw)
        guessed = torch.randint(10, (count,), generator=draw)
        sure = torch.rand(count, generator=draw) < 0.6
        answers = torch.where(sure, truth, guessed)
        counts = np.zeros((10, 10))
        for pair in zip(truth.tolist(), answers.tolist(), strict=True):
            counts[pair] += 1
        wanted = torch.from_numpy(counts)
        found = expect.call(confusion, truth, answers, name="confusion")
        found = expect.tensor(found, "your matrix", (10, 10))
        if torch.equal(found, wanted):
            continue
        if torch.equal(found, wanted.T):
            raise Wrong("true digits belong in the rows, answers in the columns.")
        if torch.equal(found, wanted.clamp(max=1)):
            raise Wrong("each pair is counted once, however often it occurs.")
        if torch.equal(found, wanted.clone().fill_diagonal_(0)):
            raise Wrong("digits that are read rightly count, too: on the diagonal.")
        if abs(found.sum() - 1) < 1e-4:
            raise Wrong("your matrix holds shares; count the digits.")
        expect.same(found, wanted, "your matrix")
    return "its diagonal over its sum is the share that is read rightly."


@exercise("ex-lenet1-linear")
def without_tanh(
    collapse: Callable[[nn.Module], tuple[Tensor, Tensor]], statement: str, error: float
) -> str:
    """The one linear map that is left when nothing squashes, and its error."""
    expect.function(collapse, "collapse")
    torch.manual_seed(9)
    for few, many in ((4, 12), (1, 2), (3, 5)):
        network = nn.Sequential(
            nn.Conv2d(1, few, 5),
            nn.AvgPool2d(2),
            nn.Conv2d(few, many, 5),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * many, 10),
        )
        images = torch.randn(20, 1, 28, 28)
        with torch.no_grad():
            wanted, blank = network(images), network(torch.zeros(1, 1, 28, 28))[0]
        # A network's description would fill the message of an exception.
        pair = expect.call(collapse, network, name="collapse")
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Wrong("`collapse` should give two things: weights and biases.")
        weight = expect.tensor(pair[0], "your weights", (10, 784))
        bias = expect.tensor(pair[1], "your biases", (10,))
        # Weights that hold the network's answer to a pixel, with its bias, as they are.
        plain = images.double().flatten(1)  # (20, 784)
        without = plain @ (weight - blank[:, None]).T + blank
        if torch.allclose(without, wanted.double(), atol=1e-4):
            raise Wrong("each of your weights still contains the bias.")
        if not torch.allclose(bias, blank.double(), atol=1e-4):
            raise Wrong("your biases are not what the network gives where all is 0.")
        expect.same(plain @ weight.T + bias, wanted, "your map, on random images,")
    statement = expect.one_of(statement, "statement", ["a", "b", "c", "d"])
    if statement != "c":
        why = {
            "a": "you have just shown that it is a linear map.",
            "b": "compare the number of parameters with that of a full connection.",
            "d": "then all images would get the same scores.",
        }
        raise Wrong(f"`collapse` is right, but not `statement`: {why[statement]}")
    (error,) = _validation_errors([error], "error", 1, (8.9, 11.5))
    return (
        f"four layers, and {error:.2f} % is a linear classifier's error: without the "
        "squashing, depth buys nothing."
    )


@exercise("ex-lenet1-max")
def average_or_maximum(
    average: Sequence[float], maximum: Sequence[float], differ: bool
) -> str:
    """Errors with both kinds of pooling, and whether they differ beyond the seeds."""
    average = _validation_errors(
        expect.errors(average, "average").tolist(), "average", 3, (2.8, 7)
    )
    maximum = _validation_errors(
        expect.errors(maximum, "maximum").tolist(), "maximum", 3, (2.8, 9)
    )
    differ = expect.one_of(differ, "differ", [True, False])
    if sorted(average) == sorted(maximum):
        raise Wrong("both lists are the same; was the layer replaced?")
    apart = abs(average.mean() - maximum.mean())
    spread = max(average.std(ddof=1), maximum.std(ddof=1))
    if differ != (apart > spread):
        raise Wrong(
            f"your means are {apart:.2f} apart and the larger of your standard "
            f"deviations is {spread:.2f}; what follows for `differ`?"
        )
    return (
        f"{apart:.2f} apart, with a spread of {spread:.2f}; and that for one recipe, "
        "whose step size was chosen for averages."
    )


def _validation_errors(
    values: Sequence[float], name: str, count: int, plausible: tuple[float, float]
) -> np.ndarray:
    """Errors in percent of the 5,000 validation digits, after a short training."""
    errors = expect.several(values, name, count)
    low, high = plausible
    for n, error in enumerate(errors.tolist()):
        one = f"`{name}[{n}]`" if count > 1 else f"`{name}`"
        if 0 < error < 0.3:
            raise Wrong(f"{one}: give the error in percent.")
        if abs(error - 90) < 2:
            raise Wrong(
                f"{one}: one digit of ten is read, as if by chance: the steps were too "
                "large."
            )
        if 80 < error <= 100:
            raise Wrong(f"{one} is the share that is read rightly.")
        if error < low:
            raise Wrong(
                f"{one} is lower than this network gets in so short a training."
            )
        if error > high:
            raise Wrong(f"{one} is too high: is the recipe that of the task?")
        if abs(error - 0.02 * round(error / 0.02)) > 0.002:
            raise Wrong(
                f"{one}: each of 5,000 digits counts 0.02 %, and {error:g} is no "
                "multiple of that. Is it the error of the validation digits?"
            )
    return errors


@exercise("ex-lenet1-table")
def own_table(
    parts: Callable[[Sequence[Sequence[int]]], int], table: Sequence[Sequence[int]]
) -> str:
    """How many parts a table falls into, and a table of one part with 20 links."""
    expect.function(parts, "parts")
    draw = np.random.default_rng(5)
    tables = [
        [[0, 1], [2, 3], [1, 2]],  # the last map joins what the others left apart
        [[0], [0], [1], [1]],
        [list(row) for row in papers.LENET1_TABLE],
    ]
    for maps, sources in ((6, 8), (12, 4), (9, 12), (14, 20), (20, 30)):
        tables.append(
            [
                draw.choice(sources, draw.integers(1, 3), replace=False).tolist()
                for _ in range(maps)
            ]
        )
    for example in tables:
        copied = [list(row) for row in example]
        found = expect.call(parts, copied, name="parts")
        found = expect.whole(found, "what `parts` gives")
        if found != (wanted := _parts(example)):
            raise Wrong(f"`parts` gives {found} for {example}, and not {wanted}.")
    rows = _table(table)
    links = sum(map(len, rows))
    if links != 20:
        raise Wrong(f"`parts` is right, but `table` has {links} links.")
    if (fallen := _parts(rows)) > 1:
        raise Wrong(f"`parts` is right, but `table` falls into {fallen} parts.")
    return "as many links as in 1989, and a way from each map to every other."


def _table(table: Sequence[Sequence[int]]) -> list[list[int]]:
    """A table for H3: twelve maps, each of which reads some of four."""
    if isinstance(table, Tensor | np.ndarray):
        table = table.tolist()
    if not isinstance(table, list | tuple) or len(table) != 12:
        raise Wrong("`table` should be a list with a row for each of H3's twelve maps.")
    rows = []
    for n, row in enumerate(table):
        found = expect.several(row, f"table[{n}]").tolist()
        if not found or len(set(found)) < len(found):
            raise Wrong(f"`table[{n}]` should name at least one map, and none twice.")
        if not set(found) <= {0, 1, 2, 3}:
            raise Wrong(f"`table[{n}]` should name maps of H2: 0, 1, 2 or 3.")
        rows.append([int(source) for source in found])
    if unread := {0, 1, 2, 3} - {source for row in rows for source in row}:
        raise Wrong(f"`table`: nothing reads map {min(unread)} of H2.")
    return rows


def _parts(table: Sequence[Sequence[int]]) -> int:
    """The number of parts, by the maps that each map reaches."""
    reads = np.zeros((len(table), 1 + max(map(max, table))), dtype=int)
    for to, row in enumerate(table):
        reads[to, row] = 1
    reach = reads @ reads.T > 0  # (maps, maps): do they share a source?
    for _ in table:
        reach = reach @ reach
    return len(np.unique(reach, axis=0))
