"""Changed digits: what is done to them, and what ``results/robustness.json`` says."""

import math

import numpy as np
import pytest
import torch

from lenet_lib import mnist, papers, plotting, results, weights
from lenet_lib.changes import changed
from lenet_lib.data import CODINGS
from lenet_lib.distortions import warp

STUDY = results.load("robustness")
PLAIN, AFFINE, ELASTIC, SMALL, TODAY = STUDY["networks"]
RAW, LENET5, LENET1 = CODINGS["raw"], CODINGS["lenet5"], CODINGS["lenet1"]

#: Another processor rounds otherwise, and a digit on the edge may fall.
ON_THE_EDGE = 2

#: The new figures, with arguments like those of the chapter.
FIGURES = {
    "robustness": lambda: plotting.robustness(
        {
            "turned": ([-10, 0, 10], {"one": [9, 1, 8], "another": [50, 2, 60]}),
            "size": ([1, 2], {"one": [1.0, 90.0], "another": [1.0, 91.0]}),
            "noise": ([0, 1], {name: [1, 90] for name in "abcde"}),
        },
        {"turned": {"1998": (-5, 99)}, "size": {"1998": (1, 1.5), "": (0.5, 3)}},
    ),
    "step_by_step": lambda: plotting.step_by_step(
        [
            (np.zeros((3, 32, 32)), ["a", "b", "c"], {"one": [3, 3, 8]}),
            (np.ones((2, 32, 32)), ["d", "e"], {"one": [3, 2], "another": [0, 3]}),
        ],
        label=3,
    ),
}


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    """Import as ``python benchmarks/...py`` does, whose folder is on the path."""
    monkeypatch.syspath_prepend(str(results.FOLDER.resolve().parents[1] / "benchmarks"))


@pytest.fixture(scope="module")
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return images[: STUDY["first"]], labels[: STUDY["first"]]


def error(change: str, amount: float, name: str) -> float:
    """Percent misread, by the file."""
    place = STUDY["amounts"][change].index(amount)
    return 100 * STUDY["misread"][change][name][place] / STUDY["digits"]


# ---- What is done to digits ------------------------------------------------------


@pytest.mark.parametrize("coding", [RAW, LENET5, LENET1])
def test_nothing_is_changed_where_nothing_is_asked_for(digits, coding):
    assert torch.equal(changed(digits[0][:9], coding), coding(digits[0][:9]))


@pytest.mark.parametrize(
    ("turn", "size", "right", "down"),
    [(30, 1, 0, 0), (-20, 1.3, 2, -3), (0, 1, 5, 0), (0, 1.2, 0, -4), (70, 1.1, -1, 6)],
)
def test_digits_are_moved_as_in_training(digits, turn, size, right, down):
    """In MNIST's own field ``distortions.warp`` does the same, and rounds to greys."""
    images, angle = digits[0][:40], math.radians(turn)
    cos, sin = size * math.cos(angle), size * math.sin(angle)
    one = torch.tensor([[cos, sin, right], [-sin, cos, down]])
    wanted = warp(images, one.expand(len(images), 2, 3)).float() / 255
    found = changed(images, RAW, turn=turn, size=size, right=right, down=down)
    torch.testing.assert_close(found[:, 0], wanted, rtol=0, atol=0.51 / 255)


def test_a_quarter_turn_is_counter_clockwise_and_a_shift_moves_whole_pixels(digits):
    images = digits[0][:20]
    plain = LENET5(images)
    turned = changed(images, LENET5, turn=90)
    torch.testing.assert_close(turned, plain.rot90(dims=(-2, -1)), atol=1e-4, rtol=0)
    moved = changed(images, LENET5, right=3, down=1)
    wanted = plain.roll((1, 3), dims=(-2, -1))  # margins are paper
    torch.testing.assert_close(moved, wanted, atol=1e-4, rtol=0)


def test_lengths_are_mnists_pixels_where_digits_are_reduced(digits):
    """Five of its pixels are four of LeNet-1's."""
    moved = changed(digits[0][:20], LENET1, right=5)
    wanted = LENET1(digits[0][:20]).roll(4, dims=-1)
    torch.testing.assert_close(moved, wanted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [0.4, 0.5, 0.7, 0.9, 1.3])
def test_ink_grows_and_shrinks_with_the_area(digits, size):
    """Also where pixels lie so far apart that some would be skipped."""
    images = digits[0][:100]
    paper = LENET5.background
    before = (changed(images, LENET5) - paper).sum((1, 2, 3))
    after = (changed(images, LENET5, size=size) - paper).sum((1, 2, 3))
    ratio = after / before / size**2
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio.std() < 0.04


def test_noise_is_as_much_as_asked_for_and_the_same_each_time(digits):
    images = digits[0][:100]
    plain = LENET5(images)
    noisy = changed(images, LENET5, inverted=0.2, seed=3)
    other = noisy != plain
    assert other.float().mean() == pytest.approx(0.2, abs=0.01)
    opposite = LENET5.background + LENET5.ink - plain
    torch.testing.assert_close(noisy[other], opposite[other])
    assert torch.equal(noisy, changed(images, LENET5, inverted=0.2, seed=3))
    assert not torch.equal(noisy, changed(images, LENET5, inverted=0.2, seed=4))
    gaussian = (changed(images, LENET5, noise=0.3) - plain) / 1.275
    assert gaussian.std() == pytest.approx(0.3, abs=0.01)
    assert gaussian.mean() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": -1}, {"inverted": 1.5}])
