"""The data module: input codings, the split, and batches in memory."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import TensorDataset

from lenet_lib import mnist
from lenet_lib.data import (
    CODINGS,
    Batches,
    InputCoding,
    MNISTDataModule,
    pixel_statistics,
)

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]


@pytest.fixture(scope="module")
def digits() -> MNISTDataModule:
    """The data module as a chapter makes it."""
    module = MNISTDataModule()
    module.prepare_data()
    module.setup()
    return module


def a_picture(seed: int = 0) -> np.ndarray:
    """A grey image that is not symmetric in any way."""
    return np.random.default_rng(seed).integers(0, 256, (28, 28), dtype=np.uint8)


def coded(coding: InputCoding, picture: np.ndarray) -> np.ndarray:
    """One picture's input, as numpy float64."""
    inputs = coding(torch.from_numpy(picture)[None])
    assert inputs.shape == (1, 1, coding.size, coding.size)
    assert inputs.dtype == torch.float32
    return inputs[0, 0].double().numpy()


# ---- Codings ---------------------------------------------------------------------


def test_raw_is_the_byte_over_255():
    picture = a_picture()
    np.testing.assert_allclose(coded(CODINGS["raw"], picture), picture / 255, atol=1e-7)


def test_lenet5_has_the_papers_two_levels_and_an_exact_margin():
    """LeCun et al. (1998), II.B: 32x32, background -0.1 (white), foreground 1.175."""
    picture = a_picture()
    field = coded(CODINGS["lenet5"], picture)
    expected = np.full((32, 32), np.float32(-0.1), dtype=np.float64)
    expected[2:30, 2:30] = -0.1 + picture / 255 * 1.275
    np.testing.assert_allclose(field, expected, atol=2e-7)
    margin = np.ones((32, 32), dtype=bool)
    margin[2:30, 2:30] = False
    assert (field[margin] == np.float32(-0.1)).all()


def triangle_filter(size: int, source: int = 28) -> np.ndarray:
    """The weights (size, source) of linear interpolation that averages to shrink.

    Each target pixel is a mean of the source pixels, weighted by a triangle around its
    middle that reaches one target pixel to either side.
    """
    scale = source / size
    middle = (np.arange(size)[:, None] + 0.5) * scale
    places = np.arange(source)[None, :] + 0.5
    weights = np.maximum(0, 1 - np.abs(places - middle) / scale)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("size", [16, 15, 20, 27])
def test_smaller_codings_average_neighbouring_pixels(size):
    picture = a_picture()
    weights = triangle_filter(size)
    expected = weights @ (picture / 255 * 2 - 1) @ weights.T
    shrunk = coded(InputCoding(size, background=-1.0, ink=1.0), picture)
    np.testing.assert_allclose(shrunk, expected, atol=1e-5)


@pytest.mark.parametrize("size", [29, 30, 31, 33])
def test_odd_margins_are_wider_below_and_to_the_right(size):
    picture = a_picture()
    field = coded(InputCoding(size, background=-2.0, ink=3.0), picture)
    before = (size - 28) // 2
    expected = np.full((size, size), -2.0)
    expected[before : before + 28, before : before + 28] = -2 + picture / 255 * 5
    np.testing.assert_allclose(field, expected, atol=1e-6)


# ---- Codings with a box ----------------------------------------------------------


def extent(inked: np.ndarray) -> tuple[int, int]:
    """The first place with ink, and the first after the last one."""
    places = np.flatnonzero(inked)
    return (places[0], places[-1] + 1) if len(places) else (0, 28)


def by_definition(picture: np.ndarray, coding: InputCoding) -> np.ndarray:
    """What a coding with a box does, written from its description, for one picture."""
    top, bottom = extent(picture.any(axis=1))
    left, right = extent(picture.any(axis=0))
    cut = np.zeros((20, 20))
    for y in range(20):
        for x in range(20):
            # Where the ink has an odd edge, the odd line of paper lies before it.
            from_y = (top + bottom) // 2 - 10 + y
            from_x = (left + right) // 2 - 10 + x
            if 0 <= from_y < 28 and 0 <= from_x < 28:
                cut[y, x] = picture[from_y, from_x]
    weights = triangle_filter(coding.box, source=20)
    small = weights @ cut @ weights.T / 255
    field = np.zeros((coding.size, coding.size))
    margin = (coding.size - coding.box) // 2
    field[margin : margin + coding.box, margin : margin + coding.box] = small
    return coding.background + (coding.ink - coding.background) * field


