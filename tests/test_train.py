"""The command that trains: its recipes, and what it says to senseless options."""

import argparse
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from lenet_lib import models, train
from lenet_lib.data import MNISTDataModule
from lenet_lib.mnist import MNISTError
from lenet_lib.training import trainer

ROOT = Path(__file__).resolve().parent.parent


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def no_training(monkeypatch):
    """Fail if it comes to training: wrong options are to be found before."""

    def fit(*_, **__):
        raise AssertionError("it began to train")

    monkeypatch.setattr(train.pl.Trainer, "fit", fit)


# ---- What is trained -------------------------------------------------------------


def test_lenet5_is_trained_as_its_chapter_trains_it():
    """So the chapter's error and the command's can be compared: to the bit."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from chapter import definitions
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    recipe, weights = train.RECIPES["lenet5"], []
    digits = MNISTDataModule(batch_size=options("lenet5").batch_size, coding="lenet5")
    for reader in (
        lambda network: definitions("lenet5")["Reader"](network),
        lambda network: train.Reader(network, recipe.loss, recipe.rate),
    ):
        torch.manual_seed(options("lenet5").seed)
        model = reader(recipe.network())
        trainer(limit_train_batches=15, limit_val_batches=0, accelerator="cpu").fit(
            model, digits
        )
        weights.append(nn.utils.parameters_to_vector(model.parameters()))
    assert torch.equal(*weights)
    assert options("lenet5").passes == 2


def test_the_losses_against_their_formulas():
    torch.manual_seed(1)
    outputs, labels = torch.randn(7, 10, dtype=torch.float64), torch.arange(7)
    right = sum(outputs[n, n] for n in range(7)) / 7
    torch.testing.assert_close(train.penalty(outputs, labels), right)
    squares = [
        (outputs[n, k] - (1 if k == n else -1)) ** 2
        for n in range(7)
        for k in range(10)
    ]
    torch.testing.assert_close(train.squared_error(outputs, labels), sum(squares) / 70)


@pytest.mark.parametrize("name", train.RECIPES)
def test_each_network_learns_and_reads(name, tmp_path, capsys, monkeypatch):
    """7,680 digits in a moment; guessing would misread 90 % of the test digits."""
    few = {"limit_train_batches": 120, "limit_val_batches": 1, "limit_test_batches": 2}
    monkeypatch.setattr(train, "trainer", lambda *a, **k: trainer(*a, **k, **few))
    file = tmp_path / "weights.safetensors"
    file.write_text("older weights")
    chosen = options(name, "--passes", "1", "--accelerator", "cpu", "--save", str(file))
    train.main(chosen)
    line = capsys.readouterr().out
    assert line.startswith(f"{name}, 1 pass, seed 1: validation error ")
    assert 1 < float(line.split()[-2]) < 30, line
    assert [path.name for path in tmp_path.iterdir()] == ["weights.safetensors"]
    network = train.RECIPES[name].network()
    network.load_state_dict(load_file(file))
    digits = MNISTDataModule(coding=train.RECIPES[name].coding)
    digits.setup()
    images, labels = (tensor[:2000] for tensor in digits.test_set.tensors)
    error = 100 * (network.read(images) != labels).double().mean().item()
    assert line.endswith(f"test error {error:.2f} %\n")


def test_every_network_of_the_book_can_be_trained():
    networks = {
        network
        for network in vars(models).values()
        if isinstance(network, type) and issubclass(network, models.Network)
    }
    trained = {recipe.network for recipe in train.RECIPES.values()}
    # Two have a training of their own, which `reproduce` runs: modern and strings.
    studied = {models.ModernLeNet5, models.StringLeNet5}
    assert trained == networks - {models.Network} - studied


# ---- What a person may ask for ---------------------------------------------------


@pytest.mark.parametrize(
    "words, wrong",
    [
        (["lenet6"], "invalid choice: 'lenet6'"),
        (["lenet5", "--passes", "0"], "a whole number of at least 1, got '0'"),
        (["lenet5", "--devices", "two"], "a whole number of at least 1, got 'two'"),
        (["lenet5", "--batch-size", "-64"], "a whole number of at least 1, got '-64'"),
        (["lenet5", "--rate", "0"], "a number above 0, got '0'"),
        (["lenet5", "--rate", "nan"], "a number above 0, got 'nan'"),
        (["lenet5", "--rate", "fast"], "a number above 0, got 'fast'"),
        (["lenet5", "--strategy", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_senseless_options_are_refused(words, wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        options(*words)
    assert ended.value.code == 2
    assert wrong in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, wrong",
    [
        (
            ["--devices", "3", "--accelerator", "cpu"],
            "3 processes cannot share batches of 64 digits evenly: choose a multiple "
            "of 3, such as 63.",
        ),
        (
            ["--num-nodes", "2", "--accelerator", "cpu"],
            "A run on several machines needs MASTER_ADDR and MASTER_PORT and NODE_RANK",
        ),
        (["--accelerator", "gpu", "--devices", "999"], "Lightning finds no such"),
        (["--save", "lenet5.pt"], "a file named *.safetensors, not to lenet5.pt."),
        (["--save", "nowhere/a.safetensors"], "cannot go to nowhere/a.safetensors"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    words, wrong, no_training, monkeypatch
):
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError) as error:
        train.main(options("lenet5", *words))
    assert wrong in str(error.value) and "\n" not in str(error.value)


def test_missing_digits_are_found_before_processes_are_started(
    no_training, monkeypatch
):
    def ensure(folder):
        raise MNISTError("the data are missing")

    monkeypatch.setattr("lenet_lib.mnist.ensure", ensure)
    with pytest.raises(MNISTError, match="the data are missing"):
        train.main(options("lenet5", "--devices", "2", "--accelerator", "cpu"))
