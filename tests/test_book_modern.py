"""The chapter on one change at a time: its ladders, its verdicts, its network."""

import math
import re
import statistics

import pytest
import torch
from built_pages import article, glued, plain, printed, results, rounds_to, says, shown
from conftest import ROOT
from scipy.stats import t as student

from lenet_lib import papers
from lenet_lib.models import ModernLeNet5
from lenet_lib.modern.ladder import ALPHA, LADDERS

MODERN = "chapters/modern"


def ladder(name: str) -> dict[str, list[float]]:
    """The test errors of each rung in percent, the first rung from another file."""
    study = results(f"{name}.json")
    if name == "modern":
        runs = results("lenet5-1998.json")["runs"]
        wrong = {"1998": [run["test_misread"][-1] for run in runs]}
    else:
        wrong = {"1989": results("zipcode1989.json")["variants"]["ours"]["test_wrong"]}
    for rung in study["rungs"]:
        wrong[rung["name"]] = [run["test_misread"] for run in rung["runs"]]
    return {n: [100 * w / study["test_digits"] for w in of] for n, of in wrong.items()}


def welch(before: list[float], after: list[float]) -> tuple[float, float]:
    """Difference of the means and half its 95 % interval, from the formulas."""
    parts = [statistics.variance(of) / len(of) for of in (before, after)]
    sizes = [len(before) - 1, len(after) - 1]
    each = [part**2 / n for part, n in zip(parts, sizes, strict=True)]
    freedom = sum(parts) ** 2 / sum(each)
    half = student.ppf(0.975, freedom) * math.sqrt(sum(parts))
    return statistics.mean(after) - statistics.mean(before), half


def steps(name: str) -> dict[str, tuple[float, float]]:
    """What each rung brings, by its name."""
    errors = ladder(name)
    names = list(errors)
    return {
        after: welch(errors[before], errors[after])
        for before, after in zip(names, names[1:], strict=False)
    }


@pytest.mark.parametrize("name, prefix", [("modern", ""), ("modern1989", "zip_")])
def test_modern_ladders_are_those_of_the_files(book, name, prefix):
    texts, found = shown(book, MODERN), steps(name)
    for number, errors in enumerate(ladder(name).values()):
        assert rounds_to(statistics.mean(errors), texts[f"{prefix}mean_{number}"])
        assert rounds_to(statistics.stdev(errors), texts[f"{prefix}sd_{number}"])
    for number, (change, half) in enumerate(found.values(), 1):
        assert texts[f"{prefix}step_{number}"][0] in "+−"
        assert rounds_to(change, texts[f"{prefix}step_{number}"])
        assert rounds_to(half, texts[f"{prefix}half_{number}"])
    assert all(len(of) == 5 for of in list(ladder(name).values())[1:])


def test_modern_verdicts_are_those_of_the_intervals(book):
    texts, sorted_steps = shown(book, MODERN), {"gains": [], "losses": [], "untold": []}
    for number, (name, (change, half)) in enumerate(steps("modern").items(), 1):
        word = "gains" if change < -half else "losses" if change > half else "untold"
        sorted_steps[word].append(name)
        said = {"gains": "a gain", "losses": "a loss"}
        assert texts[f"said_{number}"] == said.get(word, "five seeds cannot tell")
    for word, found in sorted_steps.items():
        told = texts[word].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        assert told == (", ".join(found) or "none")


def test_modern_table_has_the_plans_of_the_rungs(book):
    texts, study = shown(book, MODERN), results("modern.json")
    first = results("lenet5-1998.json")["runs"]
    misread = {0: [run["train_misread"] for run in first]}
    for number, rung in enumerate(study["rungs"], 1):
        assert texts[f"weights_{number}"] == f"{rung['parameters']:,}"
        assert texts[f"rate_{number}"] == f"{rung['plan']['rate']:g}"
        misread[number] = [run["train_misread"] for run in rung["runs"]]
    for number, of in misread.items():
        assert rounds_to(100 * statistics.mean(of) / 60_000, texts[f"train_{number}"])
    assert texts["count"] == str(len(study["rungs"])) == str(len(LADDERS["modern"]))
    passes = [rung["plan"]["passes"] for rung in study["rungs"]]
    assert {*passes[:-1]} == {int(texts["ladder_passes"])}
    assert passes[-1] == int(texts["last_passes"])


