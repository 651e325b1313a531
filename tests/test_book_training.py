"""How LeNet-5 was trained: the chapter's code, its runs and its detective story."""

import ast
import inspect
import math
import statistics
import textwrap

import jupytext
import numpy as np
import pytest
import torch
from built_pages import glued, printed, results, rounds_to, says, shown
from conftest import ROOT

from lenet_lib import papers
from lenet_lib.byhand import sdlm
from lenet_lib.byhand.networks import ByHand

TRAINING = "chapters/training"


def test_training_loss_is_the_papers_and_not_only_ours():
    """The shown function, run here: y_D + log(e^-j + sum of e^-y_i), digit by digit."""
    cells = jupytext.read(ROOT / f"{TRAINING}.md").cells
    (cell,) = (c for c in cells if "def competition(" in c.source)
    shown_here = {"torch": torch}
    exec(cell.source, shown_here)
    draw = np.random.default_rng(0)
    penalties, labels = 9 * draw.random((50, 10)), draw.integers(10, size=50)
    expected = statistics.mean(
        y[d] + math.log(math.exp(-2.5) + sum(math.exp(-other) for other in y))
        for y, d in zip(penalties.tolist(), labels.tolist(), strict=True)
    )
    found = shown_here["competition"](
        torch.from_numpy(penalties), torch.from_numpy(labels), 2.5
    )
    assert float(found) == pytest.approx(expected)


def test_training_sweeps_are_checked_while_the_book_is_built(build):
    assert printed(build, TRAINING).count("'the same'") == 2


def test_training_tells_the_papers_numbers(book):
    texts = shown(book, TRAINING)
    assert (texts["passes"], texts["digits"]) == ("20", "60,000")
    assert texts["all_steps"] == f"{20 * 60_000:,}"
    assert (texts["days_least"], texts["days_most"]) == ("2", "3")
    assert rounds_to(2 * 86_400_000 / 1_200_000, texts["milliseconds_least"])
    assert rounds_to(3 * 86_400_000 / 1_200_000, texts["milliseconds_most"])
    assert (texts["mu"], texts["curvature_digits"]) == ("0.02", "500")
    assert (texts["first_rate"], texts["one_in"]) == ("0.0005", "2,000")
    assert (texts["lowest"], texts["highest"]) == ("0.00007", "0.016")
    assert (texts["paper_test"], texts["paper_train"]) == ("0.95", "0.35")
    assert (texts["distorted_1998"], texts["distorted_wrong"]) == ("0.8", "82")
    assert texts["distorted_digits"] == f"{9 * 60_000:,}"
    assert texts["nearest_codes"] == "48"


def test_training_first_steps_are_of_the_size_of_the_papers(build):
    """Of the right size: each end of the range within a factor of three."""
    found = glued(build, TRAINING)
    for ours, published in (
        (float(found["our_lowest"]), papers.LENET5_STEPS["lowest"]),
        (found["our_highest"], papers.LENET5_STEPS["highest"]),
    ):
        assert 1 / 3 < ours / published < 3


def test_training_recursion_is_right_where_nothing_is_shared(build):
    found = glued(build, TRAINING)
    for name in ("C5", "F6"):
        assert found[f"{name}_share"] == pytest.approx(1, abs=0.02)
    assert found["S4_share"] == pytest.approx(1, abs=0.1)  # "nearly right"
    assert found["C1_share"] < 0.3 < found["S2_share"] < 0.8
    assert found["C1_share"] < found["C3_share"] < 0.6
    assert found["units_term"] < 20  # "hardly counts"
    assert found["units_after"] > found["units_term"]  # "now it counts as well"


def test_training_choices_are_those_of_the_file_and_of_the_recipe(build, book):
    texts = shown(book, TRAINING)
    trials = results("lenet5_choice.json")["trials"]
    trials = [trial for trial in trials if trial["start"] == "roots"]

    def held_out(**those: object) -> float:
        return statistics.mean(
            t["held_out"][-1] for t in trials if those.items() <= t.items()
        )

    half = {"j": 10, "factor": 0.5, "curvature": "recursion"}
    assert rounds_to(held_out(**half), texts["half"])
    assert rounds_to(held_out(**half | {"factor": 1}), texts["full"])
    assert rounds_to(held_out(**half | {"curvature": "exact"}), texts["half_exact"])
    assert rounds_to(held_out(**half | {"j": 1}), texts["half_j1"])
    assert held_out(**half) < held_out(**half | {"factor": 1})
    assert held_out(**half) < held_out(**half | {"j": 1})
    # "cost nothing that we could measure"
    assert held_out(**half) < held_out(**half | {"curvature": "exact"}) + 0.05
    recipe = results("lenet5-1998.json")["recipe"]
    assert (recipe["j"], recipe["curvature"], recipe["start"]) == (
        1, "recursion", "roots",
    )  # fmt: skip
    assert recipe["rates"] == [rate / 2 for rate in papers.LENET5_RATES]


