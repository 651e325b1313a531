"""Affine distortions: what each does to a point, and how far they go."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet_lib import mnist
from lenet_lib.distortions import CHUNK, Affine, warp

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]

NOTHING = {"translation": 0, "scale": 1, "squeeze": 1, "shear": 0}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    """More than a chunk of test digits, and not a whole number of chunks."""
    return mnist.read(mnist.default_data_dir(), train=False)[0][: CHUNK + 500]


def blob(x: float, y: float) -> torch.Tensor:
    """An image (1, 28, 28) whose ink lies smoothly around a point.

    The point is given as maps take it: in pixels from the middle, right and down.
    """
    place = torch.arange(28) - 13.5
    across, along = (place - x).square(), (place - y).square()
    grey = 255 * torch.exp(-(along[:, None] + across) / (2 * 1.5**2))
    return grey.round().to(torch.uint8)[None]


def middle_of_ink(image: torch.Tensor) -> tuple[float, float]:
    """Where the ink of an image (1, 28, 28) lies, right and down from the middle."""
    ink, place = image[0].double(), torch.arange(28).double() - 13.5
    return (
        (ink.sum(0) @ place / ink.sum()).item(),
        (ink.sum(1) @ place / ink.sum()).item(),
    )


def a_map(matrix: list[list[float]], shift: tuple[float, float]) -> torch.Tensor:
    return torch.tensor([[*matrix[0], shift[0]], [*matrix[1], shift[1]]])[None]


# ---- What a map does -------------------------------------------------------------


def test_no_distortion_leaves_every_pixel(digits):
    assert torch.equal(Affine(**NOTHING)(digits, seeded()), digits)


@pytest.mark.parametrize("right, down", [(1, 0), (0, 1), (-2, 3), (4, -4)])
def test_a_shift_by_whole_pixels_moves_the_pixels(digits, right, down):
    inner = digits[:100].clone()
    inner[:, :4], inner[:, -4:], inner[..., :4], inner[..., -4:] = 0, 0, 0, 0
    maps = a_map([[1, 0], [0, 1]], (right, down)).expand(100, 2, 3)
    assert torch.equal(warp(inner, maps), inner.roll((down, right), dims=(1, 2)))


def test_what_leaves_the_image_is_lost_and_paper_comes_in(digits):
    maps = a_map([[1, 0], [0, 1]], (20, 0)).expand(len(digits), 2, 3)
    shifted = warp(digits, maps)
    assert (shifted[:, :, :20] == 0).all()
    assert torch.equal(shifted[:, :, 20:], digits[:, :, :8])


def test_half_a_pixel_takes_the_mean_of_two():
    image = torch.zeros(1, 28, 28, dtype=torch.uint8)
    image[0, 10, 10] = 200
    (warped,) = warp(image, a_map([[1, 0], [0, 1]], (0.5, 0)))
    assert warped[10, 10:12].tolist() == [100, 100] and warped.sum() == 200


@pytest.mark.parametrize(
    "matrix, shift, goes_to",
    [
        ([[1.2, 0], [0, 1.2]], (0, 0), (6, -4.8)),  # scaled
        ([[1.2, 0], [0, 1 / 1.2]], (0, 0), (6, -10 / 3)),  # squeezed: wide and low
        ([[1, -0.5], [0, 1]], (0, 0), (7, -4)),  # sheared: 4 up, so 2 to the right
        ([[1.2, -0.5], [0, 0.9]], (-3, 1), (5, -2.6)),  # all at once
    ],
)
def test_a_point_goes_where_the_map_sends_it(matrix, shift, goes_to):
    warped = warp(blob(5, -4), a_map(matrix, shift))
    assert middle_of_ink(warped) == pytest.approx(goes_to, abs=0.03)


def by_definition(image: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Bilinear sampling written from its definition, one pixel at a time."""
    warped = np.zeros((28, 28))
    for row in range(28):
        for column in range(28):
            there = np.array([column - 13.5, row - 13.5]) - full[:, 2]
            x, y = np.linalg.solve(full[:, :2], there) + 13.5
            left, top = math.floor(x), math.floor(y)
            for r, c in [(r, c) for r in (top, top + 1) for c in (left, left + 1)]:
                if 0 <= r < 28 and 0 <= c < 28:
                    near = (1 - abs(x - c)) * (1 - abs(y - r))
                    warped[row, column] += near * image[r, c]
    return warped


def test_warped_digits_against_the_definition(digits):
    maps = Affine(translation=3, scale=1.3, squeeze=1.3, shear=0.4).draw(5, seeded(7))
    warped = warp(digits[:5], maps)
    for image, full, found in zip(digits[:5], maps, warped, strict=True):
        expected = by_definition(image.numpy().astype(float), full.numpy())
        np.testing.assert_allclose(found.numpy(), expected, atol=0.51)  # rounded


def test_each_digit_gets_its_own_map(digits):
    """Also where a chunk ends, and whatever the others are."""
    maps = Affine().draw(len(digits), seeded())
    together = warp(digits, maps)
    for index in (0, CHUNK - 1, CHUNK, len(digits) - 1):
        alone = warp(digits[index : index + 1], maps[index : index + 1])
        assert (together[index].int() - alone[0].int()).abs().max() <= 1


# ---- What is drawn ---------------------------------------------------------------


def test_one_generators_state_gives_one_result(digits):
    affine, generator = Affine(), seeded(3)
    first, second = affine(digits, generator), affine(digits, generator)
    assert torch.equal(affine(digits, seeded(3)), first)
    assert not torch.equal(first, second)  # the generator has moved on
    torch.manual_seed(5)  # of no importance
    again = seeded(3)
    affine(digits, again)
    assert torch.equal(affine(digits, again), second)