def test_modern_step_sizes_are_the_best_of_those_tried():
    choice = results("modern_rates.json")["choice"]
    for name, chosen in choice.items():
        rungs = {rung.name: rung.plan for rung in LADDERS[name]}
        for rung, tried in chosen.items():
            assert rungs[rung].rate == float(min(tried, key=tried.get)), rung


def test_modern_trials_are_told_as_they_came_out(book, build):
    texts, trials = glued(build, MODERN), results("modern_trials.json")
    assert trials["alphas"][str(ALPHA)] == texts["bent_10"]
    assert set(texts) >= {f"bent_{float(a):.0f}" for a in trials["alphas"]}
    for share, wrong in trials["dropouts"].items():
        assert texts[f"dropped_{share.replace('.', '_')}"] == wrong
    # what the text says of them in words
    assert texts["bent_0"] <= texts["bent_10"] <= texts["bent_34"]
    dropped = trials["dropouts"].values()
    assert max(dropped) - min(dropped) <= min(dropped) ** 0.5 * 2**0.5


def test_modern_network_of_the_page_is_the_packages():
    cells = re.findall(
        r"{code-cell} ipython3\n:tags: \[definition\]\n(.*?)```",
        (ROOT / f"{MODERN}.md").read_text("utf-8"),
        re.DOTALL,
    )
    names = {"torch": torch, "nn": torch.nn}
    for cell in cells:
        exec(cell, names)
    torch.manual_seed(3)
    ours = names["modern_lenet5"]()
    torch.manual_seed(3)
    package = ModernLeNet5()
    inputs = torch.rand(20, 1, 32, 32)
    for training in (True, False):
        torch.manual_seed(1)
        first = ours.train(training)(inputs)
        torch.manual_seed(1)
        torch.testing.assert_close(first, package.train(training)(inputs))
    count = sum(p.numel() for p in ours.parameters())
    assert count == results("modern.json")["rungs"][-1]["parameters"]


def test_modern_counts(book):
    texts = shown(book, MODERN)
    assert texts["old_parameters"] == "60,000"
    assert texts["old_connections"] == f"{papers.LENET5.connections:,}"
    assert texts["new_parameters"] == "61,706"
    assert texts["new_connections"] == "423,038"
    assert texts["links"] == "36" and texts["pool_parameters"] == "44"
    assert texts["head"] == "850" and texts["extra"] == "226"
    c1 = 28 * 28 * int(texts["kernels"]) * 1
    assert texts["c1_connections"] == f"{c1:,}" == "122,304"
    assert rounds_to(1.7159 * 2 / 3 / math.cosh(2) ** 2, texts["slope"])


def test_modern_shows_that_distances_are_sums(build):
    (apart,) = re.findall(r"they differ by (\S+) at most", printed(build, MODERN))
    assert float(apart) < 1e-5


def test_modern_run_of_the_page_is_near_the_full_one(build, book):
    texts = shown(book, MODERN)
    (live,) = re.findall(r"after 2 passes: (\d\.\d\d) %", printed(build, MODERN))
    assert texts["live"] == live
    full = ladder("modern")["more passes"]
    assert min(full) - 0.1 < float(live) < 2 * statistics.mean(full)


def test_modern_first_weights_fade_and_hes_do_not(book):
    tables = article(book, MODERN).select("table.dataframe")
    rows = {
        plain(row.th): [float(plain(cell)) for cell in row.select("td")]
        for row in tables[0].select("tbody tr")
    }
    old, he = rows["±1/√F"], rows["He"]
    says(book, MODERN, r"With the old weights the signal fades from layer to layer")
    assert old[0] > 4 * old[-2] and 0.5 < he[-2] / he[1] < 2


