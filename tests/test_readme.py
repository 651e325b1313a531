"""README's table of measurements against the files that it quotes."""

import json
import re
import statistics
from pathlib import Path

from lenet_lib.anatomy import count
from lenet_lib.models import LeNet1, LeNet5, ZipCodeNet

ROOT = Path(__file__).resolve().parent.parent


def results(name: str) -> dict:
    """A results file, by its name."""
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


def rows() -> dict[str, tuple[str, str, str]]:
    """README's rows: what -> (measured, target, file)."""
    table = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| `([^|`]+)` \|$",
        (ROOT / "README.md").read_text(),
        flags=re.MULTILINE,
    )
    return {what: (measured, target, file) for what, measured, target, file in table}


def spread(errors: list[float]) -> str:
    """Mean and standard deviation over seeds, as README writes them."""
    return f"{statistics.mean(errors):.2f} % ± {statistics.stdev(errors):.2f}"


def zip_code(variant: str) -> str:
    """The test error of a variant of the zip-code network."""
    wrong = results("zipcode1989")["variants"][variant]["test_wrong"]
    return spread([100 * digits / 2_007 for digits in wrong])


def experiment(name: str, counts: str = "test_misread") -> str:
    """The errors of an experiment after its last pass, in the test or in passing."""
    made = results(name)
    in_test = counts == "test_misread"
    digits = made["test_digits"] if in_test else made["recipe"]["digits"]
    return spread([100 * run[counts][-1] / digits for run in made["runs"]])


def test_every_row_states_what_its_file_holds() -> None:
    """A number that is typed into the table by hand goes stale; this finds it."""
    recipes = results("lenet1_recipes")["recipes"]
    ours, usual = list(recipes.values())[-1], list(recipes.values())[0]
    timing, loading = results("lenet1_time"), results("loading")
    small, large = results("lenet1_published")["published"].values()
    table, dense = results("lenet5_table")["test_error"].values()
    baselines = {
        row["network"]: spread(row["test_errors"])
        for row in results("baselines")["sizes"]
        if row["digits"] == 55_000
    }
    others = results("classifiers")
    layers = [spread(row["test_errors"]) for row in others["networks"]]
    neighbours = others["nearest_neighbours"]
    stroke = results("drawing_board")["stroke_to_all_layers_ms"]
    outside = results("outside")["drawn"]
    drawn = [
        f"{100 * misread['lenet5-1998'] / outside['digits']:.1f} %"
        for misread in outside["misread"].values()
    ]
    study, cost = results("strings"), results("strings_cost")
    near = study["gaps"].index(2)
    lines_misread = [
        100 * run["test"]["viterbi"]["strings"][near] / study["lines"]
        for run in [study["lenet5-1998"], *study["runs"]]
    ]
    widest = cost["widths"][-1]
    today, since_1989 = results("modern"), results("modern1989")
    ends = [
        (
            today["rungs"][-1]["plan"]["passes"],
            spread([run["test_misread"] / 100 for run in today["rungs"][-1]["runs"]]),
        ),
        (
            since_1989["rungs"][-2]["plan"]["passes"],
            spread(
                [
                    100 * run["test_misread"] / since_1989["test_digits"]
                    for run in since_1989["rungs"][-2]["runs"]
                ]
            ),
        ),
    ]
    experiments = {
        "LeNet-5 trained as in 1998, 20 passes": "lenet5-1998",
        "… on 30,000 digits": "lenet5-1998-30000",
        "… on 15,000 digits": "lenet5-1998-15000",
        "… with distorted digits": "lenet5-1998-distorted",
        "… with elastic distortions": "lenet5-1998-elastic",
        "LeNet-1 with second-order steps": "lenet1-1998",
        "the zip-code network with second-order steps": "zipcode-1989",
    }
    expected = {
        f"{what}, mean of {len(results(name)['runs'])} seeds": experiment(name)
        for what, name in experiments.items()
    } | {
        "… its training error in the last pass": (
            experiment("lenet5-1998", "misread_in_passing")
        ),
        f"LeNet-5 as of today, {ends[0][0]} passes, mean of 5 seeds": ends[0][1],
        f"the zip-code network as of today, {ends[1][0]} passes, mean of 5 seeds": (
            ends[1][1]
        ),
        "lines of five digits 2 pixels apart, by LeNet-5 of 1998 and Viterbi": (
            f"{lines_misread[0]:.1f} %"
        ),
        f"… trained for strings, mean of {len(study['runs'])} seeds": (
            spread(lines_misread[1:])
        ),
        f"a line of {widest['width']:,} pixels, its windows against one sweep": (
            f"{widest['ratio']:.1f} times as long"
        ),
        "digits drawn by a program, as they are": drawn[0],
        "… after MNIST's recipe": drawn[-1],
        "drawing board, from a stroke to all layers drawn, 95th percentile": (
            f"{stroke['percentile_95']:.1f} ms"
        ),
        f"{neighbours['neighbours']} nearest neighbours": (
            f"{neighbours['test_error']:.2f} %"
        ),
        "1000 hidden units, mean of 5 seeds": layers[0],
        "300 and 100 hidden units, mean of 5 seeds": layers[1],
        "500 and 150 hidden units, mean of 5 seeds": layers[2],
        "LeNet-1 as published, 10 passes of today's optimiser, mean of 5 seeds": (
            spread(small)
        ),
        "… on standardised digits of 20 × 20 pixels": spread(large),
        "the zip-code network, 23 passes, mean of 10 seeds": zip_code("ours"),
        "… its fully connected control, 40 hidden units": zip_code("fully connected"),
        "… one step on one digit, PyTorch against by hand": (
            f"{results('byhand')['ratio']:.0f} times as long"
        ),
        "linear classifier, mean of 5 seeds": baselines["linear"],
        "300 hidden units, mean of 5 seeds": baselines["hidden layer"],
        "a convolutional network of 2,226 parameters, mean of 5 seeds": (
            baselines["convolutional"]
        ),
        "LeNet-5 with its table, 2 passes, mean of 5 seeds": spread(table),
        "… with a dense C3": spread(dense),
        "LeNet-1, 2 passes, test error, mean of 5 seeds": (
            f"{statistics.mean(ours):.2f} % ± {statistics.stdev(ours):.2f}"
        ),
        "… the worst of the 5 seeds": f"{max(ours):.2f} %",
        "the usual recipe, 2 passes, mean of 5 seeds": (
            f"{statistics.mean(usual):.2f} %"
        ),
        "loading the digits, ours against the usual pipeline": (
            f"{loading['ratio']:.0f} times as fast"
        ),
        "fit and test, our time as a share of the usual": (
            f"{timing['fit_and_test_ratio']:.2f}"
        ),
        "time to 1.7 % test error, the usual against ours": (
            f"{timing['to_target_ratio']:.0f} times as long"
        ),
    }
    assert {what: cells[0] for what, cells in rows().items()} == expected


def test_every_measured_number_meets_its_target() -> None:
    """A target that is missed must be said in words, not left in the table."""
    for what, (measured, target, _) in rows().items():
        number = float(re.match(r"[\d.]+", measured).group())
        bound = re.match(r"([≤≥]) ([\d.]+)", target)
        if bound is None:
            continue  # "about 8 %": stated for comparison, not a target of ours
        limit = float(bound.group(2))
        met = number <= limit if bound.group(1) == "≤" else number >= limit
        assert met, f"{what}: {measured}, where {target} was wanted"


def test_the_networks_counts_are_those_of_the_modules() -> None:
    """README promises faithful networks; what it counts is what the modules hold."""
    networks = {
        "zip-code network (1989)": ZipCodeNet,
        "LeNet-1 (1990)": LeNet1,
        "LeNet-5 (1998)": LeNet5,
    }
    table = re.findall(
        r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|$",
        (ROOT / "README.md").read_text(),
        flags=re.MULTILINE,
    )
    expected = []
    for name, network in networks.items():
        total = count(network()).sum()
        expected.append((name, f"{total.parameters:,}", f"{total.connections:,}"))
    assert table == expected


def test_every_file_named_exists() -> None:
    """README leads nowhere that is not there."""
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in path or (ROOT / path).exists(), path
