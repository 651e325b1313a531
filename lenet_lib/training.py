"""Training with Lightning: quiet in a built page, live where a person watches.

Networks as small as LeNet spend more time in a framework's bookkeeping than in
arithmetic, and are slowed down by the very threads that speed up large ones. The
settings here keep both in check; everything else is Lightning's own.
"""

import html
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd
import torch

from lenet_lib.lightning import Callback, Logger, ProgressBar, pl

#: Seconds between two refreshes of the progress display.
REFRESH = 0.25


def trainer(max_epochs: int = 1, **settings: Any) -> pl.Trainer:
    """A Lightning ``Trainer`` for networks of a few thousand weights.

    It keeps its history in memory (``trainer.logger.frame()``), writes no file,
    shows one line of progress, computes on one CPU thread (:class:`OneThread`) or
    on the GPU if there is one, and says nothing else.

    Args:
        max_epochs: passes over the training digits.
        settings: anything that ``pytorch_lightning.Trainer`` takes; it overrides
            the choices made here.
    """
    _quieten()
    choices: dict[str, Any] = {
        "max_epochs": max_epochs,
        "logger": History(),
        "log_every_n_steps": 1,
        "num_sanity_val_steps": 0,  # they would put an untrained point in the curves
        "enable_checkpointing": False,
        "enable_model_summary": False,
    }
    choices.update(settings)
    own = choices.pop("callbacks", None) or []
    own = [own] if isinstance(own, Callback) else own  # Lightning takes both
    callbacks = [OneThread(), *own]
    shows = any(isinstance(callback, ProgressBar) for callback in own)
    if choices.get("enable_progress_bar") is not False and not shows:
        callbacks.append(LiveProgress())
    return pl.Trainer(callbacks=callbacks, **choices)


def _quieten() -> None:
    """Silence Lightning's banners and the hints that do not apply to tiny networks."""
    for name in (
        "pytorch_lightning",
        "lightning.pytorch",
        "lightning_fabric",  # the processes of a run, one line each
        "lightning.fabric",
        "lightning_utilities",
    ):
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("pytorch_lightning.", "lightning.pytorch.")):
            logging.getLogger(name).setLevel(logging.ERROR)
    for hint in (
        r".*does not have many workers.*",
        r".*`?IterableDataset`? has `?__len__`?.*",
        r".*GPU available but not used.*",
        r".*isinstance\(treespec, LeafSpec\).*",  # Lightning 2.6's own, with torch 2.15
    ):
        warnings.filterwarnings("ignore", message=hint)


class OneThread(Callback):
    """Compute on one CPU thread while Lightning runs, then restore the old number.

    A layer of LeNet is over in less time than it takes several threads to meet. On
    a busy machine they spin while they wait for each other, and a training step can
    take twenty times as long with two threads as with one.
    """

    _before: int | None = None  #: the number to restore; None while nothing runs

    def setup(
        self, trainer: pl.Trainer, module: pl.LightningModule, stage: str
    ) -> None:
        """Remember the number of threads and ask for one."""
        self._before = torch.get_num_threads()
        torch.set_num_threads(1)

    def teardown(
        self, trainer: pl.Trainer, module: pl.LightningModule, stage: str
    ) -> None:
        """Restore the number of threads."""
        self._restore()

    def on_exception(
        self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Restore the number of threads when training is stopped or fails, too."""
        self._restore()

    def _restore(self) -> None:
        # What fails before setup (missing data, say) has changed no number.
        if self._before is not None:
            torch.set_num_threads(self._before)
            self._before = None


class History(Logger):
    """A logger that remembers all that a module logs, in memory, for a data frame."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[dict[str, float]] = []

    @property
    def name(self) -> str:
        """Lightning's name for the run."""
        return "history"

    @property
    def version(self) -> int:
        """Lightning's number for the run."""
        return 0

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Ignored: the chapter's own code says what the settings were."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append one row, as Lightning hands it over."""
        self._rows.append({"step": step, **metrics})

    def frame(self) -> pd.DataFrame:
        """One row per logged step or pass; a value that was not logged there is NaN.

        Column ``step`` counts training steps from 1: the number taken so far. What is
        logged after training (the test) stands one step further on.
        """
        frame = pd.DataFrame(self._rows)
        if not frame.empty:
            frame["step"] += 1
        return frame


class ProgressLine:
    """One line that says how far training is, redrawn in place.

    In a notebook it is an HTML output that is replaced as training goes on, so that
    a page built from the notebook keeps only its last state: the summary. In a
    terminal it is a line that rewrites itself. Anywhere else it keeps silent.
    """

    _enabled = True
    _handle: Any = None
    _last = 0.0

    def _show(self, share: float, text: str, finished: bool = False) -> None:
        if not self._enabled:
            return
        self._last = time.monotonic()
        if _in_notebook():
            self._show_in_notebook(share, text, finished)
        elif sys.stderr.isatty():
            bar = "█" * round(20 * share) + "░" * (20 - round(20 * share))
            end = "\n" if finished else ""
            print(f"\r\x1b[K{bar} {text}", end=end, file=sys.stderr, flush=True)

    def _show_in_notebook(self, share: float, text: str, finished: bool) -> None:
        from IPython.display import HTML, display

        bar = "" if finished else f'<progress max="1" value="{share:.3f}"></progress> '
        line = HTML(f'<div class="training-progress">{bar}{html.escape(text)}</div>')
        if self._handle is None:
            self._handle = display(line, display_id=True)
        else:
            self._handle.update(line)


def passes(number: int) -> Iterator[int]:
    """Count passes from 1, and show how far they are: for a training loop of your own.

    Args:
        number: of passes.
    """
    line = ProgressLine()
    line._show(0.0, "starting")
    start = time.monotonic()
    for done in range(number):
        yield done + 1
        elapsed = time.monotonic() - start
        left = elapsed * (number - done - 1) / (done + 1)
        text = f"pass {done + 1} of {number} · {elapsed:.0f} s, {left:.0f} s left"
        line._show((done + 1) / number, text)
    line._show(1.0, f"{number} passes", finished=True)


class LiveProgress(ProgressLine, ProgressBar):
    """A :class:`ProgressLine` that Lightning keeps up to date."""

    def disable(self) -> None:
        """Show nothing. Lightning calls this in all processes but the first."""
        self._enabled = False

    def enable(self) -> None:
        """Show progress again."""
        self._enabled = True

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Open the display and start the clock."""
        self._handle = None
        self._start = time.monotonic()
        self._show(0.0, "starting")

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Redraw, but not more often than a person can read."""
        if time.monotonic() - self._last < REFRESH:
            return
        done, total = trainer.global_step, trainer.estimated_stepping_batches
        if done == 0:  # several batches make one step (accumulate_grad_batches)
            return
        elapsed = time.monotonic() - self._start
        left = elapsed * (total - done) / done
        text = f"{self._position(trainer)} · {elapsed:.0f} s, {left:.0f} s left"
        self._show(done / total, text)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Leave a summary that is the same in every run with the same seed."""
        parts = [
            f"{name.replace('_', ' ')} {value:.4f}"
            for name, value in sorted(trainer.callback_metrics.items())
            if not name.endswith(("_step", "_epoch"))  # Lightning's duplicates
        ]
        text = " · ".join([f"{trainer.global_step:,} steps", *parts])
        self._show(1.0, text, finished=True)

    def _position(self, trainer: pl.Trainer) -> str:
        return f"pass {trainer.current_epoch + 1} of {trainer.max_epochs}"


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code (Colab's is one)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")
