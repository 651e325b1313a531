"""Published test errors beside ours, one row each."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled

TICKS = (0.5, 1, 2, 5, 10, 20)


@styled
def scoreboard(errors: dict[str, tuple[float, Sequence[float]]]) -> Figure:
    """Published test errors, and the mean and spread of ours, on a logarithmic axis.

    Args:
        errors: for each row, the published error and ours, one for each seed; all in
            percent.
    """
    figure, axes = plt.subplots(figsize=(6.6, 0.8 + 0.27 * len(errors)))
    blue = COLOURS["convolution"]
    for row, (published, ours) in enumerate(errors.values()):
        mean = float(np.mean(ours))
        spread = float(np.std(ours, ddof=1)) if len(ours) > 1 else 0.0
        axes.plot([published, mean], [row, row], color=FAINT, lw=0.7, zorder=1)
        axes.plot(published, row, "o", color=INK, mfc="white", ms=6, zorder=2)
        axes.errorbar(mean, row, xerr=spread, fmt="o", color=blue, capsize=2, zorder=3)
    # The first row's marks say what all marks mean.
    published, ours = next(iter(errors.values()))
    for place, other, words, colour in (
        (published, np.mean(ours), "published", INK),
        (np.mean(ours), published, "here", LETTERING[blue]),
    ):
        side = "left" if place >= other else "right"
        axes.text(place, -0.75, words, color=colour, fontsize=9, va="center", ha=side)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xscale="log", ylim=(len(errors) - 0.4, -1.3))
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.set_xlabel("test error in percent (bars: standard deviation over seeds)")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure
