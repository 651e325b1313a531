"""The chapter on the zip-code network: its run, its study and the papers' numbers."""

import math
import statistics

import pytest
from built_pages import article, errors, plain, results, rounds_to, says, shown, source

from lenet_lib import papers

ZIPCODE = "chapters/zipcode1989"


def test_zipcode_study_is_that_of_the_file(book):
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    for part in ("train", "test"):
        ours = errors(study, "ours", part)
        assert rounds_to(statistics.mean(ours), texts[f"{part}_mean"])
        assert rounds_to(statistics.stdev(ours), texts[f"{part}_sd"])
        assert texts["seeds"] == str(len(ours)) == "10"
    for i, name in enumerate(study["variants"]):
        assert rounds_to(statistics.mean(errors(study, name)), texts[f"mean{i}"])
    says(book, ZIPCODE, r"over ten seeds\)\.? The numbers are of different digits")
    assert texts["rate"] == f"{study['variants']['ours']['rate']:g}"
    assert f"rate={texts['rate']})" in source(ZIPCODE), "the run takes another rate"


def test_zipcode_rate_is_the_best_of_those_tried_on_held_out_digits(book):
    choice = results("zipcode1989.json")["choice"]["ours"]
    table = article(book, ZIPCODE).select_one("#tab-zipcode1989-rates")
    rates, shares = (
        [plain(cell) for cell in row.select("th, td")[1:]] for row in table.select("tr")
    )
    assert rates == list(choice)
    for share, wrong in zip(shares, choice.values(), strict=True):
        assert rounds_to(100 * statistics.mean(wrong) / 5_000, share)
    best = min(range(len(rates)), key=lambda i: float(shares[i]))
    assert rates[best] == shown(book, ZIPCODE)["rate"]
    assert 0 < best < len(rates) - 1, "the best rate is at the edge of those tried"
    assert says(book, ZIPCODE, r"We trained with (\w+) rates on two seeds") == ("five",)


def test_zipcode_run_is_one_of_the_studys(book):
    """The run of the page has the first seed; where it runs changes its rounding."""
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    wrong = study["variants"]["ours"]["test_wrong"]
    assert abs(int(texts["wrong"]) - statistics.mean(wrong)) < 3 * statistics.stdev(
        wrong
    )
    assert rounds_to(100 * int(texts["wrong"]) / 2_007, texts["wrong_percent"])


def test_zipcode_published_numbers_are_the_papers(book):
    texts = shown(book, ZIPCODE)
    paper, rebuilt = papers.ZIP_CODE_1989, papers.ZIP_CODE_2022
    for name in ("train_error", "test_error", "train_wrong", "test_wrong", "test_mse"):
        assert float(texts[f"paper_{name}"]) == paper[name]
        assert rounds_to(rebuilt[name], texts[f"rebuilt_{name}"])
    assert texts["all_digits"] == "9,298"
    assert texts["steps"] == "167,693"
    assert texts["parameters"] == "9,760" and texts["connections"] == "64,660"
    assert texts["units_printed"] == "1,256"


def test_zipcode_counts_are_the_papers_layer_by_layer(book):
    table = article(book, ZIPCODE).select_one("table.dataframe")
    rows = {
        plain(row.th): [int(plain(cell).replace(",", "")) for cell in row.select("td")]
        for row in table.select("tbody tr")
    }
    for layer in papers.ZIP_CODE.layers:
        expected = [layer.units, layer.parameters, layer.connections]
        assert rows[layer.name] == expected
    assert rows["sum"][1:] == [papers.ZIP_CODE.parameters, papers.ZIP_CODE.connections]


def test_zipcode_says_what_matters_as_the_study_found_it(book):
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    means, spreads = (
        {name: of(errors(study, name)) for name in study["variants"]}
        for of in (statistics.mean, statistics.stdev)
    )
    ours, spread = means["ours"], spreads["ours"]
    says(book, ZIPCODE, r"Which eight of twelve does not matter")
    assert abs(means["blocks"] - ours) < spread / 4
    says(book, ZIPCODE, r"How the digit fills its field matters little")
    assert abs(means["whole field"] - ours) < spread
    says(book, ZIPCODE, r"The first weights matter\. .* rule is the better one here")
    root = study["variants"]["2.4/sqrt(F)"]
    deviation = spread**2 / 10 + spreads["2.4/sqrt(F)"] ** 2 / len(root["seeds"])
    assert means["2.4/sqrt(F)"] - ours > 3 * math.sqrt(deviation)
    says(book, ZIPCODE, r"Shared weights matter most")
    assert max(means, key=means.get) == "fully connected"
    proportion = float(texts["control_test"]) / float(texts["paper_test_error"])
    says(book, ZIPCODE, r"the proportion is nearly the same")
    assert means["fully connected"] / ours == pytest.approx(proportion, rel=0.1)
    says(book, ZIPCODE, r"On the training digits the order is reversed")
    assert statistics.mean(errors(study, "ours", "train")) > 5 * 0.14
    least, most = int(texts["test_least"]), int(texts["test_most"])
    assert least < int(texts["rebuilt_test_wrong"]) < most


def test_zipcode_first_weights_whisper_and_biases_stay(book):
    texts = shown(book, ZIPCODE)
    says(book, ZIPCODE, r"begins by whispering")
    assert float(texts["spread_last"]) < 0.01 * float(texts["spread_first"])
    assert 0.5 < float(texts["spread_root"]) < 2
    says(book, ZIPCODE, r"They look like noise because they are noise")
    assert float(texts["same_biases"]) > 0.9
    assert float(texts["kernel_growth"]) >= 3
    assert float(texts["middle_corner"]) >= 2


def test_zipcode_rejects_less_than_in_1989(book):
    texts = shown(book, ZIPCODE)
    assert texts["paper_rejected"] == "12.1" and texts["control_rejected"] == "19.4"
    assert 0 < float(texts["rejected"]) < float(texts["paper_rejected"])
    file = results("zipcode1989.json")["variants"]
    mean = statistics.mean(file["ours"]["rejected"])
    assert rounds_to(mean, texts["ours_rejected"])
    mean = statistics.mean(file["fully connected"]["rejected"])
    assert rounds_to(mean, texts["control_ours_rejected"])
    assert 0 < float(texts["honest_error"]) < 2


def test_zipcode_speed_is_that_of_the_file(book):
    file, texts = results("byhand.json"), shown(book, ZIPCODE)
    assert rounds_to(file["ratio"], texts["ratio"])
    assert rounds_to(file["medians"]["byhand"], texts["hand"])
    assert rounds_to(file["medians"]["torch"], texts["torch"])
