"""The chapter on LeNet-1: its errors, its counts and its departures from 1990."""

import math
import re
import statistics

import pytest
from built_pages import article, plain, printed, results, rounds_to, says, shown

from lenet_lib import papers

LENET1 = "chapters/lenet1"


def test_lenet1_error_is_the_same_wherever_it_stands(build, book):
    ours, usual = re.findall(r"Test error: (\d+\.\d\d) %", printed(build, LENET1))
    texts = shown(book, LENET1)
    assert texts["error"] == ours
    assert int(texts["wrong"]) == round(100 * float(ours))
    assert rounds_to(float(usual), texts["usual_error"])
    assert rounds_to(float(usual) / float(ours), texts["times"])
    assert int(texts["most_count"]) <= int(texts["wrong"])
    assert int(texts["forgiven"]) <= int(texts["listed"])
    assert int(texts["listed"]) <= len(papers.CHANGED_LABELS)
    assert texts["most_true"] != texts["most_answer"]


def test_lenet1_reaches_the_published_error(book):
    texts = shown(book, LENET1)
    assert float(texts["error"]) <= papers.MNIST_TEST_ERROR["[16x16] LeNet-1"] == 1.7
    assert texts["paper"] == "1.7"


def test_lenet1_study_is_that_of_the_file(book):
    study = results("lenet1_recipes.json")
    ours = study["recipes"]["SGD with momentum"]
    texts = shown(book, LENET1)
    assert texts["study_n"] == str(len(study["seeds"]))
    assert rounds_to(statistics.mean(ours), texts["study_mean"])
    assert rounds_to(statistics.stdev(ours), texts["study_sd"])
    assert rounds_to(max(ours), texts["study_worst"])
    for i, errors in enumerate(study["recipes"].values()):
        assert len(errors) == len(study["seeds"])
        assert rounds_to(statistics.mean(errors), texts[f"recipe{i}"])


@pytest.mark.parametrize("where", ["index", LENET1])
def test_several_times_the_error_is_several_times(book, where):
    says(book, where, r"\bseveral times (?:its|the) error")
    recipes = results("lenet1_recipes.json")["recipes"]
    means = [statistics.mean(errors) for errors in recipes.values()]
    assert means[0] / means[-1] > 3
    assert float(shown(book, LENET1)["times"]) > 3


def test_lenet1_as_published_is_counted_on_the_page(book):
    _, table = article(book, LENET1).select("table.dataframe")
    head = [plain(cell) for cell in table.select("thead th")]
    last = dict(zip(head, table.select("tbody tr")[-1].select("td"), strict=True))
    assert plain(last["parameters"]).replace(",", "") == "2578"
    assert plain(last["connections"]).replace(",", "") == "98442"
    texts = shown(book, LENET1)
    assert texts["published_connections"] == "98,442"
    assert (texts["units"], texts["printed_units"]) == ("4,634", "4,635")


def test_lenet1_parameters_add_up(book):
    table = article(book, LENET1).select_one("table.dataframe")
    counts = [int(plain(row.td)) for row in table.select("tbody tr")]
    assert plain(table.select("tbody tr")[-1].th) == "sum"
    assert counts[-1] == sum(counts[:-1])
    # weights and biases: 4 maps of 5 x 5; 12 maps of 4 x 5 x 5; 10 units of 192
    assert counts[-1] == 4 * 26 + 12 * 101 + 10 * 193
    texts = shown(book, LENET1)
    assert texts["ours"] == f"{counts[-1]:,}"
    assert texts["published"] == f"{papers.LENET1.parameters:,}" == "2,578"


def test_lenet1_steps_follow_from_batches_and_passes(book):
    lines = article(book, LENET1).select(".training-progress")
    steps = [int(plain(line).split()[0].replace(",", "")) for line in lines]
    assert steps == [2 * math.ceil(55_000 / size) for size in (128, 256, 32)]
    assert says(book, LENET1, r"128 in place of 256, mean (twice) as many steps")


def test_lenet1_departures_agree_with_the_rest(book):
    table = article(book, LENET1).select_one("#tab-lenet1-departures")
    rows = {
        plain(row.td): [plain(cell) for cell in row.select("td")[1:]]
        for row in table.select("tbody tr")
    }
    texts = shown(book, LENET1)
    study = results("lenet1_published.json")
    assert rows["parameters"] == [texts["published"], texts["ours"], texts["published"]]
    old, hands_on, published = rows["test error"]
    assert old.startswith(f"{papers.LENET1_1990['test_error']} % on")
    assert f"{texts['paper']} % on MNIST in 1998" in old
    assert hands_on == f"{texts['error']} % on MNIST"
    mean = statistics.mean(study["published"]["16 × 16 pixels"])
    assert published == f"{mean:.2f} % on MNIST, mean of {len(study['seeds'])} seeds"
    passes = [papers.LENET1_1990["passes"], 2, study["published_passes"]]
    assert rows["passes"] == [str(number) for number in passes]
    assert "55,000" in rows["data"][1]
    links = sum(len(sources) for sources in papers.LENET1_TABLE)
    assert rows["second convolution"][0].endswith(f"by a table: {links} links")
    assert rows["second convolution"][1] == f"dense: {12 * 4} links"
    trained, tested, sum_of_both = says(
        book, LENET1, r"([\d,]+) that it trains on and the ([\d,]+) that it tests on "
        r"make ([\d,]+)"
    )  # fmt: skip
    number = [int(n.replace(",", "")) for n in (trained, tested, sum_of_both)]
    assert number[0] + number[1] == number[2]
