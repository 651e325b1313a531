"""What 5x5 windows see, as tables of numbers.

Units are numbered through, map by map and row by row. So a single ``take`` fills a
matrix with what all windows see; and on the way back another one finds all places in
which a unit was seen.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def windows(maps: int, size: int, stride: int = 1, squares: bool = False) -> np.ndarray:
    """Which unit a window sees, at each of its places.

    Args:
        maps: maps that are read.
        size: units along an edge of each.
        stride: step of the window. With 2, windows hang over the border, as in P89: by
            two units above and on the left, by one below and on the right. What lies
            there has the number after the last unit's.
        squares: order the windows by their place in squares of 2x2: first the upper
            left ones of all squares, and so on. Else they stand row by row.

    Returns:
        Numbers of units, (maps * 25, windows): a column for each window.
    """
    numbers = np.arange(maps * size**2).reshape(maps, size, size)
    if stride == 2:
        border = ((0, 0), (2, 1), (2, 1))
        numbers = np.pad(numbers, border, constant_values=numbers.size)
    see = sliding_window_view(numbers, (5, 5), axis=(1, 2))[:, ::stride, ::stride]
    see = see.transpose(0, 3, 4, 1, 2)  # (maps, 5, 5, rows, columns)
    if squares:
        half = see.shape[-1] // 2
        see = see.reshape(maps, 5, 5, half, 2, half, 2)
        see = see.transpose(0, 1, 2, 4, 6, 3, 5)  # (maps, 5, 5, 2, 2, half, half)
    return np.ascontiguousarray(see.reshape(maps * 25, -1))


def where_seen(see: np.ndarray, units: int) -> np.ndarray:
    """In which places each unit is seen: the other way round than :func:`windows`.

    Args:
        see: what :func:`windows` gives. Its own places are numbered through, too.
        units: how many there are. That of the border is none.

    Returns:
        Numbers of places, (most, units): a column for each unit, in rising order. Where
        a unit is seen in fewer places than others, the column ends with the number
        after the last place's.
    """
    places = np.argsort(see, axis=None, kind="stable")  # by the unit that they see
    times = np.bincount(see.ravel(), minlength=units)[:units]
    first = np.cumsum(times) - times  # where each unit's own places begin
    found = np.full((times.max(), units), see.size)
    for row in range(len(found)):
        has = row < times
        found[row, has] = places[first[has] + row]
    return found
