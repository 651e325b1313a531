"""The trainer: quiet, live where a person watches, on one thread, with a history.

Also the chapter's own LeNet-1, as its reader would define and train it.
"""

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from nbclient import NotebookClient
from pytorch_lightning.callbacks import Callback, EarlyStopping, TQDMProgressBar
from pytorch_lightning.loggers import CSVLogger
from torch import nn
from torch.utils.data import TensorDataset

from lenet_lib import training
from lenet_lib.data import Batches, MNISTDataModule
from lenet_lib.training import History, LiveProgress, OneThread, trainer

ROOT = Path(__file__).resolve().parent.parent

#: A module with one weight and two batches, small enough to be trained in a moment.
TOY = """
import pytorch_lightning as pl
import torch
from torch.utils.data import TensorDataset
from lenet_lib.data import Batches
from lenet_lib.training import trainer


class Toy(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.rand(1))

    def loss(self, batch):
        return (self.weight * batch[0] - batch[1]).square().mean()

    def training_step(self, batch, batch_index):
        loss = self.loss(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_index):
        self.log("val_loss", self.loss(batch))

    def test_step(self, batch, batch_index):
        self.log("test_loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


x = torch.arange(10.0).reshape(10, 1) / 10
train_batches = Batches(TensorDataset(x, 3 * x + 1), 4, shuffle=True)
val_batches = Batches(TensorDataset(x + 1, 3 * x), 6)
"""
toy: dict = {}
exec(compile(TOY, "toy.py", "exec"), toy)
Toy, train_batches, val_batches = toy["Toy"], toy["train_batches"], toy["val_batches"]


@pytest.fixture(autouse=True)
def undisturbed():
    """Leave torch's threads, and what Lightning does with Ctrl-C, as they were."""
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


def fit(passes: int = 2, **settings) -> tuple:
    """Train a toy with seed 1; return the trainer and the toy."""
    torch.manual_seed(1)
    module = Toy()
    run = trainer(passes, **settings)
    run.fit(module, train_batches, val_batches)
    return run, module


# ---- Quiet -----------------------------------------------------------------------


