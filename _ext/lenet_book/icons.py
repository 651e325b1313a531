"""The theme's icons, without the two thousand that no page shows.

The theme brings Font Awesome twice: as fonts for its style sheet, and as a script of
half a megabyte (compressed) that draws the same icons once more and moves what stands
beside them. The script is served empty, and the fonts are cut to the icons of the book.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

#: Which icon the style sheet puts before which names.
RULE = re.compile(r"((?:\.fa-[\w-]+::?before,?)+)\{[^}]*\}")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("build-finished", cut)


def cut(app: Sphinx, error: Exception | None) -> None:
    """Make script and fonts of the finished site smaller."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    script = static / "scripts" / "fontawesome.js"
    script.write_text("// The icons come from a font: see the book's icons.py.\n")
    pages = Path(app.outdir).rglob("*.html")
    names = names_in([*pages, *static.glob("scripts/*.js")])
    styles = [path.read_text("utf-8") for path in static.rglob("*.css")]
    characters = characters_in("\n".join(styles), names)
    for font in static.glob("vendor/fontawesome/webfonts/*.woff2"):
        options = subset.Options(flavor="woff2")
        face = subset.load_font(str(font), options)
        if not characters.isdisjoint(face.getBestCmap()):
            cutter = subset.Subsetter(options)
            cutter.populate(unicodes=characters)
            cutter.subset(face)
            subset.save_font(face, str(font), options)


def names_in(files: Iterable[Path]) -> set[str]:
    """The icons that pages show and scripts may add, by their names."""
    found = (re.findall(r"\bfa-([a-z\d-]+)", f.read_text("utf-8")) for f in files)
    return set().union(*found)


def characters_in(styles: str, names: set[str]) -> set[int]:
    """The characters that the styles draw such icons with, and the theme's own."""

    def if_named(rule: re.Match[str]) -> str:
        own = re.findall(r"\.fa-([\w-]+)", rule[1])
        return rule[0] if names.intersection(own) else ""

    kept = RULE.sub(if_named, styles)
    escapes = re.findall(r"\\([ef][\da-f]{3})\b", kept)
    private = (ord(c) for c in kept if "\ue000" <= c <= "\uf8ff")
    return {*range(0x20, 0x7F), *(int(code, 16) for code in escapes), *private}