def test_training_live_run_follows_the_paper_and_begins_the_first_seed(build):
    found = glued(build, TRAINING)
    curve = papers.LENET5_CURVE
    assert found["live_train1"] == pytest.approx(curve["train_error"][0], rel=0.5)
    assert found["live_train2"] == pytest.approx(curve["train_error"][1], rel=0.5)
    assert found["live_test"] == pytest.approx(curve["test_error"][1], rel=0.8)
    study = results("lenet5-1998.json")
    run = study["runs"][0]
    assert run["seed"] == 1
    digits = study["recipe"]["digits"]
    for number in (0, 1):  # another processor may round otherwise
        counted = 100 * run["misread_in_passing"][number] / digits
        assert found[f"live_train{number + 1}"] == pytest.approx(counted, rel=0.3)


def last_errors(name: str) -> tuple[list[float], list[float]]:
    """The test errors and the training errors of a study's seeds, in percent."""
    study = results(f"{name}.json")
    runs, digits = study["runs"], study["recipe"]["digits"]
    return (
        [100 * run["test_misread"][-1] / study["test_digits"] for run in runs],
        [100 * run["misread_in_passing"][-1] / digits for run in runs],
    )


def test_training_results_are_those_of_the_files(book):
    texts = shown(book, TRAINING)
    test, train = last_errors("lenet5-1998")
    assert texts["seeds"] == str(len(test))
    for name, values in (("test", test), ("train", train)):
        assert rounds_to(statistics.mean(values), texts[f"{name}_mean"])
        assert rounds_to(statistics.stdev(values), texts[f"{name}_sd"])
    gap = statistics.mean(test) - papers.LENET5_1998["test_error"]
    assert rounds_to(abs(gap), texts["gap"])
    assert texts["gap_side"] == ("above" if gap > 0 else "below")
    inside = min(test) <= papers.LENET5_1998["test_error"] <= max(test)
    assert ("within" in texts["verdict"]) == inside
    for number, name in enumerate(
        ("lenet5-1998-15000", "lenet5-1998-30000", "lenet5-1998")
    ):
        test, train = last_errors(name)
        assert rounds_to(statistics.mean(test), texts[f"mean_{number}"])
        assert rounds_to(statistics.stdev(test), texts[f"sd_{number}"])
    test, _ = last_errors("lenet5-1998-distorted")
    assert rounds_to(statistics.mean(test), texts["mean_3"])


def test_training_more_digits_make_training_harder_and_the_test_easier():
    """What the text says of the figure, in means over the seeds."""
    names = ("lenet5-1998-15000", "lenet5-1998-30000", "lenet5-1998")
    studies = [last_errors(name) for name in (*names, "lenet5-1998-distorted")]
    tests = [statistics.mean(test) for test, _ in studies]
    trains = [statistics.mean(train) for _, train in studies]
    assert tests == sorted(tests, reverse=True)
    assert trains == sorted(trains)


def test_training_error_settles_after_ten_passes_and_does_not_rise(build):
    """Stable, and no over-training: the shape of the paper's curve."""
    found = glued(build, TRAINING)
    assert found["twenty"] < found["ten"] + 0.05
    train = np.mean(
        [r["misread_in_passing"] for r in results("lenet5-1998.json")["runs"]], axis=0
    )
    assert train[-1] < train[9]


