"""Maps of blame: beside brute force, finite differences, and what was measured."""

import importlib
import json
from itertools import product

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from lenet_lib import plotting, results, weights
from lenet_lib.blame import PAPER, deletions, gap, occlusion, saliency

STUDY = results.load("blame")


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    """Import as ``python benchmarks/...py`` does, whose folder is on the path."""
    monkeypatch.syspath_prepend(str(results.FOLDER.resolve().parents[1] / "benchmarks"))


@pytest.fixture
def network() -> nn.Module:
    """A small one, for inputs of 7 x 6 pixels, with penalties for four classes."""
    torch.manual_seed(0)
    layers = nn.Flatten(), nn.Linear(42, 8), nn.Tanh(), nn.Linear(8, 4)
    return nn.Sequential(*layers).double()


@pytest.fixture
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    inputs = torch.rand(3, 1, 7, 6, generator=draw, dtype=torch.float64)
    inputs[inputs < 0.5] = PAPER
    return inputs, torch.tensor([2, 0, 3])


def test_the_gap_is_the_best_wrong_penalty_minus_the_right_one():
    penalties = torch.tensor([[1.0, 5, 3], [4.0, 9, 2]])
    found = gap(penalties, torch.tensor([0, 1]))
    assert found.tolist() == [2, -7]


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("filling", [PAPER, 1.175])
def test_occlusion_is_what_brute_force_finds(network, digits, size, filling):
    inputs, labels = digits
    before = inputs.clone()
    found = occlusion(network, inputs, labels, size, filling)
    assert found.shape == (3, 7, 6) and torch.equal(inputs, before)
    reach = size // 2
    with torch.no_grad():
        whole = gap(network(inputs), labels)
        for n, row, column in product(range(3), range(7), range(6)):
            covered = inputs[n].clone()
            for r, c in product(range(7), range(6)):
                if abs(r - row) <= reach and abs(c - column) <= reach:
                    covered[0, r, c] = filling
            left = gap(network(covered[None]), labels[n : n + 1])
            wanted = (whole[n] - left).item()
            assert found[n, row, column].item() == pytest.approx(wanted, abs=1e-9)


def test_saliency_is_what_finite_differences_find(network, digits):
    inputs, labels = digits
    found = saliency(network, inputs, labels)
    assert found.shape == (3, 7, 6) and not inputs.requires_grad
    step = 1e-5
    with torch.no_grad():
        for row, column in product(range(7), range(6)):
            change = torch.zeros_like(inputs)
            change[:, 0, row, column] = step
            up, down = (gap(network(inputs + s * change), labels) for s in (1, -1))
            wanted = (up - down) / (2 * step)
            assert torch.allclose(found[:, row, column], wanted, atol=1e-6)
    with torch.no_grad():
        assert torch.equal(saliency(network, inputs, labels), found)


def test_deletions_take_ink_only_and_the_most_important_first():
    inputs = torch.full((4, 1, 2, 3), PAPER)
    inputs[:, 0, 0] = torch.tensor([0.2, 0.4, 0.6])
    importance = torch.tensor([[2.0, 1, 3], [9, 9, 9]]).expand(4, 2, 3)
    asked = []

    def network(pictures):
        """Right while there is more ink than the first pixel's."""
        asked.append(pictures.clone())
        ink = (pictures - PAPER).sum(dim=(1, 2, 3))
        return torch.stack([0.55 - ink, torch.zeros(len(ink))], dim=1)

    # Ink is 0.3 + 0.5 + 0.7; the third goes first, then the first.
    labels = torch.tensor([0, 0, 0, 1])
    found = deletions(network, inputs, labels, importance)
    assert found.tolist() == [2, 2, 2, 0]
    assert asked[1][0, 0, 0].tolist() == pytest.approx([0.2, 0.4, PAPER])
    blank = deletions(lambda x: x.new_tensor([[0.0, 1.0]]).expand(len(x), 2),
                      inputs, 0 * labels, importance)  # fmt: skip
    assert blank.isinf().all()


def test_wrong_shapes_are_told(network, digits):
    inputs, labels = digits
    for wrong in (inputs[:, 0], inputs.expand(3, 2, 7, 6), inputs[:0]):
        with pytest.raises(ValueError, match="of shape"):
            occlusion(network, wrong, labels)
    for code in (occlusion, saliency):
        with pytest.raises(ValueError, match="a label for each of 3"):
            code(network, inputs, labels[:2])
    for size in (0, 4, -1, 3.0, True + 1):
        with pytest.raises(ValueError, match="odd number"):
            occlusion(network, inputs, labels, size)
    with pytest.raises(ValueError, match="importance of shape"):
        deletions(network, inputs, labels, inputs)
    with pytest.raises(ValueError, match="penalties of shape"):
        gap(torch.zeros(3), labels)


