"""The look of the book's figures: one style file, one typeface, one palette."""

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

#: One colour for each kind of layer.
COLOURS = {
    "input": "#7f7f7f",
    "convolution": "#0072B2",
    "subsampling": "#009E73",
    "full connection": "#E69F00",
    "output": "#D55E00",
}
#: For each of these colours, one of its kind that is dark enough for small letters.
LETTERING = {
    COLOURS["input"]: "#666666",
    COLOURS["convolution"]: "#00619a",
    COLOURS["subsampling"]: "#00704f",
    COLOURS["full connection"]: "#8a5f00",
    COLOURS["output"]: "#b34e00",
}
#: Below zero vermilion, above it blue, and nothing at zero.
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [COLOURS["output"], "white", COLOURS["convolution"]]
)
INK = "#1a1a1a"
FAINT = "#8a8a8a"
STYLE = Path(__file__).with_name("lenet.mplstyle")


@cache  # each registration makes matplotlib search all fonts again
def _typeface() -> list[str]:
    """The book's own type where it is installed, else matplotlib's."""
    try:
        import font_source_sans_pro
    except ImportError:  # Colab, for instance
        return ["DejaVu Sans"]
    folder = Path(font_source_sans_pro.__file__).parent / "files"
    for face in ("Regular", "It", "Semibold"):
        font_manager.fontManager.addfont(folder / f"SourceSansPro-{face}.ttf")
    return ["Source Sans Pro", "DejaVu Sans"]


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in the book's style, and hand the figure over for showing just once."""

    @wraps(draw)
    def wrapper(*args: object, **kwargs: object) -> Figure:
        with plt.style.context(STYLE), plt.rc_context({"font.family": _typeface()}):
            figure = draw(*args, **kwargs)
        plt.close(figure)  # or Jupyter would show it here, and again as the result
        return figure

    return wrapper
