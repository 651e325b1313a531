"""The figures: drawn once, in the book's look, true to the network they show."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from test_inside_kernels import INSIDE_KERNELS_FIGURES
from test_inside_misread import MISREAD_FIGURES
from test_inside_robust import FIGURES as ROBUST_FIGURES
from test_ladder import LADDER_FIGURES
from test_lenet5_figures import LENET5_FIGURES
from torch import nn

from lenet_lib import models, papers, plotting
from lenet_lib.papers import output_codes
from lenet_lib.plotting import style
from lenet_lib.plotting.code_map import DIGIT_COLOURS
from lenet_lib.plotting.stages import stages
from lenet_lib.plotting.starts import PANELS

ROOT = Path(__file__).resolve().parent.parent

#: A warning while drawing would stand in a chapter, above the figure.
pytestmark = pytest.mark.filterwarnings("error")


def lenet1_plan() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(4, 12, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(192, 10),
    )  # fmt: skip


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def strip(width: int) -> np.ndarray:
    """A line of so many pixels."""
    return np.random.default_rng(0).integers(0, 256, (32, width), dtype=np.uint8)


def history(passes: int = 2, steps: int = 20) -> pd.DataFrame:
    """A frame as ``trainer.logger.frame()`` gives it."""
    rows = []
    for step in range(1, passes * steps + 1):
        rows.append({"step": step, "train_loss_step": 2.0 / step})
        if step % steps == 0:
            rows.append({"step": step, "val_loss": 1.0 / step, "val_accuracy": 0.9})
            rows.append({"step": step, "train_loss_epoch": 0.1, "train_accuracy": 0.8})
    frame = pd.DataFrame(rows)
    frame["digits"] = frame["step"] * 64
    return frame


def weights(count: int, size: int = 5) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, size, size))


#: Errors of the networks that are compared, for figures that tell them apart.
COMPARED = {"linear": 8.0, "hidden layer": 2.1, "convolutional": 2.0}

#: Every public function of the package, with arguments like those of a chapter.
FIGURES = {
    **LADDER_FIGURES,
    **LENET5_FIGURES,
    **INSIDE_KERNELS_FIGURES,
    **MISREAD_FIGURES,
    **ROBUST_FIGURES,
    "blame_maps": lambda: plotting.blame_maps(
        {"digit": images(2).astype("uint8"), "map": images(2) / 255 - 0.5},
        images(2).astype("uint8"),
        titles=["one", "two"],
        notes={"map": ["read as 1", "read as 2"]},
        frames={"map": [(5, 6, 3), (7, 8, 5)]},
    ),
    "code_maps": lambda: plotting.code_maps(
        {"one": np.random.default_rng(0).normal(size=(50, 2))}, np.arange(50) % 10
    ),
    "deletion_counts": lambda: plotting.deletion_counts(
        {"soon": [1, 2, 3], "late": [9, 10, np.inf]}, knowing=["soon"]
    ),
    "gap_by_ink": lambda: plotting.gap_by_ink([0, 0.5, 1.0, 1.2], [-100, 50, 80, 80]),
    "architecture": lambda: plotting.architecture(
        lenet1_plan(), torch.from_numpy(images(1)[0])
    ),
    "baselines": lambda: plotting.baselines(
        {"one\n7,850 parameters": [7.6, 7.7], "another": [2.0, 2.2]},
        {"one\n7,850 parameters": 12.0},
    ),
    "centring": lambda: plotting.centring(
        images(1)[0], 13.5 + np.random.default_rng(0).random((100, 2))
    ),
    "class_counts": lambda: plotting.class_counts(
        list(range(5400, 5500, 10)), list(range(900, 1000, 10))
    ),
    "codes": lambda: plotting.codes(
        images(10), [output_codes()[str(digit)] for digit in range(10)]
    ),
    "compare_losses": lambda: plotting.compare_losses(
        {"one": history(), "another": history()}
    ),
    "comparison": lambda: plotting.comparison(
        {"ours": [3.1, 2.9], "another": [4.1, 4.2]}, {"1989": 5.0}
    ),
    "confusion": lambda: plotting.confusion(
        torch.eye(10, dtype=torch.int64) * 900 + torch.arange(100).reshape(10, 10) % 7
    ),
    "digits": lambda: plotting.digits(torch.from_numpy(images(13)), ["a → b"] * 13),
    "fields": lambda: plotting.fields(
        images(1)[0], {"1. convolution": (3, 4, 5), "2. subsampling": (3, 4, 6)}
    ),
    "learning_curves": lambda: plotting.learning_curves(history(), target=1.7),
    "pictures": lambda: plotting.pictures(
        [images(1)[0], *weights(4)], list("abcde"), columns=3
    ),
    "kernels_and_biases": lambda: plotting.kernels_and_biases(
        *(np.random.default_rng(0).normal(size=(12, n, n)) for n in (5, 8, 8))
    ),
    "layer_states": lambda: plotting.layer_states(
        {
            name: np.random.default_rng(0).normal(size=shape)
            for name, shape in {
                "input": (16, 16),
                "H1": (12, 8, 8),
                "H2": (12, 4, 4),
                "H3": 30,
                "output": 10,
            }.items()
        }
    ),
    "link_tables": lambda: plotting.link_tables(
        {"ours": models.ZIP_CODE_TABLE, "another": [range(8)] * 12}
    ),
    "passes": lambda: plotting.passes(
        pd.DataFrame(
            {
                f"{part}_{kind}": 1 / np.arange(1, 24)
                for part in ("train", "test")
                for kind in ("mse", "error")
            },
            index=range(1, 24),
        ),
        papers.ZIP_CODE_1989,
    ),
    "pixel_values": lambda: plotting.pixel_values(
        {name: (np.linspace(-1, 1, 256), np.full(256, 1 / 256)) for name in "ab"}
    ),
    "rates": lambda: plotting.rates({"slow": [5e3, 6e3], "fast": [2e6, 1e6]}),
    "recipes": lambda: plotting.recipes(
        {"usual": [8.0, 7.9, 8.2], "ours": [1.4, 1.3, 1.5]}, target=1.7
    ),
    "sample_sizes": lambda: plotting.sample_sizes(
        {name: {1_000: [e + 5, e + 6], 55_000: [e]} for name, e in COMPARED.items()}
    ),
    "scoreboard": lambda: plotting.scoreboard(
        {name: (e + 1, [e, e + 0.1]) for name, e in COMPARED.items()}
        | {"without seeds": (5.0, [3.0])}
    ),
    "shift_errors": lambda: plotting.shift_errors(
        {name: [e, 2 * e, 4 * e] for name, e in COMPARED.items()}
    ),
    "slipping": lambda: plotting.slipping(images(3), weights(1, 10)[0][:3], label=7),
    "starts": lambda: plotting.starts(
        [0, 1, 10, 1000],
        {
            name: {seed: dict.fromkeys(PANELS, [0.1, 0.2, 1.0, 0.5])}
            for name in ("small", "large", "large but slow")
            for seed in ("1", "2")
        },
    ),
    "subsampling": lambda: plotting.subsampling(
        dict(zip("abc", weights(3)[:, 0], strict=True)),
        dict(zip("defg", np.tanh(weights(4, 12)), strict=True)),
    ),
    "rejection": lambda: plotting.rejection(
        {"ours": ([0, 5, 10], [3, 1, 0])}, {"1989": (12.1, 1.0)}
    ),
    "remedies": lambda: plotting.remedies(
        {
            "drawn": {"as of 1998": [90.0, 50.0, 2.0], "elastic": [90.0, 30.0, 1.9]},
            "optical": {"as of 1998": [90.0, 40.0, 20.0], "elastic": [80.0, 30.0, 9.0]},
        },
        ["as it is", "+ box", "+ mass"],
    ),
    "tolerance": lambda: plotting.tolerance(
        {
            "shift in pixels": ([0, 2, 4], [1.0, 9.0, 60.0]),
            "size": ([1, 2], [1.0, 50.0]),
        }
    ),
    "bowls": lambda: plotting.bowls(
        (1, 20), {"one": [(1, 0.3), (0.5, -0.2)], "each": [(1, 0.3), (0.2, 0.1)]}
    ),
    "curvature_found": lambda: plotting.curvature_found(
        {name: {"C1": (0.1, 0.12), "F6": (1.0, 1.0)} for name in ("before", "after")}
    ),
    "first_passes": lambda: plotting.first_passes(
        {"passes": [0.5, 1.0], "train_error": [9, 4], "test_error": [5, 3]},
        papers.LENET5_CURVE,
    ),
    "pass_by_pass": lambda: plotting.pass_by_pass(
        {
            part: papers.LENET5_CURVE[part][:20] * np.array([[0.9], [1.1], [1.0]])
            for part in ("train_error", "test_error")
        },
        papers.LENET5_CURVE,
    ),
    "pulls": lambda: plotting.pulls(
        np.linspace(0, 14), {j: np.linspace(0, 1) for j in (1, 5, 10)}
    ),
    "squares": lambda: plotting.squares(),
    "step_sizes": lambda: plotting.step_sizes(
        papers.LENET5_RATES,
        {name: np.geomspace(1e-4, 1e-2, 9) for name in ("C1", "S2", "F6")},
        (papers.LENET5_STEPS["lowest"], papers.LENET5_STEPS["highest"]),
    ),
    "training_sizes": lambda: plotting.training_sizes(
        {
            name: {"train_error": [0.1, 0.2], "test_error": [1.5, 1.6]}
            for name in ("15,000", "distorted")
        },
        {"15,000": papers.LENET5_SIZES[15_000], "distorted": {"test_error": 0.8}},
    ),
    "by_gap": lambda: plotting.by_gap(
        [-2, 0, 4],
        {
            "one": {"naive": [1.0, 2.0, 50.0], "best path": [2.0, 9.0, 52.0]},
            "another": {"naive": [9.0, 20.0, 51.0], "best path": [12.0, 60.0, 80.0]},
            "cut": {"then read": [0.0, 0.0, 94.0]},
        },
    ),
    "readings": lambda: plotting.readings(
        [("a line", strip(100)), ("what is said", np.eye(11)[:, :18] + 0.0)],
        paths={"what is said": [10] * 9 + [3] * 2},
        words={"what is said": "read as 3"},
    ),
    "savings": lambda: plotting.savings(
        {64: 1.7, 1024: 5.6}, ([32, 64, 1024], [1.0, 2.5, 3.1]), {"at most": 3.15}
    ),
    "strips": lambda: plotting.strips([strip(100), strip(60)], ["wide", "narrow"]),
    "trellis": lambda: plotting.trellis(
        np.array([[4.0, 1.0], [1.0, 3.0]]),
        ["0: –", "1: 7"],
        np.array([[1.0, np.inf], [4.0, 2.0]]),
        [(1, 0, 0), (1, 0, 1)],
        [0, 1],
        "7–",
    ),
    "wide_maps": lambda: plotting.wide_maps(
        strip(64),
        {"C1": ("convolution", 60, 5, 1), "output": ("output", 9, 32, 4)},
        windows=(0, 4),
    ),
    "variants": lambda: plotting.variants(
        {"one": [1.5, 1.6, 1.4], "another\n2,578 parameters": [1.6, 1.5, 1.8]}
    ),
}


@pytest.fixture(autouse=True)
def off_screen():
    """No test opens a window, and none finds another's figure."""
    plt.switch_backend("agg")
    plt.close("all")