def test_impossible_changes_are_refused(digits, wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be a .*, got"):
        changed(digits[0][:2], RAW, **wrong)


# ---- The file and the program ----------------------------------------------------


def test_the_file_is_what_the_program_measures_now():
    import robustness

    assert STUDY["networks"] == list(robustness.NETWORKS)
    assert STUDY["amounts"] == robustness.CHANGES
    assert (STUDY["seed"], STUDY["first"]) == (robustness.SEED, robustness.FIRST)
    assert STUDY["digits"] == 10_000
    for counts, most in (("misread", 10_000), ("misread_first", STUDY["first"])):
        for change, amounts in STUDY["amounts"].items():
            for name in STUDY["networks"]:
                found = STUDY[counts][change][name]
                assert len(found) == len(amounts)
                assert all(type(n) is int and 0 <= n <= most for n in found)


def test_without_a_change_a_network_misreads_what_its_index_says():
    nothing = {"size": 1.0}
    for name in STUDY["networks"]:
        wanted = weights.facts(name)["test_wrong"]
        for change in STUDY["amounts"]:
            place = STUDY["amounts"][change].index(nothing.get(change, 0))
            found = STUDY["misread"][change][name][place]
            assert found == pytest.approx(wanted, abs=ON_THE_EDGE)


@pytest.mark.parametrize(
    ("change", "amount", "name"),
    [
        ("turn", -30, PLAIN), ("turn", 20, ELASTIC), ("size", 0.5, AFFINE),
        ("size", 1.4, SMALL), ("down", 4, PLAIN), ("right", 4, SMALL),
        ("inverted", 0.1, PLAIN), ("inverted", 0.1, AFFINE), ("noise", 0.3, ELASTIC),
        ("down", 4, TODAY), ("size", 0.7, TODAY),
    ],
)  # fmt: skip
def test_the_first_digits_are_misread_as_often_as_noted(digits, change, amount, name):
    """The same code, except for the warp, which is compared with another above."""
    import robustness

    place = STUDY["amounts"][change].index(amount)
    noted = STUDY["misread_first"][change][name][place]
    all_of_them, first = robustness.wrong(name, *digits, **{change: amount})
    assert all_of_them == first == pytest.approx(noted, abs=ON_THE_EDGE)


def test_what_the_chapter_says_of_the_numbers():
    # "Ten degrees cost little", thirty much; elastic distortions help there.
    for name in (PLAIN, AFFINE, ELASTIC):
        assert max(error("turn", 10, name), error("turn", -10, name)) < 2.5
    worst = {n: max(error("turn", a, n) for a in (30, -30)) for n in STUDY["networks"]}
    assert worst[ELASTIC] < 0.75 * worst[PLAIN]
    assert 0.85 * worst[PLAIN] < worst[AFFINE] < worst[PLAIN]
    # Affine ones help with size and shifts; down is worse than right.
    for change, amount in (("size", 0.7), ("size", 1.4), ("down", 4), ("right", 4)):
        assert error(change, amount, AFFINE) < 0.5 * error(change, amount, PLAIN)
    for name in STUDY["networks"]:
        assert error("right", 4, name) < error("down", 4, name)
    assert error("down", papers.BORNE_1998["down"], PLAIN) > 80
    # Today's network bears geometry best of the five, and noise as badly as others.
    for change, amount in (
        ("turn", 30), ("turn", -30), ("size", 0.7), ("size", 1.4), ("down", 4),
    ):  # fmt: skip
        found = {name: error(change, amount, name) for name in STUDY["networks"]}
        assert min(found, key=lambda name: found[name]) == TODAY, change
    assert error("size", 0.5, TODAY) < 25
    others = (AFFINE, ELASTIC)
    assert error("inverted", 0.1, TODAY) > min(
        error("inverted", 0.1, n) for n in others
    )
    # Distortions do not help with noise; plain networks differ.
    for change, amount in (("inverted", 0.1), ("noise", 0.3)):
        for name in (AFFINE, ELASTIC):
            assert error(change, amount, name) > error(change, amount, PLAIN)
    others = [n / STUDY["digits"] * 100 for n in STUDY["others"]["misread"].values()]
    assert STUDY["others"]["inverted"] == 0.1
    assert error("inverted", 0.1, PLAIN) + 5 < min(others)
    assert max(others) < error("inverted", 0.1, AFFINE)


def test_maps_move_with_a_digit_and_do_not_turn_with_it(digits):
    network, inputs = weights.load(PLAIN), LENET5(digits[0][:50])
    with torch.no_grad():
        maps = network.C1(inputs)
        moved = network.C1(inputs.roll(3, dims=-1)) - maps.roll(3, dims=-1)
        turned = network.C1(inputs.rot90(dims=(-2, -1))) - maps.rot90(dims=(-2, -1))
        paper = network.C1(torch.full((1, 1, 32, 32), LENET5.background))
    inner = (..., slice(3, -3), slice(3, -3))  # a shift brings the far edge to the rim
    drawn = (maps - paper)[inner].norm().item()
    assert moved[inner].norm() < 0.005 * drawn
    assert 0.8 * drawn < turned[inner].norm() < 1.3 * drawn  # "as large as the maps"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_figures_are_drawn(draw):
    figure = draw()
    figure.canvas.draw()
    assert len(figure.axes) in (4, 6)


def test_names_beside_curves_stand_apart():
    (axes, *_) = FIGURES["robustness"]().axes[2:]
    heights = sorted(t.xy[1] for t in axes.texts if t.get_text() in "abcde")
    assert len(heights) == 5 and heights[-1] < 100
    assert all(b / a > 1.3 for a, b in zip(heights, heights[1:], strict=False))
