"""Lines set from digits: what stands where, with which gap, and in which ink."""

import pytest
import torch

from lenet_lib import mnist
from lenet_lib.data import CODINGS
from lenet_lib.strings import coded, lines
from lenet_lib.strings.lines import JITTER, MARGIN, boxes, placed


@pytest.fixture(scope="module")
def digits():
    """Some of MNIST's test digits, and what they are."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return images[:500], labels[:500]


def ink_columns(picture: torch.Tensor) -> list[int]:
    """The columns of a picture (rows, columns) in which there is any ink."""
    return picture.any(dim=0).nonzero().squeeze(1).tolist()


def test_each_digit_is_used_once(digits):
    images, labels = digits
    every = lines(images, labels, gap=3, seed=0, count=100)
    assert every.labels.shape == every.centres.shape == (100, 5)
    counts = torch.bincount(every.labels.flatten(), minlength=10)
    assert counts.equal(torch.bincount(labels, minlength=10))


@pytest.mark.parametrize("gap", [-4, 0, 3, (-1, 4)])
def test_a_line_is_its_digits_put_where_their_centres_are(digits, gap):
    """Found again by their frames: whichever digit it is, all of its ink is there."""
    images, labels = digits
    some = lines(images, labels, gap, seed=1, count=20)
    for picture, row, centres in zip(*some, strict=True):
        for label, centre in zip(row.tolist(), centres.tolist(), strict=True):
            frame = picture[:, centre - 14 : centre + 14].int()  # (32, 28)
            tops = range(2 - JITTER, 2 + JITTER + 1)
            fits = [
                (frame[top : top + 28] >= images[labels == label].int())
                .flatten(1)
                .all(dim=1)
                .any()
                for top in tops
            ]
            assert any(fits)


@pytest.mark.parametrize("gap", [1, 2, 9])
def test_gaps_are_those_asked_for(digits, gap):
    """With room between digits, a line has five runs of columns with ink."""
    images, labels = digits
    # A digit whose own columns have a hole would look like two.
    solid = torch.tensor(
        [image.any(dim=0).int().diff().ne(0).sum() <= 2 for image in images]
    )
    some = lines(images[solid], labels[solid], gap, seed=2, count=40)
    for picture in some.pictures:
        columns = ink_columns(picture)
        leaps = [b - a - 1 for a, b in zip(columns, columns[1:], strict=False)]
        assert [leap for leap in leaps if leap] == [gap] * 4


def test_gaps_are_drawn_from_least_to_most(digits):
    images, labels = digits
    bar = torch.zeros(500, 28, 28, dtype=torch.uint8)
    bar[:, 4:24, 10:18] = 255  # eight columns wide
    some = lines(bar, labels, (-1, 4), seed=0, count=100)
    gaps = some.centres.diff(dim=1) - 8
    assert gaps.unique().tolist() == [-1, 0, 1, 2, 3, 4]


def test_no_more_than_half_of_a_box_is_covered():
    bar = torch.zeros(5, 28, 28, dtype=torch.uint8)
    bar[:, 4:24, 12:16] = 200  # four columns wide
    one = lines(bar, torch.arange(5), -4, seed=0, count=1)
    assert one.centres.diff(dim=1).tolist() == [[2, 2, 2, 2]]
    assert one.pictures.max() == 255  # 200 and 200, at most full ink


@pytest.mark.parametrize("gap", [-4, 8])
def test_a_window_can_have_any_digit_in_its_middle(digits, gap):
    some = lines(*digits, gap, seed=3, count=100)
    width = some.pictures.shape[2]
    assert width % 4 == 0
    assert some.centres.min() >= 16 and some.centres.max() <= width - 16
    for picture in some.pictures:
        columns = ink_columns(picture)
        assert columns[0] >= MARGIN and columns[-1] < width - MARGIN
    assert len({ink_columns(picture)[0] % 4 for picture in some.pictures}) == 4


def test_the_seed_decides(digits):
    first, again, other = (lines(*digits, 2, seed=s, count=5) for s in (1, 1, 2))
    assert all(a.equal(b) for a, b in zip(first, again, strict=True))
    assert first.texts != other.texts


def test_texts_are_the_digits(digits):
    some = lines(*digits, 2, seed=1, count=3)
    assert some.texts == ["".join(str(int(d)) for d in row) for row in some.labels]


def test_lines_are_coded_as_digits_are(digits):
    """A digit alone in the middle of 32x32 is what LeNet-5's own coding makes of it."""
    images = digits[0][:3]
    middle = torch.full((3,), 2)
    strips = placed(images, middle, middle, 32)
    assert torch.allclose(coded(strips), CODINGS["lenet5"](images), atol=1e-6)


def test_what_lies_outside_of_a_strip_is_cut_off(digits):
    images = digits[0][:2]
    strips = placed(images, torch.tensor([-20, 90]), torch.tensor([2, 2]), 100)
    assert strips[0, 2:30, :8].equal(images[0, :, 20:]) and not strips[0, :, 8:].any()
    assert strips[1, 2:30, 90:].equal(images[1, :, :10]) and not strips[1, :, :90].any()


def test_boxes_are_first_and_last_column_with_ink():
    image = torch.zeros(1, 28, 28, dtype=torch.uint8)
    image[0, 5, 7] = image[0, 9, 20] = 1
    assert [int(each) for each in boxes(image)] == [7, 20]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"count": 101}, "101 lines need 505 digits, got 500"),
        ({"gap": (4, -1)}, "The least gap, 4, is larger"),
        ({"images": torch.zeros(500, 28, 28)}, "uint8 images.*got torch.float32"),
    ],
)
def test_mistakes_are_told(digits, wrong, said):
    images, labels = digits
    right = {"images": images, "labels": labels, "gap": 2, "seed": 0, "count": 9}
    with pytest.raises(ValueError, match=said):
        lines(**{**right, **wrong})


def test_only_lines_can_be_coded():
    with pytest.raises(ValueError, match=r"\(n, 32, width\), got torch.uint8 of shape"):
        coded(torch.zeros(1, 28, 60, dtype=torch.uint8))
