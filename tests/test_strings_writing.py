"""A number made into a line: what becomes of its ink, in Python and in the browser."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lenet_lib import mnist
from lenet_lib.grey import PictureError
from lenet_lib.ink import SeveralDigits, find_ink
from lenet_lib.picture import into_field
from lenet_lib.strings import lines
from lenet_lib.strings.writing import LONGEST, MARGIN, into_line, line_from_image


@pytest.fixture(scope="module")
def test_digits() -> tuple[torch.Tensor, torch.Tensor]:
    return mnist.read(mnist.default_data_dir(), train=False)


def scribble(seed: int, shape: tuple[int, int] = (70, 280)) -> np.ndarray:
    """Strokes of a round pen all over the paper: 256 greys of ink, (rows, columns)."""
    draw = np.random.default_rng(seed)
    rows, columns = shape
    board = Image.new("L", (4 * columns, 4 * rows), 0)
    pen = ImageDraw.Draw(board)
    width = int(draw.integers(2, 10)) * 4
    right = draw.uniform(0.1, 1) * columns * 4
    low, high = draw.uniform((0.05, 0.5), (0.4, 0.95)) * rows * 4
    for left in np.arange(0.02 * right, 0.9 * right, max(0.2 * right, 40)):
        points = draw.uniform((left, low), (left + 0.15 * right, high), (4, 2))
        pen.line([tuple(point) for point in points], fill=255, width=width)
    return np.asarray(board.reduce(4))


# ---- What becomes of the ink ------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_writing_is_20_pixels_high_with_half_a_window_of_paper_about_it(seed):
    drawing = scribble(seed)
    line = into_line(drawing / 255)
    rows, columns = (np.flatnonzero(line.any(axis=axis)) for axis in (1, 0))
    ink_rows, ink_columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    assert np.ptp(rows) + 1 == 20
    scale = 20 / (np.ptp(ink_rows) + 1)
    assert columns[0] == MARGIN == 16
    assert np.ptp(columns) + 1 == np.ceil(round((np.ptp(ink_columns) + 1) * scale, 6))
    behind = line.shape[1] - 1 - columns[-1]
    assert 16 <= behind <= 19 and line.shape[1] % 4 == 0
    centre = line.sum(axis=1) @ np.arange(32) / line.sum()
    assert 15.5 <= centre + 1e-9 < 16.5 or rows[0] == 2 or rows[-1] == 29
    # No ink is lost: a new pixel is the mean of a square of old ones.
    assert line.sum() == pytest.approx((drawing / 255).sum() * scale**2)


def test_a_digit_of_mnist_stands_in_a_line_as_in_lenet5s_input(test_digits):
    """It is scaled by its height alone: most digits of MNIST are 20 pixels high."""
    high = [im for im in test_digits[0][:200] if im.any(dim=1).sum() == 20]
    assert len(high) > 150
    for image in high:
        line = into_line(image.numpy() / 255)
        rows = np.pad(into_field(image.numpy() / 255), ((2, 2), (0, 0)))  # (32, 28)
        inked = np.flatnonzero(rows.any(axis=0))
        found = line[:, 16 : 17 + np.ptp(inked)]
        assert np.allclose(found, rows[:, inked[0] : inked[-1] + 1], atol=1e-12)
        assert line.sum() == pytest.approx(rows.sum())


@given(
    seed=st.integers(0, 10**6),
    margins=st.tuples(*[st.integers(0, 30)] * 4),
    times=st.integers(1, 3),
)
@settings(max_examples=20, deadline=None)
def test_size_and_place_do_not_matter(seed, margins, times):
    drawing = scribble(seed, (30, 90)) / 255
    top, bottom, left, right = margins
    larger = drawing.repeat(times, axis=0).repeat(times, axis=1)
    moved = np.pad(larger, ((top, bottom), (left, right)))
    assert np.allclose(into_line(moved), into_line(drawing), atol=1e-12)


def test_long_writing_is_scaled_by_its_length():
    line = into_line(np.ones((10, 1000)))
    rows, columns = (np.flatnonzero(line.any(axis=axis)) for axis in (1, 0))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (3, LONGEST)  # 2.08 high


def test_lines_of_test_digits_need_no_scaling(test_digits):
    for picture in lines(*test_digits, gap=3, seed=2, count=20).pictures.numpy():
        inside = picture[2:-2] / 255  # (28, width)
        (inked,) = np.nonzero(inside.any(axis=0))
        larger = inside.repeat(10, axis=0).repeat(10, axis=1)
        line = into_line(larger, scale=False)
        found = line[2:-2, 16 : 17 + np.ptp(inked)]
        assert np.allclose(found, inside[:, inked[0] : inked[-1] + 1])
        assert line.sum() == pytest.approx(inside.sum())


@pytest.mark.parametrize("scale", [True, False])
def test_without_ink_there_is_no_line(scale):
    assert into_line(np.zeros((30, 90)), scale) is None


# ---- From a picture ---------------------------------------------------------------


def test_a_picture_of_several_digits_becomes_the_line_of_their_ink(test_digits):
    """Where one digit is asked for, the same picture is refused."""
    pictures = lines(*test_digits, gap=6, seed=3, count=10).pictures
    for picture in pictures:
        larger = picture.numpy().repeat(6, axis=0).repeat(6, axis=1)
        with pytest.raises(SeveralDigits):
            find_ink(1 - larger / 255)
        expected = into_line(larger / 255)
        for shown in (255 - larger, larger):
            line = line_from_image(shown)
            assert line.dtype == torch.uint8 and line.shape == expected.shape
            assert np.abs(line.numpy() - 255 * expected).max() <= 1.5


def test_blank_paper_is_refused_in_one_sentence():
    with pytest.raises(PictureError, match="blank") as caught:
        line_from_image(np.full((60, 200), 250, np.uint8))
    assert str(caught.value).count(".") == 1


# ---- In the browser ---------------------------------------------------------------


@pytest.mark.parametrize("scale", [True, False])
def test_the_browser_does_the_same(modules, scale):
    shape = (70, 280)
    drawings = [scribble(seed, shape) for seed in range(60)]
    drawings += [np.zeros(shape, np.uint8), np.full(shape, 3, np.uint8)]
    drawings[3] = np.zeros(shape, np.uint8)
    drawings[3][30:34] = 200  # too long for its height
    found = modules(
        """async ([rows, columns, scale]) => {
            const { intoLine } = await import("/writing.js");
            const bytes = new Uint8Array(await (await fetch("/inks")).arrayBuffer());
            const lines = [];
            for (let at = 0; at < bytes.length; at += rows * columns) {
                const own = bytes.subarray(at, at + rows * columns);
                const ink = Float64Array.from(own, (grey) => grey / 255);
                const line = intoLine(ink, rows, columns, scale);
                lines.push(line && { ...line, values: [...line.values] });
            }
            return lines;
        }""",
        [*shape, scale],
        inks=np.stack(drawings).tobytes(),
    )
    assert len(found) == len(drawings)
    for drawing, line in zip(drawings, found, strict=True):
        expected = into_line(drawing / 255, scale)
        if expected is None:
            assert line is None
            continue
        assert (line["rows"], line["columns"]) == expected.shape
        assert np.abs(np.array(line["values"]) - expected.ravel()).max() < 1e-12
