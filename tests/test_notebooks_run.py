"""The notebooks run on their own, with nothing of the book but its package.

Apart from the other tests of notebooks, which build the book: these do not, and so can
run beside them.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from test_notebooks import EXTENSION, ROOT, each_notebook, read, waits


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """A folder with the package as pip installs it, and no other part of the book."""
    source = tmp_path_factory.mktemp("source")
    for file in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / file, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lenet_lib", source / "lenet_lib", ignore=ignored)
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run(command, check=True)
    return target


@each_notebook
def test_notebook_runs_with_nothing_of_the_book_but_its_package(
    file, elsewhere, tmp_path, monkeypatch
):
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    shutil.copy(EXTENSION / "kernel_config.py", profile / "ipython_kernel_config.py")
    monkeypatch.setenv("IPYTHONDIR", str(profile.parent))
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    here = tmp_path / "content"
    shutil.copytree(ROOT / "data" / "MNIST" / "raw", here / "data" / "MNIST" / "raw")

    notebook = read(file)
    where = nbformat.v4.new_code_cell("import lenet_lib; print(lenet_lib.__file__)")
    notebook.cells.append(where)
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(here)}}
    )
    client.execute()

    assert Path(where.outputs[0].text.strip()).is_relative_to(elsewhere)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", output
            assert output.get("name") != "stderr", output.text
        if waits(cell):  # a starter as it is: told kindly, in one line
            (said,) = cell.outputs
            assert re.fullmatch("✘ Not yet: .+\n", said.text), cell.source
    assert [path.name for path in here.iterdir()] == ["data"]
