"""The step sizes of the ladders' rungs, chosen on training digits that are held out.

    python benchmarks/modern_rates.py

Each rung trains with each of a few step sizes, with a seed that is used for nothing
else, and with less than its later runs have: LeNet-5's on 15,000 digits, in as many
passes. Of the last 5,000 training digits, which it does not see, it reads as many as it
can; the step size with the fewest errors is the rung's. What only trains for longer or
on more digits takes the step size of the rung below. Writes ``modern_rates``; the
ladder itself (``lenet_lib.modern.ladder``) has the sizes that were chosen.
"""

import multiprocessing
import os
import sys
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import torch
from report import save

from lenet_lib import mnist
from lenet_lib.modern.ladder import LADDERS
from lenet_lib.modern.minibatch import fit, misread

SEED = 101
HELD_OUT = 5_000
DIGITS = 15_000
RATES = {
    "modern": (0.001, 0.002, 0.004, 0.008, 0.016),
    "modern1989": (0.001, 0.002, 0.004, 0.008, 0.016),
}
#: The rungs that choose; those above take over what the last of these has.
CHOOSING = {"modern": 8, "modern1989": 4}


def run(job: tuple[str, int, float]) -> int:
    """Train one rung with one step size; count what it misreads of the held out."""
    ladder, number, rate = job
    torch.set_num_threads(1)
    rung = LADDERS[ladder][number]
    images, labels = mnist.read(mnist.default_data_dir(), train=True)
    some = min(rung.digits, DIGITS)
    network, plan = rung.first(SEED), replace(rung.plan, rate=rate)
    fit(network, images[:some], labels[:some], plan, SEED)
    unseen = slice(-HELD_OUT, None)
    return misread(network, images[unseen], labels[unseen], plan.coding)


def main(processes: int = 2) -> None:
    """Try all, print, and write the results file."""
    jobs = [
        (ladder, number, rate)
        for ladder, rungs in CHOOSING.items()
        for number in range(rungs)
        for rate in RATES[ladder]
    ]
    choice: dict[str, dict[str, dict[str, int]]] = {ladder: {} for ladder in CHOOSING}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for job, wrong in zip(jobs, pool.imap(run, jobs), strict=True):
            ladder, number, rate = job
            name = LADDERS[ladder][number].name
            choice[ladder].setdefault(name, {})[str(rate)] = wrong
            print(f"{ladder}, {name}, {rate}: {wrong}", flush=True)
    save(
        "modern_rates",
        {"seed": SEED, "digits": DIGITS, "held_out": HELD_OUT, "choice": choice},
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
