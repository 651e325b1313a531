"""The chapter on the digits: its numbers, worked out from MNIST's own files."""

import math
import statistics

import numpy as np
from built_pages import (
    article,
    moments,
    plain,
    printed,
    results,
    rounds_to,
    says,
    shown,
)
from conftest import idx

from lenet_lib import papers


def test_digits_always_one(book):
    labels = idx("t10k-labels-idx1", 8)
    share = 100 * np.mean(labels == 1)
    assert np.bincount(labels).argmax() == 1
    assert rounds_to(share, shown(book, "chapters/digits")["always_one"])


def test_digits_centres_of_mass(book, pixels):
    ink = pixels.astype(np.float64)
    place = np.arange(28)
    total = ink.sum(axis=(1, 2))
    rows = ink.sum(axis=2) @ place / total
    columns = ink.sum(axis=1) @ place / total
    inside = np.mean((abs(rows - 14) <= 0.5) & (abs(columns - 14) <= 0.5))
    assert rounds_to(100 * inside, shown(book, "chapters/digits")["inside"])
    says(book, "chapters/digits", r"% of the centres lie between 13\.5 and 14\.5")


def test_digits_mean_and_deviation(book, histogram):
    mean, variance = moments(histogram)
    texts = shown(book, "chapters/digits")
    assert rounds_to(mean, texts["pixel_mean"])
    assert rounds_to(math.sqrt(variance), texts["pixel_deviation"])


def test_digits_table_of_codings(book, histogram):
    mean, variance = moments(histogram)
    deviation = math.sqrt(variance)
    # 32 x 32: the 28 x 28 digits in a margin of paper
    padded = histogram.copy()
    padded[0] += 55_000 * (32 * 32 - 28 * 28)
    expected = {
        "bytes / 255": (0, 1, histogram),
        "… and Normalize": (0, 1, histogram),
        "1989": (-1, 1, histogram),
        "1998": (-0.1, 1.175, histogram),
        "… with LeNet-5": (-0.1, 1.175, padded),
        "standardised": (-mean / deviation, (1 - mean) / deviation, histogram),
    }
    rows = article(book, "chapters/digits").select("#tab-digits-codings tbody tr")
    for row, (name, coding) in zip(rows, expected.items(), strict=True):
        label, *cells = [plain(cell) for cell in row.select("td")]
        assert label.startswith(name)
        paper, ink, counts = coding
        mean, variance = moments(counts)
        span = ink - paper
        values = (paper, ink, paper + span * mean, span**2 * variance)
        for cell, value in zip(cells, values, strict=True):
            assert rounds_to(value, cell), (label, cell, value)
            assert len(cell.partition(".")[2]) >= 2


def test_digits_doubtful_labels(book):
    changed, other = len(papers.CHANGED_LABELS), len(papers.DOUBTFUL_LABELS)
    number, share = says(
        book,
        "chapters/digits",
        r"(\d+) of 10,000 test labels are doubtful, ([\d.]+) %",
    )
    assert int(number) == changed + other
    assert float(share) == (changed + other) / 100
    (upheld,) = says(book, "chapters/digits", r"They upheld (\d+) labels")
    assert int(upheld) == 100 - changed - other
    (summary,) = says(book, "chapters/digits", r"about ([\d.]+) % of the test set")
    assert summary == share


def test_digits_sizes_of_the_three_sets(build, book):
    text = printed(build, "chapters/digits")
    assert "torch.Size([60000, 28, 28]), torch.Size([60000])" in text
    assert "(55000, 5000)" in text
    for name, size in {"training": 55_000, "validation": 5_000, "test": 10_000}.items():
        assert f"'{name}': {size}" in text
    batches = math.ceil(55_000 / 64)
    assert f"'training batches': {batches}" in text
    sentence = r"hold back ([\d,]+) of the ([\d,]+) training digits"
    assert says(book, "chapters/digits", sentence) == ("5,000", "60,000")


def test_digits_normalise_with_zero_and_one_changes_nothing(build, book):
    cells = build.cells("chapters/digits")
    (cell,) = (c for c in cells if "torch.equal(before, after)" in "".join(c["source"]))
    (output,) = cell["outputs"]
    assert "".join(output["data"]["text/plain"]) == "True"
    assert says(book, "chapters/digits", r"\b(Nothing)\. The arguments are not")


def test_digits_speed_is_that_of_the_file(book):
    file = results("loading.json")
    rates = [statistics.median(way["images_per_second"]) for way in file["ways"]]
    texts = shown(book, "chapters/digits")
    assert rounds_to(rates[-1] / rates[0], texts["loading_ratio"])
    assert texts["loading_batch"] == str(file["batch_size"])
    assert texts["loading_cores"] == str(file["machine"]["cores"])
    assert texts["loading_torch"] == file["versions"]["torch"]
