"""Figures of training and its outcome: curves, recipes compared, confusions."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled


@styled
def learning_curves(history: pd.DataFrame, target: float | None = None) -> Figure:
    """Loss and error of one run: every step faint, its running mean, each pass a dot.

    Args:
        history: ``trainer.logger.frame()`` of a module that logs ``train_loss_step``,
            ``train_loss_epoch``, ``train_accuracy``, ``val_loss`` and
            ``val_accuracy`` (accuracies in [0, 1]).
        target: an error in percent to mark as a dashed line.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.6, 2.9))
    train, val = COLOURS["convolution"], COLOURS["output"]
    steps = history.dropna(subset="train_loss_step")
    loss = steps["train_loss_step"]
    sns.lineplot(x=steps["step"], y=loss, ax=left, color=train, alpha=0.25, lw=0.5)
    smooth = loss.rolling(50, min_periods=1).mean()
    sns.lineplot(x=steps["step"], y=smooth, ax=left, color=train, lw=1.6)
    checks = history.dropna(subset="val_loss")
    sns.lineplot(data=checks, x="step", y="val_loss", ax=left, color=val, marker="o")
    left.set(
        yscale="log", xlabel="training step", ylabel="", title="Cross-entropy loss"
    )
    left.set_xlim(0, None)
    middle = len(steps) // 2
    left.text(
        steps["step"].iloc[middle], smooth.iloc[middle] * 4, "training", color=train
    )
    left.annotate(
        "validation",
        (checks["step"].iloc[0], checks["val_loss"].iloc[0]),
        xytext=(0, -16),
        textcoords="offset points",
        color=val,
        ha="center",
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )

    passes = np.arange(1, len(checks) + 1)
    for column, name, colour in (
        ("train_accuracy", "training (while learning)", train),
        ("val_accuracy", "validation (after the pass)", val),
    ):
        errors = 100 * (1 - history[column].dropna().to_numpy())
        sns.lineplot(x=passes, y=errors, ax=right, color=colour, marker="o", label=name)
    if target is not None:
        right.axhline(target, color=INK, lw=0.7, ls=(0, (4, 3)))
        right.text(
            0.02,
            target,
            f"{target} %: LeNet-1 in 1998",
            fontsize=9,
            va="top",
            transform=right.get_yaxis_transform(),
        )
    right.set(xlabel="passes over the training digits", title="Error in percent")
    right.set(xlim=(0.8, len(passes) + 0.2), ylim=(0, None))
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.legend(loc="upper right")
    return figure


@styled
def compare_losses(histories: dict[str, pd.DataFrame], window: int = 50) -> Figure:
    """Training loss of several runs over the digits seen, as running means.

    Args:
        histories: for each name, a history with ``train_loss_step`` and ``digits``,
            the number of digits seen so far.
        window: steps in the running mean.
    """
    figure, axes = plt.subplots(figsize=(6.2, 2.9))
    colours = (COLOURS["input"], COLOURS["convolution"], COLOURS["subsampling"])
    for (name, history), colour in zip(histories.items(), colours, strict=False):
        steps = history.dropna(subset="train_loss_step")
        smooth = steps["train_loss_step"].rolling(window, min_periods=5).mean()
        sns.lineplot(x=steps["digits"], y=smooth, ax=axes, color=colour, lw=1.6)
        at = int(len(steps) * 0.62)
        axes.annotate(
            name,
            (steps["digits"].iloc[at], smooth.iloc[at]),
            xytext=(0, 12),
            textcoords="offset points",
            color=colour,
            va="bottom",
        )
    axes.set(yscale="log", xlabel="training digits seen", ylabel="training loss")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(0, None)
    return figure


@styled
def confusion(matrix: np.ndarray) -> Figure:
    """A confusion matrix: rows are the true digits, columns the network's answers.

    Only the errors are shaded; the digits read rightly stand on the diagonal.
    """
    matrix = np.asarray(matrix)
    errors = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    figure, axes = plt.subplots(figsize=(4.9, 4.5))
    sns.heatmap(
        errors,
        ax=axes,
        cmap=sns.light_palette(COLOURS["output"], as_cmap=True),
        cbar=False,
        square=True,
        linewidths=0.6,
        linecolor="white",
        annot=False,
    )
    strong = errors.max() * 0.6
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            axes.text(
                column + 0.5,
                row + 0.52,
                f"{count:,}",
                ha="center",
                va="center",
                fontsize=8 if row == column else 9,
                color="white"
                if errors[row, column] > strong
                else FAINT
                if row == column
                else INK,
            )
    axes.set(xlabel="the network's answer", ylabel="the true digit")
    axes.tick_params(length=0)
    plt.setp(axes.get_yticklabels(), rotation=0)
    return figure
