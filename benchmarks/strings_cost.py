"""Reading a line at once against reading its windows: LeNet-5 as of 1998.

    python benchmarks/strings_cost.py

One sweep over a line, and the windows of the same line as one batch, which is how one
would read them without the sweep. Inputs lie at hand, cut out and coded. Both ways take
turns in each round. Writes the results ``strings_cost``: medians and their ratios, and
the ratio of connections, which is what could be saved at best.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import statistics
import time
from collections.abc import Callable

import torch
from report import save
from torch import Tensor

from lenet_lib import mnist, weights
from lenet_lib.strings import coded, connections, lines, steps, sweep
from lenet_lib.strings.sweep import crops

WIDTHS = (64, 128, 256, 512, 1024)
ROUNDS = 101
NETWORK = "lenet5-1998"


def strip(width: int) -> Tensor:
    """A coded line of digits of so many pixels, (1, 1, 32, width)."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    some = lines(images, labels, gap=2, seed=0, count=width // 64)
    return coded(torch.cat([*some.pictures], dim=1)[None, :, :width].contiguous())


def milliseconds(call: Callable[[Tensor], Tensor], given: Tensor) -> float:
    """How long one call keeps the processor busy, one thread, on a busy machine too."""
    start = time.process_time()
    call(given)
    return 1_000 * (time.process_time() - start)


@torch.no_grad()
def main() -> None:
    """Measure all widths in turn, print, and write the results file."""
    torch.set_num_threads(1)
    network = weights.load(NETWORK)

    def at_once(line: Tensor) -> Tensor:
        return sweep(network, line)

    given = {}
    for width in WIDTHS:
        line = strip(width)  # (1, 1, 32, width)
        windows = crops(line).flatten(0, 1).contiguous()  # (steps, 1, 32, 32)
        apart = at_once(line)[0].T - network(windows)  # also warms both up
        assert apart.abs().max() < 1e-3, "a sweep must give what the windows give"
        given[width] = line, windows
    taken = {width: {"sweep": [], "windows": []} for width in WIDTHS}
    for turn in range(ROUNDS):
        for width, (line, windows) in given.items():
            ways = [("sweep", at_once, line), ("windows", network, windows)]
            for name, call, what in ways if turn % 2 else ways[::-1]:
                taken[width][name].append(milliseconds(call, what))
    rows = []
    for width, times in taken.items():
        medians = {name: statistics.median(each) for name, each in times.items()}
        swept, cropped = connections(network, width)
        rows.append(
            {
                "width": width,
                "steps": steps(width),
                "sweep_ms": round(medians["sweep"], 3),
                "windows_ms": round(medians["windows"], 3),
                "ratio": round(medians["windows"] / medians["sweep"], 2),
                "connections": {"sweep": swept, "windows": cropped},
                "connections_ratio": round(cropped / swept, 2),
            }
        )
        print(rows[-1], flush=True)
    save("strings_cost", {"network": NETWORK, "rounds": ROUNDS, "widths": rows})


if __name__ == "__main__":
    main()
