"""The trials with other steps: what they are, and that the file holds them."""

import json
from pathlib import Path

import numpy as np
import pytest

from lenet_lib import results
from lenet_lib.byhand.criteria import MaximumAPosteriori, MaximumLikelihood

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def gap(monkeypatch):
    """The benchmark, as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import lenet5_gap

    return lenet5_gap


def test_the_file_holds_the_benchmarks_variants(gap):
    written = results.load("lenet5_gap")
    assert written["variants"] == json.loads(json.dumps(gap.VARIANTS))
    assert written["usual"] == gap.USUAL
    assert written["rates"] == list(gap.RATES)
    first = [t["name"] for t in written["trials"] if t["seed"] == gap.FIRST_SEED]
    assert first == list(gap.VARIANTS), "each has at least one seed"
    for trial in written["trials"]:
        assert len(trial["held_out"]) == len(trial["in_passing"]) == len(gap.RATES)


def test_a_variant_differs_from_the_book_in_what_it_names(gap):
    assert gap.VARIANTS["as in the book"] == {}
    for variant in gap.VARIANTS.values():
        assert set(variant) <= set(gap.USUAL)
        assert all(gap.USUAL[name] != value for name, value in variant.items())


def test_a_steady_curvature_is_that_of_equation_8(gap):
    steady, plain = gap.Steady(10.0), MaximumLikelihood()
    features = 0.9 * plain.codes[3]  # near its code, where equation 9 is at peace
    assert np.array_equal(steady.bends(features, 3), plain.bends(features, 3))
    assert abs(steady.slopes(features, 3)).max() < abs(plain.slopes(features, 3)).min()
    assert MaximumAPosteriori(10.0).bends(features, 3).max() < 0.01


def test_the_first_pass_comes_out_again(gap, monkeypatch):
    """Close to what the file says, on whatever processor."""
    monkeypatch.setattr(gap, "RATES", gap.RATES[:1])
    written = results.load("lenet5_gap")["trials"]
    for name in ("as in the book", "curvature five times a pass, j = 10"):
        noted = next(t for t in written if t["name"] == name)
        again = gap.run((name, noted["seed"]))
        assert again["in_passing"] == [pytest.approx(noted["in_passing"][0], rel=0.1)]
        assert again["held_out"] == [pytest.approx(noted["held_out"][0], rel=0.5)]


def test_what_is_remembered(gap):
    known, new = np.array([1.0, 4.0]), np.array([3.0, 2.0])
    for memory, wanted in (("none", [3, 2]), ("mean", [2, 3]), ("largest", [3, 4])):
        assert gap.remember(known, new, memory).tolist() == wanted
        assert gap.remember(None, new, memory) is new