def a_digit(seed: int, height: int, width: int, y: int = 0, x: int = 0) -> np.ndarray:
    """A picture whose ink touches all sides of a rectangle, and nothing beyond."""
    random = np.random.default_rng(seed)
    ink = random.integers(0, 256, (height, width)) * (
        random.random((height, width)) < 0.4
    )
    ink[random.integers(height), [0, -1]] = ink[[0, -1], random.integers(width)] = 255
    picture = np.zeros((28, 28), dtype=np.uint8)
    picture[y : y + height, x : x + width] = ink
    return picture


edges = st.integers(1, 20)
BOXED = ["zipcode", "lenet1"]


def test_the_papers_boxes_are_those_of_the_papers():
    """LeCun et al. (1989): 16x16 in [-1, 1]; (1990): the middle 16x16 of 28x28."""
    assert CODINGS["zipcode"] == InputCoding(16, background=-1.0, ink=1.0, box=16)
    assert CODINGS["lenet1"] == InputCoding(28, background=-1.0, ink=1.0, box=16)


@pytest.mark.parametrize("name", BOXED)
@pytest.mark.parametrize("train", [True, False])
def test_boxes_of_real_digits_against_the_definition(name, train):
    images, _ = mnist.read(mnist.default_data_dir(), train=train)
    images = images[::1_000] if train else images[::200]
    inputs = CODINGS[name](images)
    assert inputs.shape == (len(images), 1, CODINGS[name].size, CODINGS[name].size)
    for picture, field in zip(images.numpy(), inputs[:, 0].numpy(), strict=True):
        expected = by_definition(picture, CODINGS[name])
        np.testing.assert_allclose(field, expected, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 999), edges, edges, st.integers(1, 20))
def test_boxes_of_any_digit_against_the_definition(data, seed, height, width, box):
    y, x = data.draw(st.integers(0, 28 - height)), data.draw(st.integers(0, 28 - width))
    picture = a_digit(seed, height, width, y, x)
    coding = InputCoding(data.draw(st.integers(box, 30)), -1.0, 1.0, box)
    expected = by_definition(picture, coding)
    np.testing.assert_allclose(coded(coding, picture), expected, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 999), edges, edges, st.sampled_from(BOXED))
def test_where_a_digit_lies_does_not_matter(data, seed, height, width, name):
    y, x = data.draw(st.integers(0, 28 - height)), data.draw(st.integers(0, 28 - width))
    there = coded(CODINGS[name], a_digit(seed, height, width, y, x))
    in_the_corner = coded(CODINGS[name], a_digit(seed, height, width))
    np.testing.assert_array_equal(there, in_the_corner)


def test_no_digit_loses_ink():
    """All 70,000 fit their boxes; cutting one out leaves nothing of it behind."""
    for train in (True, False):
        images, _ = mnist.read(mnist.default_data_dir(), train=train)
        whole = images.sum(dim=(1, 2))
        uncut = InputCoding(20, background=0.0, ink=255.0, box=20)  # cuts, and no more
        for some, ink in zip(images.split(5_000), whole.split(5_000), strict=True):
            assert torch.equal(uncut(some).sum(dim=(1, 2, 3)), ink.float())


def test_the_zip_code_nets_digits_fill_their_field():
    """Not so in MNIST, where they keep to the middle 20 of 28 pixels."""
    images, _ = mnist.read(mnist.default_data_dir(), train=False)
    images = images[:2_000]
    inputs = CODINGS["zipcode"](images)
    assert inputs.min() == -1 and 0.9 < inputs.max() <= 1
    # Shrunk by 20 to 16 in each direction, as much of the field is ink as of the box:
    # paper around the box is gone, so the mean is that of 400 pixels and not of 784.
    share = (inputs.mean(dtype=torch.float64).item() + 1) / 2
    ink = images.double().sum(dim=(1, 2)).mean().item() / 255
    assert share == pytest.approx(ink / 20**2, rel=0.02)
    inked = (inputs > -1)[:, 0]
    tall, wide = inked.any(2).sum(1), inked.any(1).sum(1)
    longest = torch.maximum(tall, wide).float()
    assert longest.median() == 16 and longest.quantile(0.05) >= 15


def test_lenet1s_margin_is_paper():
    images, _ = mnist.read(mnist.default_data_dir(), train=False)
    inputs = CODINGS["lenet1"](images[:200])
    middle = inputs[:, :, 6:22, 6:22].clone()
    assert torch.equal(middle, CODINGS["zipcode"](images[:200]))
    inputs[:, :, 6:22, 6:22] = -1
    assert (inputs == -1).all()


