"""Elastic distortions: how the fields are made, and where a pixel's grey is fetched."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet_lib import mnist
from lenet_lib.distortions import CHUNK
from lenet_lib.elastic import Elastic, displace

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    """More than a chunk of test digits, and not a whole number of chunks."""
    return mnist.read(mnist.default_data_dir(), train=False)[0][: CHUNK + 100]


def everywhere(right: float, down: float, n: int = 1) -> torch.Tensor:
    """The same shift for all pixels of n images."""
    shift = torch.tensor([right, down]).reshape(1, 2, 1, 1)
    return shift.expand(n, 2, 28, 28)


# ---- Where a pixel's grey is fetched ---------------------------------------------


def test_without_shifts_every_pixel_stays(digits):
    assert torch.equal(Elastic(alpha=0)(digits, seeded()), digits)


@pytest.mark.parametrize("right, down", [(1, 0), (0, 1), (-2, 3), (4, -4)])
def test_a_whole_shift_fetches_from_there(digits, right, down):
    inner = digits[:100].clone()
    inner[:, :4], inner[:, -4:], inner[..., :4], inner[..., -4:] = 0, 0, 0, 0
    fetched = displace(inner, everywhere(right, down, 100))
    assert torch.equal(fetched, inner.roll((-down, -right), dims=(1, 2)))


def test_beyond_the_image_there_is_paper(digits):
    fetched = displace(digits, everywhere(20, 0, len(digits)))
    assert torch.equal(fetched[:, :, :8], digits[:, :, 20:])
    assert (fetched[:, :, 8:] == 0).all()


def fetched_slowly(image: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Bilinear sampling written from its definition, one pixel at a time."""
    result = np.zeros((28, 28))
    for row in range(28):
        for column in range(28):
            x, y = column + shifts[0, row, column], row + shifts[1, row, column]
            left, top = math.floor(x), math.floor(y)
            for r, c in [(r, c) for r in (top, top + 1) for c in (left, left + 1)]:
                if 0 <= r < 28 and 0 <= c < 28:
                    near = (1 - abs(x - c)) * (1 - abs(y - r))
                    result[row, column] += near * image[r, c]
    return result


def test_bent_digits_against_the_definition(digits):
    shifts = Elastic(alpha=60).draw(5, seeded(7))
    bent = displace(digits[:5], shifts)
    for image, shift, found in zip(digits[:5], shifts, bent, strict=True):
        expected = fetched_slowly(image.numpy().astype(float), shift.numpy())
        np.testing.assert_allclose(found.numpy(), expected, atol=0.51)  # rounded


# ---- The fields ------------------------------------------------------------------


def smoothed_slowly(noise: np.ndarray, sigma: float, reach: int) -> np.ndarray:
    """A Gaussian over a square of pixels, one pixel of the image at a time."""
    steps = np.arange(-reach, reach + 1)
    weight = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * sigma**2))
    weight /= weight.sum()
    size = 2 * reach + 1
    return np.array(
        [
            [(weight * noise[r : r + size, c : c + size]).sum() for c in range(28)]
            for r in range(28)
        ]
    )


@pytest.mark.parametrize("sigma, reach", [(4, 12), (1.5, 5), (0.3, 1)])
def test_fields_are_smoothed_noise_times_alpha(sigma, reach):
    frame = 28 + 2 * reach
    noise = 2 * torch.rand(3, 2, frame, frame, generator=seeded(5)).double() - 1
    fields = Elastic(sigma, alpha=34).draw(3, seeded(5))
    for shifts, amounts in zip(fields, noise.numpy(), strict=True):
        for found, drawn in zip(shifts, amounts, strict=True):
            expected = 34 * smoothed_slowly(drawn, sigma, reach)
            np.testing.assert_allclose(found.numpy(), expected, atol=1e-4)


def test_a_pixel_moves_as_far_as_the_docstring_says_at_the_border_as_elsewhere():
    fields = Elastic().draw(3_000, seeded())
    assert fields.std() == pytest.approx(1.4, abs=0.03)
    assert fields.mean() == pytest.approx(0, abs=0.02)
    assert fields.std(dim=0).numpy() == pytest.approx(1.4, abs=0.1)
    right, down = fields[:, 0].flatten(), fields[:, 1].flatten()
    assert abs(torch.corrcoef(torch.stack([right, down]))[0, 1]) < 0.02


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 8), st.integers(0, 999))
def test_neighbours_move_together_the_more_so_the_larger_sigma(sigma, seed):
    """Smoothed noise is alike over distance d as exp(-d^2 / (4 sigma^2)) says."""
    fields = Elastic(sigma).draw(300, seeded(seed))
    for d in (1, 3):
        pair = torch.stack([fields[..., d:].flatten(), fields[..., :-d].flatten()])
        expected = math.exp(-(d**2) / (4 * sigma**2))
        assert torch.corrcoef(pair)[0, 1] == pytest.approx(expected, abs=0.05)


# ---- All at once -----------------------------------------------------------------


def test_one_generators_state_gives_one_result(digits):
    elastic, generator = Elastic(), seeded(3)
    first, second = elastic(digits, generator), elastic(digits, generator)
    assert torch.equal(elastic(digits, seeded(3)), first)
    assert not torch.equal(first, second)  # the generator has moved on
    few = elastic(digits[:5], seeded(3))  # however many come after
    assert (few.int() - first[:5].int()).abs().max() <= 1


def test_no_two_digits_are_bent_alike(digits):
    same = digits[:1].expand(50, 28, 28)
    assert len(Elastic()(same, seeded()).flatten(1).unique(dim=0)) == 50


def test_the_digits_stay_as_they_are_and_stay_where_they_are(digits):
    before = digits.clone()
    for device in DEVICES:
        bent = Elastic()(digits.to(device), seeded())
        assert bent.dtype == torch.uint8 and bent.shape == digits.shape
        assert bent.device.type == device
    assert torch.equal(digits, before)


def test_no_digit_at_all():
    nothing = torch.zeros(0, 28, 28, dtype=torch.uint8)
    assert Elastic()(nothing, seeded()).shape == (0, 28, 28)


# ---- What cannot be --------------------------------------------------------------


@pytest.mark.parametrize(
    "settings_, wrong",
    [
        ({"alpha": -1}, "alpha must be a number of at least 0, got -1."),
        ({"alpha": math.nan}, "alpha must be a number of at least 0, got nan."),
        ({"sigma": "4"}, "sigma must be a number of at least 0, got '4'."),
        ({"sigma": 0}, "sigma must be above 0 and at most 28, the image's edge, got 0"),
        ({"sigma": 29}, "above 0 and at most 28, the image's edge, got 29."),
    ],
)
def test_a_senseless_setting_is_refused(settings_, wrong):
    with pytest.raises(ValueError) as error:
        Elastic(**settings_)
    assert wrong in str(error.value)


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 28, 28),
        torch.zeros(2, 1, 28, 28, dtype=torch.uint8),
        torch.zeros(2, 32, 32, dtype=torch.uint8),
    ],
    ids=["float", "with channels", "another size"],
)
def test_other_images_are_refused_before_anything_is_drawn(images):
    generator = seeded()
    before = generator.get_state()
    with pytest.raises(ValueError, match=r"uint8 images of shape \(n, 28, 28\)"):
        Elastic()(images, generator)
    assert torch.equal(generator.get_state(), before)


def test_shifts_of_another_shape_are_refused(digits):
    with pytest.raises(ValueError, match=r"each of 2 images, got shape \(3, 2, 28"):
        displace(digits[:2], Elastic().draw(3, seeded()))
