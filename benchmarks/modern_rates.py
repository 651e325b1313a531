"""The step sizes of the ladders' rungs, chosen on training digits that are held out.

    python benchmarks/modern_rates.py

A rung where the step size may matter most (another loss, optimiser or squashing) trains
with each of a few, with a seed that is used for nothing else: LeNet-5's on 15,000
digits, in as many passes as later. The one with which it misreads the fewest of the
last 5,000 training digits, which it does not see, is the rung's, and that of the rungs
above it, up to the next that chooses. Writes ``modern_rates``; the ladder itself
(``lenet_lib.modern.ladder``) has the sizes that were chosen.
"""

import multiprocessing
import os
import sys
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and NumPy are imported

import torch
from report import save

from lenet_lib import mnist
from lenet_lib.data import CODINGS
from lenet_lib.modern.ladder import LADDERS, Rung
from lenet_lib.modern.minibatch import fit
from lenet_lib.reproduction.digits import Digits
from lenet_lib.reproduction.run import misread_by

SEED = 101
HELD_OUT = 5_000
DIGITS = 15_000
RATES = (0.002, 0.004, 0.008, 0.016)
#: The rungs that choose.
CHOOSING = {
    "modern": ("AdamW", "softmax", "ReLU", "batch norm"),
    "modern1989": ("softmax", "AdamW", "dropout, ReLU"),
}


def run(job: tuple[str, str, float]) -> int:
    """Train one rung with one step size; count what it misreads of the held out."""
    ladder, name, rate = job
    (rung,) = (rung for rung in LADDERS[ladder] if rung.name == name)
    return held_out(replace(rung, plan=replace(rung.plan, rate=rate)), DIGITS)


def held_out(rung: Rung, digits: int) -> int:
    """Train a rung on so many digits; count what it misreads of the held out."""
    torch.set_num_threads(1)
    images, labels = mnist.read(mnist.default_data_dir(), train=True)
    some = min(rung.digits, digits)
    network = rung.first(SEED)
    fit(network, images[:some], labels[:some], rung.plan, SEED)
    unseen = CODINGS[rung.plan.coding](images[-HELD_OUT:])
    return misread_by(network, Digits(unseen, labels[-HELD_OUT:]))


def main(processes: int = 2) -> None:
    """Try all, print, and write the results file."""
    jobs = [
        (ladder, name, rate)
        for ladder, names in CHOOSING.items()
        for name in names
        for rate in RATES
    ]
    choice: dict[str, dict[str, dict[str, int]]] = {ladder: {} for ladder in CHOOSING}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for job, wrong in zip(jobs, pool.imap(run, jobs), strict=True):
            ladder, name, rate = job
            choice[ladder].setdefault(name, {})[str(rate)] = wrong
            print(f"{ladder}, {name}, {rate}: {wrong}", flush=True)
    save(
        "modern_rates",
        {"seed": SEED, "digits": DIGITS, "held_out": HELD_OUT, "choice": choice},
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
