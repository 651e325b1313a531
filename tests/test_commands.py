"""The commands: ``python -m lenet_lib``, and ``evaluate`` among them."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch

from lenet_lib import __main__ as commands
from lenet_lib import __version__, mnist, weights
from lenet_lib.data import CODINGS, zip_code_digits
from lenet_lib.evaluate import Evaluation, evaluate
from lenet_lib.mnist import MNISTError
from lenet_lib.models import LeNet1, LeNet5, Network, ZipCodeNet
from lenet_lib.weights import WeightsError

ROOT = Path(__file__).resolve().parent.parent


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with this package, anywhere."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )


# ---- Any command -----------------------------------------------------------------


@pytest.fixture
def command(monkeypatch):
    """Make a command ``try`` whose ``main`` is the function given."""

    def make(main) -> None:
        module = types.ModuleType("a_command")
        module.arguments = lambda parser: parser.add_argument("--seeds", type=int)
        module.main = main
        monkeypatch.setitem(sys.modules, "a_command", module)
        table = {**commands.COMMANDS, "try": ("a_command", "try it")}
        monkeypatch.setattr(commands, "COMMANDS", table)

    return make


def fails_with(error: BaseException):
    def main(options) -> None:
        raise error

    return main


def test_help_names_all_commands_and_waits_for_nothing(tmp_path):
    program = (
        "import runpy, sys\n"
        "sys.argv = ['lenet_lib', '--help']\n"
        "try: runpy.run_module('lenet_lib', run_name='__main__')\n"
        "except SystemExit as end: print('status', end.code)\n"
        "print('torch' in sys.modules)"
    )
    done = python("-c", program, cwd=tmp_path)
    assert done.stdout.startswith("usage: python -m lenet_lib [-h] [-V]"), done.stderr
    for name, (_, purpose) in commands.COMMANDS.items():
        assert re.search(rf"^ +{name} +{re.escape(purpose)}$", done.stdout, re.M)
    assert done.stdout.endswith("status 0\nFalse\n")


def test_the_version(capsys):
    with pytest.raises(SystemExit) as end:
        commands.main(["--version"])
    assert end.value.code == 0 and capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "line, wrong",
    [
        ([], "required: COMMAND"),
        (["evalute"], "invalid choice: 'evalute'"),
        (["try", "--seeds", "ten"], "--seeds: invalid int value: 'ten'"),
    ],
)
def test_a_wrong_line_is_told_how_it_goes(command, capsys, line, wrong):
    command(lambda options: 0)
    with pytest.raises(SystemExit) as end:
        commands.main(line)
    assert end.value.code == 2 and wrong in capsys.readouterr().err


@pytest.mark.parametrize("given, status", [(None, 0), (0, 0), (1, 1)])
def test_a_command_gets_its_options_and_gives_its_status(command, given, status):
    got = []
    command(lambda options: got.append(options.seeds) or given)
    assert commands.main(["try", "--seeds", "10"]) == status
    assert got == [10]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("seeds must be at least 1, got 0."),
        FileNotFoundError(2, "No such file or directory", "weights"),
        PermissionError(13, "Permission denied", "results.json"),
        MNISTError("The MNIST file is missing."),
        WeightsError("The weights are damaged."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_can_put_right_ends_as_one_sentence(command, capsys, error):
    command(fails_with(error))
    assert commands.main(["try"]) == 2
    printed = capsys.readouterr()
    assert printed.err == f"try: {error}\n" and printed.out == ""


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyError("no"), TypeError("no")])
def test_a_fault_of_the_program_shows_where_it_is(command, error):
    command(fails_with(error))
    with pytest.raises(type(error)):
        commands.main(["try"])


def test_ctrl_c_ends_quietly(command, capsys):
    command(fails_with(KeyboardInterrupt()))
    assert commands.main(["try"]) == 130
    assert capsys.readouterr() == ("", "")


# ---- evaluate --------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """Untrained networks of three kinds, with what is true of them noted."""
    folder = tmp_path_factory.mktemp("shelf")
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    torch.manual_seed(0)
    for name, network, coding in [
        ("lenet5-old", LeNet5(), "lenet5"),
        ("lenet5-old-distorted", LeNet5(), "lenet5"),
        ("lenet1-old", LeNet1(), "lenet1"),
        ("zipcode-old", ZipCodeNet(), "zipcode"),
    ]:
        inputs, right = CODINGS[coding](images), labels
        if coding == "zipcode":
            inputs, right = zip_code_digits().test.tensors
        wrong = count_wrong(network, inputs, right)
        told = {"coding": coding, "results": "old", "test_digits": len(right)}
        weights.save(name, network, **told, test_wrong=wrong, folder=folder)
    return folder


def count_wrong(network: Network, inputs: torch.Tensor, labels: torch.Tensor) -> int:
    """Misread digits, counted one by one. Only LeNet-5's outputs are penalties."""
    sign = -1 if isinstance(network, LeNet5) else 1
    with torch.no_grad():
        outputs = torch.cat([network(some) for some in inputs.split(500)])
    answers = [max(range(10), key=row.__getitem__) for row in (sign * outputs).tolist()]
    return sum(a != b for a, b in zip(answers, labels.tolist(), strict=True))


