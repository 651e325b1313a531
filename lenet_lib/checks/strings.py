"""Checks of the exercises of ``chapters/strings.md``."""

import functools
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib import results
from lenet_lib.checks import expect
from lenet_lib.checks.known import images, network
from lenet_lib.checks.verdict import Wrong, exercise
from lenet_lib.strings import Lines, connections, lines, naive, viterbi, zip_code
from lenet_lib.strings.grammar import BLANK
from lenet_lib.strings.reading import swept

TAUGHT, UNTAUGHT = "lenet5-strings", "lenet5-1998"


def tables(name: str, pictures: Tensor) -> np.ndarray:
    """What each class costs along lines, as the chapter has it, (n, 11, steps)."""
    study = results.load("strings")
    (run,) = (
        run
        for run in (study[UNTAUGHT], *study["runs"])
        if run["seed"] == (study["chosen_seed"] if name == TAUGHT else 0)
    )
    return swept(network(name), pictures, run["j"]["viterbi"])


def some_lines(gap: int, seed: int) -> Lines:
    """A hundred lines of test digits, as an exercise sets them."""
    return lines(*images(train=False), gap=gap, seed=seed, count=100)


# ---- Count the saving ------------------------------------------------------------


@exercise("ex-strings-count")
def sweep_connections(sweep_connections: Callable[[int], int], three: int) -> str:
    """Connections of a sweep, and from which width on it is three times cheaper."""
    expect.function(sweep_connections, "sweep_connections")
    reader = network(UNTAUGHT)
    whole, _ = connections(reader, 32)
    for width in (32, 36, 64, 160, 90, 67, 201):
        wanted, cropped = connections(reader, width)
        found = expect.call(sweep_connections, width, name="sweep_connections")
        found = expect.whole(found, f"sweep_connections({width})")
        places = cropped // whole
        if found != wanted:
            slips = {
                cropped: "that is the number for windows cut out one by one",
                wanted - 840 * places: "the 840 connections of the codes are missing",
                wanted - 840 * (places - 1): "each place compares with all ten codes",
                round(whole * width / 32): "that many windows would lie side by side; "
                "here they overlap",
            }
            said = slips.get(found, f"it is too {expect.side(found, wanted)}")
            raise Wrong(f"for a line of {width} pixels: {said}.")
    slips = {
        43: "that is the number of places; give the width in pixels",
        172: "43 places are right, but the first one takes 32 pixels",
    }
    found = expect.whole(three, "three")
    if found != 200:
        said = slips.get(found, f"it is too {expect.side(found, 200)}")
        raise Wrong(f"`sweep_connections` is right; `three`: {said}.")
    return "C5 and F6 share nothing, so the saving grows slowly, and never to four."


# ---- All paths -------------------------------------------------------------------


def sum_over_paths(losses: np.ndarray, text: str) -> float:
    """Minus the logarithm of a string's probability, by PyTorch's own algorithm."""
    logs = -torch.as_tensor(losses).double().T[:, None]  # (steps, 1, 11)
    target = torch.tensor([[int(digit) for digit in text]])
    sizes = torch.tensor([len(logs)]), torch.tensor([len(text)])
    return F.ctc_loss(logs, target, *sizes, blank=BLANK, reduction="sum").item()


def along_row(
    losses: np.ndarray,
    text: str,
    best: bool = False,
    skip_equal: bool = False,
    margins: bool = True,
) -> float:
    """The same by hand, with the slips that a learner may make.

    Args:
        losses: of each class at each place, (11, steps).
        text: the string.
        best: whether to take the cheapest path, not all.
        skip_equal: whether equal digits may follow each other without a blank.
        margins: whether blanks may come before the first digit and after the last.
    """
    row = [BLANK, *(c for digit in text for c in (int(digit), BLANK))]
    join = np.min if best else lambda ways: -np.logaddexp.reduce(-np.array(ways))
    ends = (0, 1) if margins else (1,)
    total = [losses[c, 0] if s in ends else np.inf for s, c in enumerate(row)]
    for paid in losses.T[1:]:
        before, total = total, []
        for s, c in enumerate(row):
            ways = [before[s]] + ([before[s - 1]] if s else [])
            if s > 1 and c != BLANK and (skip_equal or c != row[s - 2]):
                ways.append(before[s - 2])
            total.append(join(ways) + paid[c])
    return float(join(total[-2:] if margins else total[-2:-1]))


def random_losses(steps: int, generator: torch.Generator) -> np.ndarray:
    """Losses of a table of random probabilities, (11, steps)."""
    scores = 2 * torch.randn(BLANK + 1, steps, generator=generator).double()
    return -scores.log_softmax(dim=0).numpy()


@functools.cache
def probabilities() -> tuple[float, float]:
    """The mean probability of strings that are read right, and of the others."""
    some = some_lines(gap=0, seed=5)
    found: dict[bool, list[float]] = {True: [], False: []}
    for table, text in zip(tables(TAUGHT, some.pictures), some.texts, strict=True):
        answer = viterbi(table, zip_code()).text
        found[answer == text].append(np.exp(-sum_over_paths(table, answer)))
    return float(np.mean(found[True])), float(np.mean(found[False]))


