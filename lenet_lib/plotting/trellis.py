"""Viterbi's algorithm by hand: the cheapest way to each state, place by place."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lenet_lib.plotting.style import COLOURS, FAINT, INK, LETTERING, styled


@styled
def trellis(
    losses: np.ndarray,
    states: Sequence[str],
    totals: np.ndarray,
    arcs: Sequence[tuple[int, int, int]],
    path: Sequence[int],
    classes: Sequence[str],
) -> Figure:
    """What each class costs at each place, and the cheapest way to each state.

    Args:
        losses: what a class costs at a place, (classes, places).
        states: a name for each state, from top to bottom.
        totals: the cost of the cheapest way to a state at a place, (places, states);
            infinite where there is none.
        arcs: the last arc of each of these ways: the place where it ends, the state
            from which it comes, and that to which it leads.
        path: the state at each place of the cheapest path, (places,).
        classes: a name for each row of the losses.
    """
    places = losses.shape[1]
    heights = 0.26 * len(losses), 0.42 * len(states)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(1.0 * places + 1.2, sum(heights) + 0.7), height_ratios=heights,
        sharex=True,
    )  # fmt: skip
    for row, column in np.ndindex(losses.shape):
        above.text(column, row, f"{losses[row, column]:g}", ha="center", va="center")
    above.set(ylim=(len(losses) - 0.5, -0.5), xlim=(-0.5, places - 0.5))
    above.set_yticks(range(len(losses)), classes)
    above.set_title("what each class costs at each place", x=0.0)
    below.set_title("what the cheapest way to each state costs", x=0.0)
    chosen = {(place, *path[place - 1 : place + 1]) for place in range(1, places)}
    for place, before, after in arcs:
        best = (place, before, after) in chosen
        below.plot(
            [place - 1, place], [before, after], zorder=1,
            color=COLOURS["output"] if best else FAINT, linewidth=2.2 if best else 0.7,
        )  # fmt: skip
    for place, state in np.ndindex(totals.shape):
        if np.isfinite(totals[place, state]):
            best = path[place] == state
            ring = {
                "boxstyle": "circle,pad=0.22", "facecolor": "white",
                "edgecolor": COLOURS["output"] if best else FAINT,
                "linewidth": 1.4 if best else 0.6,
            }  # fmt: skip
            below.text(
                place, state, f"{totals[place, state]:g}", ha="center", va="center",
                color=LETTERING[COLOURS["output"]] if best else INK, fontsize=9,
                zorder=2, bbox=ring,
            )  # fmt: skip
    below.set(ylim=(len(states) - 0.45, -0.55))
    below.set_yticks(range(len(states)), states)
    below.set_xticks(range(places), [f"{place + 1}" for place in range(places)])
    below.set_xlabel("place")
    for axes in (above, below):
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure
