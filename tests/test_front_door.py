"""The way in: `make`, the environment, the browser, the server, and the metadata."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path

import pytest
import yaml

from tools import browser, setup_environment

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / "tools" / "setup_environment.py"
COMMANDS = {
    "help", "book", "test", "serve", "bench", "lint", "lock",
    "environment", "clean", "distclean", "notebooks", "pdf", "screenshots", "links",
    "compare",
}  # fmt: skip


def make(*arguments: str, folder: Path = ROOT) -> str:
    """Run make in a folder and return what it prints."""
    # A make above us (`make test`) must not pass its own flags on.
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))
    }
    done = subprocess.run(
        ["make", *arguments], cwd=folder, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def name_of(requirement: str) -> str:
    """Return the normal form of a package's name at the start of a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(file: str) -> list[str]:
    """Return the lines of a requirements file without comments."""
    lines = (
        line.split("#")[0].strip() for line in (ROOT / file).read_text().split("\n")
    )
    return [line for line in lines if line]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A finished environment, as far as its stamp can tell, in an empty folder."""
    home = tmp_path / "my book"
    info = home / ".venv" / "lib" / "python9" / "site-packages" / "torch-1.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("torch-1.dist-info/INSTALLER,,\n")
    python = home / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.touch(mode=0o755)
    (home / "pyproject.toml").write_text("[project]\n")
    (home / "requirements.txt").write_text("torch==2.15.0\ntorchvision==0.29.2\n")
    monkeypatch.setattr(setup_environment, "ROOT", home)
    monkeypatch.setattr(setup_environment, "VENV", home / ".venv")
    monkeypatch.setattr(setup_environment, "PYTHON", python)
    monkeypatch.setattr(setup_environment, "STAMP", home / ".venv" / "ready")
    monkeypatch.setattr(setup_environment, "LOCK", home / "requirements.txt")
    monkeypatch.setattr(setup_environment, "site_packages", lambda: info.parent)
    setup_environment.STAMP.write_text(setup_environment.state())
    return home


# The environment


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 99, 0)])
def test_wrong_python_gets_one_sentence(version):
    pretend = (
        f"import runpy, sys; sys.version_info = {version}\n"
        f"runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.strip().split("\n")
    assert ".".join(map(str, version)) in sentence
    assert "make PYTHON=" in sentence


def test_old_pythons_can_read_the_setup():
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.Starred)
    tree = ast.parse(SETUP.read_text())
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, newer)]
    assert found == [], "syntax newer than Python 3.4 in these lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "__future__"


def test_missing_venv_module_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(
        setup_environment.Problem, match=r"apt install python3\.\d+-venv"
    ):
        setup_environment.check_venv()


@pytest.mark.parametrize(
    ("system", "machine", "release", "fits"),
    [
        ("Linux", "x86_64", "", True),
        ("Linux", "aarch64", "", True),
        ("Darwin", "arm64", "14.1", True),
        ("Darwin", "arm64", "13.6", False),
        ("Darwin", "x86_64", "14.1", False),
        ("Linux", "riscv64", "", False),
    ],
)
def test_computers_without_pytorch_are_told(
    monkeypatch, system, machine, release, fits
):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.mac_ver", lambda: (release, (), machine))
    if fits:
        setup_environment.check_computer()
    else:
        with pytest.raises(setup_environment.Problem, match=f"{system}.*{machine}"):
            setup_environment.check_computer()


def test_full_disk_gets_one_sentence(home, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2_500_000_000))
    with pytest.raises(setup_environment.Problem) as told:
        setup_environment.check_disk()
    assert "only 2.5 GB" in str(told.value)
    assert "\n" not in str(told.value)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(50_000_000_000))
    setup_environment.check_disk()


def test_torch_and_torchvision_that_do_not_fit(home):
    setup_environment.PYTHON.write_text(
        "#!/bin/sh\n"
        "echo RuntimeError: operator torchvision::nms does not exist\n"
        "exit 1\n"
    )
    with pytest.raises(setup_environment.Problem) as told:
        setup_environment.check_torch()
    assert "do not belong together" in str(told.value)
    assert str(told.value).endswith("torch==2.15.0 torchvision==0.29.2")
    assert "\n" not in str(told.value)


def test_finished_environment_is_ready(home):
    assert setup_environment.is_ready()


@pytest.mark.parametrize(
    "change",
    [
        lambda home: (home / ".venv" / "ready").unlink(),
        lambda home: (home / ".venv" / "bin" / "python").unlink(),
        lambda home: (home / "requirements.txt").write_text("torch==2.16.0\n"),
        lambda home: (home / "pyproject.toml").write_text("[project]\nname = 'x'\n"),
        lambda home: setup_environment.site_packages().joinpath("y.dist-info").mkdir(),
        lambda home: shutil.rmtree(home / ".venv" / "lib"),
    ],
    ids=["interrupted", "no python", "requirements", "pyproject", "added", "removed"],
)
def test_changed_environment_is_not_ready(home, change):
    change(home)
    assert not setup_environment.is_ready()


def test_moved_environment_is_not_ready(home, monkeypatch):
    moved = home.rename(home.with_name("your book"))
    monkeypatch.setattr(setup_environment, "ROOT", moved)
    monkeypatch.setattr(setup_environment, "LOCK", moved / "requirements.txt")
    monkeypatch.setattr(setup_environment, "PYTHON", moved / ".venv" / "bin" / "python")
    monkeypatch.setattr(setup_environment, "STAMP", moved / ".venv" / "ready")
    packages = moved / ".venv" / "lib" / "python9" / "site-packages"
    monkeypatch.setattr(setup_environment, "site_packages", lambda: packages)
    assert not setup_environment.is_ready()


def test_half_installed_package_is_forgotten(home):
    packages = setup_environment.site_packages()
    half = packages / "numpy-1.dist-info"
    half.mkdir()
    (half / "RECORD").write_text("numpy/__init__.py,,\n")
    (packages / "~umpy").mkdir()
    setup_environment.remove_unfinished()
    assert [path.name for path in packages.iterdir()] == ["torch-1.dist-info"]


def test_stray_variables_do_not_reach_pip(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PIP_USER", "1")
    variables = setup_environment.environment()
    assert not {"PYTHONHOME", "PYTHONPATH"} & set(variables)
    assert variables["PIP_USER"] == "0"


# make


def test_help_lists_every_command():
    listed = set(re.findall(r"^  (\w+)  ", make(), flags=re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed == set(phony.group(1).split())
    assert COMMANDS <= listed


def test_make_works_in_a_folder_with_a_space(tmp_path):
    folder = tmp_path / "my book"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    plan = make("-n", "book", folder=folder)
    assert plan.index("setup_environment.py") < plan.index("jupyter-book build . -W")
    assert str(folder) not in plan
    (folder / "_build").mkdir()
    (folder / "lenet_lib" / "__pycache__").mkdir(parents=True)
    kept = folder / ".venv" / "lib" / "__pycache__"
    kept.mkdir(parents=True)
    make("clean", folder=folder)
    assert kept.exists()
    assert not (folder / "_build").exists()
    assert not (folder / "lenet_lib" / "__pycache__").exists()


def test_a_failing_build_fails_make(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "jupyter-book").write_text("#!/bin/sh\nexit 3\n")
    (programs / "jupyter-book").chmod(0o755)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "setup_environment.py").touch()
    with pytest.raises(AssertionError, match="book"):
        make("book", folder=tmp_path)


# Packages


def test_requirements_pin_every_version():
    lines = requirements("requirements.txt")
    loose = [line for line in lines if not re.match(r"[\w.-]+==[\w.+]+( ;|$)", line)]
    assert loose == []
    names = [name_of(line) for line in lines]
    assert len(names) == len(set(names)), "more than one version of a package"


def test_requirements_cover_what_the_book_asks_for():
    pinned = {name_of(line): line for line in requirements("requirements.txt")}
    asked = requirements("requirements.in")
    assert {name_of(line) for line in asked} <= set(pinned)
    for line in asked:
        if "==" in line:
            assert pinned[name_of(line)].split(" ;")[0] == line


def test_no_ipywidgets():
    """It leaves an invisible widget and scripts of other hosts in built pages."""
    pinned = {name_of(line) for line in requirements("requirements.txt")}
    assert not pinned & {"ipywidgets", "jupyterlab-widgets", "widgetsnbextension"}


def test_library_has_lower_bounds_only():
    """Exact pins would replace the torch that Colab has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {name_of(line) for line in requirements("requirements.txt")}
    for dependency in project["dependencies"]:
        assert re.fullmatch(r"[a-z-]+>=[\d.]+", dependency)
        assert name_of(dependency) in pinned