@pytest.mark.parametrize("name", BOXED)
def test_a_blank_image_stays_blank(name):
    field = coded(CODINGS[name], np.zeros((28, 28), dtype=np.uint8))
    assert (field == -1).all()


@pytest.mark.parametrize("name", CODINGS)
def test_no_image_gives_no_input(name):
    size = CODINGS[name].size
    inputs = CODINGS[name](torch.zeros(0, 28, 28, dtype=torch.uint8))
    assert inputs.shape == (0, 1, size, size)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CODINGS)
def test_coding_works_where_the_images_are(name, device):
    images = torch.from_numpy(np.stack([a_digit(n, 20, 14, 3, 7) for n in range(9)]))
    inputs = CODINGS[name](images.to(device))
    assert inputs.device.type == device
    torch.testing.assert_close(inputs.cpu(), CODINGS[name](images))


@pytest.mark.parametrize(
    "size, box, wrong",
    [
        (0, None, "size must be at least 1 pixel, got 0."),
        (-3, None, "size must be at least 1 pixel, got -3."),
        (16, 17, "box must be between 1 and 16 pixels in an input of 16, got 17."),
        (28, 21, "box must be between 1 and 20 pixels in an input of 28, got 21."),
        (28, 0, "box must be between 1 and 20 pixels in an input of 28, got 0."),
        (28, -1, "box must be between 1 and 20 pixels in an input of 28, got -1."),
    ],
)
def test_a_field_or_a_box_that_cannot_be_is_refused(size, box, wrong):
    with pytest.raises(ValueError) as error:
        InputCoding(size, background=-1.0, ink=1.0, box=box)
    assert str(error.value) == wrong


# ---- What holds for every coding -------------------------------------------------


levels = st.floats(-10, 10, allow_nan=False, width=32)
pictures = st.integers(0, 2**32 - 1).map(a_picture)


@settings(max_examples=60, deadline=None)
@given(pictures, st.integers(4, 40), levels, levels)
def test_a_coding_is_a_straight_line_between_its_levels(picture, size, paper, ink):
    """Whatever the size: code in [0, 1] first, or at once, it is the same."""
    plain = coded(InputCoding(size, 0.0, 1.0), picture)
    field = coded(InputCoding(size, paper, ink), picture)
    room = 1e-5 * (1 + abs(paper) + abs(ink))
    np.testing.assert_allclose(field, paper + (ink - paper) * plain, atol=room)
    assert field.min() >= min(paper, ink) - room
    assert field.max() <= max(paper, ink) + room


@settings(max_examples=40, deadline=None)
@given(pictures, pictures, st.integers(4, 40))
def test_more_ink_never_means_a_smaller_input(one, other, size):
    coding = InputCoding(size, background=-0.1, ink=1.175)
    less, more = np.minimum(one, other), np.maximum(one, other)
    assert (coded(coding, more) >= coded(coding, less) - 1e-6).all()


@pytest.mark.parametrize("size", [4, 16, 28, 29, 32])
@pytest.mark.parametrize("grey, level", [(0, -0.1), (255, 1.175)])
def test_a_field_of_one_grey_has_one_level(size, grey, level):
    field = coded(InputCoding(size, -0.1, 1.175), np.full((28, 28), grey, np.uint8))
    before = max(0, (size - 28) // 2)
    inner = field[before : before + 28, before : before + 28]
    np.testing.assert_allclose(inner, level, atol=1e-6)


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 28, 28),
        torch.zeros(2, 28, 28, dtype=torch.int64),
        torch.zeros(28, 28, dtype=torch.uint8),
        torch.zeros(2, 28, 27, dtype=torch.uint8),
        torch.zeros(2, 1, 28, 28, dtype=torch.uint8),
    ],
    ids=["float", "int64", "one image", "another size", "with channels"],
)
def test_other_images_are_refused_with_their_type_and_shape(images):
    with pytest.raises(ValueError) as error:
        CODINGS["raw"](images)
    message = str(error.value)
    assert "uint8" in message and str(tuple(images.shape)) in message
    assert str(images.dtype) in message and "\n" not in message


def test_coding_leaves_the_images_as_they_are():
    images = torch.from_numpy(a_picture())[None]
    before = images.clone()
    for coding in (*CODINGS.values(), InputCoding(28, -1.0, 1.0)):
        coding(images).zero_()
        assert torch.equal(images, before)


