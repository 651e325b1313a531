"""Reading pictures from the command line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from lenet_lib import __main__ as commands
from lenet_lib import mnist, weights
from lenet_lib.data import CODINGS
from lenet_lib.read import Reader

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return mnist.read(mnist.default_data_dir(), train=False)[0][:10]


@pytest.fixture
def folder(tmp_path, images, monkeypatch) -> Path:
    """The working folder: a 7, a 2, what is no digit, and what is no picture."""
    for name, image in zip(["seven.png", "two.png"], images, strict=False):
        Image.fromarray(255 - image.numpy()).resize((280, 280)).save(tmp_path / name)
    cross = Image.new("L", (100, 100), 255)  # as on a ballot
    for ends in ((10, 10, 90, 90), (90, 10, 10, 90)):
        ImageDraw.Draw(cross).line(ends, fill=0, width=8)
    cross.save(tmp_path / "cross.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("seven")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_line_for_each_picture(folder, capsys):
    assert commands.main(["read", "seven.png", "two.png"]) == 0
    printed = capsys.readouterr()
    assert re.fullmatch(
        r"seven\.png: 7 \(\d+\.\d %\)\ntwo\.png: 2 \(\d+\.\d %\)\n", printed.out
    )
    assert printed.err == ""


def test_a_bad_file_keeps_none_of_the_others_from_being_read(folder, capsys):
    files = ["blank.png", "seven.png", "missing.png", "text.png", "two.png"]
    assert commands.main(["read", *files]) == 1
    printed = capsys.readouterr()
    assert [line[:12] for line in printed.out.splitlines()] == [
        "seven.png: 7",
        "two.png: 2 (",
    ]
    assert printed.err == (
        "blank.png: The picture is blank: no digit stands out from its paper.\n"
        "missing.png: No such file or directory\n"
        "text.png: This is no picture in a known format: save it as PNG, JPEG, GIF, "
        "BMP, TIFF, WEBP or PPM.\n"
    )


@pytest.mark.parametrize("j", [None, 0.5, 1.0])
@pytest.mark.parametrize("name", ["lenet5-1998", "lenet5-strings"])
def test_confidence_is_equation_9s(images, name, j):
    """Computed anew, for each image of MNIST, which is its own input.

    A network for strings knows the blank: it is no digit, as rubbish is.
    """
    network = weights.load(name)
    read = Reader(name, j)
    with torch.no_grad():
        penalties = network(CODINGS["lenet5"](images)).double().numpy()
    for image, penalty in zip(images, penalties, strict=True):
        each = np.exp(-np.append(penalty, 12.0 if j is None else j))
        sure = 100 * each / each.sum()
        digit, none = penalty[:10].argmin(), sure[10:].sum()
        line = read(image)
        said = [float(number) for number in re.findall(r"[\d.]+(?= %)", line)]
        if none > sure[digit]:
            assert re.fullmatch(
                rf"not a digit \(.* %; next comes {digit}, .* %\)", line
            )
            expected = [none, sure[digit]]
        else:
            assert line.startswith(f"{digit} (")
            expected = [sure[digit]]
        assert said == pytest.approx(expected, abs=0.11)


def test_what_is_no_digit_is_called_so(folder, capsys):
    assert commands.main(["read", "cross.png"]) == 0
    assert re.fullmatch(
        r"cross\.png: not a digit \(\d+\.\d %; next comes \d, \d+\.\d %\)\n",
        capsys.readouterr().out,
    )


@pytest.mark.parametrize("name", ["lenet1-1998", "zipcode-1989"])
def test_other_networks_tell_their_outputs(images, name):
    """They are no probabilities, and are not called so."""
    network, read = weights.load(name), Reader(name)
    with torch.no_grad():
        outputs = network(CODINGS[weights.facts(name)["coding"]](images))
    for image, output in zip(images, outputs, strict=True):
        best, other = output.argsort(descending=True)[:2].tolist()
        line = re.fullmatch(
            r"(\d) \(output (-?\d\.\d\d); next comes (\d), (-?\d\.\d\d)\)", read(image)
        )
        assert [int(line[1]), int(line[3])] == [best, other]
        found = [float(line[2]), float(line[4])]
        assert found == pytest.approx(output[[best, other]].tolist(), abs=0.02)


@pytest.mark.parametrize(
    "line, message",
    [
        (["--network", "lenet9"], "No trained network's name begins with 'lenet9'"),
        (["--rubbish", "-1"], "j must be a positive number, got -1.0."),
        (
            ["--network", "lenet1", "--rubbish", "1"],
            "lenet1-1998 was trained without a rubbish class.",
        ),
    ],
)
def test_a_wrong_wish_is_told(folder, capsys, line, message):
    assert commands.main(["read", "seven.png", *line]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith(f"read: {message}")


def test_it_runs_anywhere(folder):
    """The whole way, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "lenet_lib", "read", "seven.png", "text.png"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("seven.png: 7 (")
    assert done.stderr.startswith("text.png: This is no picture")
