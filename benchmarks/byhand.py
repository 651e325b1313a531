"""How long a training step of the zip-code network takes: by hand, and in PyTorch.

    python benchmarks/byhand.py

One digit a step, one core, one process, both sides in turn in each round. PyTorch's
side is the plain loop that anyone would write: zero the gradients, forward, loss,
backward, ``torch.optim.SGD``. Digits, first weights and learning rate are the same on
both sides. Writes the results ``byhand``, which the README and the chapter quote.
"""

import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before torch and NumPy are imported

import torch
import torch.nn.functional as F
from report import save
from torch import Tensor

from lenet_lib import byhand
from lenet_lib.data import zip_code_digits
from lenet_lib.models import ZipCodeNet

ROUNDS = 9
STEPS = 1_000
RATE = 0.01


def torch_pass(
    network: ZipCodeNet,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    targets: Tensor,
) -> None:
    """One step of PyTorch's after each digit: images (n, 1, 16, 16)."""
    for image, target in zip(images.split(1), targets.split(1), strict=True):
        optimizer.zero_grad()
        loss = F.mse_loss(network(image), target)
        loss.backward()
        optimizer.step()


def main() -> None:
    """Measure, print, and write the results file."""
    torch.set_num_threads(1)
    images, labels = (tensor[:STEPS] for tensor in zip_code_digits().train.tensors)
    targets = 2.0 * F.one_hot(labels, 10) - 1
    inputs, goals = images.flatten(1).numpy(), targets.numpy()
    torch.manual_seed(1)
    network = ZipCodeNet()
    arrays = byhand.ZipCodeByHand(network)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    sides: dict[str, list[float]] = {"byhand": [], "torch": []}
    for turn in range(1, ROUNDS + 1):
        start = time.perf_counter()
        byhand.train(arrays, inputs, goals, RATE)
        middle = time.perf_counter()
        torch_pass(network, optimizer, images, targets)
        end = time.perf_counter()
        sides["byhand"].append(round((middle - start) / STEPS * 1e6, 1))
        sides["torch"].append(round((end - middle) / STEPS * 1e6, 1))
        said = [f"{name} {times[-1]:.0f} µs" for name, times in sides.items()]
        print(f"round {turn}: {', '.join(said)}", flush=True)
    medians = {name: statistics.median(times) for name, times in sides.items()}
    ratio = medians["torch"] / medians["byhand"]
    print(f"a step: torch / by hand = {ratio:.1f} (medians of {ROUNDS} rounds)")
    save(
        "byhand",
        {
            "steps": STEPS,
            "microseconds_per_step": sides,
            "medians": medians,
            "ratio": ratio,
        },
    )


if __name__ == "__main__":
    main()