# ---- What was measured -----------------------------------------------------------


def median(order: str) -> float:
    runs = STUDY["deletions"][order]
    counts = [np.inf if c is None else c for run in runs for c in run]
    return np.quantile(counts, 0.5, method="inverted_cdf")


def test_the_prose_says_what_was_measured():
    """These orders and signs stand in the chapter as words."""
    alike = STUDY["correlation"]
    assert alike["occlusion"]["twin"]["signed"] > 0.5
    assert abs(alike["occlusion"]["random"]["signed"]) < 0.1
    assert alike["occlusion"]["random"]["absolute"] > 0.3
    assert abs(alike["gradient"]["twin"]["signed"]) < 0.1
    assert abs(alike["gradient"]["random"]["signed"]) < 0.1
    assert abs(STUDY["share_foretold"]) < 0.01
    shaken = STUDY["noise"]["0.05"]
    assert shaken["gradient"] < 0.5 < shaken["occlusion"]
    best = max(median("occlusion 5"), median("occlusion 3"))
    blind = [median(order) for order in ("chance", "darkest", "eraser")]
    assert best < 0.6 * median("occlusion 5, random")
    assert abs(median("occlusion 5, random") - median("eraser")) < 6
    assert abs(median("occlusion 5, twin") - median("occlusion 5")) < 3
    assert best < median("greedy") < min(blind)
    assert median("darkest") < median("occlusion 1") < median("chance")
    assert abs(median("gradient, size") - median("chance")) < 3
    assert median("gradient × ink") > median("darkest")
    assert median("gradient × ink") > median("gradient × ink, random")


def test_the_file_is_what_the_program_measures():
    program = importlib.import_module("blame")
    which, inputs, labels = program.chosen()
    assert which.tolist() == STUDY["digits"] and len(which) == 200
    assert torch.bincount(labels).tolist() == [20] * 10
    network = weights.load(STUDY["network"])
    few = slice(None, None, 40)
    found = occlusion(network, inputs[few], labels[few], STUDY["size"])
    counts = deletions(network, inputs[few], labels[few], found)
    (noted,) = STUDY["deletions"]["occlusion 5"]
    # Another processor rounds otherwise, and two pixels may change places.
    assert (
        sum(abs(a - b) > 2 for a, b in zip(counts.tolist(), noted[few], strict=True))
        <= 1
    )
    with torch.no_grad():
        gaps = gap(network(inputs), labels)
    assert gaps.median().item() == pytest.approx(STUDY["gap"], rel=0.02)


def test_the_greedy_order_is_no_longer_than_it_must_be():
    program = importlib.import_module("blame")
    image = torch.full((1, 1, 2, 2), PAPER)
    image[0, 0, 0] = torch.tensor([0.5, 1.0])

    def network(pictures):
        ink = (pictures - PAPER).sum(dim=(1, 2, 3))
        return torch.stack([0.9 - ink, torch.zeros(len(ink))], dim=1)

    assert program.greedy(network, image, torch.tensor([0])).tolist() == [1]


# ---- Figures ---------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_figures_show_all_that_they_are_given():
    digit = np.zeros((32, 32), dtype=np.uint8)
    digit[8:24, 14:18] = 255
    blame = np.random.default_rng(0).normal(size=(32, 32))
    figure = plotting.blame_maps(
        {"digit": [digit] * 3, "map": [blame, 0 * blame, -blame]}, [digit] * 3,
        titles=["a", "b", "c"], notes={"digit": ["x"] * 3},
        frames={"digit": [(3, 4, 5)] * 3},
    )  # fmt: skip
    assert isinstance(figure, Figure) and len(figure.axes) == 6
    (frame,) = figure.axes[0].patches
    assert frame.get_xy() == (1.5, 0.5)  # pixels end half-way between their middles
    figure = plotting.gap_by_ink([0, 0.5, 1.0, 1.2], [-100, 50, 80, 80])
    assert figure.axes[0].get_xlabel()
    counts = {"late": [80, 90, np.inf], "soon": [1, 2, 3], "never": [np.inf, 1, 50]}
    figure = plotting.deletion_counts(counts, knowing=["soon"])
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["soon", "never", "late"]


def test_results_are_plain_json():
    text = (results.FOLDER / "blame.json").read_text()
    assert "Infinity" not in text and "NaN" not in text
    assert len(json.loads(text)["deletions"]["chance"]) == len(STUDY["seeds"])
