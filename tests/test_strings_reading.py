"""From a line's picture to the string, and how strings are judged."""

import numpy as np
import pytest
import torch

from lenet_lib import losses as criteria
from lenet_lib import mnist, weights
from lenet_lib.strings import edit_distance, lines, losses, read
from lenet_lib.strings.reading import swept


@pytest.fixture(scope="module")
def some():
    """Eight lines of test digits with room between them."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return lines(images, labels, gap=6, seed=0, count=8)


@pytest.mark.parametrize("classes", [10, 11])
def test_losses_are_minus_logarithms_of_the_posterior(classes):
    penalties = 30 * torch.rand(4, classes, 6, dtype=torch.float64)
    found = losses(penalties, j=12.0)
    assert found.shape == (4, 11, 6)
    for step in range(6):
        p = criteria.posterior(penalties[..., step], j=12.0)  # (4, classes + 1)
        assert torch.allclose(found[:, :10, step], -p[:, :10].log())
        assert torch.allclose(found[:, 10, step], -p[:, 10:].sum(dim=1).log())


def test_far_from_all_codes_nothing_is_lost_to_rounding():
    found = losses(torch.full((1, 10, 1), 2_000.0), j=12.0)
    assert found.isfinite().all() and found[0, 10, 0] == pytest.approx(0, abs=1e-6)


def test_lines_may_be_swept_in_any_number(some):
    network = weights.load("lenet5-1998")
    whole, one = swept(network, some.pictures), swept(network, some.pictures[3:4])
    assert np.allclose(whole[3:4], one, atol=1e-3)


def test_with_grammar_all_strings_have_five_digits(some):
    network = weights.load("lenet5-1998")
    assert all(len(text) == 5 for text in read(network, some.pictures))
    free = read(network, some.pictures, grammar=False)
    assert any(len(text) != 5 for text in free)


@pytest.mark.parametrize(
    "one, other, distance",
    [
        ("07733", "07733", 0),
        ("0733", "07733", 1),
        ("077133", "07733", 1),
        ("07738", "07733", 1),
        ("", "07733", 5),
        ("70733", "07733", 2),
        ("12345", "23451", 2),
    ],
)
def test_edit_distance_counts_what_must_be_changed(one, other, distance):
    assert edit_distance(one, other) == edit_distance(other, one) == distance