def test_no_two_digits_are_distorted_alike(digits):
    same = digits[:1].expand(50, 28, 28)
    assert len(Affine()(same, seeded()).flatten(1).unique(dim=0)) == 50


ranges = st.builds(
    Affine,
    translation=st.floats(0, 5),
    scale=st.floats(1, 2),
    squeeze=st.floats(1, 2),
    shear=st.floats(0, 1),
)


@settings(max_examples=30, deadline=None)
@given(ranges, st.integers(0, 999))
def test_all_that_is_drawn_keeps_within_its_range(affine, seed):
    maps = affine.draw(200, seeded(seed))
    assert maps.shape == (200, 2, 3) and maps.dtype == torch.float64
    width, height = maps[:, 0, 0], maps[:, 1, 1]
    assert (maps[:, 1, 0] == 0).all()  # neither turned nor sheared vertically
    for drawn, largest in [
        ((width * height).sqrt().log(), math.log(affine.scale)),
        ((width / height).sqrt().log(), math.log(affine.squeeze)),
        (maps[:, 0, 1] / height, affine.shear),
        (maps[:, 0, 2], affine.translation),
        (maps[:, 1, 2], affine.translation),
    ]:
        assert drawn.abs().max() <= largest * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("name", NOTHING)
def test_each_range_is_used_up_in_both_directions_and_by_its_own_part(name):
    """Evenly: a twentieth of all that is drawn lies in each outer twentieth."""
    affine = Affine(**{**NOTHING, name: getattr(Affine(), name)})
    maps = affine.draw(2_000, seeded())
    width, height = maps[:, 0, 0], maps[:, 1, 1]
    parts = {
        "translation": maps[:, :, 2].flatten(),
        "scale": (width * height).sqrt().log() / math.log(Affine().scale),
        "squeeze": (width / height).sqrt().log() / math.log(Affine().squeeze),
        "shear": maps[:, 0, 1] / height,
    }
    largest = {"translation": 2.0, "scale": 1.0, "squeeze": 1.0, "shear": 0.25}
    for part, drawn in parts.items():
        if part != name:
            assert drawn.abs().max() < 1e-12
            continue
        share = drawn / largest[part]
        assert (share < -0.9).double().mean() == pytest.approx(0.05, abs=0.015)
        assert (share > 0.9).double().mean() == pytest.approx(0.05, abs=0.015)
        assert share.mean() == pytest.approx(0, abs=0.04)


def test_right_and_down_are_drawn_apart():
    shifts = Affine().draw(2_000, seeded())[:, :, 2]
    assert abs(torch.corrcoef(shifts.T)[0, 1]) < 0.06


def test_the_digits_stay_as_they_are_and_stay_where_they_are(digits):
    before = digits.clone()
    for device in DEVICES:
        distorted = Affine()(digits.to(device), seeded())
        assert distorted.dtype == torch.uint8 and distorted.shape == digits.shape
        assert distorted.device.type == device
    assert torch.equal(digits, before)


def test_with_the_ranges_given_hardly_any_ink_is_lost(digits):
    maps = Affine().draw(len(digits), seeded())
    size = maps[:, 0, 0] * maps[:, 1, 1]
    ink = digits.double().sum(dim=(1, 2)) * size
    kept = warp(digits, maps).double().sum(dim=(1, 2)) / ink
    assert kept.mean() > 0.995 and (kept < 0.95).double().mean() < 0.02


def test_no_digit_at_all():
    nothing = torch.zeros(0, 28, 28, dtype=torch.uint8)
    assert Affine()(nothing, seeded()).shape == (0, 28, 28)


# ---- What cannot be --------------------------------------------------------------


@pytest.mark.parametrize(
    "range_, wrong",
    [
        ({"translation": -1}, "translation must be a number of at least 0, got -1."),
        ({"scale": 0.15}, "scale must be a factor of at least 1, got 0.15."),
        ({"squeeze": 0}, "squeeze must be a factor of at least 1, got 0."),
        ({"shear": math.nan}, "shear must be a number of at least 0, got nan."),
        ({"scale": math.inf}, "scale must be a factor of at least 1, got inf."),
        ({"shear": "0.2"}, "shear must be a number of at least 0, got '0.2'."),
    ],
)
def test_a_senseless_range_is_refused(range_, wrong):
    with pytest.raises(ValueError) as error:
        Affine(**range_)
    assert str(error.value) == wrong


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 28, 28),
        torch.zeros(2, 1, 28, 28, dtype=torch.uint8),
        torch.zeros(2, 32, 32, dtype=torch.uint8),
        torch.zeros(28, 28, dtype=torch.uint8),
    ],
    ids=["float", "with channels", "another size", "one image"],
)
def test_other_images_are_refused_before_anything_is_drawn(images):
    generator = seeded()
    before = generator.get_state()
    with pytest.raises(ValueError) as error:
        Affine()(images, generator)
    assert "uint8 images of shape (n, 28, 28)" in str(error.value)
    assert str(tuple(images.shape)) in str(error.value)
    assert torch.equal(generator.get_state(), before)


def test_maps_that_cannot_be_are_refused(digits):
    with pytest.raises(ValueError, match=r"each of 2 images, got shape \(3, 2, 3\)"):
        warp(digits[:2], Affine().draw(3, seeded()))
    for flat in ([[1, 2], [2, 4]], [[0, 0], [0, 1]], [[math.nan, 0], [0, 1]]):
        with pytest.raises(ValueError, match="presses its digit flat"):
            warp(digits[:1], a_map(flat, (0, 0)))
