"""Published numbers beside ours: complete, and equal to what papers and files hold."""

import json
import math
import statistics
from pathlib import Path

import pandas as pd
import pytest

from lenet_lib import papers, scoreboard
from lenet_lib.models import LeNet1, LeNet5, ZipCodeNet
from lenet_lib.scoreboard import Entry

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = scoreboard.entries()
NETWORKS = (
    scoreboard.ZIP_CODE,
    scoreboard.LENET1,
    scoreboard.LENET5,
    scoreboard.OTHERS,
)


def result(name: str) -> dict:
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


def entry(ours: tuple[float, ...], unit: str = " %") -> Entry:
    return Entry("a network", "", "test", 1.0, ours, "nothing", "a file", unit=unit)


def test_ours_are_written_as_mean_and_sample_deviation():
    assert str(entry((1.0, 2.0, 3.0))) == "2.00 ± 1.00 %"
    assert str(entry((0.0015, 0.0025), unit="")) == "0.0020 ± 0.0007"


def test_what_has_no_seeds_has_no_spread():
    alone = entry((3.07,))
    assert alone.spread is None and str(alone) == "3.07 %"


def test_figure_9_is_whole():
    """An entry is measured or listed as not measured, and never both."""
    measured = {entry.figure9 for entry in ENTRIES} - {None}
    left_out = set(scoreboard.not_measured())
    assert measured | left_out == set(papers.MNIST_TEST_ERROR)
    assert not measured & left_out
    assert {"Linear", "K-NN Euclidean", "LeNet-5", "[dist] LeNet-5"} <= measured
    for one in ENTRIES:
        if one.figure9:
            assert one.published == papers.MNIST_TEST_ERROR[one.figure9]


def test_each_file_exists_and_holds_as_many_seeds():
    for one in ENTRIES:
        made = result(one.file)
        if "runs" in made:
            assert len(one.ours) == len(made["runs"])
        assert all(math.isfinite(error) and error > 0 for error in one.ours)
        assert one.network in NETWORKS and one.differs


def test_lenet5s_errors_are_those_of_the_last_pass():
    """Computed here from the file alone."""
    test, train, *_ = (one for one in ENTRIES if one.network == scoreboard.LENET5)
    made = result("lenet5-1998")
    assert test.ours == tuple(run["test_misread"][-1] / 100 for run in made["runs"])
    counted = [run["misread_in_passing"][-1] for run in made["runs"]]
    assert train.mean == pytest.approx(statistics.mean(counted) / 600)
    assert (test.published, train.published) == (0.95, 0.35)


def test_the_zip_codes_published_numbers_are_all_there():
    published = [one.published for one in ENTRIES if one.network == scoreboard.ZIP_CODE]
    for paper in (
        papers.ZIP_CODE_1989,
        papers.ZIP_CODE_2022,
        papers.FULLY_CONNECTED_1989,
    ):
        for name, value in paper.items():
            if name.endswith(("_error", "_mse", "1_percent")):
                assert value in published, name


def test_of_several_runs_the_figure_shows_the_most_faithful():
    shown = scoreboard.test_errors()
    assert (
        shown["LeNet-1"][1]
        == ENTRIES[[one.file for one in ENTRIES].index("lenet1-1998")].ours
    )
    assert shown["LeNet-5"][0] == 0.95 and shown["… with distortions"][0] == 0.8
    assert "linear" in shown and "nearest neighbours" in shown


@pytest.mark.parametrize("network", NETWORKS)
def test_a_table_has_a_row_for_each_entry(network):
    frame = scoreboard.errors(network)
    own = [one for one in ENTRIES if one.network == network]
    assert list(frame.here) == [str(one) for one in own]
    assert list(frame.index) == [one.title for one in own]
    head, line, *rows = scoreboard.table(frame).data.splitlines()
    assert len(rows) == len(own)
    assert {row.count("|") for row in (head, line, *rows)} == {7}


def test_numbers_stand_to_the_right_and_words_to_the_left():
    frame = pd.DataFrame(
        {"n": ["5", "–"], "what": ["1 word", "word"]}, index=["a", "b"]
    )
    _, line, *_ = scoreboard.table(frame).data.splitlines()
    assert line == "| --- | ---: | --- |"


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_listing_loses_no_name(number):
    names = {f"reader {n}": n + 0.5 for n in range(number)}
    text = scoreboard.listing(names).data
    for name, error in names.items():
        assert f"| {name} | {error} % |" in text
    assert {row.count("|") for row in text.splitlines()} == {5}


@pytest.mark.parametrize(
    ("network", "paper"),
    [
        (ZipCodeNet, papers.ZIP_CODE),
        (LeNet1, papers.LENET1),
        (LeNet5, papers.LENET5),
    ],
    ids=["zip code", "LeNet-1", "LeNet-5"],
)
def test_counts_published_and_measured_agree(network, paper):
    both = scoreboard.counts(network(), paper)
    for kind in ("units", "parameters", "connections"):
        assert (both[kind].published == both[kind].measured).all()
    assert both.parameters.published["all"] == paper.parameters
    assert both.connections.measured["all"] == paper.connections


def test_each_file_has_a_command_that_makes_it_again():
    for name, row in scoreboard.origins().iterrows():
        file = name.strip("`").removesuffix(".json")
        command = row["what makes it again"].strip("`")
        if command.startswith("python benchmarks/"):
            assert (ROOT / command.split()[1]).exists()
        else:
            from lenet_lib.reproduction.recipes import EXPERIMENTS

            assert command == f"python -m lenet_lib reproduce {file}"
            assert file in EXPERIMENTS
