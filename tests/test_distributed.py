"""Training on several devices and machines: the steps of one process, and no others.

The runs here are the command's own, on a few hundred digits and in double precision.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parent.parent

#: The command, as a program that is run with ``-m``. There are 365 training digits:
#: five batches of 64, and one of 45 that two processes cannot share.
PROGRAM = """
import argparse, json
from functools import partial
import torch
from lenet_lib import data, mnist, train

read = mnist.read


def read_few(folder, train):
    images, labels = read(folder, train)
    size = 465 if train else 150
    return images[:size], labels[:size]


class Watched(train.Reader):
    notes = []

    def on_train_start(self):
        if self.global_rank:  # the order of the first process shall hold for all
            torch.manual_seed(1000 + self.global_rank)

    def training_step(self, batch, batch_index):
        self.notes.append([len(batch[1]), torch.get_num_threads()])
        return super().training_step(batch, batch_index)

    def on_train_end(self):
        with open(f"process {self.global_rank}.json", "w") as file:
            json.dump(self.notes, file)


mnist.read = read_few
data.VALIDATION_SIZE = 100
train.Reader = Watched
train.trainer = partial(train.trainer, precision="64-true")
parser = argparse.ArgumentParser()
train.arguments(parser)
train.main(parser.parse_args())
"""

#: What the runs have in common.
COMMAND = [sys.executable, "-m", "few_digits", "lenet5", "--accelerator", "cpu"]
COMMAND += ["--save", "lenet5.safetensors"]

#: The processes that one has to start, by the kind of run: options and environment.
RUNS = {
    "alone": [([], {})],
    "two devices": [(["--devices", "2", "--strategy", "ddp"], {})],
    "two machines": [
        (["--num-nodes", "2", "--strategy", "ddp"], {"NODE_RANK": "0"}),
        (["--num-nodes", "2", "--strategy", "ddp"], {"NODE_RANK": "1"}),
    ],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, tuple[Path, list[tuple[int, str, str]]]]:
    """The folder of each run, and how its processes ended and what they printed."""
    program = tmp_path_factory.mktemp("program")
    (program / "few_digits").mkdir()
    (program / "few_digits" / "__main__.py").write_text(PROGRAM)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # What a cluster or another test may have set must not reach these processes.
    rank = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "NODE_RANK", "GROUP_RANK")
    plain = {name: value for name, value in os.environ.items() if name not in rank}
    plain |= {"PYTHONPATH": os.pathsep.join([str(program), str(ROOT)])}
    started = {}
    for name, processes in RUNS.items():
        folder = tmp_path_factory.mktemp(name.replace(" ", "_"))
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        started[name] = (
            folder,
            [
                subprocess.Popen(
                    [*COMMAND, *options],
                    cwd=folder,
                    env={**plain, **(place if number else {}), **number},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                for options, number in processes
            ],
        )
    ended = {}
    try:
        for name, (folder, processes) in started.items():
            printed = [process.communicate(timeout=300) for process in processes]
            codes = [process.returncode for process in processes]
            ended[name] = (
                folder,
                [(code, *texts) for code, texts in zip(codes, printed, strict=True)],
            )
    finally:
        for _, processes in started.values():
            for process in processes:
                process.kill()
    return ended


SEVERAL = ["two devices", "two machines"]


@pytest.mark.parametrize("kind", SEVERAL)
def test_two_processes_give_the_weights_of_one(runs, kind):
    alone = load_file(runs["alone"][0] / "lenet5.safetensors")
    weights = load_file(runs[kind][0] / "lenet5.safetensors")
    assert weights.keys() == alone.keys()
    for name, weight in alone.items():
        assert weight.dtype == torch.float64
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", RUNS)
def test_the_errors_are_printed_once_and_nothing_else(runs, kind):
    """The same errors, to the last digit; no banner, no warning from any process."""
    (code, line, complaints), *others = runs[kind][1]
    assert (code, complaints) == (0, "")
    assert line == runs["alone"][1][0][1]
    assert line.startswith("lenet5, 2 passes, seed 1: validation error ")
    assert " %, test error " in line and line.count("\n") == 1
    assert others == [(0, "", "")] * (len(RUNS[kind]) - 1)


@pytest.mark.parametrize("kind", SEVERAL)
def test_each_process_has_half_of_each_batch_and_one_thread(runs, kind):
    """Only the odd last batch is for both, which is why the steps can agree at all."""
    a_pass = [[32, 1]] * 5 + [[45, 1]]
    for number in range(2):
        notes = (runs[kind][0] / f"process {number}.json").read_text("utf-8")
        assert json.loads(notes) == 2 * a_pass
    alone = json.loads((runs["alone"][0] / "process 0.json").read_text("utf-8"))
    assert alone == 2 * ([[64, 1]] * 5 + [[45, 1]])


@pytest.mark.parametrize("kind", RUNS)
def test_only_the_weights_are_left_behind(runs, kind):
    processes = 1 if kind == "alone" else 2
    notes = {f"process {number}.json" for number in range(processes)}
    left = {path.name for path in runs[kind][0].iterdir()}
    assert left == {"lenet5.safetensors", *notes}
