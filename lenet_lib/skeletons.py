"""The forms of the drawn digits: strokes as points, in the order in which a hand draws.

Each stroke is written as ``x,y`` points in percent of the digit's height, x to the
right and y downwards. At a point with a star the curve has a corner. All of them are
made up for this book.
"""

#: For each digit, for each of its forms, the strokes.
_WRITTEN = {
    0: {
        "round": ["36,3 16,12 3,42 8,78 28,98 50,86 60,52 52,18 32,2"],
        "narrow": ["42,8 26,2 10,24 6,60 18,94 36,97 50,70 52,34 42,10 28,3"],
        "open": ["48,14 34,2 12,18 4,56 16,92 38,97 56,72 56,34 44,8"],
    },
    1: {
        "bar": ["30,0 29,50 27,100"],
        "flag": ["8,27 24,14 36,0* 35,50 34,100"],
        "foot": ["10,24 30,2* 30,50 30,98", "8,99 30,98 54,97"],
    },
    2: {
        "plain": ["6,24 16,6 38,2 53,18 46,44 24,72 3,97* 30,96 60,95"],
        "loop": ["8,22 22,4 44,4 54,24 44,50 26,76 9,94 5,84 16,78 30,88 45,97 62,90"],
        "wave": ["6,26 20,5 44,5 52,24 40,52 18,80 4,97* 18,89 38,96 60,90"],
    },
    3: {
        "round": ["6,13 24,1 46,6 50,25 38,42 22,47* 44,52 56,70 46,92 24,99 4,88"],
        "flat": ["6,4 30,3 54,3* 40,24 24,43* 46,50 56,70 46,92 22,99 2,88"],
        "flowing": ["8,11 28,1 48,12 44,34 26,46* 48,58 55,78 38,98 6,91"],
    },
    4: {
        "open": ["12,2 8,28 4,58* 32,57 62,54", "48,8 46,54 44,100"],
        "closed": ["45,2 24,34 3,66* 34,66 64,64", "45,2 45,50 43,100"],
        "cup": ["10,4 4,30 10,50 30,52 51,44", "54,4 51,50 46,100"],
    },
    5: {
        "hat": ["14,4 12,24 8,44* 32,37 52,50 54,74 36,96 4,91", "14,4 34,4 56,2"],
        "angular": ["56,4 34,4 14,5* 11,24 8,44* 30,37 50,48 55,70 40,95 4,92"],
        "flowing": ["54,5 34,2 16,12 15,32 34,46 52,62 48,86 26,98 4,90"],
    },
    6: {
        "curved": ["46,3 22,20 6,54 8,86 28,99 50,88 52,66 34,54 14,62 7,78"],
        "straight": ["38,0 16,36 5,66 12,94 34,98 50,82 44,62 26,58 8,74"],
        "loop": ["40,2 16,30 4,66 14,95 38,96 52,76 40,60 22,66 15,84"],
    },
    7: {
        "plain": ["4,6 30,4 58,4* 40,44 22,100"],
        "bar": ["4,6 30,4 58,4* 40,44 24,100", "14,51 32,50 54,48"],
        "hook": ["4,22 7,4* 32,5 58,3* 44,38 34,68 30,100"],
    },
    8: {
        "crossed": ["50,13 32,1 12,10 13,30 32,46 52,64 50,88 28,99 8,88 9,66 30,47 "
                    "48,30 49,12"],
        "rings": ["30,2 13,11 13,35 30,46 47,35 47,11 30,2",
                  "30,46 9,58 7,86 30,99 53,86 51,58 30,46"],
        "open": ["52,8 30,1 12,14 18,34 38,48 52,68 46,92 24,98 8,84 16,62 36,46 "
                 "52,28 56,12"],
    },
    9: {
        "straight": ["50,14 30,1 8,14 6,38 24,50 44,40 52,14* 50,58 48,100"],
        "curled": ["52,16 34,1 10,10 6,36 24,49 46,38 53,14 54,52 46,86 24,99 6,88"],
        "slanted": ["50,10 28,2 10,18 12,42 30,48 48,30 52,8* 42,56 28,100"],
    },
}  # fmt: skip


def _points(stroke: str) -> list[tuple[float, float, bool]]:
    """Read a stroke: x, y in shares of the height, and whether there is a corner."""
    points = []
    for word in stroke.split():
        x, y = word.rstrip("*").split(",")
        points.append((int(x) / 100, int(y) / 100, word.endswith("*")))
    return points


#: For each digit and form, the strokes; each a list of (x, y, whether it is a corner),
#: in shares of the digit's height, y downwards.
FORMS = {
    digit: {name: [_points(s) for s in strokes] for name, strokes in forms.items()}
    for digit, forms in _WRITTEN.items()
}
