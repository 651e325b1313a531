"""MathJax and the book's type, taken from installed packages and served with the pages.

So no page asks another host for anything, and nothing of theirs is in the repository.
"""

import os
import shutil
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

#: What MathJax loads from beside its main file: its fonts, and rarer TeX macros.
MATHJAX = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y")

#: The faces of the book, by the name they get under ``_static/fonts``.
FONTS = {
    "serif-regular": ("font_source_serif_pro", "SourceSerifPro-Regular.ttf"),
    "serif-italic": ("font_source_serif_pro", "SourceSerifPro-It.ttf"),
    "serif-bold": ("font_source_serif_pro", "SourceSerifPro-Semibold.ttf"),
    "sans-regular": ("font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    "sans-italic": ("font_source_sans_pro", "SourceSansPro-It.ttf"),
    "sans-bold": ("font_source_sans_pro", "SourceSansPro-Semibold.ttf"),
}

#: Latin letters with their accents, Greek, punctuation, arrows, common mathematics.
CHARACTERS = (
    [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x370, 0x400)]
    + [*range(0x2010, 0x2050), *range(0x2190, 0x2194)]
    + [0x20AC, 0x2202, 0x2207, 0x2211, 0x2212, 0x221A, 0x221E, 0x2248, 0x2260]
    + [0x2264, 0x2265, 0x2032, 0x2033]
)


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("build-finished", serve)


def serve(app: Sphinx, error: Exception | None) -> None:
    """Copy MathJax and the fonts into the finished site."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    _copy_mathjax(static / "mathjax")
    fonts = Path(app.outdir).parent / ".fonts"
    _subset_fonts(fonts)
    (static / "fonts").mkdir(parents=True, exist_ok=True)
    for name in FONTS:
        shutil.copy(fonts / f"{name}.woff2", static / "fonts")


def _copy_mathjax(target: Path) -> None:
    import mathjax  # the package django-static-mathjax; it needs no Django

    source = Path(mathjax.__file__).parent / "static" / "mathjax" / "es5"
    for name in MATHJAX:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)


def _subset_fonts(folder: Path) -> None:
    """Cut each face down to the characters of the book: 200 kB become 30 kB."""
    folder.mkdir(parents=True, exist_ok=True)
    options = subset.Options(flavor="woff2", layout_features=["*"])
    for name, (package, file) in FONTS.items():
        target = folder / f"{name}.woff2"
        if target.exists():
            continue
        module = __import__(package)
        source = Path(module.__file__).parent / "files" / file
        font = subset.load_font(str(source), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=CHARACTERS)
        cutter.subset(font)
        partial = target.with_suffix(f".{os.getpid()}")
        subset.save_font(font, str(partial), options)
        partial.replace(
            target
        )  # neither an interrupted build nor two leave half a font
