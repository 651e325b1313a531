"""Training LeNet-5 for strings: minibatches of windows, made anew in each pass.

It starts from the weights that LeNet-5 has after its training on single digits, with
the blank's code as an eleventh class. The loss is P98's equation 9. How the network for
strings was trained P98 does not say; AdamW and one cycle of step sizes are ours.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lenet_lib import weights
from lenet_lib.losses import maximum_a_posteriori
from lenet_lib.models import StringLeNet5
from lenet_lib.strings import windows as made
from lenet_lib.strings.lines import coded

#: The trained network that it starts from.
START = "lenet5-1998"

#: Times that each digit is in the middle of a window, or a blank in its place.
PASSES = 4

#: Windows in a batch; the largest step size of the cycle; j of equation 9.
BATCH, RATE, J = 128, 2e-3, 12.0

#: Windows that are made at a time.
CHUNK = 32 * BATCH


def plan() -> dict[str, Any]:
    """All that the outcome depends on, but for the digits and the seed."""
    constants = ("GAPS", "INVERTED", "NOISY", "NEAR", "FAR", "BLANKS", "WIDE", "ALONE")
    return {
        "start": START,
        "passes": PASSES,
        "batch": BATCH,
        "rate": RATE,
        "j": J,
        "windows": {
            name.lower(): getattr(made, name)
            for name in (*constants, "WIDEST", "ASIDE")
        },
    }


def beginner() -> StringLeNet5:
    """The network before its training: LeNet-5's trained weights, and the blank."""
    network = StringLeNet5()
    trained = weights.load(START).state_dict()
    trained["output.codes"] = network.output.codes
    network.load_state_dict(trained)
    return network


def train(
    images: Tensor,
    labels: Tensor,
    seed: int,
    passes: int = PASSES,
    progress: Callable[[float], None] = lambda share: None,
) -> StringLeNet5:
    """Train a network for strings. The same seed gives the same windows in each pass.

    Args:
        images: digits as MNIST has them, ``uint8`` (n, 28, 28).
        labels: what they are, (n,), ``int64``.
        seed: draws the order of the digits and all that is random in their windows.
        passes: over the digits.
        progress: is told now and then which share of the training is done.
    """
    network = beginner().train().to(memory_format=torch.channels_last)  # faster on CPUs
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, fused=True)
    chunks = [part.shape[0] for part in labels.split(CHUNK)]
    steps = passes * sum(-(-size // BATCH) for size in chunks)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    done = 0
    for number in range(passes):
        generator = torch.Generator().manual_seed(1_000 * seed + number)
        order = torch.randperm(len(images), generator=generator)
        for some in order.split(CHUNK):
            found = made.windows(images[some], labels[some], generator)
            inputs = coded(found.pictures).split(BATCH)  # (128, 1, 32, 32) each
            for batch, right in zip(inputs, found.labels.split(BATCH), strict=True):
                optimizer.zero_grad()
                maximum_a_posteriori(network(batch), right, J).backward()
                optimizer.step()
                cycle.step()
                done += 1
            progress(done / steps)
    return network.eval().to(memory_format=torch.contiguous_format)