# ---- Standardising ---------------------------------------------------------------


def test_pixel_statistics_are_exact():
    images, _ = mnist.read(mnist.default_data_dir(), train=True)
    values = images[:5_000].numpy().astype(np.float64) / 255
    mean, deviation = pixel_statistics(images[:5_000])
    assert mean == pytest.approx(values.mean(), rel=1e-12)
    assert deviation == pytest.approx(values.std(), rel=1e-12)
    # The two numbers that the whole world types in, from all 60,000 digits.
    mean, deviation = pixel_statistics(images)
    assert (round(mean, 4), round(deviation, 4)) == (0.1307, 0.3081)


def test_the_training_digits_are_standardised(digits):
    inputs = digits.train_set.tensors[0].numpy()
    assert inputs.shape == (55_000, 1, 28, 28)
    assert inputs.mean(dtype=np.float64) == pytest.approx(0, abs=1e-4)
    assert inputs.std(dtype=np.float64) == pytest.approx(1, abs=1e-4)
    # By the 55,000 alone; with the validation digits the last decimals are others.
    greys = ((inputs - inputs.min()) / np.ptp(inputs) * 255).round().astype(np.uint8)
    shares = np.bincount(greys.ravel(), minlength=256) / greys.size
    levels = np.arange(256) / 255
    mean = shares @ levels
    deviation = np.sqrt(shares @ (levels - mean) ** 2)
    assert digits.coding.background == pytest.approx(-mean / deviation, rel=1e-9)
    assert digits.coding.ink == pytest.approx((1 - mean) / deviation, rel=1e-9)


def test_validation_and_test_digits_get_the_training_digits_coding(digits):
    """Their own mean and deviation would leak what a network must not know."""
    paper, ink = digits.train_set.tensors[0].min(), digits.train_set.tensors[0].max()
    for other in (digits.val_set, digits.test_set):
        assert other.tensors[0].min() == paper and other.tensors[0].max() == ink
    images, labels = mnist.read(digits.data_dir, train=False)
    inputs = digits.test_set.tensors[0]
    expected = paper.item() + images.numpy() / 255 * (ink - paper).item()
    np.testing.assert_allclose(inputs[:, 0].numpy(), expected, atol=1e-5)
    assert torch.equal(digits.test_set.tensors[1], labels)


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_images_of_one_grey_cannot_be_standardised(grey):
    images = torch.full((3, 28, 28), grey, dtype=torch.uint8)
    with pytest.raises(ValueError, match="one grey"):
        InputCoding.standardized(images)


# ---- The split -------------------------------------------------------------------


@pytest.fixture
def numbered(monkeypatch):
    """Stand-ins for MNIST's images whose first pixels say which image it is."""

    def read(data_dir, train):
        count = 60_000 if train else 10_000
        number = torch.arange(count)
        images = torch.zeros(count, 28, 28, dtype=torch.uint8)
        images[:, 0, 0], images[:, 0, 1] = number // 256, number % 256
        images[:, 27, 27] = 255
        return images, number % 10

    monkeypatch.setattr(mnist, "read", read)


def numbers(dataset: TensorDataset) -> torch.Tensor:
    """The numbers of the stand-ins in a data set coded as ``raw``."""
    greys = (dataset.tensors[0][:, 0, 0, :2] * 255).round().long()
    return greys[:, 0] * 256 + greys[:, 1]


def test_the_split_holds_every_training_digit_once_with_its_label(numbered):
    module = MNISTDataModule(coding="raw")
    module.setup()
    train, val = numbers(module.train_set), numbers(module.val_set)
    assert (len(train), len(val)) == (55_000, 5_000)
    assert torch.equal(torch.cat([train, val]).sort().values, torch.arange(60_000))
    assert torch.equal(module.train_set.tensors[1], train % 10)
    assert torch.equal(module.val_set.tensors[1], val % 10)
    assert torch.equal(numbers(module.test_set), torch.arange(10_000))  # as published
    # The chapter on the digits makes the same split by hand, with these two lines.
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(1998))
    assert torch.equal(val, order[:5_000]) and torch.equal(train, order[5_000:])
    # The same in every process, on every machine: these five, noted once, come first.
    assert val[:5].tolist() == [40456, 35754, 32193, 23050, 25057]


def test_the_split_does_not_depend_on_the_seed_nor_change_it(numbered):
    splits = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        module = MNISTDataModule(coding="raw")
        module.setup()
        assert torch.equal(torch.get_rng_state(), before)
        splits.append(numbers(module.val_set))
    assert torch.equal(*splits)