# The browser


def fake_browser(folder: Path, script: str = "exit 0") -> Path:
    """Write a program that passes for a browser, or for something else."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_browser_on_the_path_is_found(tmp_path, monkeypatch):
    program = fake_browser(tmp_path)
    monkeypatch.delenv("LENET_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.look_again() == program


def test_chosen_browser_comes_first(tmp_path, monkeypatch):
    program = fake_browser(tmp_path)
    monkeypatch.setenv("LENET_BROWSER", str(program))
    assert browser.look_again() == program
    monkeypatch.setenv("LENET_BROWSER", str(tmp_path / "none"))
    with pytest.raises(browser.BrowserError, match="LENET_BROWSER"):
        browser.look_again()


@pytest.mark.parametrize("script", ["exit 1", "exec /snap/bin/chromium"])
def test_programs_that_only_look_like_browsers(tmp_path, script):
    assert not browser.starts(fake_browser(tmp_path, script))


def test_no_browser_at_all_gets_one_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("LENET_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "candidates", lambda: iter(()))
    monkeypatch.setattr(browser, "run", lambda *_, **__: None)
    with pytest.raises(browser.BrowserError) as told:
        browser.install()
    assert "LENET_BROWSER=" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.fixture(autouse=True)
def forget_browsers():
    """Leave no made-up browser behind for other tests."""
    yield
    browser.find.cache_clear()


# The server


def test_serve_shows_the_book_to_this_computer_only(tmp_path):
    html = tmp_path / "_build" / "html"
    html.mkdir(parents=True)
    (html / "index.html").write_text("a book")
    (tmp_path / "tools").mkdir()
    script = shutil.copy(ROOT / "tools" / "serve.py", tmp_path / "tools")
    server = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts the tests in the background makes them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        url = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline()).group()
        with urllib.request.urlopen(url, timeout=10) as page:
            assert page.read() == b"a book"
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(url + "none.html", timeout=10)
        # Another address of this same computer is not answered.
        with pytest.raises(urllib.error.URLError):
            other = url.replace("127.0.0.1", "127.0.0.2")
            urllib.request.urlopen(other, timeout=10)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
        assert server.stderr.read() == ""
    finally:
        server.kill()
        server.communicate()


def test_serve_without_a_book_says_what_to_do(tmp_path):
    (tmp_path / "tools").mkdir()
    script = shutil.copy(ROOT / "tools" / "serve.py", tmp_path / "tools")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip() == "The book is not built yet: run `make book` first."


# Metadata


def test_citation_file_has_what_the_format_requires():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cff["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cff)
    assert all("name" in author for author in cff["authors"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert str(cff["version"]) == project["version"]


def test_workflow_builds_tests_and_then_publishes():
    text = (ROOT / ".github" / "workflows" / "book.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    steps = jobs["build"]["steps"]
    commands = [step["run"].strip() for step in steps if "run" in step]
    assert commands[:2] == ["make book", "make test"]
    assert jobs["publish"]["needs"] == "build"
    assert "default_branch" in jobs["publish"]["if"]


def test_workflow_refuses_a_site_with_a_page_missing(tmp_path):
    text = (ROOT / ".github" / "workflows" / "book.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["build"]["steps"]
    (check,) = (step["run"] for step in steps if "python" in step.get("shell", ""))
    toc = {"root": "index", "parts": [{"chapters": [{"file": "chapters/one"}]}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc))
    pages = tmp_path / "_build" / "html"
    (pages / "chapters").mkdir(parents=True)
    (pages / "index.html").touch()

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", check]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert "chapters/one" in run().stderr
    (pages / "chapters" / "one.html").touch()
    assert run().returncode == 0


def test_continuous_integration_runs_the_tests():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("make test")