@pytest.fixture(params=FIGURES)
def draw(request):
    return FIGURES[request.param]


def svg_of(figure: Figure) -> str:
    content = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "test"}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()


def test_every_figure_is_tested_here():
    assert FIGURES.keys() == set(plotting.__all__) - {"COLOURS"}


def test_a_figure_is_returned_once_and_pyplot_keeps_none(draw):
    """Jupyter shows what pyplot keeps, and shows the cell's result: twice the same."""
    figure = draw()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []


def test_drawing_changes_no_setting_of_the_user(draw):
    with matplotlib.rc_context({"font.size": 17.0, "image.cmap": "magma"}):
        before = dict(matplotlib.rcParams)
        draw()
        assert dict(matplotlib.rcParams) == before


#: White stands for paper; the rest is the style's own ink and its palette.
ALLOWED = {
    "#ffffff", "#000000", style.INK, style.FAINT,
    *style.COLOURS.values(), *style.LETTERING.values(), *DIGIT_COLOURS,
}  # fmt: skip


def test_a_figure_is_the_same_each_time_and_in_the_books_colours(draw, request):
    drawn = svg_of(draw())
    assert drawn == svg_of(draw())
    found = set(re.findall(r"#[0-9a-f]{6}\b", drawn.lower()))
    found -= {colour.lower() for colour in ALLOWED}
    if "confusion" in request.node.name:  # its shades lead from grey to vermilion
        red = np.array([int(colour[1:3], 16) for colour in found])
        blue = np.array([int(colour[5:], 16) for colour in found])
        assert (red >= blue).all()
    else:
        assert not found


