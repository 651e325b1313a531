"""The drawn digits: the same everywhere, varied, within the board, and legible."""

import hashlib
from collections import Counter

import numpy as np
import pytest
import torch

from lenet_lib import mnist
from lenet_lib.drawn import BOARD, EACH, SEED, draw, drawings, smooth
from lenet_lib.picture import into_field
from lenet_lib.skeletons import FORMS

#: Of all pictures one after the other. Another sum means another set, for which the
#: results in ``results/outside.json`` do not hold.
SHA256 = "50493cf6cd47b0eb5d1130d47dd5a2f7f2f509bc020f43f224939f3615ba67d9"


@pytest.fixture(scope="module")
def drawn() -> list:
    return list(drawings())


# ---- The set ---------------------------------------------------------------------


def test_the_pictures_are_the_same_on_every_machine(drawn):
    pictures = b"".join(drawing.picture.tobytes() for drawing in drawn)
    assert hashlib.sha256(pictures).hexdigest() == SHA256


def test_there_are_as_many_of_each_digit_and_of_each_form(drawn):
    assert len(drawn) == 10 * EACH >= 500
    assert [drawing.label for drawing in drawn] == sorted(list(range(10)) * EACH)
    counts = Counter((drawing.label, drawing.form) for drawing in drawn)
    assert set(counts) == {(d, form) for d, forms in FORMS.items() for form in forms}
    assert min(counts.values()) == max(counts.values())
    assert all(len(forms) >= 2 for forms in FORMS.values())


def test_no_picture_comes_twice(drawn):
    assert len({drawing.picture.tobytes() for drawing in drawn}) == len(drawn)


def test_fewer_are_the_first_ones_and_each_can_be_drawn_alone(drawn):
    few = list(drawings(each=2))
    assert [drawing.label for drawing in few] == sorted([*range(10)] * 2)
    alone = [draw(3, 0), draw(np.int64(3), np.int64(1))]  # NumPy's numbers, too
    for some in (few[6:8], alone):
        for one, other in zip(some, drawn[3 * EACH :], strict=False):
            assert np.array_equal(one.picture, other.picture) and one.form == other.form


def test_another_seed_draws_others():
    assert not np.array_equal(draw(5, 0).picture, draw(5, 0, SEED + 1).picture)


# ---- One picture -----------------------------------------------------------------


def test_a_picture_is_ink_on_paper_and_all_of_it_is_on_the_board(drawn):
    for drawing in drawn:
        picture, ink = drawing.picture, drawing.ink
        assert picture.dtype == np.uint8 and picture.shape == (BOARD, BOARD)
        assert ink.min() == 0 and ink.max() == 1 and 0.001 < ink.mean() < 0.25
        border = [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
        assert not np.concatenate(border).any()


def test_a_picture_is_as_large_and_as_bold_as_it_says(drawn):
    for drawing in drawn[:: EACH // 10]:
        inked = drawing.picture > 127
        rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
        longest = max(np.ptp(rows), np.ptp(columns)) + 1
        expected = (1 + drawing.pen) * drawing.height * BOARD
        assert longest == pytest.approx(expected, rel=0.35)
        # A stroke's area is its width times its length, and no stroke is much shorter
        # than its digit is long.
        width = drawing.pen * drawing.height * BOARD
        assert inked.sum() >= 0.5 * width * longest


def test_pens_sizes_and_places_vary(drawn):
    pens = np.array([drawing.pen for drawing in drawn])
    heights = np.array([drawing.height for drawing in drawn])
    assert pens.min() < 0.05 and pens.max() > 0.14
    assert heights.min() < 0.35 and heights.max() > 0.75
    place = np.arange(BOARD) + 0.5
    middles = [
        (ink.sum(0) @ place / ink.sum(), ink.sum(1) @ place / ink.sum())
        for ink in (drawing.ink for drawing in drawn[::3])
    ]
    assert (np.std(middles, axis=0) > BOARD / 20).all()
    assert np.mean(middles, axis=0) == pytest.approx(BOARD / 2, abs=BOARD / 20)


def test_strokes_pass_through_their_points_and_turn_sharply_at_corners_only():
    points = [(0.0, 0.0, False), (1.0, 0.0, False), (1.0, 1.0, True), (0.0, 1.0, False)]
    curve = smooth(points)
    for x, y, _ in points:
        assert np.abs(curve - [x, y]).sum(axis=1).min() < 1e-12
    steps = np.diff(curve, axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    corner = np.abs(curve[1:-1] - [1.0, 1.0]).sum(axis=1).argmin()
    assert turns.argmax() == corner and turns[corner] > 1.4
    assert np.delete(turns, corner).max() < 0.7  # the other right angle is rounded
    # Between two points a straight line stays straight.
    assert np.ptp(smooth([(0.2, 0, False), (0.2, 1, False)])[:, 0]) < 1e-12


def test_what_is_no_digit_is_refused():
    for digit, number in ((10, 0), (-1, 0), ("3", 0), (3, -1), (3, 1_000_000)):
        with pytest.raises(ValueError, match="Expected a digit from 0 to 9 and a num"):
            draw(digit, number)


# ---- Can they be read? -----------------------------------------------------------


def test_they_can_be_read_by_who_knows_no_network(drawn):
    """Nearest neighbours among MNIST's training digits, after MNIST's recipe.

    It is no person, but it has nothing in common with the networks that the digits
    are to test. They are legible, and they are not trivial.
    """
    images, labels = mnist.read(mnist.default_data_dir(), train=True)
    known = images[:20_000].flatten(1).float() / 255
    fields = np.stack([into_field(drawing.ink) for drawing in drawn])
    asked = torch.from_numpy(fields).flatten(1).float()
    near = torch.cdist(asked, known).topk(3, largest=False).indices  # (n, 3)
    found = labels[near].mode(dim=1).values
    misread = (found != torch.tensor([drawing.label for drawing in drawn])).float()
    assert 0.005 < misread.mean() < 0.20
