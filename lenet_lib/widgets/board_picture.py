"""The drawing board as a still picture: one digit, and what every layer makes of it."""

import io
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from PIL import Image

from lenet_lib.plotting.style import COLOURS, INK, LETTERING, styled

_WIDTH, _LABEL = 6.4, 1.0  # inches on the page: all, and the layers' names
_GAP = 0.13  # between two rows
_ROW = 0.38  # at least, for two lines of words


@styled
def board_picture(
    states: Mapping[str, np.ndarray], layers: list[dict[str, Any]], answer: int
) -> Figure:
    """Every layer's states in a row of its own, dark for high ones; outputs as bars.

    Args:
        states: what the network says to one digit, by layer, without the batch.
        layers: what each layer is: :func:`lenet_lib.widgets.network_data.described`.
        answer: the digit that the network reads.
    """
    sheets = {layer["name"]: _sheet(states[layer["name"]], layer) for layer in layers}
    heights = {
        name: _height(sheet, layer)
        for (name, sheet), layer in zip(sheets.items(), layers, strict=True)
    }
    heights["output"] = 0.8
    rows = {name: max(height, _ROW) + _GAP for name, height in heights.items()}
    total = sum(rows.values()) + 0.2
    figure = plt.figure(figsize=(_WIDTH + _LABEL, total), layout="none")
    top = total
    for layer in layers:
        name, colour = layer["name"], COLOURS[layer["colour"]]
        at = {"x": 0, "ha": "left", "va": "top"}
        figure.text(y=top / total, s=name, color=LETTERING[colour], fontsize=10, **at)
        words = _words(layer)
        figure.text(y=(top - 0.16) / total, s=words, color=INK, fontsize=8, **at)
        height = heights[name]
        wide = _WIDTH
        if name != "output":
            sheet = sheets[name]
            wide = height * sheet.shape[1] / sheet.shape[0]
        place = figure.add_axes(
            (
                _LABEL / (_WIDTH + _LABEL),
                (top - height) / total,
                wide / (_WIDTH + _LABEL),
                height / total,
            )
        )
        if name == "output":
            _bars(place, states[name], answer)
        else:
            _show(place, sheets[name], states[name], colour)
        top -= rows[name]
    return figure


def _sheet(state: np.ndarray, layer: dict[str, Any]) -> np.ndarray:
    """All maps of a layer side by side, a gap of two pixels between them."""
    maps, size = layer["maps"], layer["size"]
    if size == 1:
        rows = {120: 3, 84: 2}.get(maps, 1)
        return state.reshape(rows, -1)
    sheet = np.full((size, maps * (size + 2) - 2), np.nan)
    for number, values in enumerate(state):
        left = number * (size + 2)
        sheet[:, left : left + size] = values
    return sheet


def _height(sheet: np.ndarray, layer: dict[str, Any]) -> float:
    rows, columns = sheet.shape
    return min(_WIDTH * rows / columns, 1.1)


def _words(layer: dict[str, Any]) -> str:
    maps, size = layer["maps"], layer["size"]
    if size == 1:
        return f"{maps} units"
    return f"{maps} maps {size} × {size}" if maps > 1 else f"{size} × {size}"


def _show(axes: Axes, sheet: np.ndarray, state: np.ndarray, colour: str) -> None:
    # Where no state is negative, 0 is paper; else paper and ink lie as far from 0.
    most = max(float(np.abs(state).max()), 1e-9)
    low = 0.0 if state.min() >= 0 else min(-most, float(state.min()))
    if state.ndim == 3 and len(state) == 1:
        low = float(state.min())
    look = {"cmap": "gray_r", "aspect": "auto", "interpolation": "none"}
    axes.imshow(sheet, vmin=low, vmax=most, **look)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.8, color=colour)


def _bars(axes: Axes, outputs: np.ndarray, answer: int) -> None:
    colours = [
        to_rgba(COLOURS["output"], 1.0 if i == answer else 0.35) for i in range(10)
    ]
    bars = axes.bar(range(10), outputs, color=colours, width=0.7)
    axes.bar_label(bars, [f"{y:.1f}".replace("-", "−") for y in outputs], fontsize=8)
    axes.set(xticks=range(10), yticks=[])
    axes.margins(y=0.2)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)


def as_png(figure: Figure) -> bytes:
    """A figure in few colours, the book's: a third of what it takes as SVG.

    Lines with soft edges become greys. The same figure always makes the same bytes.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120, bbox_inches="tight")
    greys = [(level,) * 3 for level in range(0, 256, 15)]
    kinds = [*COLOURS.values(), *LETTERING.values()]
    tint = to_rgba(COLOURS["output"])[:3]
    pale = tuple(round(255 * (1 - 0.35 * (1 - part))) for part in tint)
    colours = [*greys, pale, *(_bytes(colour) for colour in kinds)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    image = Image.open(drawn).convert("RGB")
    image = image.quantize(palette=palette, dither=Image.Dither.NONE)
    small = io.BytesIO()
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def _bytes(colour: str) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in to_rgba(colour)[:3])
