"""The best path through a line's penalties: P98, section VII.A.

The outputs of a sweep are a graph: an arc for each class at each place. A path takes
one arc at each place and pays its penalty; Viterbi's algorithm finds the cheapest of
all paths that a machine allows, place by place, without trying them one by one.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from lenet_lib.strings.grammar import BLANK, Machine


@dataclass(frozen=True, eq=False)
class Path:
    """The cheapest path through a line."""

    text: str  #: the string that it spells
    states: np.ndarray  #: the machine's state at each place, (steps,)
    classes: np.ndarray  #: its class at each place, (steps,); 10 for the blank
    places: list[tuple[int, int]]  #: each digit's first and last place
    penalty: float  #: the sum of the penalties along the path


def viterbi(penalties: np.ndarray, machine: Machine) -> Path:
    """Find the path of lowest penalty that the machine allows.

    Args:
        penalties: of each class at each place of a line, (11, steps): the ten digits,
            then the blank.
        machine: says which paths there are: ``zip_code()``.

    Returns:
        The path; of several that cost the same, one of them.

    Raises:
        ValueError: if the table has another shape, a penalty is no finite number, or
            no path is as short as the line.
    """
    table = _checked(penalties)
    paid = table[machine.classes]  # (states, steps): what a state costs at each place
    allowed = np.where(machine.follows, 0, np.inf)  # [s, t]
    total = np.where(machine.first, paid[:, 0], np.inf)  # cheapest way to each state
    came_from = []
    for step in range(1, table.shape[1]):
        ways = total[:, None] + allowed  # [s, t]: to t by way of s
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + paid[:, step]
    total = np.where(machine.last, total, np.inf)
    if not np.isfinite(total).any():
        raise ValueError(
            f"No string of {machine.digits} digits fits into {table.shape[1]} places: "
            "the line is too short."
        )
    states = [int(total.argmin())]
    for before in reversed(came_from):
        states.append(int(before[states[-1]]))
    path = np.array(states[::-1])
    return Path(
        machine.text(path),
        path,
        machine.classes[path],
        _places(path, machine),
        float(total.min()),
    )


def naive(penalties: np.ndarray) -> str:
    """Read without a machine: the best class at each place, runs merged, blanks left.

    The string can have any number of digits.

    Args:
        penalties: of each class at each place of a line, (11, steps), the blank last.

    Raises:
        ValueError: if the table has another shape, or a penalty is no finite number.
    """
    best = _checked(penalties).argmin(axis=0)  # (steps,)
    return "".join(str(c) for c, _ in groupby(best.tolist()) if c != BLANK)


def _places(path: np.ndarray, machine: Machine) -> list[tuple[int, int]]:
    """The first and the last place that each digit of a path holds."""
    inked = machine.classes[path] != BLANK
    found = []
    for k in range(1, machine.digits + 1):
        (held,) = np.nonzero(inked & (machine.number[path] == k))
        found.append((int(held[0]), int(held[-1])))
    return found


def _checked(penalties: np.ndarray) -> np.ndarray:
    """The table in double precision, or say what is wrong with it."""
    table = np.asarray(penalties, dtype=float)
    if table.ndim != 2 or len(table) != BLANK + 1 or not table.shape[1]:
        raise ValueError(
            f"Expected penalties of shape ({BLANK + 1}, steps), one row for each digit "
            f"and one for the blank, got {table.shape}."
        )
    if not np.isfinite(table).all():
        raise ValueError("Some of the penalties are no finite numbers.")
    return table
