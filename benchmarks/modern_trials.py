"""Two settings of the modern ladder, tried on training digits that are held out.

    python benchmarks/modern_trials.py

How much of C5 the rung with dropout leaves out, and how far the end point's digits are
bent. Both had been settled before, by single runs that were not kept; these trials,
with the seed and the held-out digits of ``modern_rates``, tell what they are worth.
Writes the results ``modern_trials``.
"""

import multiprocessing
import sys
from dataclasses import replace

from modern_rates import DIGITS, HELD_OUT, SEED, held_out
from report import save

from lenet_lib.distortions import Affine
from lenet_lib.elastic import Elastic
from lenet_lib.modern.ladder import LADDERS

#: Shares of C5 that are left out in training.
DROPOUTS = (0.0, 0.1, 0.25)
#: How far digits are bent, and for how many passes over all that are not held out.
ALPHAS, PASSES = (0.0, 10.0, 34.0), 10


def drop(share: float) -> int:
    """What the rung with dropout misreads if it leaves out so much of C5."""
    (rung,) = (rung for rung in LADDERS["modern"] if rung.name == "dropout")
    return held_out(replace(rung, changes=replace(rung.changes, dropout=share)), DIGITS)


def bend(alpha: float) -> int:
    """What the end point misreads if digits are bent so far, besides being moved."""
    rung = LADDERS["modern"][-1]
    bent = (Affine(), Elastic(alpha=alpha)) if alpha else (Affine(),)
    plan = replace(rung.plan, distortions=bent, passes=PASSES)
    return held_out(replace(rung, plan=plan), rung.digits - HELD_OUT)


def main(processes: int = 2) -> None:
    """Try all, print, and write the results file."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        dropouts = dict(zip(map(str, DROPOUTS), pool.map(drop, DROPOUTS), strict=True))
        alphas = dict(zip(map(str, ALPHAS), pool.map(bend, ALPHAS), strict=True))
    print(f"dropout: {dropouts}\nalpha: {alphas}")
    save(
        "modern_trials",
        {
            "seed": SEED,
            "digits": DIGITS,
            "held_out": HELD_OUT,
            "dropouts": dropouts,
            "alpha_passes": PASSES,
            "alphas": alphas,
        },
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
