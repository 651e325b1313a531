"""Results of long runs, found wherever the package is."""

import json
import sys
from pathlib import Path

import pytest
import torch

from lenet_lib import results

FILES = sorted(Path(results.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_results_are_read_and_say_where_they_come_from(file):
    result = results.load(file.stem)
    assert result == json.loads(file.read_text())
    assert {"machine", "versions"} <= set(result)


def test_a_wrong_name_is_told_the_right_ones():
    with pytest.raises(ValueError, match="choose one of .*loading"):
        results.load("lodaing")


def test_a_result_is_written_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "new"
    path = results.save("speed", {"rate": 3}, folder)
    assert [path] == list(folder.iterdir()) and path.name == "speed.json"
    content = json.loads(path.read_text())
    assert content["rate"] == 3
    assert content["versions"]["torch"] == torch.__version__.partition("+")[0]
    assert content["versions"]["python"] == sys.version.split()[0]
    before = path.read_bytes()
    with pytest.raises(TypeError):
        results.save("speed", {"rate": object()}, folder)  # no JSON
    assert path.read_bytes() == before