@pytest.mark.parametrize("coding", ["standardized", *CODINGS])
def test_setup_twice_is_setup_once(numbered, coding):
    """Lightning calls it for fit and again for test; 'standardized' needs the data."""
    module = MNISTDataModule(coding=coding)
    module.setup("fit")
    first = module.train_set, module.val_set, module.test_set, module.coding
    module.setup("test")
    again = module.train_set, module.val_set, module.test_set, module.coding
    assert all(a is b for a, b in zip(first, again, strict=True))
    size = {"lenet5": 32, "zipcode": 16}.get(coding, 28)
    assert module.test_set.tensors[0].shape == (10_000, 1, size, size)


def test_a_coding_of_ones_own(numbered):
    module = MNISTDataModule(coding=InputCoding(30, background=5.0, ink=7.0))
    module.setup()
    assert module.val_set.tensors[0].shape == (5_000, 1, 30, 30)
    assert module.val_set.tensors[0].min() == 5 and module.val_set.tensors[0].max() == 7


# ---- What a person may ask for ---------------------------------------------------


@pytest.mark.parametrize("size", [0, -1, 2.5, "64", None, True])
def test_a_senseless_batch_size_is_refused_in_one_sentence(size):
    with pytest.raises(ValueError) as error:
        MNISTDataModule(batch_size=size)
    assert "batch_size" in str(error.value) and repr(size) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("coding", ["lenet", "", None, 3, [], torch.float32])
def test_an_unknown_coding_is_refused_and_the_known_ones_named(coding):
    with pytest.raises(ValueError) as error:
        MNISTDataModule(coding=coding)
    message = str(error.value)
    assert repr(coding) in message and "\n" not in message
    assert all(name in message for name in ("standardized", *CODINGS))


@pytest.mark.parametrize("stage", ["train", "val", "test", "predict"])
def test_batches_before_setup_say_what_to_do(stage):
    """By hand it is easily forgotten; Lightning never does."""
    module = MNISTDataModule()
    with pytest.raises(Exception, match=r"setup\(\)"):
        next(iter(getattr(module, f"{stage}_dataloader")()))


# ---- Batches ---------------------------------------------------------------------


def numbered_set(count: int) -> TensorDataset:
    """Inputs (n, 2) that name their example, and labels that can be told from them."""
    number = torch.arange(count)
    return TensorDataset(torch.stack([number, number + 1000], 1).float(), number * 3)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.booleans(), st.integers(0, 99))
