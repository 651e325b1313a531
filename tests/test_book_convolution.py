"""The chapter on convolution: its counts, its live runs and the study behind it."""

import re
import statistics

from built_pages import (
    article,
    baseline,
    glued,
    plain,
    printed,
    results,
    rounds_to,
    says,
    shown,
)
from conftest import idx

CONVOLUTION = "chapters/convolution"


def test_convolution_counts_follow_from_sizes(book):
    texts = shown(book, CONVOLUTION)
    assert texts["linear_parameters"] == f"{784 * 10 + 10:,}" == "7,850"
    assert texts["hidden_parameters"] == f"{785 * 300 + 301 * 10:,}" == "238,510"
    small = 4 * 26 + 4 * 2 + 8 * (4 * 25 + 1) + 8 * 2 + 129 * 10
    assert texts["small_parameters"] == f"{small:,}" == "2,226"
    assert rounds_to(238_510 / small, texts["hidden_per_small"])
    assert rounds_to(7_850 / small, texts["linear_per_small"])
    rows = article(book, CONVOLUTION).select("#tab-convolution-counts tbody tr")
    units = 24 * 24
    expected = [
        (units * 785, units * 785), (units * 26, units * 26), (26, units * 26),
    ]  # fmt: skip
    for row, counts in zip(rows, expected, strict=True):
        cells = [plain(cell) for cell in row.select("td")[-2:]]
        assert cells == [f"{n:,}" for n in counts]
    text = plain(article(book, CONVOLUTION))
    assert "four for each training digit" in text and 238_510 // 55_000 == 4
    assert "With 2,226 parameters" in text and "than 7,850 in templates" in text


def test_convolution_by_hand_is_what_pytorch_finds(build):
    by_hand, by_pytorch = re.search(
        r"\b(-?\d+) \(torch\.Size\(\[24, 24\]\), (-?\d+)\)", printed(build, CONVOLUTION)
    ).groups()
    assert by_hand == by_pytorch
    # The same from the file's bytes: rows 5 and 6 count against, 8 and 9 for.
    seven = idx("t10k-images-idx3", 16).reshape(-1, 28, 28)[0].astype(int)
    window = seven[5:10, 9:14]
    assert int(by_hand) == window[3:].sum() - window[:2].sum() > 0


def test_convolution_moves_with_the_image_exactly(build, book):
    cells = build.cells(CONVOLUTION)
    (cell,) = (c for c in cells if "difference.abs().max()" in "".join(c["source"]))
    (output,) = cell["outputs"]
    assert "".join(output["data"]["text/plain"]) == "0.0"
    assert says(book, CONVOLUTION, r"The difference is not small; it is (zero)")


def test_convolution_live_runs_say_what_they_say(build, book):
    text = printed(build, CONVOLUTION)
    linear, hidden, small = map(float, re.findall(r"Test error: (\d+\.\d\d) %", text))
    texts = shown(book, CONVOLUTION)
    assert rounds_to(linear, texts["linear_error"])
    assert rounds_to(hidden, texts["hidden_error"])
    assert rounds_to(small, texts["small_error"])
    scrambled = re.findall(r": (\d+\.\d\d) %, scrambled (\d+\.\d\d) %", text)
    (plain_hidden, mixed_hidden), (plain_small, mixed_small) = scrambled
    assert (float(plain_hidden), float(plain_small)) == (hidden, small)
    # The hidden layer does not notice; the convolutional network does.
    assert abs(float(mixed_hidden) - hidden) < 0.6
    assert float(mixed_small) > 2.5 * small


def test_convolution_helps_against_shifts_and_is_no_magic(build):
    found = glued(build, CONVOLUTION)
    for far in (2, 4):
        errors = [
            found[f"{n}_moved{far}"] for n in ("linear", "hidden", "convolutional")
        ]
        assert errors == sorted(errors, reverse=True)
        assert errors[0] > 1.3 * errors[2]
    assert found["convolutional_moved4"] > 30


def test_convolution_forgets_a_move_layer_by_layer(build, book):
    found = glued(build, CONVOLUTION)
    shares = [found[f"stage{stage}"] for stage in range(6)]
    assert shares == sorted(shares, reverse=True)
    says(book, CONVOLUTION, r"counts for less than (half) of what it did")
    assert shares[-1] < shares[0] / 2


def test_convolution_study_is_that_of_the_file(book):
    texts = shown(book, CONVOLUTION)
    file = results("baselines.json")
    assert texts["seeds"] == str(len(file["seeds"]))
    assert texts["passes"] == str(file["schedules"]["55000"]["passes"])
    for name in ("linear", "hidden layer", "convolutional"):
        short = name.split()[0]
        for kind, part in {"plain": "sizes", "scrambled": "permuted"}.items():
            errors = baseline(name, part=part)
            assert rounds_to(statistics.mean(errors), texts[f"{short}_{kind}"])
            assert rounds_to(statistics.stdev(errors), texts[f"{short}_{kind}_sd"])
    squared = statistics.mean(file["squared"]["test_errors"])
    assert rounds_to(squared, texts["squared_mean"])
    assert rounds_to(file["least_squares"]["test_error"], texts["exact"])
    gap = squared - statistics.mean(baseline("linear"))
    assert rounds_to(gap, texts["loss_gap"])
    for name, short in {"linear": "linear", "convolutional": "small"}.items():
        assert rounds_to(statistics.mean(baseline(name)), texts[f"{short}_mean"])
        few = statistics.mean(baseline(name, 1_000))
        assert rounds_to(few, texts[f"{short}_1000"])
    assert texts["linear_1998"] == "12.0" and texts["hidden_1998"] == "4.7"


def test_convolution_receptive_fields_are_the_papers(build):
    """5, 6, 14 and 16 pixels: as in LeNet-5's first four layers."""
    cells = build.cells(CONVOLUTION)
    (cell,) = (c for c in cells if "plotting.fields(" in "".join(c["source"]))
    (output,) = cell["outputs"]
    drawn = "".join(output["data"]["image/svg+xml"])
    for edge in (5, 6, 14, 16):
        assert f"{edge} × {edge}" in drawn
