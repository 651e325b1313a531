"""Why LeNet-5 dies of its published first weights: the study behind the story."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lenet_lib.byhand.sdlm import train
from lenet_lib.data import MNISTDataModule
from lenet_lib.layers import by_root

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    """Import as ``python benchmarks/...py`` does, whose folder is on the path."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def result(name: str) -> dict:
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


def test_the_doomed_starts_are_what_their_program_measures():
    import lenet5_start as program

    study = result("lenet5_start")
    assert study["digits"] == program.DIGITS and study["j"] == program.J
    assert study["seeds"] == [*program.SEEDS] and len(program.SEEDS) >= 3
    assert study["rate_seeds"] == [*program.RATE_SEEDS]
    assert study["marks"] == [*program.MARKS]
    assert list(study["trials"]) == list(program.TRIALS)
    assert list(study["traces"]) == list(program.TRACED)
    assert list(study["ranges"]) == list(program.RANGES)
    for trial in study["trials"].values():
        assert len(trial["errors"]) == len(trial["saturated"]) == len(program.SEEDS)
    for seeds in study["traces"].values():
        assert list(seeds) == [str(seed) for seed in program.SEEDS]
        for trace in seeds.values():
            assert {"loudness", "spread", "saturated", "all", *program.LAYERS} <= {
                *trace
            }
            assert {len(values) for values in trace.values()} == {len(program.MARKS)}


def test_the_first_digits_of_the_doomed_start_are_those_of_the_file():
    """A slice of it again: before the first digit, and after the third."""
    import lenet5_start as program

    data = MNISTDataModule(coding="lenet5")
    data.setup()
    inputs, labels = data.val_set.tensors
    held_out = inputs.flatten(1).numpy(), labels.numpy()
    trace = result("lenet5_start")["traces"]["2.4/F"]["1"]
    run = program.Run(program.TRACED["2.4/F"], 1, data)
    for place in (0, 3):
        run.go(program.MARKS[place])
        found = program.look(run, *held_out)
        for name in ("penalty", "loudness", "spread", "all"):
            assert found[name] == pytest.approx(trace[name][place], rel=0.05), name


def test_step_times_curvature_says_when_a_step_overshoots():
    """Against the loss itself: beyond 2 the steps raise it."""
    import lenet5_start as program

    data = MNISTDataModule(coding="lenet5")
    data.setup()
    run = program.Run(program.Start(by_root, competition=False), 1, data)
    digit, label = run.digits[0], int(run.labels[0])
    *layers, whole = program.overshoot(run, digit)
    assert max(layers) <= whole <= sum(layers) * 1.001
    # Towards a target close by, the loss is a bowl: only steps beyond 2 go too far.
    features = run.net.forward(digit).copy()
    weights = run.net.weights.copy()
    run.criterion.codes[label] = features + 1e-3 * np.random.default_rng(0).normal(
        size=84
    )
    losses = []  # after eight such steps, as a part of what it was before
    for product in (1.0, 1.9, 2.5):
        sizes = run.sizes * np.float32(product / whole)
        run.net.weights[:] = weights
        before = run.criterion.loss(run.net.forward(digit), label)
        for _ in range(8):
            train(run.net, run.criterion, digit[None], run.labels[:1], sizes)
        losses.append(run.criterion.loss(run.net.forward(digit), label) / before)
    assert losses[0] < 1 and losses[1] < 1 < losses[2]


def test_a_start_is_what_its_name_says():
    import lenet5_start as program

    small, large = (
        program.first(program.TRIALS[name], 1).state_dict()
        for name in ("2.4/F", "1/sqrt(F)")
    )
    for name, inputs in {"C1": 25, "S2": 4, "C5": 400, "F6": 120}.items():
        for part in ("weight", "bias"):
            scaled = small[f"{name}.{part}"] * inputs**0.5 / 2.4
            torch.testing.assert_close(large[f"{name}.{part}"], scaled)
            assert small[f"{name}.{part}"].abs().max() <= 2.4 / inputs
    halves = program.first(program.TRIALS["1/sqrt(F), halves, biases 0"], 1)
    for name, value in halves.named_parameters():
        if name.endswith("bias"):
            assert not value.any()
        elif name.startswith("S"):
            assert (value == 0.5).all()