def test_a_pass_holds_every_example_once_with_its_label(count, size, shuffle, seed):
    torch.manual_seed(seed)
    batches = Batches(numbered_set(count), size, shuffle)
    passed = list(batches)
    assert len(batches) == len(passed) == -(-count // size)
    assert [len(labels) for _, labels in passed[:-1]] == [size] * (len(passed) - 1)
    assert len(passed[-1][1]) == count - size * (len(passed) - 1)
    inputs = torch.cat([inputs for inputs, _ in passed])
    labels = torch.cat([labels for _, labels in passed])
    assert torch.equal(inputs[:, 0] * 3, labels.float())
    assert torch.equal(inputs[:, 0] + 1000, inputs[:, 1])
    assert torch.equal(labels.sort().values, torch.arange(count) * 3)
    if not shuffle:
        assert torch.equal(labels, torch.arange(count) * 3)


def test_the_order_changes_from_pass_to_pass_and_comes_back_with_the_seed():
    batches = Batches(numbered_set(100), 7, shuffle=True)

    def order() -> list[int]:
        return torch.cat([labels for _, labels in batches]).tolist()

    torch.manual_seed(1)
    first, second = order(), order()
    torch.manual_seed(1)
    assert [order(), order()] == [first, second]
    torch.manual_seed(2)
    assert len({tuple(first), tuple(second), tuple(order())}) == 3


def test_two_passes_at_once_do_not_disturb_each_other():
    batches = Batches(numbered_set(20), 5, shuffle=True)
    both = [labels for pair in zip(batches, batches, strict=True) for _, labels in pair]
    for one_pass in (both[::2], both[1::2]):
        assert sorted(torch.cat(one_pass).tolist()) == [3 * n for n in range(20)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_empty_data_set_has_no_batch(shuffle):
    batches = Batches(numbered_set(0), 5, shuffle)
    assert len(batches) == 0
    assert list(batches) == []


# ---- Several processes -----------------------------------------------------------


def process(number: int, of: int, order: torch.Tensor | None = None) -> SimpleNamespace:
    """What batches ask a trainer, in one of several processes.

    Args:
        number: the process's own.
        of: the number of processes.
        order: what the first process has drawn; by default, this is the first.
    """
    strategy = SimpleNamespace(
        broadcast=lambda drawn: drawn if order is None else order.clone()
    )
    return SimpleNamespace(
        global_rank=number, world_size=of, strategy=strategy, overfit_batches=0
    )


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 9),
    st.integers(1, 5),
    st.booleans(),
    st.integers(0, 99),
)
def test_processes_share_each_batch_of_one(count, rows, of, shuffle, seed):
    """The mean of their means is the batch's; so their steps are those of one."""
    data, size = numbered_set(count), rows * of
    torch.manual_seed(seed)
    alone = [labels for _, labels in Batches(data, size, shuffle)]
    torch.manual_seed(seed)
    order = torch.randperm(count)
    shares = []
    for number in range(of):
        torch.manual_seed(seed + number)  # the others' order would be another one
        trainer = process(number, of, order if number else None)
        batches = Batches(data, size, shuffle, trainer)
        shares.append([labels for _, labels in batches])
        assert len(batches) == len(shares[-1]) == len(alone)  # none waits for another
    for whole, *parts in zip(alone, *shares, strict=True):
        if len(whole) % of == 0:
            assert [len(part) for part in parts] == [len(whole) // of] * of
            assert torch.equal(torch.cat(parts).sort().values, whole.sort().values)
        else:  # the last one, at most
            assert all(torch.equal(part, whole) for part in parts)
        means = torch.stack([part.double().mean() for part in parts])
        torch.testing.assert_close(means.mean(), whole.double().mean())


def test_one_process_with_a_trainer_has_the_batches_of_one_without():
    torch.manual_seed(1)
    plain = list(Batches(numbered_set(30), 8, shuffle=True))
    torch.manual_seed(1)
    for one, other in zip(
        Batches(numbered_set(30), 8, True, process(0, of=1)), plain, strict=True
    ):
        assert all(map(torch.equal, one, other))


@pytest.mark.parametrize("size, of, nearest", [(64, 3, 63), (1, 2, 2), (10, 16, 16)])
def test_batches_that_cannot_be_shared_evenly_are_refused(digits, size, of, nearest):
    module = MNISTDataModule(batch_size=size)
    module.train_set, module.trainer = digits.train_set, process(0, of)
    with pytest.raises(ValueError) as error:
        module.train_dataloader()
    assert str(error.value) == (
        f"{of} processes cannot share batches of {size} digits evenly: "
        f"choose a multiple of {of}, such as {nearest}."
    )


def test_only_training_digits_are_shared(digits):
    """Each process goes through all the others: every metric is over all digits."""
    module = MNISTDataModule()
    module.trainer = process(1, of=2)
    module.val_set, module.test_set = digits.val_set, digits.test_set
    for loader, dataset in (
        (module.val_dataloader(), digits.val_set),
        (module.test_dataloader(), digits.test_set),
    ):
        labels = torch.cat([labels for _, labels in loader])
        assert torch.equal(labels, dataset.tensors[1])


def test_overfitting_sees_the_same_digits_in_each_pass(digits):
    """``Trainer(overfit_batches=1)`` is to show that a network can learn one batch."""
    module = MNISTDataModule()
    module.train_set, module.trainer = digits.train_set, process(0, of=1)
    module.trainer.overfit_batches = 1
    for _ in range(2):
        labels = next(iter(module.train_dataloader()))[1]
        assert torch.equal(labels, digits.train_set.tensors[1][:64])


def test_only_training_batches_are_shuffled(digits):
    assert len(digits.train_dataloader()) == 860  # 55,000 / 64, rounded up
    first = next(iter(digits.train_dataloader()))[1]
    assert not torch.equal(first, digits.train_set.tensors[1][:64])
    for loader, dataset in (
        (digits.val_dataloader(), digits.val_set),
        (digits.test_dataloader(), digits.test_set),
        (digits.predict_dataloader(), digits.test_set),
    ):
        labels = torch.cat([labels for _, labels in loader])
        assert torch.equal(labels, dataset.tensors[1])


def test_the_data_module_leaves_no_trace(digits):
    """Nothing unpacked beside the files, which may belong to somebody else."""
    raw = mnist.default_data_dir() / "MNIST" / "raw"
    assert {path.name for path in raw.iterdir()} == set(mnist.MD5)
