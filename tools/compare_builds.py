"""Compare two built books: they must be the same, but for dates and run times.

    python tools/compare_builds.py ONE/_build/html OTHER/_build/html

Says of each file that differs where it does so first, and leaves with status 1 if any
does.
"""

import re
import sys
from itertools import zip_longest
from pathlib import Path

#: What two builds may tell differently: dates, and how long the cells of a page ran.
MAY_DIFFER = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?)?"
    r'|(?s:<table class="[^"]*\brun-times\b.*?</table>)'
)
#: Words to search for that are numbers: among them are those run times. All numbers
#: are compared where they stand, on the pages.
SEARCH_INDEX = "searchindex.js"
NUMBERS = re.compile(r'"\d+": (?:\d+|\[[\d, ]*\])(?:, )?')
BEFORE, WIDTH = 20, 80  # characters shown ahead of a difference, and in all


def main(arguments: list[str]) -> int:
    """Compare the two folders named on the command line; return the exit status."""
    if len(arguments) != 2:
        sys.exit(
            "Name the folders of two built books, such as _build/html and another."
        )
    one, other = map(Path, arguments)
    for folder in (one, other):
        if not (folder / "index.html").is_file():
            sys.exit(f"{folder} holds no built book: there is no index.html in it.")
    found = differences(one, other)
    print("\n".join(found) or f"All files are the same: {len(files(one))}.")
    return 1 if found else 0


def differences(one: Path, other: Path) -> list[str]:
    """What is not the same in two folders, file by file in the order of their names."""
    found = []
    for name in sorted(files(one) | files(other)):
        first, second = one / name, other / name
        if not second.is_file():
            found.append(f"{name}: only in {one}")
        elif not first.is_file():
            found.append(f"{name}: only in {other}")
        else:
            untold = NUMBERS if name == SEARCH_INDEX else MAY_DIFFER
            where = difference(first.read_bytes(), second.read_bytes(), untold)
            if where:
                found.append(f"{name}{where}")
    return found


def files(folder: Path) -> set[str]:
    """The names of all files below a folder."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


def difference(first: bytes, second: bytes, untold: re.Pattern[str]) -> str | None:
    """Where two files differ first, and how; nothing if only in what is left untold."""
    if first == second:
        return None
    try:
        texts = [untold.sub("", part.decode()) for part in (first, second)]
    except UnicodeDecodeError:
        return f": {len(first)} bytes, {len(second)} other ones"
    lines = zip_longest(*(text.split("\n") for text in texts), fillvalue="")
    for number, (one, other) in enumerate(lines, start=1):
        if one != other:
            both = zip(one, other, strict=False)
            same = next((n for n, (a, b) in enumerate(both) if a != b), None)
            same = min(len(one), len(other)) if same is None else same
            start = max(0, same - BEFORE)
            shown = [line[start : start + WIDTH] for line in (one, other)]
            return f", line {number}:\n  < {shown[0]}\n  > {shown[1]}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