def test_modern_karpathys_counts_are_rounded_where_his_were_cut_off(book):
    texts = shown(book, MODERN)
    digits = papers.ZIP_CODE_2022["test_digits"]
    real = [texts[f"his_real_{number}"] for number in range(6)]
    assert real == ["82", "88", "72", "44", "32", "25"]
    for number, (name, row) in enumerate(papers.ZIP_CODE_2022_STEPS.items(), 1):
        wrong = int(texts[f"his_real_{number}"])
        assert rounds_to(100 * wrong / digits, f"{row['test_error']:.2f}"), name
        share = torch.tensor([1.0] * wrong + [0.0] * (digits - wrong)).mean().item()
        assert row["printed"] == int(share * digits), name
        assert texts[f"his_printed_{number}"] == str(row["printed"])


def test_modern_says_of_the_steps_what_the_study_found(book):
    found, study = steps("modern"), results("modern.json")["rungs"]
    means = {name: statistics.mean(of) for name, of in ladder("modern").items()}
    train = {
        rung["name"]: statistics.mean(run["train_misread"] for run in rung["runs"])
        for rung in study
    }
    texts = shown(book, MODERN)
    assert texts["steps_then"] == "1,200,000"
    passes = study[0]["plan"]["passes"]
    assert texts["steps_now"] == f"{passes * math.ceil(60_000 / 64):,}"
    says(book, MODERN, r"the largest step backwards of all")
    assert max(found, key=found.get) == "softmax"
    says(book, MODERN, r"Of them fewer are misread than before")
    assert train["softmax"] < train["plain pooling"]
    says(book, MODERN, r"a gain, and by far the largest")
    assert 2 * found["ReLU"][0] < sorted(change for change, _ in found.values())[1]
    says(
        book, MODERN, r"the first network on the ladder to be better than that of 1998"
    )
    order = list(means)
    assert next(n for n in order[1:] if means[n] < means["1998"]) == "ReLU"
    says(book, MODERN, r"steps four times as long")
    assert float(texts["rate_5"]) == 4 * float(texts["rate_4"])
    says(book, MODERN, r"an average does as well, as far as five seeds can tell")
    for name in ("max pooling", "He's start", "dropout", "affine", "elastic"):
        assert abs(found[name][0]) < found[name][1], name
    says(book, MODERN, r"misreads far fewer of its training digits")
    assert train["batch norm"] < 0.7 * train["He's start"]
    says(book, MODERN, r"The task has become harder")
    assert train["affine"] > 1.5 * train["dropout"]
    says(book, MODERN, r"Now the distortions earn their keep")
    assert found["more passes"][0] < -found["more passes"][1]
    assert float(texts["gap_8"]) > 1.5 * float(texts["gap_12"])
    says(book, MODERN, r"they about halve an error that was small already")
    assert 0.45 < means["more passes"] / means["1998"] < 0.6
    says(book, MODERN, r"A few passes are enough for ReLU and batch norm to pay")
    assert all(found[name][0] < -found[name][1] for name in ("ReLU", "batch norm"))


def test_modern_says_of_karpathys_steps_what_the_study_found(book):
    found, texts = steps("modern1989"), shown(book, MODERN)
    says(
        book,
        MODERN,
        r"The first two steps, softmax and AdamW, are such that five seeds",
    )
    luck, gains = list(found.values())[:2], list(found.values())[2:]
    assert all(abs(change) < half for change, half in luck)
    says(book, MODERN, r"The other three are gains, and large ones")
    assert all(change < -half for change, half in gains)
    rows = [papers.ZIP_CODE_2022, *papers.ZIP_CODE_2022_STEPS.values()]
    his = [row["test_error"] for row in rows]
    says(book, MODERN, r"the first made things worse and the second better")
    assert his[0] < his[1] > his[2]
    says(book, MODERN, r"knows them by heart")
    assert texts["zip_train_2"] == "0.00"
    rungs = {rung["name"]: rung for rung in results("modern1989.json")["rungs"]}
    assert rungs["AdamW"]["plan"]["passes"] == 46
    assert rungs["AdamW"]["digits"] == papers.ZIP_CODE_1989["train_digits"]
