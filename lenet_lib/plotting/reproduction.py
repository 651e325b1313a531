"""Figures of LeNet-5's training repeated: our runs over the paper's curves."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.style import COLOURS, INK, LETTERING, styled

PARTS = {"train_error": COLOURS["convolution"], "test_error": COLOURS["output"]}
NAMES = {"train_error": "training", "test_error": "test"}
DASHES = (0, (4, 3))
HALO = [withStroke(linewidth=3.5, foreground="white")]
#: Ticks of errors in percent, of which each axis shows those within its ends.
TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 30, 50)


@styled
def first_passes(
    history: Mapping[str, Sequence[float]], published: Mapping[str, Sequence[float]]
) -> Figure:
    """One run, measured several times a pass, over the published first passes.

    Args:
        history: ``passes`` done at each measurement, and ``train_error`` and
            ``test_error`` there, in percent.
        published: the last two after each pass of the paper.
    """
    figure, axes = plt.subplots(figsize=(6.2, 3.2))
    done = np.asarray(history["passes"])
    shown = int(np.ceil(done.max())) + 1
    for part, colour in PARTS.items():
        axes.plot(done, history[part], "-o", color=colour, markersize=3)
        values = published[part][:shown]
        style = {"markerfacecolor": "white", "markersize": 6, "linewidth": 0.8}
        places = np.arange(1, shown + 1)
        axes.plot(places, values, "o", color=colour, linestyle=DASHES, **style)
        _beside(axes, shown, values[-1], f"{NAMES[part]}, 1998", colour)
    for part, shift, side in (("train_error", 7, "left"), ("test_error", -14, "right")):
        axes.annotate(
            f"{NAMES[part]}, here", (done[1], history[part][1]),
            xytext=(shift / 2, shift), textcoords="offset points", ha=side,
            color=LETTERING[PARTS[part]], path_effects=HALO,
        )  # fmt: skip
    every = [*history["train_error"], *history["test_error"]]
    every += [value for part in PARTS for value in published[part][:shown]]
    _percent(axes, every)
    axes.set(xlabel="passes", ylabel="misread, in percent", xlim=(0, shown + 0.75))
    axes.set_xticks(range(shown + 1))
    return figure


@styled
def pass_by_pass(
    runs: Mapping[str, np.ndarray], published: Mapping[str, Sequence[float]]
) -> Figure:
    """Mean and spread of several runs after each pass, over the published curve.

    Args:
        runs: ``train_error`` and ``test_error`` in percent, each (seeds, passes).
        published: the same two after each pass of the paper.
    """
    figure, axes = plt.subplots(figsize=(6.4, 3.7))
    every = []
    for part, colour in PARTS.items():
        errors = np.asarray(runs[part])
        passes = np.arange(1, errors.shape[1] + 1)
        mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1)
        band = {"color": colour, "alpha": 0.22, "linewidth": 0}
        axes.fill_between(passes, mean - spread, mean + spread, **band)
        axes.plot(passes, mean, color=colour, linewidth=1.6)
        paper = np.asarray(published[part])
        places = np.arange(1, len(paper) + 1)
        style = {"markerfacecolor": "white", "markersize": 4.5}
        axes.plot(places, paper, "o", color=colour, **style)
        _beside(axes, len(paper), paper[-1], f"{NAMES[part]}, 1998", colour)
        shift, side = ((4, 12), "left") if part == "test_error" else ((-8, -8), "right")
        middle = len(passes) // 3
        axes.annotate(
            f"{NAMES[part]}, here", (passes[middle], mean[middle]), xytext=shift,
            textcoords="offset points", ha=side, color=LETTERING[colour],
            path_effects=HALO,
        )  # fmt: skip
        every += [*(mean - spread), *(mean + spread), *paper]
    _percent(axes, every)
    axes.set(xlabel="passes", ylabel="misread, in percent", xlim=(0, len(paper) + 4))
    axes.set_xticks([1, 5, 10, 15, 20])
    return figure


@styled
def training_sizes(
    errors: Mapping[str, Mapping[str, Sequence[float]]],
    published: Mapping[str, Mapping[str, float]],
) -> Figure:
    """Errors for several sets of training digits, dots for seeds, over the paper's.

    Args:
        errors: for each set, ``train_error`` and ``test_error`` of the seeds, percent.
        published: for each set those of the paper, as far as there are any.
    """
    figure, axes = plt.subplots(figsize=(6.2, 3.4))
    every = []
    for part, colour in PARTS.items():
        means = [float(np.mean(values[part])) for values in errors.values()]
        axes.plot(range(len(errors)), means, color=colour, linewidth=1)
        for place, (name, values) in enumerate(errors.items()):
            dots = {"color": colour, "alpha": 0.45, "markeredgewidth": 0}
            axes.plot([place] * len(values[part]), values[part], "o", **dots)
            every += values[part]
            if part in published.get(name, {}):
                paper = published[name][part]
                axes.hlines(paper, place - 0.2, place + 0.2, INK, linestyle=DASHES)
                every.append(paper)
        axes.annotate(
            NAMES[part], (len(errors) - 1, means[-1]),
            xytext=(14, 6 if part == "test_error" else -6),
            textcoords="offset points", va="center", color=LETTERING[colour],
        )  # fmt: skip
    _percent(axes, every)
    axes.set_xticks(range(len(errors)), list(errors))
    axes.set(ylabel="misread, in percent", xlim=(-0.4, len(errors) - 0.2))
    axes.set_xlabel("training digits (dashes: 1998)")
    axes.tick_params(axis="x", length=0)
    return figure


def _percent(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis of percent, with plain numbers, that shows all values."""
    low, high = 0.8 * min(v for v in values if v > 0), 1.2 * max(values)
    axes.set(yscale="log", ylim=(low, high))
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _beside(axes: Axes, x: float, y: float, words: str, colour: str) -> None:
    """Words to the right of a curve's last point."""
    axes.annotate(
        words, (x, y), xytext=(8, 0), textcoords="offset points", va="center",
        fontsize=9, color=LETTERING[colour], annotation_clip=False,
    )  # fmt: skip
