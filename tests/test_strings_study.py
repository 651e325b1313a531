"""The network for strings: its training, and the study of how well lines are read."""

import json

import pytest
import torch

from lenet_lib import mnist, results, weights
from lenet_lib.data import CODINGS
from lenet_lib.evaluate import evaluate
from lenet_lib.models import LeNet5, StringLeNet5
from lenet_lib.reproduction import strings as module
from lenet_lib.reproduction.digits import Digits
from lenet_lib.reproduction.run import misread_by
from lenet_lib.reproduction.studies import STUDIES
from lenet_lib.strings import training


@pytest.fixture(scope="module")
def few() -> tuple[torch.Tensor, torch.Tensor]:
    """A hundred test digits."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return images[:100], labels[:100]


def coded_digits(images: torch.Tensor, labels: torch.Tensor) -> Digits:
    return Digits(CODINGS["lenet5"](images), labels)


@pytest.fixture
def short(few, monkeypatch) -> module.StringsStudy:
    """A study of a hundred digits and a few lines, that takes a second or two."""
    monkeypatch.setattr(module, "_digits", lambda: (few, few, few))
    for name, value in (("LINES", 8), ("HELD_OUT_LINES", 6), ("GAPS", (-1, 6))):
        monkeypatch.setattr(module, name, value)
    return module.StringsStudy()


def test_training_starts_from_lenet5_and_keeps_the_codes(few):
    before, start = training.beginner(), weights.load(training.START)
    assert before.C5.weight.equal(start.C5.weight)
    after = training.train(*few, seed=1, passes=1)
    assert not after.C5.weight.equal(start.C5.weight)
    assert after.output.codes.equal(StringLeNet5().output.codes)
    assert not after.training


def test_the_seed_decides_what_training_comes_to(few):
    first, again, other = (training.train(*few, seed=s, passes=1) for s in (1, 1, 2))
    assert first.F6.weight.equal(again.F6.weight)
    assert not first.F6.weight.equal(other.F6.weight)


def test_training_tells_how_far_it_is(few):
    told: list[float] = []
    training.train(*few, seed=1, passes=2, progress=told.append)
    assert told == [0.5, 1.0]


def test_measures_count_lines_and_digits(few, short):
    found = module.measure(weights.load("lenet5-1998"), few, few)
    for way in ("viterbi", "naive"):
        assert found["j"][way] in module.PENALTIES
        for part, count in (("held_out", 6), ("test", 8)):
            strings, digits = (found[part][way][k] for k in ("strings", "digits"))
            assert len(strings) == len(digits) == 2
            for wrong, apart in zip(strings, digits, strict=True):
                assert wrong <= min(count, apart)


def test_a_study_keeps_what_is_done_and_goes_on(short, tmp_path, monkeypatch):
    told: list[float] = []
    first = short.run(("trained", 1), tmp_path, told.append)
    assert 0 < told[-1] <= 1 and first["network"] == "StringLeNet5"
    monkeypatch.setattr(training, "train", None)
    assert short.run(("trained", 1), tmp_path, told.append) == first
    # Stopped after its training, it goes on from there; with another plan, anew.
    module._files(tmp_path, 1)[0].unlink()
    assert short.run(("trained", 1), tmp_path, told.append) == first
    monkeypatch.setattr(training, "RATE", 1.0)
    with pytest.raises(TypeError):
        short.run(("trained", 1), tmp_path, told.append)


def test_a_study_keeps_the_network_that_reads_most_held_out_lines(short, tmp_path):
    runs, kept = tmp_path / "runs", tmp_path / "weights"
    jobs = [("trained", 1), ("trained", 2), ("as it was", 0)]
    records = [short.run(job, runs, lambda share: None) for job in jobs]
    told = json.loads(short.write(records, runs, tmp_path, kept).read_text())
    wrong = {
        run["seed"]: sum(run["held_out"]["viterbi"]["strings"]) for run in told["runs"]
    }
    assert set(wrong) == {1, 2} and wrong[told["chosen_seed"]] == min(wrong.values())
    assert told["lenet5-1998"]["network"] == "LeNet5"
    assert told["plan"] == json.loads(json.dumps(training.plan()))
    network, facts = (f("lenet5-strings", kept) for f in (weights.load, weights.facts))
    assert isinstance(network, StringLeNet5) and facts["results"] == "strings"
    assert (
        misread_by(network, coded_digits(*module._digits()[2])) == facts["test_wrong"]
    )


def test_the_network_that_is_kept_is_the_best_of_the_study():
    told, facts = results.load("strings"), weights.facts("lenet5-strings")
    held_out = {
        run["seed"]: sum(run["held_out"]["viterbi"]["strings"]) for run in told["runs"]
    }
    assert held_out[told["chosen_seed"]] == min(held_out.values())
    (best,) = (run for run in told["runs"] if run["seed"] == told["chosen_seed"])
    assert (facts["seed"], facts["test_wrong"]) == (best["seed"], best["test_misread"])
    # Another processor rounds otherwise, and a digit on the edge may fall.
    found = evaluate("lenet5-strings").wrong
    assert found == pytest.approx(best["test_misread"], abs=1)


def test_strings_are_among_what_reproduce_runs_again():
    assert STUDIES["strings"].jobs()[-1] == ("as it was", 0)


def test_misread_counts_blanks(few):
    """A network that says blank to everything has read no digit."""
    network = StringLeNet5()
    for parameter in network.parameters():
        parameter.detach().zero_()
    network.F6.bias.detach().fill_(-1)  # the blank's code is -1 all over
    assert misread_by(network, coded_digits(*few)) == 100
    assert misread_by(weights.load("lenet5-1998"), coded_digits(*few)) <= 2
    assert isinstance(network, LeNet5)
