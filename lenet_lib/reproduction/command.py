"""``python -m lenet_lib reproduce``: run the experiments again, each seed on a core."""

import argparse
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lenet_lib import mnist, papers, results, weights
from lenet_lib.reproduction import record
from lenet_lib.reproduction.recipes import EXPERIMENTS, SEEDS, USUAL_SEEDS, Recipe
from lenet_lib.reproduction.run import Run, train
from lenet_lib.reproduction.studies import STUDIES
from lenet_lib.training import ProgressLine

#: Seconds between two looks at how far the runs are.
LOOK = 0.5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    known = ", ".join([*EXPERIMENTS, *STUDIES])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"experiments, or how their names begin; without any, all: {known}",
    )
    add = parser.add_argument
    add(
        "--seeds",
        type=_seeds,
        metavar="N",
        help="run the seeds from 1 to N; or add some to earlier results, as in 6-10",
    )
    add(
        "--processes",
        type=_count,
        metavar="N",
        default=os.cpu_count() or 1,
        help="seeds that run at the same time; by default one for each core",
    )
    add(
        "--passes",
        type=_count,
        metavar="N",
        help="only so many: to try it (needs --results-dir)",
    )
    add(
        "--digits",
        type=_count,
        metavar="N",
        help="train on so many: to try it (needs --results-dir)",
    )
    add(
        "--results-dir",
        type=Path,
        metavar="DIR",
        help="for results and weights; by default, the book's own places",
    )
    add(
        "--runs-dir",
        type=Path,
        metavar="DIR",
        default=Path("runs"),
        help="keeps each run's state, so that it can be stopped and go on (runs)",
    )
    add(
        "--replace",
        action="store_true",
        help="write results also in place of some with other seeds",
    )


def main(options: argparse.Namespace) -> None:
    """Run what was asked for, an experiment after the other, and write each down."""
    names = [name for asked in options.names or [""] for name in _chosen(asked)]
    shortened = options.passes or options.digits
    studies = [name for name in names if name in STUDIES]
    if studies and (shortened or options.seeds):
        raise ValueError(
            f"{studies[0]} is a study with seeds and passes of its own: leave out "
            "--seeds, --passes and --digits, or name the experiments that they are for."
        )
    if shortened and options.results_dir is None:
        raise ValueError(
            "A shortened run is not the experiment: give --results-dir for its results."
        )
    here = options.results_dir
    folder, weights_folder = here or results.FOLDER, here or weights.FOLDER
    jobs = []
    for name in dict.fromkeys(names):
        if name in STUDIES:
            continue
        recipe = _shortened(EXPERIMENTS[name], options)
        seeds = options.seeds or list(range(1, SEEDS.get(name, USUAL_SEEDS) + 1))
        record.check(name, recipe, seeds, folder, options.replace)
        jobs.append((name, recipe, seeds))
    mnist.ensure(mnist.default_data_dir())
    for name, recipe, seeds in jobs:
        files = [options.runs_dir / name / f"seed-{seed:02}.npz" for seed in seeds]
        calls = [(_run, recipe, *each) for each in zip(seeds, files, strict=True)]
        done = _run_all(name, calls, options.processes)
        runs, records = zip(*done, strict=True)
        zip_code = recipe.network == "ZipCodeNet"
        test = papers.ZIP_CODE_1989["test_digits"] if zip_code else 10_000
        written = record.write(
            name,
            recipe,
            list(records),
            list(runs),
            test,
            folder,
            weights_folder,
            options.replace,
        )
        errors = [100 * entry["test_misread"][-1] / test for entry in records]
        spread = f" ± {np.std(errors, ddof=1):.2f}" if len(errors) > 1 else ""
        print(
            f"{name}: {np.mean(errors):.2f}{spread} % of the test digits misread, "
            f"{len(errors)} seeds; written: {written}",
            flush=True,
        )
    for name in dict.fromkeys(studies):
        study, runs_dir = STUDIES[name], options.runs_dir / name
        calls = [(_study, name, job, runs_dir) for job in study.jobs()]
        records = _run_all(name, calls, options.processes)
        written = study.write(records, runs_dir, folder, weights_folder)
        print(f"{name}: {len(records)} runs; written: {written}", flush=True)


