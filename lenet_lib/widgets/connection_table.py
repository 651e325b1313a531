"""A connection table: which maps of one layer each map of the next one reads."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lenet_lib.plotting.style import COLOURS, FAINT, INK, styled
from lenet_lib.widgets.embed import Widget

_MULTIPLES = {1: "singles", 2: "pairs", 3: "triples", 4: "quadruples"}


def connection_table(
    table: Sequence[Sequence[int]],
    *,
    source: str,
    target: str,
    first: int = 0,
    weights: int = 25,
    source_kind: str = "subsampling",
) -> Widget:
    """An interactive figure: point at a map, and see which maps feed it, or it feeds.

    The table has a row for each map of the source layer and a column for each map of
    the target layer, as in the papers. A sentence counts the parameters.

    Args:
        table: for each target map the source maps that it reads, counted from 0.
        source: name of the layer that is read, for instance ``"S2"``.
        target: name of the layer that reads, for instance ``"C3"``.
        first: number of each layer's first map as it is shown: 0 for LeNet-5's
            paper, 1 for LeNet-1's.
        weights: of one link; 25 for kernels of 5 x 5. Each target map has one bias.
        source_kind: a key of :data:`lenet_lib.plotting.COLOURS`; the target layer is
            a convolution.

    Raises:
        ValueError: if the table is empty, or an entry is no set of source maps.
    """
    links = _checked(table)
    if source_kind not in COLOURS:
        kinds = ", ".join(COLOURS)
        raise ValueError(f"source_kind must be one of {kinds}, not {source_kind!r}.")
    sources = 1 + max(max(reads) for reads in links)
    data = {
        "table": links,
        "sources": sources,
        "source": str(source),
        "target": str(target),
        "first": first,
        "weights": weights,
        "kind": source_kind,
        "groups": [
            {"name": name, "size": size} for name, size in groups(links, sources)
        ],
    }
    count = sum(map(len, links))
    reads = "; ".join(
        f"{target}.{i + first} reads {_names(source, maps, first)}"
        for i, maps in enumerate(links)
    )
    alt = (
        f"A table of {sources} rows, the maps of {source}, and {len(links)} columns, "
        f"the maps of {target}, with {count} crosses where a map is read, and the "
        f"same as lines between two columns of squares. {reads}."
    )
    return Widget("connection_table", data, _picture(data), alt)


def groups(table: Sequence[Sequence[int]], sources: int) -> list[tuple[str, int]]:
    """Neighbouring target maps that read alike, as a name and a number of maps.

    Maps are contiguous if they follow each other, the first one following the last;
    the word is left out where all are. A table that is no sequence of a few such
    groups, as LeNet-1's, has none.
    """
    discontinuous_exist = any(not _contiguous(reads, sources) for reads in table)

    def kind(reads: Sequence[int]) -> str:
        size = len(reads)
        if size == sources:
            return "all"
        name = _MULTIPLES.get(size, f"sets of {size}")
        if not discontinuous_exist or size == 1:
            return name
        known = "contiguous" if _contiguous(reads, sources) else "discontinuous"
        return f"{known} {name}"

    found = [(name, len(list(maps))) for name, maps in groupby(map(kind, table))]
    return found if 3 * len(found) <= len(table) else []


def _contiguous(reads: Sequence[int], sources: int) -> bool:
    starts = [i for i in reads if (i - 1) % sources not in reads]
    return len(starts) <= 1


def _checked(table: Sequence[Sequence[int]]) -> list[list[int]]:
    """The table as sorted lists of whole numbers."""
    links = []
    for position, reads in enumerate(table):
        maps = sorted(int(i) for i in reads)
        if not maps or maps[0] < 0 or len(set(maps)) < len(maps):
            raise ValueError(
                f"table[{position}] must name one source map or more, each once and "
                f"counted from 0, not {list(reads)}."
            )
        links.append(maps)
    if not links:
        raise ValueError("table must have an entry for each target map; it is empty.")
    return links


def _names(layer: str, maps: Iterable[int], first: int) -> str:
    """Maps as the figure names them: S2.0, 1, 2."""
    return f"{layer}.{', '.join(str(i + first) for i in maps)}"


@styled
def _picture(data: dict) -> Figure:
    """The table on the left; the same links as lines on the right."""
    rows, columns = data["sources"], len(data["table"])
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.0, 3.1), width_ratios=(columns + 2, 8)
    )
    _draw_table(left, data, rows, columns)
    _draw_links(right, data, rows, columns)
    for axes in (left, right):
        axes.axis("off")
    return figure


def _draw_table(axes: Axes, data: dict, rows: int, columns: int) -> None:
    first = data["first"]
    axes.set(xlim=(-2, columns - 0.4), ylim=(rows - 0.4, -1.9), aspect="equal")
    axes.text(-0.75, -1, data["target"], ha="right", va="center", fontsize=9)
    for column, reads in enumerate(data["table"]):
        axes.text(column, -1, column + first, ha="center", va="center", fontsize=9)
        for row in reads:
            axes.text(column, row, "×", ha="center", va="center", fontsize=11)
    for row in range(rows):
        name = f"{data['source']}.{row + first}"
        axes.text(-0.75, row, name, ha="right", va="center", fontsize=9)
    lines = [-0.5, *(row + 0.5 for row in range(rows))]
    axes.hlines(lines, -0.5, columns - 0.5, FAINT, linewidth=0.4)
    edge = -0.5
    for group in data["groups"]:
        axes.vlines(edge, -1.5, rows - 0.5, FAINT, linewidth=0.4)
        edge += group["size"]


def _draw_links(axes: Axes, data: dict, rows: int, columns: int) -> None:
    first, width, half = data["first"], 8, 0.36
    above, across = COLOURS[data["kind"]], COLOURS["convolution"]
    axes.set(xlim=(-1.5, width + 2), ylim=(columns - 0.4, -0.6), aspect="equal")
    height = [(row + 0.5) * columns / rows - 0.5 for row in range(rows)]
    for row in range(rows):
        _square(axes, 0, height[row], half, above)
        name = f"{data['source']}.{row + first}"
        axes.text(-0.7, height[row], name, ha="right", va="center", fontsize=7)
    for column, reads in enumerate(data["table"]):
        _square(axes, width, column, half, across)
        name = f"{data['target']}.{column + first}"
        axes.text(width + 0.7, column, name, va="center", fontsize=7, color=INK)
        for row in reads:
            ends = (half, width - half), (height[row], column)
            axes.plot(*ends, color=across, linewidth=0.5)


def _square(axes: Axes, x: float, y: float, half: float, colour: str) -> None:
    corner, edge = (x - half, y - half), 2 * half
    axes.add_patch(
        Rectangle(corner, edge, edge, fill=False, edgecolor=colour, linewidth=0.9)
    )
