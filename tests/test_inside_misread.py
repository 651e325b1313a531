"""The digits that a network misreads: refusing some, and the figures and counts."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from lenet_lib import losses, papers, plotting, rejection
from lenet_lib.plotting import style

#: Each function with arguments like those of the chapter.
MISREAD_FIGURES = {
    "misread_digits": lambda: plotting.misread_digits(
        np.zeros((9, 28, 28), np.uint8), [4] * 9, [9] * 9, {1: "9", 8: "?"}
    ),
    "wrong_by_class": lambda: plotting.wrong_by_class(
        {"paper": range(10), "ours": range(10, 0, -1)}
    ),
    "error_and_rejection": lambda: plotting.error_and_rejection(
        {
            name: {
                "penalty": ([0, 1, 5, 20], [1.0, 0.5, 0.1, 0.0]),
                "gap": ([0, 1, 5, 20], [1.0, 0.5, 0.4, 0.3]),
            }
            for name in ("plain", "distorted")
        },
        {"LeNet-1": (3.7, 0.5)},
    ),
}


# ---- Refusing --------------------------------------------------------------------


def random_digits(seed: int, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Doubts, many of them alike if there are few steps, and which are misread."""
    draw = torch.Generator().manual_seed(seed)
    doubts = torch.randint(steps, (60,), generator=draw) / steps
    return doubts, torch.rand(60, generator=draw) < 0.05 + 0.5 * doubts.square()


@pytest.mark.parametrize("steps", [5, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_the_curve_is_what_counting_digit_by_digit_gives(seed, steps):
    doubts, misread = random_digits(seed, steps)
    curve = rejection.curve(doubts, misread)
    assert curve.limits.tolist() == sorted(set(doubts.tolist()))
    digits = list(zip(doubts.tolist(), misread.tolist(), strict=True))
    least = {5.0: 100.0, 10.0: 100.0}
    for limit, rejected, error in zip(
        curve.limits.tolist(), curve.rejected, curve.error, strict=True
    ):
        kept = [wrong for doubt, wrong in digits if doubt <= limit]
        refused = 100 * (1 - len(kept) / len(digits))
        share = 100 * sum(kept) / len(kept)
        assert rejected.item() == pytest.approx(refused)
        assert error.item() == pytest.approx(share)
        for goal in least:
            if share <= goal:
                least[goal] = min(least[goal], refused)
    for goal, refused in least.items():
        assert curve.rejected_for(goal) == pytest.approx(refused)


def test_digits_doubted_alike_are_not_parted():
    curve = rejection.curve(
        torch.tensor([1.0, 1, 2, 2]), torch.tensor([0, 0, 1, 0]) > 0
    )
    assert curve.answered.tolist() == [2, 4] and curve.misread.tolist() == [0, 1]
    assert curve.rejected_for(24) == 50 and curve.rejected_for(25) == 0
    assert curve.limit_for(24) == 1 and curve.limit_for(25) == 2


def test_an_error_out_of_reach_means_that_nothing_is_answered():
    curve = rejection.curve(torch.tensor([1.0, 2]), torch.tensor([True, True]))
    assert curve.rejected_for(1.0) == 100
    with pytest.raises(ValueError, match="No limit leaves an error of 1.0 %"):
        curve.limit_for(1.0)


@pytest.mark.parametrize(
    ("doubts", "misread"),
    [
        (torch.zeros(3), torch.zeros(2, dtype=torch.bool)),
        (torch.zeros(0), torch.zeros(0, dtype=torch.bool)),
        (torch.zeros(3, 1), torch.zeros(3, 1, dtype=torch.bool)),
        (torch.zeros(3), torch.zeros(3)),
        (torch.full((3,), torch.nan), torch.zeros(3, dtype=torch.bool)),
    ],
)
def test_what_makes_no_curve_is_refused(doubts, misread):
    with pytest.raises(ValueError, match="Expected"):
        rejection.curve(doubts, misread)


def test_reasons_to_doubt():
    penalties = torch.tensor([[3.0, 0.5, 9.0], [20.0, 21.0, 40.0]])
    assert rejection.smallest_penalty(penalties).tolist() == [0.5, 20]
    assert rejection.gap(penalties).tolist() == [-2.5, -1]
    doubts = rejection.improbability(penalties, j=2.0)
    rivals = np.exp(-3.0) + np.exp(-9.0) + np.exp(-2.0)
    assert doubts[0].item() == pytest.approx(rivals / (rivals + np.exp(-0.5)))
    all_ = losses.posterior(penalties.double(), 2.0)
    assert torch.allclose(doubts, 1 - all_[:, :3].max(1).values)


# ---- What was published ----------------------------------------------------------


def test_the_papers_misread_digits_are_82():
    assert sum(papers.LENET5_DISTORTED_WRONG) == papers.LENET5_DISTORTED["test_wrong"]
    assert len(papers.LENET5_DISTORTED_WRONG) == 10
    of_class = np.zeros(10, int)
    for (truth, answer), count in papers.LENET5_DISTORTED_CONFUSIONS.items():
        assert truth != answer
        of_class[truth] += count
    assert (of_class <= papers.LENET5_DISTORTED_WRONG).all()


def test_published_rejections_are_of_readers_of_figure_9():
    half = papers.MNIST_REJECTED_FOR_HALF_PERCENT
    assert half.keys() <= papers.MNIST_TEST_ERROR.keys()
    assert not any("LeNet-5" in name for name in half)
    # Whoever refuses so many digits has misread at most these and 0.5 % of the rest.
    for name, rejected in half.items():
        assert papers.MNIST_TEST_ERROR[name] <= rejected + 0.5 * (1 - rejected / 100)
    of_all, of_handwritten = papers.LENET1_REJECTED_FOR_1_PERCENT.values()
    assert of_all < of_handwritten < papers.ZIP_CODE_1989["rejected_for_1_percent"]


# ---- Figures ---------------------------------------------------------------------


def test_misread_digits_are_marked_by_colour_and_sign():
    axes = [a for a in MISREAD_FIGURES["misread_digits"]().axes if a.axison]
    assert len(axes) == 9
    for number, one in enumerate(axes):
        assert not one.get_title("left")
        frame = to_hex(one.spines["top"].get_edgecolor()).upper()
        title = one.get_title("center")
        if number == 1:
            assert title == "4→9 (9)" and frame == style.COLOURS["output"]
        elif number == 8:
            assert title == "4→9 (?)" and frame == style.COLOURS["convolution"]
        else:
            assert title == "4→9" and frame == style.FAINT.upper()


def test_titles_of_misread_digits_do_not_touch():
    figure = plotting.misread_digits(
        np.zeros((14, 28, 28), np.uint8),
        [4] * 14,
        [9] * 14,
        dict.fromkeys(range(14), "9"),
    )
    figure.canvas.draw()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    for number, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:number])


def test_counts_by_class_are_the_markers():
    (axes,) = MISREAD_FIGURES["wrong_by_class"]().axes
    paper, ours = (container.lines[0].get_ydata() for container in axes.containers)
    assert list(paper) == list(range(10)) and list(ours) == list(range(10, 0, -1))


def test_each_network_has_a_panel_with_the_published_points():
    upper, lower = MISREAD_FIGURES["error_and_rejection"]().axes
    for axes in (upper, lower):
        words = {text.get_text() for text in axes.texts}
        assert words == {"penalty", "gap", "LeNet-1"}
        points = [line for line in axes.lines if line.get_marker() == "D"]
        assert [(*p.get_xdata(), *p.get_ydata()) for p in points] == [(3.7, 0.5)]
