"""MNIST's recipe: against its definition, on MNIST, and in the browser."""

import base64
import io
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lenet_lib import data, mnist, weights
from lenet_lib.data import CODINGS
from lenet_lib.picture import digit_from_image, into_field

SCRIPT = ROOT / "lenet_lib" / "widgets" / "static" / "preprocess.js"
STEPS = [
    {"scale": scale, "centre": centre}
    for scale, centre in product([True, False], repeat=2)
]


@pytest.fixture(scope="module")
def test_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The first 1,000 test digits and what they are."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return images[:1000], labels[:1000]


@pytest.fixture(scope="module")
def lenet5():
    """The trained LeNet-5, from images (n, 28, 28) to digits (n,)."""
    network = weights.load("lenet5-1998")
    return lambda images: network.read(CODINGS["lenet5"](images))


# ---- Against the definition, in fractions, pixel by pixel ------------------------


def by_definition(greys: np.ndarray, scale: bool, centre: bool) -> list | None:
    """The recipe in words of its own: exact, slow, and for greys of 256 steps."""
    rows, columns = greys.shape
    ink = {
        (r, c): Fraction(int(greys[r, c]), 255) for r, c in np.ndindex(rows, columns)
    }
    top, left, bottom, right = 0, 0, rows, columns
    if scale:
        inked = [place for place, value in ink.items() if value]
        if not inked:
            return None
        top, bottom = min(r for r, _ in inked), max(r for r, _ in inked) + 1
        left, right = min(c for _, c in inked), max(c for _, c in inked) + 1
    longer = max(bottom - top, right - left)
    step = Fraction(longer, 20 if scale else 28)

    def overlaps(start: int, end: int, k: int) -> dict[int, Fraction]:
        """How much of each old pixel is in new pixel k, from start + k steps on."""
        low, high = start + k * step, start + (k + 1) * step
        return {
            old: min(high, old + 1) - max(low, old)
            for old in range(math.floor(low), min(math.ceil(high), end))
        }

    def mean(i: int, j: int) -> Fraction:
        high, wide = overlaps(top, bottom, i), overlaps(left, right, j)
        return sum(high[r] * wide[c] * ink[r, c] for r in high for c in wide) / step**2

    high, wide = math.ceil((bottom - top) / step), math.ceil((right - left) / step)
    small = {(i, j): mean(i, j) for i, j in np.ndindex(high, wide)}
    # What could not be seen on a screen of 256 greys does not count as ink.
    inked = [place for place, value in small.items() if value > Fraction(1, 510)]
    if not inked:
        return None
    ends = [[f(place[k] for place in inked) for f in (min, max)] for k in (0, 1)]
    digit = {
        (i, j): value
        for (i, j), value in small.items()
        if ends[0][0] <= i <= ends[0][1] and ends[1][0] <= j <= ends[1][1]
    }
    shift = []
    for k, length in enumerate((high, wide)):
        if centre:
            mass = sum(place[k] * value for place, value in digit.items())
            wanted = 14 - math.floor(mass / sum(digit.values()) + Fraction(1, 2))
            shift.append(min(max(wanted, -ends[k][0]), 27 - ends[k][1]))
        else:
            shift.append((28 - length) // 2)
    field = [[Fraction(0)] * 28 for _ in range(28)]
    for (i, j), value in digit.items():
        field[i + shift[0]][j + shift[1]] = value
    return field


pictures = st.integers(1, 7).flatmap(
    lambda rows: st.integers(1, 7).flatmap(
        lambda columns: st.lists(
            st.sampled_from([0, 0, 0, 1, 90, 255]),
            min_size=rows * columns,
            max_size=rows * columns,
        ).map(lambda values: np.array(values).reshape(rows, columns))
    )
)


@pytest.mark.parametrize("steps", STEPS, ids=str)
@given(greys=pictures)
@example(greys=np.zeros((3, 4), int))
@example(greys=np.array([[255, 0, 0, 255]]))  # its centre of mass is on an edge
@example(greys=np.pad([[255]], ((0, 40), (0, 40))))
@settings(max_examples=15, deadline=None)
def test_the_field_is_that_of_the_definition(steps, greys):
    expected = by_definition(greys, **steps)
    field = into_field(greys / 255, **steps)
    if expected is None:
        assert field is None
    else:
        assert np.abs(field - np.array(expected, dtype=float)).max() < 1e-12


def test_a_digit_stands_on_its_centre_of_mass():
    """In rows and columns, unless ink would leave the field."""
    ell = np.zeros((100, 60))
    ell[10:90, 5:10] = ell[85:90, 5:45] = 1
    field = into_field(ell)
    for axis in (0, 1):
        places = np.arange(28)
        assert 13.5 <= field.sum(axis=1 - axis) @ places / field.sum() < 14.5
        inked = np.flatnonzero(field.any(axis=1 - axis))
        assert np.ptp(inked) + 1 == (20, 10)[axis]


@given(bottom=st.integers(1, 400))
@settings(max_examples=30, deadline=None)
def test_nothing_is_cut(bottom):
    """A faint long tail pulls no ink out of the field."""
    tail = np.full((200, 20), 0.01)
    tail[-min(bottom, 200) :] = 1
    field = into_field(tail)
    assert field.sum() == pytest.approx(tail.mean() * 20 * 2)


@given(
    greys=pictures.filter(lambda greys: greys.any()),
    margins=st.tuples(*[st.integers(0, 9)] * 4),
    times=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_size_and_place_do_not_matter(greys, margins, times):
    top, bottom, left, right = margins
    larger = greys.repeat(times, axis=0).repeat(times, axis=1)
    moved = np.pad(larger, ((top, bottom), (left, right)))
    assert np.allclose(into_field(moved / 255), into_field(greys / 255), atol=1e-12)


def test_mnists_digits_are_what_the_recipe_makes_of_them(test_digits):
    """The strongest test that it is MNIST's own recipe: it has nothing left to do."""
    images = test_digits[0]
    for image in images:
        field = into_field(image.numpy() / 255)
        assert np.abs(255 * field - image.numpy()).max() < 1e-9


# ---- From a picture ---------------------------------------------------------------


def on_a_page(image: torch.Tensor, seed: int, most: int = 300) -> np.ndarray:
    """A digit enlarged, smoothly, and somewhere on white paper: (rows, columns)."""
    draw = np.random.default_rng(seed)
    side = int(draw.integers(30, most))
    digit = Image.fromarray(255 - image.numpy()).resize((side, side), Image.BICUBIC)
    room = draw.integers(0, 1 + side, size=2)
    page = Image.new("L", (side + int(room[0]), side + int(room[1])), 255)
    page.paste(digit, tuple(int(draw.integers(0, 1 + most)) for most in room))
    return np.asarray(page)


def in_colours(page: np.ndarray, seed: int) -> np.ndarray:
    """In two colours that differ by a third or more in one of their channels."""
    draw = np.random.default_rng(seed)
    ink = paper = draw.random(3)
    while np.abs(ink - paper).max() < 1 / 3:
        ink = draw.random(3)
    shares = page[:, :, None] / 255
    return (255 * (shares * paper + (1 - shares) * ink)).round().astype(np.uint8)


def as_jpeg(pixels: np.ndarray, quality: int = 75) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def photographed(page: np.ndarray, seed: int) -> bytes:
    """Under a lamp at one side, through a lens, with grain, in yellowish light."""
    draw = np.random.default_rng(seed)
    y, x = (np.linspace(-1, 1, side) for side in page.shape)
    slope = draw.uniform(-0.15, 0.15, size=2)
    light = 0.8 + slope[0] * y[:, None] + slope[1] * x
    light -= 0.1 * (y[:, None] ** 2 + x**2)
    seen = light * (0.3 + 0.7 * page / 255) + draw.normal(0, 0.02, page.shape)
    colours = seen[:, :, None] * np.array([1, 0.95, 0.85])
    return as_jpeg((255 * colours.clip(0, 1)).astype(np.uint8), quality=70)


WAYS = {
    "moved and enlarged": lambda page, seed: page,
    "inverted": lambda page, seed: 255 - page,
    "in colours": in_colours,
    "a JPEG file": lambda page, seed: as_jpeg(page),
    "a photograph": photographed,
}


@pytest.mark.parametrize("way", WAYS)
def test_digits_are_read_from_pictures_of_any_kind(way, test_digits, lenet5):
    """Of the first 400, LeNet-5 read 397 or 398 in each of these ways."""
    images, labels = test_digits
    count = 200
    found = [
        digit_from_image(WAYS[way](on_a_page(image, seed), seed))
        for seed, image in enumerate(images[:count])
    ]
    right = (lenet5(torch.stack(found)) == labels[:count]).sum().item()
    assert right >= 0.97 * count


def test_mnists_own_images_stay_what_they_are(test_digits):
    """But for one step of 256 greys: the darkest of each becomes full ink."""
    for image in test_digits[0][:300]:
        found = digit_from_image(image)
        assert found.dtype == torch.uint8 and found.shape == (28, 28)
        assert (found.int() - image.int()).abs().max() <= 1


def test_it_is_found_among_the_data_as_well():
    assert data.digit_from_image is digit_from_image


# ---- In the browser ----------------------------------------------------------------


def stroke_drawing(seed: int) -> np.ndarray:
    """Five strokes of a round pen in one go, on a square board: (rows, columns)."""
    draw = np.random.default_rng(seed)
    side = int(draw.integers(40, 141))
    board = Image.new("L", (4 * side, 4 * side), 0)
    pen = ImageDraw.Draw(board)
    width = int(draw.integers(2, 1 + side // 8)) * 4
    low, high = 4 * side * draw.uniform((0.05, 0.6), (0.4, 0.95))
    points = [tuple(point) for point in draw.uniform(low, high, size=(6, 2))]
    pen.line(points, fill=255, width=width)
    for x, y in points:
        r = width / 2
        pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(board.reduce(4))


@pytest.fixture(scope="module")
def fields_in_browser(browser):
    """What ``intoField`` makes of many drawings, each (rows, columns) of 256 greys."""
    source = base64.b64encode(SCRIPT.read_bytes()).decode()
    view = browser.new_page()

    def fields(drawings: list[np.ndarray], steps: dict) -> list[list[float] | None]:
        return view.evaluate(
            """async ([address, drawings, steps]) => {
                const { intoField } = await import(address);
                return drawings.map(({ greys, rows, columns }) => {
                    const bytes = Uint8Array.from(atob(greys), (c) => c.charCodeAt(0));
                    const ink = Float64Array.from(bytes, (grey) => grey / 255);
                    const field = intoField(ink, rows, columns, steps);
                    return field && [...field];
                });
            }""",
            [
                f"data:text/javascript;base64,{source}",
                [
                    {
                        "greys": base64.b64encode(drawing.tobytes()).decode(),
                        "rows": drawing.shape[0],
                        "columns": drawing.shape[1],
                    }
                    for drawing in drawings
                ],
                steps,
            ],
        )

    yield fields
    view.close()


@pytest.fixture(scope="module")
def drawings(test_digits) -> list[np.ndarray]:
    """200 digits of MNIST on pages, and 200 drawings: ink of 256 greys."""
    pages = [
        255 - on_a_page(image, seed, most=140)
        for seed, image in enumerate(test_digits[0][:200])
    ]
    return pages + [stroke_drawing(seed) for seed in range(200)]


@pytest.mark.parametrize("steps", STEPS, ids=str)
def test_the_browser_does_the_same(drawings, fields_in_browser, lenet5, steps):
    """The same field, and the same answer to it."""
    found = torch.tensor(fields_in_browser(drawings, steps), dtype=torch.float64)
    ours = np.stack([into_field(drawing / 255, **steps) for drawing in drawings])
    ours = torch.from_numpy(ours)
    assert (found.reshape(-1, 28, 28) - ours).abs().max() < 1e-9
    images = [
        (255 * fields.reshape(-1, 28, 28)).round().to(torch.uint8)
        for fields in (found, ours)
    ]
    assert torch.equal(lenet5(images[0]), lenet5(images[1]))


def test_a_picture_of_a_drawing_is_the_drawing(drawings, fields_in_browser, lenet5):
    """The whole way in Python, from black on white, and the browser's from its ink."""
    alone = [drawing for drawing in drawings if drawing.max() == 255]
    assert len(alone) > 300
    found = torch.tensor(fields_in_browser(alone, {}), dtype=torch.float64)
    found = (255 * found.reshape(-1, 28, 28)).round().to(torch.uint8)
    ours = torch.stack([digit_from_image(255 - drawing) for drawing in alone])
    assert (found.int() - ours.int()).abs().max() <= 1
    assert torch.equal(lenet5(found), lenet5(ours))


def test_without_ink_there_is_no_field(fields_in_browser):
    blank = np.zeros((30, 40), dtype=np.uint8)
    for steps in STEPS:
        assert fields_in_browser([blank], steps) == [None]
        assert into_field(blank / 255, **steps) is None