def _run_all(name: str, calls: list[tuple], processes: int) -> list[Any]:
    """Make all calls, each in a process of its own, and say how far they are.

    Args:
        name: what it is that runs.
        calls: a function and its arguments each; its number is added to them, by which
            it tells how far it is.
        processes: how many at a time.
    """
    context = multiprocessing.get_context("spawn")
    shares = context.Array("d", len(calls))
    line, start = ProgressLine(), time.monotonic()
    # One thread each: set before a process imports NumPy and torch.
    before = {key: os.environ.get(key) for key in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        with ProcessPoolExecutor(
            min(processes, len(calls)), context, _remember, (shares, os.getpid())
        ) as pool:
            pending = [pool.submit(*call, n) for n, call in enumerate(calls)]
            _watch(name, pending, shares, line, start)
            return [future.result() for future in pending]
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


#: What tells NumPy's and torch's libraries how many threads to use.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def _watch(
    name: str, pending: list[Future], shares: object, line: ProgressLine, start: float
) -> None:
    """Show how far the runs are until all are done, or one fails."""
    first: float | None = None
    while True:
        done, left = wait(pending, timeout=LOOK)
        for future in done:
            if future.exception():
                for other in left:
                    other.cancel()
                raise future.exception()
        share = sum(shares) / len(pending)
        if first is None and share:
            first, start = share, time.monotonic()  # what earlier calls had done
        text = f"{name}: {len(done)} of {len(pending)} runs done"
        if first is not None and share > first:
            minutes = (time.monotonic() - start) * (1 - share) / (share - first) / 60
            text += f" · {100 * share:.0f} % of all · {minutes:.0f} min left"
        if not left:
            line._show(1.0, f"{name}: {len(pending)} runs done", finished=True)
            return
        line._show(share, text)


def _remember(shares: object, parent: int) -> None:
    """Keep in a new process what it shares with the one that started it."""
    global _shares
    _shares = shares
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when the one that started it has been killed."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


def _run(recipe: Recipe, seed: int, file: Path, number: int) -> tuple[Run, dict]:
    """Run one seed in this process."""
    run = train(recipe, seed, file, _teller(number))
    _shares[number] = 1.0
    return run, record.measure(recipe, seed, run)


def _study(name: str, job: tuple, folder: Path, number: int) -> dict[str, Any]:
    """Make one run of a study in this process."""
    done = STUDIES[name].run(job, folder, _teller(number))
    _shares[number] = 1.0
    return done


def _teller(number: int) -> Callable[[float], None]:
    """What a run tells its progress to."""

    def progress(share: float) -> None:
        _shares[number] = share

    return progress


def _chosen(asked: str) -> list[str]:
    """The experiment of this very name, or all whose names begin so."""
    known = [*EXPERIMENTS, *STUDIES]
    if asked in known:
        return [asked]
    found = [name for name in known if name.startswith(asked)]
    if not found:
        raise ValueError(
            f"No experiment's name begins with {asked!r}: there are {', '.join(known)}."
        )
    return found


def _shortened(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe with fewer passes or digits, if that was asked for."""
    if options.passes:
        recipe = replace(recipe, rates=list(recipe.rates)[: options.passes])
    if options.digits:
        few = min(options.digits, recipe.digits)
        recipe = replace(
            recipe, digits=few, curvature_digits=min(few, recipe.curvature_digits)
        )
    return recipe


def _seeds(text: str) -> list[int]:
    """The seeds from 1 to a number, or between two: ``"10"``, ``"6-10"``."""
    first, dash, last = text.rpartition("-")
    start, end = _count(first) if dash else 1, _count(last)
    if start > end:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return list(range(start, end + 1))


def _count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
