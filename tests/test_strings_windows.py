"""Windows to train on: digits in the middle between neighbours, and blanks."""

import pytest
import torch

from lenet_lib.strings import windows as module
from lenet_lib.strings.grammar import BLANK
from lenet_lib.strings.windows import BLANKS, FAR, NEAR, windows

#: Eight columns wide; each digit has a grey of its own.
BARS = 4_000


@pytest.fixture(scope="module")
def bars() -> torch.Tensor:
    """Bars of eight columns by twenty rows, grey 100, but one of 150 and one of 200."""
    images = torch.zeros(BARS, 28, 28, dtype=torch.uint8)
    images[:, 4:24, 10:18] = 100
    return images


@pytest.fixture
def clean(monkeypatch):
    """No pixel inverted."""
    monkeypatch.setattr(module, "NOISY", 0)


def made(images, seed=0):
    labels = torch.arange(len(images)) % 10
    return windows(images, labels, torch.Generator().manual_seed(seed)), labels


def columns(pictures: torch.Tensor) -> torch.Tensor:
    """Which columns have ink, (n, 32)."""
    return pictures.any(dim=1)


def test_labels_are_the_digits_and_blanks(bars):
    found, labels = made(bars)
    blank = found.labels == BLANK
    assert found.labels[~blank].equal(labels[~blank])
    assert blank.float().mean() == pytest.approx(BLANKS, abs=0.03)


@pytest.mark.usefixtures("clean")
def test_a_digit_stands_in_the_middle_with_a_gap_to_its_neighbours(bars):
    found, _ = made(bars)
    inked = columns(found.pictures)[found.labels != BLANK]
    assert inked[:, 12 + NEAR : 20 - NEAR].all()  # covered wherever the bar may stand
    # The nearest columns of paper: the gaps of P98 are four pixels wide at most, and
    # where there is no neighbour, paper goes on to the edge.
    left = inked[:, :16].flip(1)
    after = (~left).int().argmax(dim=1)  # columns of ink, from the middle on
    gaps = [
        int(row[int(k) :].int().argmax()) if row[int(k) :].any() else None
        for row, k in zip(left, after, strict=True)
        if not row.all()
    ]
    assert {gap for gap in gaps if gap is not None} == {1, 2, 3, 4}
    assert gaps.count(None) > 100  # alone on that side


@pytest.mark.usefixtures("clean")
def test_at_a_blank_no_digit_is_near_the_middle():
    """Digits one column wide show where centres are: none within FAR of the middle."""
    line = torch.zeros(BARS, 28, 28, dtype=torch.uint8)
    line[:, 4:24, 14] = 255  # just right of the frame's middle
    found, _ = made(line)
    blank = found.labels == BLANK
    seen = columns(found.pictures)[blank].any(dim=0)
    # Bar at column c stands for a centre c, in pixels from the left edge.
    assert not seen[16 - FAR + 1 : 16 + FAR].any()
    assert seen[16 - FAR] and seen[16 + FAR]
    assert (~columns(found.pictures)[blank].any(dim=1)).any()  # some are empty
    middle = columns(found.pictures)[~blank].any(dim=0).nonzero().squeeze(1)
    assert {*range(16 - NEAR, 16 + NEAR + 1)} <= {*middle.tolist()}


def test_a_tenth_of_the_pixels_is_inverted_in_some_windows():
    found, _ = made(torch.zeros(BARS, 28, 28, dtype=torch.uint8))
    shares = (found.pictures == 255).float().mean(dim=(1, 2))
    noisy = shares > 0
    assert noisy.float().mean() == pytest.approx(module.NOISY, abs=0.02)
    assert shares[noisy].mean() == pytest.approx(0.1, abs=0.005)


def test_the_generator_decides(bars):
    first, again, other = (made(bars, seed)[0] for seed in (1, 1, 2))
    assert first.pictures.equal(again.pictures) and first.labels.equal(again.labels)
    assert not first.pictures.equal(other.pictures)
