"""How a network's first steps go: alive, or dead after a handful of digits."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lenet_lib.plotting.style import COLOURS, FAINT, LETTERING, styled

#: What a trace holds, the title of its panel, and whether the axis is logarithmic.
PANELS = {
    "loudness": ("How loud C5 is", False),
    "all": ("Step times curvature", True),
    "saturated": ("F6's states that are saturated, in %", False),
    "spread": ("How much F6 differs from digit to digit", True),
}
KINDS = ("output", "subsampling", "convolution")  # whose colours the runs take


@styled
def starts(
    marks: Sequence[int], traces: Mapping[str, Mapping[str, Mapping[str, list[float]]]]
) -> Figure:
    """What happens within LeNet-5 over its first digits, for several starts.

    Args:
        marks: after how many digits the network was looked at, from 0 on.
        traces: for each start, at most three, and each seed: lists with a value for
            each mark, ``loudness`` and ``spread`` as they are, ``saturated`` as a
            share, and ``all``, the step times the curvature of all weights together.
            The first seed's line is drawn strongly.
    """
    figure, grid = plt.subplots(2, 2, figsize=(6.8, 4.6), sharex=True)
    for axes, (key, (title, logarithmic)) in zip(
        grid.flat, PANELS.items(), strict=True
    ):
        for seeds, kind in zip(traces.values(), KINDS, strict=False):
            for place, trace in enumerate(seeds.values()):
                values = [100 * v if key == "saturated" else v for v in trace[key]]
                strong = {"linewidth": 1.6} if not place else {"linewidth": 0.7}
                axes.plot(marks, values, color=COLOURS[kind], **strong)
        axes.set_title(title)
        axes.set_xscale("symlog", linthresh=1, linscale=0.5)
        if logarithmic:
            axes.set_yscale("log")
            powers = [10.0**n for n in range(-4, 3)]
            axes.set_yticks(powers, [f"{power:g}" for power in powers])
            axes.minorticks_off()
            axes.set_ylim(1e-4, None)  # what is below is nothing
    grid[0, 1].axhline(2, color=FAINT, lw=0.8, ls=(0, (4, 3)), zorder=0)
    grid[0, 1].text(
        marks[-1],
        9,  # above all curves that go on
        "beyond 2 it overshoots",
        va="bottom",
        ha="right",
        fontsize=9,
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )
    ticks = [0, 1, *(10**n for n in range(1, 9) if 10**n <= marks[-1])]
    for axes in grid[1]:
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.set_xlim(0, marks[-1])
        axes.set_xlabel("digits seen")
    handles = [plt.Line2D([], [], color=COLOURS[kind]) for kind in KINDS]
    legend = figure.legend(
        handles[: len(traces)], list(traces), loc="outside upper left", ncols=3
    )
    for text, kind in zip(legend.get_texts(), KINDS, strict=False):
        text.set_color(LETTERING[COLOURS[kind]])
    return figure