@exercise("ex-strings-sum")
def all_paths(
    string_loss: Callable[[np.ndarray, str], float], right: float, wrong: float
) -> str:
    """Adds up all paths that spell a string, and finds what that tells."""
    expect.function(string_loss, "string_loss")
    generator = torch.Generator().manual_seed(2006)
    for text, steps in (("7", 4), ("10", 5), ("11", 6), ("40559", 14)):
        losses = random_losses(steps, generator)
        wanted = sum_over_paths(losses, text)
        found = expect.call(string_loss, losses.copy(), text, name="string_loss")
        found = expect.number(found, f"string_loss(losses, {text!r})")
        if abs(found - wanted) <= 1e-4 * wanted:
            continue
        slips = {
            "that is the cost of the cheapest path alone": along_row(
                losses, text, best=True
            ),
            "two equal digits need a blank between them": along_row(
                losses, text, skip_equal=True
            ),
            "there may be blanks before the first digit and after the last": along_row(
                losses, text, margins=False
            ),
            "that is the probability; give minus its logarithm": np.exp(-wanted),
            "that is its logarithm; give minus that": -wanted,
        }
        for said, slip in slips.items():
            if abs(found - slip) <= 1e-4 * abs(slip):
                raise Wrong(f"for the string {text} over {steps} places: {said}.")
        side = expect.side(found, wanted)
        raise Wrong(f"for the string {text} over {steps} places it is too {side}.")
    means = probabilities()
    given = {"right": right, "wrong": wrong}
    given = {name: expect.number(value, name) for name, value in given.items()}
    if np.allclose([given["wrong"], given["right"]], means, atol=0.01):
        raise Wrong("`string_loss` is right; `right` and `wrong` have changed places.")
    for (name, value), mean in zip(given.items(), means, strict=True):
        if not 0 <= value <= 1:
            raise Wrong(
                f"`string_loss` is right; `{name}`: give a probability, 0 to 1."
            )
        if abs(value - mean) > 0.01:
            side = expect.side(value, mean)
            raise Wrong(f"`string_loss` is right; `{name}` is too {side}.")
    return "a string that was misread is less probable, and often that is a warning."


# ---- Move the paper --------------------------------------------------------------


@functools.cache
def readings(name: str, grammar: bool) -> list[list[bool | str]]:
    """What is read of the lines of the exercise, moved by 0 to 3 pixels, (4, lines)."""
    found = []
    for shift in range(4):
        pictures = F.pad(some_lines(gap=1, seed=4).pictures, (shift, 0))
        machine = zip_code()
        found.append(
            [
                viterbi(table, machine).text if grammar else naive(table)
                for table in tables(name, pictures)
            ]
        )
    return found


def counts(name: str = TAUGHT, grammar: bool = True) -> tuple[list[int], int]:
    """How many are right at each of four places, and how many are not read alike."""
    texts, found = some_lines(gap=1, seed=4).texts, readings(name, grammar)
    right = [sum(map(str.__eq__, each, texts)) for each in found]
    return right, sum(len(set(four)) > 1 for four in zip(*found, strict=True))


@exercise("ex-strings-shift")
def moved_lines(right: list[int], unlike: int) -> str:
    """How many lines are read right, and how many otherwise, when they are moved."""
    given = expect.several(right, "right", 4)
    for n, value in enumerate(given):
        expect.whole(value, f"right[{n}]")
    unlike = expect.whole(unlike, "unlike")
    if given.min() < 0 or given.max() > 100 or not 0 <= unlike <= 100:
        raise Wrong("there are 100 lines: counts lie between 0 and 100.")

    def near(wanted: list[int]) -> bool:
        # Another processor rounds otherwise, and a line on the edge may fall.
        return np.abs(given - wanted).max() <= 1

    wanted, differing = counts()
    if not near(wanted):
        if near([100 - n for n in wanted]):
            raise Wrong("`right` has the misread lines; count those that are right.")
        if near(counts(grammar=False)[0]):
            raise Wrong("`right` is the naive reader's; take the best path.")
        if near(counts(UNTAUGHT)[0]):
            raise Wrong("`right` is of the network for single digits.")
        off = int(np.abs(given - wanted).argmax())
        side = expect.side(given[off], wanted[off])
        raise Wrong(f"`right[{off}]`, for lines moved by {off} pixels, is too {side}.")
    if abs(unlike - differing) > 2:
        if abs(unlike - (max(wanted) - min(wanted))) <= 1:
            raise Wrong(
                "`right` is right; as many lines as the counts differ by are unlike at "
                "least, but one may become right while another becomes wrong."
            )
        side = expect.side(unlike, differing)
        raise Wrong(f"`right` is right, and `unlike` is too {side}.")
    return "all places do equally well, but not with the same lines."
