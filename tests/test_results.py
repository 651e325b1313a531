"""Results of long runs, found wherever the package is."""

import json
from pathlib import Path

import pytest

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
