"""The chapter on LeNet-5: the network shown, its counts, codes and errors."""

import ast
import math
import re
import statistics
from pathlib import Path

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
    source,
)
from conftest import ROOT

from lenet_lib import papers

LENET5 = "chapters/lenet5"


def class_in(text: str, name: str) -> ast.ClassDef:
    """A class in a module's or a cell's source, without docstrings and annotations."""
    (found,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    for node in ast.walk(found):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                del node.body[0]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return found


def shapes_in(text: str, name: str) -> list[str]:
    """The shapes that the comments of a class tell."""
    whole = re.search(rf"^class {name}\b.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"# (\(n, .*\))$", whole.group(), re.MULTILINE)


def test_lenet5_is_the_packages_own():
    """The chapter shows the network in full; what it imports is the same network."""
    package = (ROOT / "lenet_lib" / "models.py").read_text("utf-8")
    (cell,) = re.findall(r"^class LeNet5\(.*?(?=^```)", source(LENET5), re.M | re.S)
    assert ast.dump(class_in(cell, "LeNet5")) == ast.dump(class_in(package, "LeNet5"))
    assert shapes_in(cell, "LeNet5") == shapes_in(package, "LeNet5") != []


def frames(book: Path, page: str) -> list[dict[str, list[str]]]:
    """The tables that pandas drew on a page: for each row's name its cells."""
    return [
        {
            plain(row.th): [plain(cell) for cell in row.select("td")]
            for row in table.select("tbody tr")
        }
        for table in article(book, page).select("table.dataframe")
    ]


def test_lenet5_accounts_are_the_papers(book):
    _, measured, _, both = frames(book, LENET5)
    sums = [0, 0, 0]
    for layer in papers.LENET5.layers:
        counts = [layer.units, layer.parameters, layer.connections]
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
        cells = [f"{n:,}" for n in counts]
        assert measured[layer.name] == [str(layer.maps), str(layer.size), *cells]
        assert both[layer.name] == cells + cells
    assert both["sum"] == 2 * [f"{n:,}" for n in sums]
    assert sums == [8_094, papers.LENET5.parameters, papers.LENET5.connections]
    assert shown(book, LENET5)["units"] == "8,094"


def test_lenet5_steps_lead_from_the_tutorials_network_to_the_papers(book):
    steps, *_ = frames(book, LENET5)
    assert [*steps.values()] == [["61,706"], ["60,806"], ["59,956"], ["60,000"]]
    texts = shown(book, LENET5)
    parts = [v for name, v in texts.items() if name.startswith("tutorial_")]
    assert sum(int(part.replace(",", "")) for part in parts) == 61_706
    assert texts["tutorial"] == "61,706" and texts["dense"] == "60,900"
    assert texts["published"] == f"{papers.LENET5.parameters:,}"


def test_lenet5_derivations_give_the_papers_counts(book):
    """The products in the text, worked out here, are the numbers behind them."""
    texts = shown(book, LENET5)
    derived = {
        "C1": (6 * (5 * 5 + 1), 28 * 28 * 6 * 26),
        "S2": (6 * (1 + 1), 14 * 14 * 6 * (4 + 1)),
        "C3": (60 * 25 + 16, 10 * 10 * 1_516),
        "S4": (16 * 2, 5 * 5 * 16 * 5),
        "C5": (120 * (16 * 5 * 5 + 1),),
        "F6": (84 * (120 + 1),),
        "output": (0, 10 * 84),
    }
    for layer in papers.LENET5.layers:
        numbers = (layer.parameters, layer.connections)
        for kind, number, value in zip(
            ("parameters", "connections"), numbers, derived[layer.name], strict=False
        ):
            assert number == value
            assert texts[f"{layer.name}_{kind}"] == f"{value:,}"
    assert texts["links"] == "60" and texts["feeds"] == "10"
    assert texts["dense_parameters"] == f"{16 * (6 * 25 + 1):,}" == "2,416"
    assert texts["dense_connections"] == f"{100 * 2_416:,}"
    assert rounds_to(100 * 100 * (2_416 - 1_516) / 340_908, texts["more"])


def test_lenet5_shares_are_those_of_the_account(book):
    texts = shown(book, LENET5)
    layers = {layer.name: layer for layer in papers.LENET5.layers}
    late = [layers["C5"], layers["F6"]]
    share = sum(layer.parameters for layer in late) / 60_000
    assert rounds_to(100 * share, texts["late_parameters"])
    share = 1 - sum(layer.connections for layer in late) / 340_908
    assert rounds_to(100 * share, texts["early_connections"])
    says(book, LENET5, "a third of all connections .* a fraction of a percent of its")
    assert 0.3 < layers["C1"].connections / 340_908 < 0.37
    assert layers["C1"].parameters / 60_000 < 0.01
    weights = 784 * 6 * 25 + 100 * 60 * 25 + 120 * 400 + 84 * 120 + 10 * 84
    assert texts["multiply_adds"] == f"{weights:,}" == "326,520"
    assert texts["multiply_adds_1998"] == "401,000"


def test_lenet5_strip_costs_what_its_layers_cost(book):
    """32 x 48 pixels: maps of 28 x 44, 14 x 22, 10 x 18, 5 x 9 and 1 x 5."""
    wide = 28 * 44 * 6 * 26 + 14 * 22 * 6 * 5 + 10 * 18 * 1_516 + 5 * 9 * 16 * 5
    wide += 5 * (48_120 + 10_164 + 840)
    assert rounds_to(wide / 340_908, shown(book, LENET5)["strip_cost"])


def test_lenet5_input_is_not_of_unit_variance(book, histogram, pixels):
    texts = shown(book, LENET5)
    padded = histogram.copy()
    padded[0] += 55_000 * (32 * 32 - 28 * 28)
    assert rounds_to(1.275**2 * moments(padded)[1], texts["variance"])
    everything = np.bincount(pixels.ravel(), minlength=256)
    mean, variance = moments(everything)
    assert rounds_to(1.275**2 * variance, texts["narrow_variance"])
    assert rounds_to(-mean / math.sqrt(variance), texts["unit_paper"])
    assert rounds_to((1 - mean) / math.sqrt(variance), texts["unit_ink"])


def test_lenet5_squashing_bends_most_near_one(book):
    """f'' is extreme where tanh squared is a third."""
    texts = shown(book, LENET5)
    peak = 1.5 * math.atanh(math.sqrt(1 / 3))
    assert rounds_to(peak, texts["peak"])
    assert rounds_to(1.7159 * math.sqrt(1 / 3), texts["at_peak"])


def test_lenet5_codes_are_as_far_apart_as_the_text_says(book):
    codes = {d: "".join(papers.output_codes()[str(d)]) for d in range(10)}
    apart = sorted(
        (4 * sum(x != y for x, y in zip(codes[a], codes[b], strict=True)), a, b)
        for a in codes
        for b in range(a)
    )
    texts = shown(book, LENET5)
    (nearest, *pair), (second, *_), *_, (farthest, *_) = apart
    assert sorted(pair) == [int(texts["near_a"]), int(texts["near_b"])] == [6, 8]
    assert [texts[name] for name in ("nearest", "cells", "second", "farthest")] == [
        str(n) for n in (nearest, nearest // 4, second, farthest)
    ]


def test_lenet5_lets_no_digit_through_before_training(build, book):
    assert re.search(r"tensor\(\[\d\]\)", printed(build, LENET5)), "one answer"
    says(book, LENET5, "gives all thousand of them the same answer")
    texts = shown(book, LENET5)
    assert float(texts["fainter"]) > 200 > 20 > float(texts["fainter_large"]) > 1
    assert 0 < float(texts["F6_spread"]) < 0.001


def test_lenet5_table_makes_no_difference_that_was_measured(book):
    study = results("lenet5_table.json")
    texts = shown(book, LENET5)
    assert texts["table_seeds"] == str(len(study["seeds"])) == "5"
    errors, alike = study["test_error"], study["correlation"]
    for name, short in (("with the table", "table"), ("dense", "dense")):
        assert rounds_to(statistics.mean(errors[name]), texts[f"{short}_mean"])
        assert rounds_to(statistics.stdev(errors[name]), texts[f"{short}_sd"])
        assert rounds_to(statistics.mean(alike[name]), texts[f"{short}_alike"])
    # "The difference is smaller than the spread", "do not see that ... maps differ"
    for values in (errors, alike):
        gap = statistics.mean(values["with the table"]) - statistics.mean(
            values["dense"]
        )
        assert abs(gap) < min(statistics.stdev(v) for v in values.values())


def test_lenet5_error_is_the_same_wherever_it_stands(build, book):
    (error,) = re.findall(r"Test error: (\d+\.\d\d) %", printed(build, LENET5))
    texts = shown(book, LENET5)
    assert texts["error"] == error
    assert int(texts["wrong_digits"]) == round(100 * float(error))
    # Two passes: less than twice the paper's error would be luck, four times a fault.
    assert papers.LENET5_1998["test_error"] < float(error) < 3.5
    assert texts["paper"] == str(papers.LENET5_1998["test_error"]) == "0.95"
    (line,) = article(book, LENET5).select(".training-progress")
    assert plain(line).startswith(f"{2 * math.ceil(55_000 / 64):,} steps")


def test_lenet5_says_of_its_states_what_they_are(book):
    texts = shown(book, LENET5)
    assert float(texts["loud"]) > float(texts["soft"])  # "with more contrast"
    assert float(texts["decided"]) > 70  # "yes or no, and seldom perhaps"
    # "A machine that reads cheques can tell that it had better ask."
    assert float(texts["penalty_wrong"]) > 10 * float(texts["penalty_right"])