@pytest.mark.parametrize(
    "name, digits", [("lenet5-old", 10_000), ("zipcode-old", 2_007)]
)
def test_evaluation_counts_and_names_the_misread(shelf, name, digits):
    found = evaluate(name, folder=shelf)
    assert found.digits == digits
    assert found.wrong == weights.facts(name, shelf)["test_wrong"]
    assert found.error == pytest.approx(100 * found.wrong / digits)
    assert found.misread.shape == (found.wrong,)
    right = torch.ones(digits, dtype=torch.bool)
    right[found.misread] = False
    assert torch.equal(right, found.read == found.labels)
    assert torch.equal(found.misread, found.misread.sort().values)


def test_an_evaluation_by_hand():
    found = Evaluation(torch.tensor([7, 2, 1, 0]), torch.tensor([7, 3, 1, 6]))
    assert found.misread.tolist() == [1, 3]
    assert (found.wrong, found.digits, found.error) == (2, 4, 50.0)


def lines(shelf: Path, capsys, *arguments: str) -> tuple[int, list[str]]:
    """The status of evaluate, and what it prints, without the seconds."""
    status = commands.main(["evaluate", *arguments, "--weights-dir", str(shelf)])
    printed = capsys.readouterr().out
    assert all(re.search(r" \(\d+\.\d s\)$", line) for line in printed.splitlines())
    return status, re.sub(r" \(\S+ s\)$", "", printed, flags=re.M).splitlines()


def test_a_line_for_each_network_whose_name_begins_so(shelf, capsys):
    status, printed = lines(shelf, capsys, "lenet5")
    assert status == 0
    names = ["lenet5-old", "lenet5-old-distorted"]
    for name, line in zip(names, printed, strict=True):
        wrong = weights.facts(name, shelf)["test_wrong"]
        assert " ".join(line.split()) == (
            f"{name} {wrong:,} of 10,000 misread, {wrong / 100:.2f} %, "
            "as its run noted in results/old.json"
        )
    assert printed[0].index("misread") == printed[1].index("misread")


def test_a_full_name_means_that_one_and_no_name_means_all(shelf, capsys):
    _, printed = lines(shelf, capsys, "lenet5-old")
    assert len(printed) == 1 and printed[0].startswith("lenet5-old ")
    _, printed = lines(shelf, capsys)
    assert [line.split()[0] for line in printed] == weights.names(shelf)
    assert " of 2,007 misread" in printed[-1]


def test_a_network_that_does_otherwise_than_its_run_noted(tmp_path, shelf, capsys):
    """It is said, the others are still told, and the status is 1."""
    network = weights.load("zipcode-old", shelf)
    told = {"coding": "zipcode", "results": "old", "test_digits": 2_007}
    noted = weights.facts("zipcode-old", shelf)["test_wrong"]
    weights.save("a", network, **told, test_wrong=102, folder=tmp_path)
    weights.save("b", network, **told, test_wrong=noted, folder=tmp_path)
    status, (first, second) = lines(tmp_path, capsys)
    assert status == 1
    assert first.endswith("but its run noted 102 of 2,007 in results/old.json")
    assert second.endswith("as its run noted in results/old.json")


def test_no_name_begins_so(shelf, capsys):
    assert commands.main(["evaluate", "lenet9", "--weights-dir", str(shelf)]) == 2
    assert capsys.readouterr().err == (
        "evaluate: No trained network's name begins with 'lenet9': there are "
        "lenet1-old, lenet5-old, lenet5-old-distorted, zipcode-old.\n"
    )


def test_missing_digits_end_as_one_sentence(shelf, tmp_path, capsys, monkeypatch):
    def offline(*arguments):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.utils.download_url", offline)
    line = ["evaluate", "lenet1", "--weights-dir", str(shelf)]
    assert commands.main([*line, "--data-dir", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert re.match(
        "evaluate: The MNIST file .* is missing and could not be", printed.err
    )


def test_it_runs_anywhere(shelf, tmp_path):
    """The whole way: a process of its own, outside the book, with digits elsewhere."""
    line = ["-m", "lenet_lib", "evaluate", "zipcode", "--weights-dir", str(shelf)]
    done = python(*line, "--data-dir", str(mnist.default_data_dir()), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"zipcode-old +\S+ of 2,007 misread, .*\n", done.stdout)
    assert not list(tmp_path.iterdir())


def test_the_books_own_networks_do_as_their_runs_noted():
    for name in weights.names():
        found, noted = evaluate(name), weights.facts(name)
        assert found.digits == noted["test_digits"]
        # Another processor rounds otherwise, and a digit on the edge may fall.
        assert abs(found.wrong - noted["test_wrong"]) <= 1, name