def bare_functions(source: str) -> dict[str, str]:
    """Functions by name, without their docstrings and annotations."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args:
                argument.annotation = None
            if ast.get_docstring(node):
                del node.body[0]
            found[node.name] = ast.dump(node)
    return found


def test_training_shows_the_code_of_the_package():
    shown_here: dict[str, str] = {}
    for cell in jupytext.read(ROOT / f"{TRAINING}.md").cells:
        if "definition" in cell.metadata.get("tags", []):
            shown_here |= bare_functions(cell.source)
    methods = ByHand.forward, ByHand._back, ByHand.backward, ByHand.backward_second
    for code in (*methods, sdlm.train, sdlm.steps):
        package = bare_functions(textwrap.dedent(inspect.getsource(code)))
        assert shown_here[code.__name__] == package[code.__name__]


# The story of the first weights


def test_training_detective_quotes_its_results(book):
    study, texts = results("lenet5_start.json"), shown(book, TRAINING)
    trials = study["trials"]
    for name, trial in {
        "start_error": "2.4/F", "start_root": "1/sqrt(F)", "start_eight": "equation 8",
        "start_biases": "biases 0", "start_halves": "coefficients 1/2",
        "start_half": "rates x 1/2", "start_fifth": "rates x 1/5",
        "start_tenth": "rates x 1/10", "start_mu": "2.4/F, mu x 10",
        "start_eightyfour": "mu x 84", "start_each": "measured after each of 20",
        "start_quiet": "quiet, then measured", "start_lent": "curvature of 1/sqrt(F)",
        "start_root_lent": "1/sqrt(F), curvature of 2.4/F",
    }.items():  # fmt: skip
        assert rounds_to(statistics.mean(trials[trial]["errors"]), texts[name]), name
    trace = study["traces"]["2.4/F"]["1"]
    for n in range(4):
        assert rounds_to(trace["all"][n], texts[f"start_product{n}"])


def test_training_detective_draws_the_conclusions_of_its_results(book):
    study = results("lenet5_start.json")
    trials, traces = study["trials"], study["traces"]
    # "It is guessing", and so for each of the innocent.
    for name in (
        "2.4/F", "equation 8", "biases 0", "coefficients 1/2", "rates x 1/2",
        "1/sqrt(F), curvature of 2.4/F", "measured after each of 20",
        "quiet, then measured",
    ):  # fmt: skip
        assert min(trials[name]["errors"]) > 70, name
    for name in (
        "1/sqrt(F)", "2.4/F, mu x 10", "mu x 84", "rates x 1/10",
        "curvature of 1/sqrt(F)",
    ):  # fmt: skip
        assert max(trials[name]["errors"]) < 40, name
    # "F6 does not saturate, and the network does not learn all the same."
    for name in ("measured after each of 20", "quiet, then measured"):
        assert max(trials[name]["saturated"]) < 0.01
    # "in two of the three runs much of F6 saturates later"
    lent = trials["curvature of 1/sqrt(F)"]["saturated"]
    assert [share > 0.3 for share in lent].count(True) == 2 and len(lent) == 3
    # "before the first digit no unit is saturated", and the steps were too long before
    # any was; each of the seeds, as the figure shows.
    says(book, TRAINING, r"shout before it could hear")
    for trace in traces["2.4/F"].values():
        late = [n for n, share in enumerate(trace["saturated"]) if share > 0]
        long = [n for n, product in enumerate(trace["all"]) if product > 2]
        assert long[0] < late[0] and late[0] >= 3
        assert trace["spread"][long[0]] < 0.01
        assert max(trace["saturated"][4:]) > 0.9
    first = traces["2.4/F"]["1"]["saturated"]  # "none after three digits"
    assert first[3] == 0 < first[4]
    for name in ("2.4/F, mu x 10", "1/sqrt(F)"):
        for trace in traces[name].values():
            assert max(trace["saturated"]) < 0.01 and trace["spread"][-1] > 0.5


def test_training_detective_reads_the_papers_range_of_steps(book):
    ranges = results("lenet5_start.json")["ranges"]
    steps, rate = papers.LENET5_STEPS, papers.LENET5_RATES[0]
    bend = 2 * (1.7159 * 2 / 3) ** 2  # of the loss by the sum of a unit of F6 at rest
    for name in ("2.4/F", "coefficients 1/2"):
        smallest = ranges[name]["smallest"]
        assert smallest == pytest.approx([rate / (steps["mu"] + bend)] * 5, rel=1e-3)
        assert min(ranges[name]["largest"]) > 0.0249  # the ceiling
        assert min(smallest) > 2 * steps["lowest"]
    # Louder ones lie around each end of the paper's range, but none around both.
    root, louder = ranges["1/sqrt(F)"], ranges["1/sqrt(F), halves, biases 0"]
    assert min(root["smallest"]) < steps["lowest"] < max(root["smallest"])
    assert min(louder["largest"]) < steps["highest"] < max(louder["largest"])
    assert min(root["largest"]) > steps["highest"]
    assert min(louder["smallest"]) > steps["lowest"]