def test_the_palette_is_okabe_and_itos():
    """Colour-blind readers can tell these apart; grey stands for what is given."""
    okabe_ito = {
        "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
    }  # fmt: skip
    colours = plotting.COLOURS
    assert {c.upper() for k, c in colours.items() if k != "input"} <= okabe_ito
    assert len(set(colours.values())) == len(colours)
    red, green, blue = (int(colours["input"][i : i + 2], 16) for i in (1, 3, 5))
    assert red == green == blue


def test_pixels_stay_crisp():
    for name in (
        "digits", "codes", "centring", "architecture", "pictures", "fields",
        "slipping", "subsampling",
    ):  # fmt: skip
        for axes in FIGURES[name]().axes:
            for image in axes.get_images():
                assert image.get_interpolation() == "none", name


def test_figures_do_not_make_later_ones_slower():
    """The type is registered once, not again with each figure."""
    FIGURES["rates"]()
    fonts = matplotlib.font_manager.fontManager.ttflist
    before = len(fonts)
    for _ in range(3):
        FIGURES["rates"]()
    assert len(fonts) == before


# ---- The network as drawn --------------------------------------------------------


def sizes(network: nn.Module, edge: int) -> list[tuple]:
    return [(s.kind, s.field, s.maps, s.size) for s in stages(network, edge)]


