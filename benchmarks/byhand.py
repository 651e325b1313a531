"""How long a training step on a single digit takes: by hand, and in PyTorch.

    python benchmarks/byhand.py [ROUNDS]

One digit a step, one core, one process, all sides in turn in each round. PyTorch's
sides are the plain loops that anyone would write: zero the gradients, forward, loss,
backward, step. The zip-code network steps with ``torch.optim.SGD``, and LeNet-5 with a
step size for each weight, in one call for all parameters (P98, eq. 21). Digits, first
weights and step sizes are the same on both sides. LeNet-5's criterion is equation 9 of
P98, LeCun et al. (1998).

Writes the results ``byhand``, which the README and the chapters quote: on top those of
the zip-code network, ``byhand`` written out and ``layers`` built of layers, and under
``lenet5`` those of LeNet-5, built of layers.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before torch and NumPy are imported

import torch
import torch.nn.functional as F
from report import save

from lenet_lib import losses, mnist
from lenet_lib.byhand import ByHand, MaximumAPosteriori, SquaredError, sdlm, zipcode
from lenet_lib.data import CODINGS, zip_code_digits
from lenet_lib.layers import by_root, initialize
from lenet_lib.models import LeNet5, ZipCodeNet

ROUNDS = 9
STEPS = 1_000
RATE = 0.01
#: The rubbish class's penalty, and the first of the published rates.
J, LENET5_RATE = 1.0, 5e-4

Pass = Callable[[], Any]


def zip_code_sides(steps: int = STEPS) -> dict[str, Pass]:
    """A pass by hand, written out and built of layers, and one of PyTorch's."""
    images, labels = (tensor[:steps] for tensor in zip_code_digits().train.tensors)
    targets = 2.0 * F.one_hot(labels, 10) - 1
    inputs, goals, answers = images.flatten(1).numpy(), targets.numpy(), labels.numpy()
    torch.manual_seed(1)
    network = ZipCodeNet()
    arrays, net = zipcode.ZipCodeByHand(network), ByHand(network)
    criterion, sizes = SquaredError(), RATE * net.exists
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)

    def plain() -> None:
        for image, target in zip(images.split(1), targets.split(1), strict=True):
            optimizer.zero_grad()
            loss = F.mse_loss(network(image), target)
            loss.backward()
            optimizer.step()

    return {
        "byhand": lambda: zipcode.train(arrays, inputs, goals, RATE),
        "layers": lambda: sdlm.train(net, criterion, inputs, answers, sizes),
        "torch": plain,
    }


def lenet5_sides(steps: int = STEPS) -> dict[str, Pass]:
    """A pass by hand and one of PyTorch's, with the same step size for each weight."""
    images, labels = mnist.read(mnist.default_data_dir(), train=True)
    images, labels = CODINGS["lenet5"](images[:steps]), labels[:steps]
    inputs, answers = images.flatten(1).numpy(), labels.numpy()
    torch.manual_seed(1)
    network = LeNet5()
    initialize(network, by_root)
    net, criterion = ByHand(network), MaximumAPosteriori(J)
    curvature = sdlm.estimate(net, criterion, inputs[:500], answers[:500])
    sizes = sdlm.steps(net, curvature, LENET5_RATE)
    parameters = list(network.parameters())
    named = net.named(sizes)
    each = [torch.from_numpy(named[name]) for name, _ in network.named_parameters()]

    def plain() -> None:
        for image, label in zip(images.split(1), labels.split(1), strict=True):
            network.zero_grad()
            losses.maximum_a_posteriori(network(image), label, J).backward()
            with torch.no_grad():
                gradients = [parameter.grad for parameter in parameters]
                torch._foreach_addcmul_(parameters, gradients, each, value=-1)

    return {
        "byhand": lambda: sdlm.train(net, criterion, inputs, answers, sizes),
        "torch": plain,
    }


def measure(
    sides: dict[str, Pass], rounds: int, steps: int = STEPS
) -> dict[str, list[float]]:
    """Microseconds a step of each side, in turn in each round."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(1, rounds + 1):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            taken = time.perf_counter() - start
            times[name].append(round(taken / steps * 1e6, 1))
        said = [f"{name} {taken[-1]:,.0f} µs" for name, taken in times.items()]
        print(f"round {turn}: {', '.join(said)}", flush=True)
    return times


def summary(times: dict[str, list[float]]) -> dict[str, Any]:
    """Medians over the rounds, and how many times as long PyTorch takes."""
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["torch"] / medians["byhand"]
    print(f"a step: torch / by hand = {ratio:.1f} (medians)")
    return {"microseconds_per_step": times, "medians": medians, "ratio": ratio}


def main() -> None:
    """Measure, print, and write the results file."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    torch.set_num_threads(1)
    print("the zip-code network")
    zip_code = summary(measure(zip_code_sides(), rounds))
    print("LeNet-5")
    lenet5 = summary(measure(lenet5_sides(), rounds))
    save("byhand", {"steps": STEPS, **zip_code, "lenet5": lenet5})


if __name__ == "__main__":
    main()
