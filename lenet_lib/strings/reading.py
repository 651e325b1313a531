"""Reading a line from end to end, and judging what was read."""

import numpy as np
import torch
from torch import Tensor

from lenet_lib.losses import code_reach
from lenet_lib.models import LeNet5
from lenet_lib.strings.grammar import zip_code
from lenet_lib.strings.lines import coded
from lenet_lib.strings.sweep import sweep
from lenet_lib.strings.viterbi import naive, viterbi

#: Lines that are swept at a time.
CHUNK = 50


def losses(given: Tensor, j: float) -> Tensor:
    """What each class costs at each place: minus the logarithm of its posterior.

    The rubbish class of P98's equation 9 means "none of these", as the blank does. So
    both are added up in the last row: for LeNet-5, which has no blank, that row is the
    rubbish class alone.

    At each place these are the penalties less one number, the same for all classes; all
    but that of a network's own blank, to which the rubbish class is added. One number
    less for every class makes no path better than another. So what Viterbi's algorithm
    finds is as with the bare penalties, but each cost can be read as a probability.

    Args:
        given: penalties of 10 digits, or of these and the blank, (n, 10 or 11, steps).
        j: penalty of the rubbish class, above 0.

    Returns:
        (n, 11, steps), 0 or more: ten digits, then the blank.
    """
    rubbish = torch.full_like(given[:, :1], j)  # (n, 1, steps)
    logs = torch.cat([-given, -rubbish], dim=1).log_softmax(dim=1)
    none = logs[:, 10:].logsumexp(dim=1, keepdim=True)
    return -torch.cat([logs[:, :10], none], dim=1)


@torch.no_grad()
def penalties(network: LeNet5, pictures: Tensor) -> Tensor:
    """The network's own penalties over lines, before they are compared.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        pictures: ``uint8`` lines (n, 32, width).

    Returns:
        (n, 10 or 11, steps), ``float64``.
    """
    parts = [sweep(network, coded(some)) for some in pictures.split(CHUNK)]
    return torch.cat(parts).double()


def swept(network: LeNet5, pictures: Tensor, j: float | None = None) -> np.ndarray:
    """The losses of all classes over lines: what ``viterbi`` and ``naive`` read.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        pictures: ``uint8`` lines (n, 32, width).
        j: penalty of the rubbish class; by default the reach of the codes, 12.

    Returns:
        (n, 11, steps), ``float64``.
    """
    j = code_reach(network.output.codes) if j is None else j
    return losses(penalties(network, pictures), j).numpy()


def read(
    network: LeNet5, pictures: Tensor, j: float | None = None, grammar: bool = True
) -> list[str]:
    """Read lines: with the machine of five digits, or without.

    Args:
        network: a ``LeNet5`` or ``StringLeNet5``.
        pictures: ``uint8`` lines (n, 32, width).
        j: penalty of the rubbish class; by default the reach of the codes, 12.
        grammar: whether to look for five digits by ``viterbi``; else ``naive`` reads.

    Returns:
        A string for each line.

    Raises:
        ValueError: if the lines have another shape, or no five digits fit into them.
    """
    tables = swept(network, pictures, j)
    if not grammar:
        return [naive(table) for table in tables]
    machine = zip_code()
    return [viterbi(table, machine).text for table in tables]


def edit_distance(read: str, right: str) -> int:
    """How many digits must be put in, left out or changed to make one from the other.

    That is how digits are counted as wrong, also where a string has too many or too
    few: Levenshtein's distance.
    """
    row = list(range(len(right) + 1))
    for i, one in enumerate(read, start=1):
        before, row[0] = row[0], i
        for k, other in enumerate(right, start=1):
            best = min(row[k] + 1, row[k - 1] + 1, before + (one != other))
            before, row[k] = row[k], best
    return row[-1]
