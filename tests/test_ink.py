"""Ink on paper of all kinds, and pictures without a digit."""

import re

import numpy as np
import pytest

from lenet_lib.ink import AllInk, BlankPicture, SeveralDigits, find_ink


def drawn(*strokes: tuple[int, int, int, int], side: int = 200) -> np.ndarray:
    """Ink on a square sheet: 1 in the boxes (top, left, bottom, right), else 0."""
    ink = np.zeros((side, side))
    for top, left, bottom, right in strokes:
        ink[top:bottom, left:right] = 1
    return ink


SEVEN = drawn((40, 60, 55, 140), (40, 125, 160, 140))
GRAIN = np.random.default_rng(0).normal(0, 0.02, SEVEN.shape)
DOWN, ACROSS = np.mgrid[-1:1:200j, -1:1:200j]


@pytest.mark.parametrize("paper, ink", [(1, 0), (0, 1), (0.9, 0.4), (0.3, 0.5)])
def test_whichever_is_darker_it_comes_out_as_ink(paper, ink):
    levels = np.array([0, 0.25, 0.5, 1])
    soft = SEVEN.copy()
    soft[:, 137:141] = SEVEN[:, 137, None] * levels[::-1]
    found = find_ink(paper + (ink - paper) * soft)
    assert np.abs(found - soft).max() < 1e-12


LIGHTS = {
    "from one side": 0.75 + 0.2 * ACROSS - 0.05 * DOWN,
    "from above": 0.8 - 0.15 * (ACROSS**2 + DOWN**2),
    "grain only": np.full_like(SEVEN, 0.8),
}


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
@pytest.mark.parametrize("inverted", [False, True], ids=["dark ink", "light ink"])
def test_uneven_light_and_grain_are_not_ink(light, inverted):
    dark = 0.7 * (1 - SEVEN if inverted else SEVEN)
    found = find_ink((light * (1 - dark) + GRAIN).clip(0, 1))
    assert np.array_equal(found > 0.5, SEVEN > 0.5)
    assert not found[SEVEN == 0].any()


def test_light_may_fall_off_by_more_than_the_ink_is_dark():
    light = 0.55 + 0.4 * ACROSS
    found = find_ink((light * (1 - 0.5 * SEVEN) + GRAIN / 4).clip(0, 1))
    assert np.mean((found > 0.5) == (SEVEN > 0.5)) > 0.999


def test_dust_is_swept_from_a_photograph():
    dusty = np.maximum(SEVEN, drawn((180, 20, 184, 24), (10, 180, 13, 183)))
    found = find_ink(0.9 - 0.6 * dusty + GRAIN)
    assert np.array_equal(found > 0, SEVEN > 0)


def test_a_digit_may_have_parts():
    """As a 5 whose bar does not touch it, or a 4 in two strokes."""
    five = drawn((40, 70, 52, 150), (58, 70, 110, 82), (98, 70, 110, 130))
    four = drawn((40, 60, 110, 72), (98, 60, 110, 120), (40, 126, 170, 138))
    four = np.maximum(four, drawn((112, 118, 118, 150)))
    for digit in (five, np.maximum(four, drawn((98, 60, 110, 150)))):
        assert np.array_equal(find_ink(1 - digit), digit)


ONE = (40, 50, 160, 65)
FAULTS = {
    "white": (np.ones((50, 50)), BlankPicture, "is blank: no digit stands out"),
    "nearly white": (1 - 0.02 * SEVEN, BlankPicture, "is blank"),
    "paper with grain": (0.8 + GRAIN, BlankPicture, "is blank"),
    "uneven light": (LIGHTS["from one side"] + GRAIN, BlankPicture, "is blank"),
    "a speck": (1 - drawn((90, 90, 92, 92)), BlankPicture, "only specks .* crop it"),
    "black": (np.zeros((50, 50)), AllInk, "dark all over: a digit needs paper"),
    "filled": (1 - drawn((10, 10, 190, 190)), AllInk, "covers 81 % of the picture"),
    "side by side": (
        1 - drawn(ONE, (45, 100, 150, 115)),
        SeveralDigits,
        "more than one digit in the picture: crop it to one",
    ),
    "in a column": (
        1 - drawn((10, 50, 80, 65), (100, 50, 180, 65)),
        SeveralDigits,
        "more than one digit",
    ),
    "photographed": (
        LIGHTS["from above"] * (1 - 0.6 * drawn(ONE, (45, 100, 150, 115))) + GRAIN,
        SeveralDigits,
        "more than one digit",
    ),
}


@pytest.mark.parametrize("brightness, error, message", FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_told_in_one_sentence(brightness, error, message):
    with pytest.raises(error, match=message) as told:
        find_ink(brightness)
    assert isinstance(told.value, ValueError)
    sentence = str(told.value)
    assert sentence.endswith(".") and not re.search(r"[.] [A-Z]|\n", sentence)