def test_lenet1_is_drawn_with_its_sizes():
    assert sizes(lenet1_plan(), 28) == [
        ("input", 0, 1, 28),
        ("convolution", 5, 4, 24),
        ("subsampling", 2, 4, 12),
        ("convolution", 5, 12, 8),
        ("subsampling", 2, 12, 4),
        ("output", 0, 10, 1),
    ]


def test_another_network_is_drawn_with_its_own():
    network = nn.Sequential(
        nn.Conv2d(1, 3, 7, stride=2), nn.Tanh(), nn.AvgPool2d(3), nn.Flatten(),
        nn.Linear(3 * 4 * 4, 6),
    )  # fmt: skip
    # 31 pixels: (31 - 7) / 2 + 1 = 13 places; 13 / 3 = 4 whole windows.
    assert sizes(network, 31) == [
        ("input", 0, 1, 31),
        ("convolution", 7, 3, 13),
        ("subsampling", 3, 3, 4),
        ("output", 0, 6, 1),
    ]


@pytest.mark.parametrize(
    "network, account",
    [
        (models.ZipCodeNet, papers.ZIP_CODE),
        (models.LeNet1, papers.LENET1),
        (models.LeNet5, papers.LENET5),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_papers_networks_are_drawn_as_their_papers_describe_them(network, account):
    first, *layers = stages(network(), account.input_size)
    assert (first.kind, first.size) == ("input", account.input_size)
    assert [(s.name, s.kind, s.maps, s.size) for s in layers] == [
        (layer.name, layer.kind, layer.maps, layer.size) for layer in account.layers
    ]
    picture = torch.zeros(account.input_size, account.input_size)
    (axes,) = plotting.architecture(network(), picture).axes
    words = {text.get_text().partition("\n")[0] for text in axes.texts}
    assert {layer.name for layer in account.layers} <= words


def test_units_that_meet_the_codes_stand_as_the_codes_do():
    *_, f6, output = stages(models.LeNet5(), 32)
    assert (f6.columns, f6.maps // f6.columns) == (7, 12)
    assert output.operation == "distance\nto codes"


def test_a_window_written_as_a_pair_is_understood():
    """``nn.AvgPool2d((2, 2))`` is the same layer as ``nn.AvgPool2d(2)``."""
    network = lenet1_plan()
    network[2] = nn.AvgPool2d((2, 2))
    assert sizes(network, 28) == sizes(lenet1_plan(), 28)


def test_the_figure_holds_the_maps_and_units_of_the_network():
    figure = FIGURES["architecture"]()
    (axes,) = figure.axes
    outlines = [
        p for p in axes.patches if type(p) is Rectangle and p.get_alpha() is None
    ]
    edges = sorted(round(p.get_width() / 0.038) for p in outlines)
    maps = [28] + 4 * [24] + 4 * [12] + 12 * [8] + 12 * [4]
    windows = [5, 2, 5, 2]  # what one unit sees, outlined in each stack but the last
    assert edges == sorted(maps + windows)
    assert sum(isinstance(p, Circle) for p in axes.patches) == 10
    words = {text.get_text() for text in axes.texts}
    assert {str(digit) for digit in range(10)} <= words
    assert {"4 maps\n24 × 24", "12 maps\n8 × 8", "10 units"} <= words


def test_looking_at_a_network_leaves_it_as_it_is():
    network = lenet1_plan()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    FIGURES["architecture"]()
    stages(network, 28)
    assert all(not layer._forward_hooks for layer in network.modules())
    with pytest.raises(RuntimeError):
        stages(network, 32)  # another size does not fit the last layer
    assert all(not layer._forward_hooks for layer in network.modules())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    assert network.training


# ---- Figures true to their data --------------------------------------------------


def test_class_counts_are_the_bars():
    train, test = list(range(5400, 5500, 10)), list(range(900, 1000, 10))
    left, right = plotting.class_counts(train, test).axes
    assert [bar.get_height() for bar in left.patches] == train
    assert [bar.get_height() for bar in right.patches] == test
    assert f"{sum(train):,}" in left.get_title(loc="left")


@pytest.mark.parametrize("count, columns, rows", [(1, 10, 1), (10, 10, 1), (13, 5, 3)])
def test_digits_fill_a_grid_row_by_row(count, columns, rows):
    shown = images(count)
    titles = [str(number) for number in range(count)]
    axes = plotting.digits(shown, titles, columns=columns).axes
    assert len(axes) == rows * columns
    for place, ax in enumerate(axes):
        if place < count:
            np.testing.assert_array_equal(ax.get_images()[0].get_array(), shown[place])
            assert ax.get_title() == titles[place]
        else:
            assert not ax.axison and not ax.get_images()


def test_letters_are_dark_enough_to_read():
    """WCAG asks small text for a contrast of 4.5 with the page, which is near white."""

    def light(colour: str) -> float:
        parts = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(
            parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    assert style.LETTERING.keys() == set(style.COLOURS.values())
    for colour in style.LETTERING.values():
        assert (light("#fffefb") + 0.05) / (light(colour) + 0.05) >= 4.5, colour


def test_ink_is_dark_and_paper_is_light():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[3, 4] = 255
    (ax,) = plotting.digits([image], columns=1).axes
    shades = ax.get_images()[0].to_rgba(image)
    assert shades[3, 4, 0] < 0.05 and shades[0, 0, 0] > 0.95


def test_codes_are_shown_cell_by_cell():
    codes = [output_codes()[str(digit)] for digit in range(10)]
    axes = plotting.codes(images(10), codes).axes[10:]
    for ax, code in zip(axes, codes, strict=True):
        cells = ax.get_images()[0].get_array()
        assert [["#" if c else "." for c in row] for row in cells] == [*map(list, code)]


def test_recipes_show_each_seed_and_their_mean():
    (ax,) = plotting.recipes({"a": [8.0, 7.0], "b": [1.5, 1.3]}, target=1.7).axes
    dots = [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"]
    assert dots == [[8.0, 7.0], [1.5, 1.3]]
    words = {text.get_text() for text in ax.texts}
    assert {"7.50", "1.40"} <= words
    assert any("1.7" in word for word in words)


@pytest.mark.parametrize("target", [None, 1.2, 2.0])
def test_variants_leave_no_seed_and_no_target_outside(target):
    errors = {"a": [1.4, 1.41], "b": [1.9, 1.5]}
    (ax,) = plotting.variants(errors, target).axes
    dots = [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"]
    assert dots == [*errors.values()]
    low, high = ax.get_xlim()
    shown = [value for values in dots for value in values] + [target or 1.5]
    assert low < min(shown) and max(shown) < high
    assert any("1998" in text.get_text() for text in ax.texts) == bool(target)


def test_recipes_shows_every_seed_of_the_results():
    """Its axis has fixed ends: a run beyond them would silently not be seen."""
    results = json.loads((ROOT / "results" / "lenet1_recipes.json").read_text())
    (ax,) = plotting.recipes(results["recipes"], target=1.7).axes
    low, high = ax.get_xlim()
    errors = [error for errors in results["recipes"].values() for error in errors]
    assert low < min(errors) and max(errors) < high


def test_rates_shows_every_bar_of_the_results():
    results = json.loads((ROOT / "results" / "loading.json").read_text())
    rates = {way["name"]: way["images_per_second"] for way in results["ways"]}
    (ax,) = plotting.rates(rates).axes
    low, high = ax.get_xlim()
    medians = [float(np.median(values)) for values in rates.values()]
    assert [bar.get_width() for bar in ax.patches] == medians
    assert low < min(medians) and max(medians) < high


def test_confusion_counts_stand_in_their_cells():
    matrix = np.diag(np.arange(100, 110))
    matrix[4, 9] = 21  # true 4, answered 9
    (ax,) = plotting.confusion(matrix).axes
    cells = {
        (int(text.get_position()[1]), int(text.get_position()[0])): text.get_text()
        for text in ax.texts
    }
    assert cells == {**{(i, i): str(100 + i) for i in range(10)}, (4, 9): "21"}
    assert "answer" in ax.get_xlabel() and "true" in ax.get_ylabel()


def test_a_network_without_errors_can_be_shown():
    plotting.confusion(np.eye(10, dtype=int))


@pytest.mark.parametrize("passes", [1, 2, 5])
def test_learning_curves_show_each_pass_as_an_error_in_percent(passes):
    left, right = plotting.learning_curves(history(passes), target=1.7).axes
    curves = {line.get_label(): line for line in right.lines}
    for name, error in (("training", 20), ("validation", 10)):
        (line,) = (line for label, line in curves.items() if label.startswith(name))
        assert list(line.get_xdata()) == list(range(1, passes + 1))
        assert list(line.get_ydata()) == pytest.approx([error] * passes)
    raw = left.lines[0]
    assert list(raw.get_ydata()) == pytest.approx([2 / s for s in raw.get_xdata()])
    assert len(raw.get_xdata()) == 20 * passes


# ---- Weights and what they see ---------------------------------------------------


def test_pictures_show_digits_as_ink_and_weights_around_zero():
    digit, *signed = plotting.pictures(
        [images(1)[0], *weights(4)], columns=5
    ).axes  # fmt: skip
    assert digit.images[0].get_cmap().name == "gray_r"
    for axes, values in zip(signed, weights(4), strict=True):
        (image,) = axes.images
        low, high = image.get_clim()
        assert low == -high == -abs(values).max()
        # Zero is the colour of paper, and the two signs are told apart.
        assert image.to_rgba(np.zeros((1, 1)))[0, 0, :3] == pytest.approx(1, abs=0.01)
        below, above = image.to_rgba(np.array([[-high, high]]))[0]
        assert below[0] > below[2] and above[2] > above[0]


def test_pictures_can_share_one_scale():
    figure = plotting.pictures(weights(3), scale=2.5)
    shown = [axes.images[0].get_clim() for axes in figure.axes[:3]]
    assert shown == [(-2.5, 2.5)] * 3


def test_a_slipping_digit_says_what_it_is_read_as():
    scores = np.zeros((3, 10))
    scores[0, 7] = scores[1, 1] = scores[2, 4] = 1
    axes = plotting.slipping(images(3), scores, label=7).axes
    assert [ax.get_title() for ax in axes[:3]] == ["0 px", "1 px", "2 px"]
    assert [ax.get_title() for ax in axes[3:]] == ["reads 7", "reads 1", "reads 4"]
    for ax, row in zip(axes[3:], scores, strict=True):
        assert [bar.get_height() for bar in ax.patches] == list(row)
        colours = [matplotlib.colors.to_hex(bar.get_facecolor()) for bar in ax.patches]
        assert [d for d in range(10) if colours[d] != colours[0]] == [7]


def test_a_field_covers_its_pixels_and_no_others():
    first, _ = plotting.fields(
        images(1)[0], {"1. convolution": (3, 4, 5), "2. subsampling": (3, 4, 6)}
    ).axes
    (window,) = first.patches
    # Pixel (r, c) is the square around (c, r), half a pixel to each side.
    assert window.get_xy() == (3.5, 2.5)
    assert (window.get_width(), window.get_height()) == (5, 5)
    assert first.get_title() == "1. convolution\n5 × 5"


def test_names_beside_curves_do_not_stand_on_each_other():
    equal = {name: {1_000: [6.0], 55_000: [2.0]} for name in COMPARED}
    (axes,) = plotting.sample_sizes(equal).axes
    heights = sorted(text.get_position()[1] for text in axes.texts)
    assert heights[0] == 2.0
    assert all(b / a > 1.1 for a, b in zip(heights, heights[1:], strict=False))


def test_baselines_stand_beside_their_published_errors():
    (axes,) = FIGURES["baselines"]().axes
    words = [text.get_text() for text in axes.texts]
    assert words == ["7.65", "12.0 in 1998", "2.10"]


# ---- LeNet-5's training ----------------------------------------------------------


def test_units_in_squares_come_together_when_four_rows_are_added():
    """As ``lenet_lib.byhand.layers.windows`` numbers them."""
    left, right = plotting.squares(4).axes
    where = {
        text.get_text(): tuple(int(x) for x in text.get_position())
        for text in left.texts
    }
    for square in range(4):
        numbers = [str(place * 4 + square) for place in range(4)]
        corners = {(where[n][0] // 2, where[n][1] // 2) for n in numbers}
        assert len(corners) == 1 and len({where[n] for n in numbers}) == 4
        below = {
            text.get_text()
            for text in right.texts
            if int(text.get_position()[0]) == square and text.get_position()[1] < 4
        }
        assert below == set(numbers)


def test_runs_are_shown_as_mean_and_spread_over_the_papers_points():
    (axes,) = FIGURES["pass_by_pass"]().axes
    drawn = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    for part in ("train_error", "test_error"):
        paper = np.array(papers.LENET5_CURVE[part])
        assert any(len(d) == 21 and np.allclose(d, paper) for d in drawn)
        assert any(len(d) == 20 and np.allclose(d, paper[:20]) for d in drawn)
    train, test = axes.collections
    for band, part in ((train, "train_error"), (test, "test_error")):
        heights = band.get_paths()[0].vertices[:, 1]
        last = papers.LENET5_CURVE[part][0]
        assert heights.max() == pytest.approx(1.1 * last)  # 0.9, 1.0, 1.1: sd 0.1


def test_every_dot_of_training_sizes_is_within_the_axes():
    (axes,) = FIGURES["training_sizes"]().axes
    low, high = axes.get_ylim()
    assert low < 0.05 and high > 1.68  # the paper's, and ours between them


def test_the_scoreboard_shows_published_and_mean_in_each_row():
    errors = {"one": (1.7, [1.5, 1.9, 2.0]), "alone": (5.0, [3.0])}
    (axes,) = plotting.scoreboard(errors).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(errors)
    points = {
        (round(float(line.get_xdata()[0]), 2), float(line.get_ydata()[0]))
        for line in axes.lines
        if len(line.get_xdata()) == 1
    }
    assert {(1.7, 0.0), (1.8, 0.0), (5.0, 1.0), (3.0, 1.0)} <= points
    assert {text.get_text() for text in axes.texts} == {"published", "here"}


# ---- Importing -------------------------------------------------------------------


def imported(program: str) -> str:
    """What a program in a new Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "", "HOME": str(Path.home()), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy():
    program = (
        "import sys, lenet_lib; "
        "print({'torch', 'numpy', 'pandas', 'matplotlib', 'pytorch_lightning', "
        "'torchvision', 'IPython', 'PIL'} & set(sys.modules))"
    )
    assert imported(program) == "set()"


def test_importing_the_figures_chooses_no_back_end():
    """Jupyter chooses one; a choice of ours would leave its figures unseen."""
    program = (
        "import matplotlib; from lenet_lib import plotting; "
        "chosen = dict.__getitem__(matplotlib.rcParams, 'backend'); "
        "print(chosen is matplotlib.rcsetup._auto_backend_sentinel)"
    )
    assert imported(program) == "True"


# ---- Digits that are not MNIST's -------------------------------------------------


def test_remedies_are_drawn_where_they_stand_and_their_names_do_not_touch():
    errors = {"drawn": {"plain": [90.0, 5.0], "bent": [80.0, 4.9], "both": [85.0, 5.1]}}
    (axes,) = plotting.remedies(errors, ["before", "after"]).axes
    for line, values in zip(axes.lines, errors["drawn"].values(), strict=True):
        assert line.get_ydata().tolist() == values
    assert [label.get_text() for label in axes.get_xticklabels()] == ["before", "after"]
    names = [text for text in axes.texts]
    assert [name.get_text() for name in names] == ["plain", "bent", "both"]
    places = sorted(name.xy[1] for name in names)
    span = np.log(axes.get_ylim()[1] / axes.get_ylim()[0])
    gaps = np.diff(np.log(places)) / span * 3.3 * 0.8 * 72  # in points, roughly
    assert (gaps > 9).all()
    assert max(abs(np.log(place / 5)) for place in places) < 0.2 * span


def test_tolerance_has_a_panel_for_each_deed():
    panels = {"shift": ([0, 1], [1.0, 2.0]), "size": ([0.5, 1, 2], [30.0, 1.0, 60.0])}
    figure = plotting.tolerance(panels)
    for axes, (words, (amounts, errors)) in zip(
        figure.axes, panels.items(), strict=True
    ):
        assert axes.get_xlabel() == words
        (line,) = axes.lines
        assert line.get_xdata().tolist() == amounts
        assert line.get_ydata().tolist() == errors