def test_training_prints_nothing_warns_of_nothing_and_writes_no_file(tmp_path):
    """In a built page every such line would stand between the reader and the result."""
    program = TOY + (
        "import warnings; warnings.simplefilter('error')\n"
        "run = trainer(2); toy = Toy(); run.fit(toy, train_batches, val_batches)\n"
        "run.validate(toy, val_batches, verbose=False)\n"
        "run.test(toy, val_batches, verbose=False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_other_peoples_warnings_are_still_heard():
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        trainer()
        with pytest.warns(UserWarning, match="your data look odd"):
            warnings.warn("your data look odd", stacklevel=1)


# ---- History ---------------------------------------------------------------------


def test_the_history_equals_training_by_hand():
    """Plain gradient descent in numpy on the same batches, in the same order."""
    ordered = Batches(train_batches.dataset, 4)
    torch.manual_seed(1)
    module = Toy()
    weight = module.weight.item()
    run = trainer(2)
    run.fit(module, ordered, val_batches)
    frame = run.logger.frame()

    steps, train, val = [], [], []
    for _ in range(2):
        losses, sizes = [], []
        for x, y in ordered:
            x, y = x.double().numpy(), y.double().numpy()
            losses.append(np.mean((weight * x - y) ** 2))
            sizes.append(len(x))
            weight -= 0.1 * np.mean(2 * (weight * x - y) * x)
        steps += losses
        train.append(np.average(losses, weights=sizes))  # a mean over examples
        x, y = (t.double().numpy() for t in val_batches.dataset.tensors)
        val.append(np.mean((weight * x - y) ** 2))

    def column(name: str) -> tuple[list, list]:
        rows = frame.dropna(subset=name)
        return rows["step"].tolist(), rows[name].tolist()

    assert column("train_loss_step") == (
        [1, 2, 3, 4, 5, 6],  # no row of an untrained network, no step 0
        pytest.approx(steps, rel=1e-5),
    )
    assert column("train_loss_epoch") == ([3, 6], pytest.approx(train, rel=1e-5))
    assert column("val_loss") == ([3, 6], pytest.approx(val, rel=1e-5))
    assert module.weight.item() == pytest.approx(weight, rel=1e-5)


def test_a_history_without_rows_is_an_empty_frame():
    assert History().frame().empty


def test_frames_are_copies():
    """A chapter adds columns to its frame."""
    run, _ = fit(1)
    frame = run.logger.frame()
    frame["step"] = 0
    assert run.logger.frame()["step"].max() == 3


# ---- One thread ------------------------------------------------------------------


class ThreadsSeen(Callback):
    """Notes the number of threads in each training and validation batch."""

    def __init__(self):
        self.seen = set()

    def on_train_batch_start(self, *_):
        self.seen.add(torch.get_num_threads())

    on_validation_batch_start = on_train_batch_start
    on_test_batch_start = on_train_batch_start


class Failing(Callback):
    """Raises an exception in the second training batch."""

    def __init__(self, exception):
        self.exception = exception

    def on_train_batch_start(self, run, module, batch, batch_index):
        if batch_index == 1:
            raise self.exception


def test_lightning_runs_on_one_thread_and_the_old_number_returns():
    torch.set_num_threads(3)
    watch = ThreadsSeen()
    run, module = fit(callbacks=[watch])
    assert torch.get_num_threads() == 3
    run.test(module, val_batches, verbose=False)
    assert torch.get_num_threads() == 3
    assert watch.seen == {1}


@pytest.mark.parametrize("exception", [ValueError("yours"), RuntimeError("yours")])
def test_an_exception_restores_the_threads_and_is_seen(exception):
    torch.set_num_threads(3)
    with pytest.raises(type(exception), match="yours"):
        fit(callbacks=[Failing(exception)])
    assert torch.get_num_threads() == 3


def test_stopping_by_hand_restores_the_threads():
    torch.set_num_threads(3)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit(callbacks=[Failing(KeyboardInterrupt())])
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("place", ["prepare_data", "setup"])
def test_what_fails_before_training_is_shown_as_it_is(place):
    """Missing data, above all: nothing of ours may hide that message."""

    class NoData(pl.LightningDataModule):
        def train_dataloader(self):
            return train_batches

    def fail(*_, **__):
        raise OSError("the data are missing")

    module = NoData()
    setattr(module, place, fail)
    torch.set_num_threads(3)
    module.val_dataloader = lambda: val_batches
    with pytest.raises(OSError, match="the data are missing"):
        trainer().fit(Toy(), module)
    assert torch.get_num_threads() == 3


def test_a_later_failure_does_not_bring_an_older_number_back():
    class NoData(pl.LightningDataModule):
        def prepare_data(self):
            raise OSError("the data are missing")

        def val_dataloader(self):
            return val_batches

    torch.set_num_threads(3)
    run, module = fit(1)
    torch.set_num_threads(2)
    with pytest.raises(OSError):
        run.fit(module, datamodule=NoData())
    assert torch.get_num_threads() == 2


# ---- Settings of the user --------------------------------------------------------


def kinds(run: pl.Trainer) -> list[type]:
    return [type(callback) for callback in run.callbacks]


def test_what_the_trainer_chooses_can_be_chosen_otherwise(tmp_path):
    run = trainer(3)
    assert run.max_epochs == 3 and isinstance(run.logger, History)
    assert run.num_sanity_val_steps == 0  # no pass over an untrained network
    assert kinds(run).count(LiveProgress) == kinds(run).count(OneThread) == 1

    assert LiveProgress not in kinds(trainer(enable_progress_bar=False))
    assert trainer(logger=False).logger is None
    own = CSVLogger(tmp_path)
    assert trainer(logger=own).logger is own
    assert trainer(max_epochs=7, max_steps=5).max_steps == 5
    assert trainer(num_sanity_val_steps=2).num_sanity_val_steps == 2
    assert trainer(log_every_n_steps=10).log_every_n_steps == 10
    stop = EarlyStopping("val_loss")
    assert stop in trainer(callbacks=[stop]).callbacks
    assert OneThread in kinds(trainer(callbacks=None))


def test_one_callback_needs_no_list():
    """Lightning takes it so, and ``settings`` promises all that Lightning takes."""
    stop = EarlyStopping("val_loss")
    assert stop in trainer(callbacks=stop).callbacks


def test_a_progress_bar_of_ones_own_takes_the_place_of_ours():
    run = trainer(callbacks=[TQDMProgressBar()])
    assert TQDMProgressBar in kinds(run) and LiveProgress not in kinds(run)


# ---- Progress --------------------------------------------------------------------


@pytest.fixture
def always_redraw(monkeypatch):
    """Redraw at each batch, as if batches took long."""
    monkeypatch.setattr(training, "REFRESH", 0.0)


def test_in_a_terminal_one_line_rewrites_itself(always_redraw, monkeypatch):
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    watched, terminal = pty.openpty()
    with open(terminal, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        fit()
        monkeypatch.undo()
        os.set_blocking(watched, False)
        seen = os.read(watched, 100_000).decode()
    os.close(watched)
    assert seen.count("\n") == 1 and seen.endswith("\n")
    # Each drawing goes to the line's start and clears it.
    before, *drawings = seen.rstrip("\r\n").split("\r\x1b[K")
    assert before == "" and len(drawings) == 1 + 6 + 1  # the start, the steps, the end
    assert "pass 1 of 2" in drawings[1] and "pass 2 of 2" in drawings[6]
    assert "6 steps" in drawings[-1] and "val loss" in drawings[-1]
    assert "░" not in drawings[-1] and drawings[-1].count("█") == 20


def test_progress_copes_with_steps_of_several_batches(always_redraw):
    """No step has been taken after the first batch then: nothing to divide by."""
    run, _ = fit(accumulate_grad_batches=3)
    assert run.global_step == 2


def test_progress_copes_with_training_by_steps(always_redraw):
    run, _ = fit(-1, max_steps=5)
    assert run.global_step == 5


def test_nothing_is_shown_where_nobody_watches(always_redraw, capsys):
    fit()
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_no_redraw_is_faster_than_a_person_can_read(monkeypatch):
    shown = []
    monkeypatch.setattr(
        LiveProgress, "_show", lambda self, *_, **settings: shown.append(settings)
    )
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)  # the clock stands still
    run = trainer(2)
    for callback in run.callbacks:
        if isinstance(callback, LiveProgress):
            callback._last = 100.0
    run.fit(Toy(), train_batches, val_batches)
    assert len(shown) == 2 and shown[-1] == {"finished": True}  # the start and the end


def test_in_a_notebook_one_summary_is_left(tmp_path):
    """And the same one for the same seed, so that a rebuilt page does not change."""
    train = (
        "torch.manual_seed(1); toy = Toy()\n"
        "trainer(2).fit(toy, train_batches, val_batches)"
    )
    count = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "drawn = []\n"
        "show = training.LiveProgress._show_in_notebook\n"
        "def counting(self, share, text, finished):\n"
        "    drawn.append(text); show(self, share, text, finished)\n"
        "training.LiveProgress._show_in_notebook = counting\n"
        "training.REFRESH = 0"
    )
    sources = [TOY, "from lenet_lib import training\n" + count, train, train, "drawn"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(
        env=environment, cwd=str(tmp_path)
    )
    *_, first, second, drawn = notebook.cells
    assert len(first.outputs) == 1, first.outputs
    html = first.outputs[0]["data"]["text/html"]
    assert "6 steps" in html and "val loss" in html
    assert "<progress" not in html and " left" not in html
    assert [o["data"] for o in second.outputs] == [first.outputs[0]["data"]]
    text = drawn.outputs[0]["data"]["text/plain"]
    assert text.count("pass 2 of 2") == 2 * 3  # it was live: each step was drawn


# ---- The same seed, the same network ---------------------------------------------


def test_the_same_seed_gives_the_same_weights_to_the_bit(lenet1, digits):
    def train(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        model = lenet1()
        run = trainer(limit_train_batches=20, limit_val_batches=1)
        run.fit(model, digits)
        return nn.utils.parameters_to_vector(model.parameters())

    first = train(1)
    assert torch.equal(first, train(1))
    assert not torch.equal(first, train(2))


# ---- The chapter's LeNet-1 -------------------------------------------------------


@pytest.fixture(scope="module")
def lenet1():
    """The class that the chapter defines."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from chapter import definitions
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return definitions("lenet1")["LeNet1"]


@pytest.fixture(scope="module")
def digits() -> MNISTDataModule:
    return MNISTDataModule(batch_size=64)


def test_lenet1_has_the_parameters_that_one_counts_by_hand(lenet1):
    counts = [
        sum(weight.numel() for weight in layer.parameters())
        for layer in lenet1().network
    ]
    assert [count for count in counts if count] == [
        4 * (5 * 5 + 1),
        12 * (4 * 5 * 5 + 1),
        10 * (12 * 4 * 4 + 1),
    ]
    assert sum(w.numel() for w in lenet1().parameters()) == sum(counts) == 3246


def test_lenet1_has_the_shapes_of_its_comments(lenet1):
    model, shapes = lenet1(), []
    for layer in model.network:
        layer.register_forward_hook(lambda *a: shapes.append(tuple(a[-1].shape[1:])))
    model(torch.zeros(3, 1, 28, 28))
    convolved, averaged = [(4, 24, 24)] * 2, [(4, 12, 12)]
    convolved2, averaged2 = [(12, 8, 8)] * 2, [(12, 4, 4)]
    assert shapes == convolved + averaged + convolved2 + averaged2 + [(192,), (10,)]


def test_lenet1_computes_what_the_chapters_formula_says(lenet1):
    """One unit of each convolution by hand, and one average; indices count from 0."""
    torch.manual_seed(3)
    model = lenet1().double()
    for layer in model.network:  # the first biases are 0, which would hide an error
        if getattr(layer, "bias", None) is not None:
            nn.init.normal_(layer.bias)
    x = torch.rand(1, 1, 28, 28, dtype=torch.float64)
    first, second = (m for m in model.network if isinstance(m, nn.Conv2d))
    y = model.network[:2](x)[0]
    a = first.bias[2] + (first.weight[2, 0] * x[0, 0, 7:12, 9:14]).sum()
    assert y[2, 7, 9].item() == pytest.approx(a.tanh().item(), abs=1e-12)
    halved = model.network[:3](x)[0]
    four = y[1, 6:8, 4:6].sum() / 4
    assert halved[1, 3, 2].item() == pytest.approx(four.item(), abs=1e-12)
    z = model.network[:5](x)[0]
    a = second.bias[11]
    for k in range(4):
        a = a + (second.weight[11, k] * halved[k, 3:8, 1:6]).sum()
    assert z[11, 3, 1].item() == pytest.approx(a.tanh().item(), abs=1e-12)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (2, 3, 28, 28), (28, 28)])
def test_lenet1_refuses_inputs_of_another_shape(lenet1, shape):
    with pytest.raises(RuntimeError):
        lenet1()(torch.zeros(shape))


def test_one_step_on_one_batch_lowers_its_loss(lenet1, digits):
    digits.setup()
    first = TensorDataset(*(tensor[:64] for tensor in digits.train_set.tensors))
    torch.manual_seed(1)
    model = lenet1()
    images, labels = first.tensors
    with torch.no_grad():
        untrained = nn.functional.cross_entropy(model(images), labels).item()
    # Ten passes over this one batch: its loss before each step, on the same digits.
    run = trainer(10)
    run.fit(model, Batches(first, 64), Batches(first, 64))
    losses = run.logger.frame()["train_loss_step"].dropna().tolist()
    assert len(losses) == run.global_step == 10
    assert losses[0] == pytest.approx(untrained, rel=1e-5)
    assert losses[1] < losses[0] - 0.01  # a real step, which does not overshoot
    assert losses[-1] < losses[0] / 2


def test_a_sixth_of_a_pass_teaches_most_of_it(lenet1, digits):
    """9,600 digits, about two seconds: 5 % error here; 90 % would be guessing."""
    torch.manual_seed(1)
    model = lenet1()
    run = trainer(1, limit_train_batches=150, limit_val_batches=0)
    run.fit(model, digits)
    result = run.test(model, digits, verbose=False)[0]
    with torch.no_grad():
        answers = model.eval()(digits.test_set.tensors[0]).argmax(dim=1)
    right = (answers == digits.test_set.tensors[1]).double().mean().item()
    assert result["test_accuracy"] == pytest.approx(right, abs=1e-6)
    assert 0.01 < 1 - right < 0.10
