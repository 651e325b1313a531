"""Typical wrong answers to the exercise on occlusion."""

import torch


def occlude(score, image, size, filling, start=None, lift=True):
    """As it should be; or with the patch elsewhere, or never lifted."""
    start = size // 2 if start is None else start
    found, covered = torch.empty(image.shape), image.clone()
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            if lift:
                covered = image.clone()
            top, left = max(row - start, 0), max(column - start, 0)
            covered[top : row - start + size, left : column - start + size] = filling
            found[row, column] = score(image) - score(covered)
    return found


def inside_only(score, image, size, filling):
    """Only where the whole patch lies on the image."""
    reach = size // 2
    rows, columns = image.shape
    whole = occlude(score, image, size, filling)
    return whole[reach : rows - reach, reach : columns - reach]


RIGHT = (18, 13), 3
MISTAKES = {
    "ex-inside-patch": [
        ((lambda *given: -occlude(*given), *RIGHT), "wrong sign"),
        (
            (lambda s, x, *more: s(x) - occlude(s, x, *more), *RIGHT),
            "not what the patch takes",
        ),
        ((lambda *given: occlude(*given, start=0), *RIGHT), "in a corner"),
        ((lambda *given: occlude(*given, lift=False), *RIGHT), "lift each"),
        ((lambda s, x, size, _: occlude(s, x, size, 0.0), *RIGHT), "with zeros"),
        ((lambda *given: occlude(*given).abs(), *RIGHT), "without its signs"),
        ((inside_only, *RIGHT), "what hangs over is cut off"),
        ((lambda *given: occlude(*given).T, *RIGHT), "has "),
        ((occlude, (13, 18), 3), "the row comes first"),
        ((occlude, (16, 11), 3), "has a margin"),
        ((occlude, (3, 3), 3), "takes more of the gap"),
        ((occlude, (18, 13), 8), "what the digit is"),
        ((occlude, (18, 13), 5), "is not what the network reads"),
    ]
}
