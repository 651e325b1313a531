"""The scoreboard: its errors and counts beside the results and the papers."""

import statistics
from pathlib import Path

from built_pages import article, baseline, errors, plain, results, rounds_to, shown

from lenet_lib import papers

SCOREBOARD = "chapters/scoreboard"


def spread(errors: list[float]) -> str:
    """Mean and standard deviation as the scoreboard writes them."""
    return f"{statistics.mean(errors):.2f} ± {statistics.stdev(errors):.2f} %"


def scores(book: Path) -> list[list[str]]:
    """All rows of the scoreboard's tables, cell by cell."""
    rows = article(book, SCOREBOARD).select("table tbody tr")
    return [[plain(cell) for cell in row.select("th, td")] for row in rows]


def test_scoreboard_errors_are_those_of_the_files(book):
    rows = scores(book)
    lenet5 = results("lenet5-1998.json")
    errors = [run["test_misread"][-1] / 100 for run in lenet5["runs"]]
    ours = ["test", "0.95 %", spread(errors), str(len(errors))]
    assert any(row[:4] == ours and row[-1] == "lenet5-1998" for row in rows)
    for row in results("classifiers.json")["networks"]:
        published = f"{papers.MNIST_TEST_ERROR[row['network']]} %"
        ours = [published, spread(row["test_errors"]), str(len(row["test_errors"]))]
        assert any(cells[1:4] == ours for cells in rows), row["network"]


def test_scoreboard_lists_all_of_figure_9(book):
    text = plain(article(book, SCOREBOARD))
    texts = shown(book, SCOREBOARD)
    listed = [cell for row in scores(book) for cell in row]
    missing = [name for name in papers.MNIST_TEST_ERROR if name not in listed]
    assert texts["entries"] == str(len(papers.MNIST_TEST_ERROR)) == "27"
    assert len(missing) == 27 - int(texts["left_out"])
    assert "not measure" in text


def test_scoreboard_counts_that_do_not_come_out(book):
    texts = shown(book, SCOREBOARD)
    assert texts["units_1990"] == "4,635" and texts["units_lenet1"] == "4,634"
    assert texts["units_zipcode"] == "1,256"
    assert texts["printed_all"] == "3,349" and texts["printed_sum"] == "3,249"
    assert texts["adds_1998_lenet5"] == "401,000" and texts["adds_lenet5"] == "326,520"
    assert texts["points"] == "21" and texts["passes"] == "20"


def test_scoreboard_says_of_other_classifiers_what_was_measured(book):
    published = papers.MNIST_TEST_ERROR
    study = results("classifiers.json")
    means = {r["network"]: statistics.mean(r["test_errors"]) for r in study["networks"]}
    means["28x28-300-10"] = statistics.mean(baseline("hidden layer"))
    means["Linear"] = statistics.mean(baseline("linear"))
    nearest = study["nearest_neighbours"]
    means["K-NN Euclidean"] = nearest["test_error"]
    # "much better than the paper's", "none of those that we measured reaches LeNet-5"
    runs = results("lenet5-1998.json")["runs"]
    lenet5 = statistics.mean(run["test_misread"][-1] / 100 for run in runs)
    for name, mean in means.items():
        assert lenet5 < mean < published[name], name
    squared = statistics.mean(results("baselines.json")["squared"]["test_errors"])
    assert means["Linear"] < published["Linear"] < squared
    # "It cannot be the reason": the worst k is far below the published error.
    worst = max(nearest["validation_errors"].values())
    assert rounds_to(worst, shown(book, SCOREBOARD)["k_worst"])
    assert worst + 1 < published["K-NN Euclidean"]


def test_scoreboard_deviations_name_the_recipes_that_were_run(book):
    texts = shown(book, SCOREBOARD)
    recipe = results("lenet5-1998.json")["recipe"]
    assert texts["j"] == f"{recipe['j']:g}"
    assert float(texts["factor"]) == recipe["rates"][0] / papers.LENET5_RATES[0]
    assert texts["curvature_digits"] == str(recipe["curvature_digits"]) == "500"
    beginning = results("lenet5_start.json")["trials"]
    for name, glued_as in {"2.4/F": "start_error", "1/sqrt(F)": "start_root"}.items():
        assert rounds_to(statistics.mean(beginning[name]["errors"]), texts[glued_as])
    assert float(texts["start_error"]) > 80 > float(texts["start_root"])  # "fails"
    warps = results("lenet5-1998-distorted.json")["recipe"]["distortions"]
    assert float(texts["shear"]) == warps["shear"]
    study = results("zipcode1989.json")
    for short, name in {
        "ours": "ours",
        "blocks": "blocks",
        "root": "2.4/sqrt(F)",
    }.items():
        assert rounds_to(statistics.mean(errors(study, name)), texts[f"zip_{short}"])
    # "no difference": less than the spread of the seeds.
    gap = statistics.mean(errors(study, "ours")) - statistics.mean(
        errors(study, "blocks")
    )
    assert abs(gap) < statistics.stdev(errors(study, "ours"))
