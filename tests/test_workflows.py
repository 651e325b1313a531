"""GitHub's workflows: sound, careful with rights, and publishing when they should."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_front_door import make

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FOLDER.iterdir()}
JOBS = {
    f"{name}.{job}": settings
    for name, workflow in WORKFLOWS.items()
    for job, settings in workflow["jobs"].items()
}

workflows = pytest.mark.parametrize("name", WORKFLOWS)
jobs = pytest.mark.parametrize("job", JOBS)


def triggers(name: str) -> dict:
    """When a workflow runs; YAML takes the word "on" for true."""
    return WORKFLOWS[name][True]


def actions(job: dict) -> list[str]:
    """The actions that a job uses, without their versions."""
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


def commands(job: dict) -> list[str]:
    """The lines that a job runs in a shell."""
    scripts = [s["run"] for s in job["steps"] if "run" in s and "shell" not in s]
    return [line for script in scripts for line in script.strip().splitlines()]


def lint(*files: Path) -> subprocess.CompletedProcess[str]:
    """Hold files to the schema of workflows that comes with check-jsonschema."""
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.github-workflows", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True)


def test_github_would_understand_the_workflows(tmp_path):
    done = lint(*FOLDER.iterdir())
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / "broken.yml"
    broken.write_text((FOLDER / "book.yml").read_text().replace("timeout-", "time-"))
    assert lint(broken).returncode == 1


@jobs
def test_a_job_that_hangs_is_stopped(job):
    assert 0 < JOBS[job]["timeout-minutes"] <= 120


@workflows
def test_workflows_may_read_and_no_more(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}


@jobs
def test_only_publishing_has_more_rights(job):
    needed = {"pages": "write", "id-token": "write"}
    assert JOBS[job].get("permissions") == (needed if job == "book.publish" else None)


@jobs
def test_actions_are_of_github_and_of_a_known_version(job):
    used = [step["uses"] for step in JOBS[job]["steps"] if "uses" in step]
    assert [use for use in used if not re.fullmatch(r"actions/[\w-]+@v\d+", use)] == []


@jobs
def test_commands_are_those_of_make(job):
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    made = [line.split()[1] for line in commands(JOBS[job]) if line.startswith("make ")]
    assert set(made) <= set(phony.group(1).split())


def test_every_push_is_built_tested_and_published_from_the_default_branch():
    assert {"push", "pull_request", "workflow_dispatch"} <= set(triggers("book"))
    assert triggers("book")["push"] is None  # of any branch
    publish = WORKFLOWS["book"]["jobs"]["publish"]
    assert publish["needs"] == "build"
    assert publish["if"] == (
        "github.event_name != 'pull_request' && "
        "github.ref_name == github.event.repository.default_branch"
    )
    (pack,) = (
        step
        for step in WORKFLOWS["book"]["jobs"]["build"]["steps"]
        if "upload-pages-artifact" in step.get("uses", "")
    )
    assert pack["if"] == publish["if"]


def test_pages_are_looked_for_before_any_is_uploaded():
    steps = WORKFLOWS["book"]["jobs"]["build"]["steps"]
    check = [n for n, step in enumerate(steps) if "_toc.yml" in step.get("run", "")]
    uploads = [n for n, step in enumerate(steps) if "upload" in step.get("uses", "")]
    assert len(check) == 1 and len(uploads) == 2
    assert check[0] < min(uploads)
    assert not any(step.get("continue-on-error") for step in steps)
    assert not any("always()" in str(step.get("if")) for step in steps)


def test_nothing_but_a_pull_request_is_stopped_half_way():
    rule = WORKFLOWS["book"]["concurrency"]
    assert rule["group"] == "book-${{ github.ref }}"
    assert rule["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


def test_executed_cells_are_kept_for_the_same_code_and_packages(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "_ext")
    from lenet_book.execution import SOURCES

    steps = WORKFLOWS["book"]["jobs"]["build"]["steps"]
    (cache,) = (step for step in steps if "actions/cache@" in step.get("uses", ""))
    assert cache["with"]["path"] == "_build/.jupyter_cache"
    made_by = cache["env"]["MADE_BY"]
    for source in (*SOURCES, "requirements.txt"):
        assert f"'{source}'" in made_by
    assert "python-version" in made_by
    assert cache["with"]["restore-keys"] in cache["with"]["key"]
    assert steps.index(cache) < [step.get("run") for step in steps].index("make book")


def test_each_week_the_newest_packages_are_tried_and_nothing_is_published():
    assert re.fullmatch(r"\d+ \d+ \* \* \d", triggers("weekly")["schedule"][0]["cron"])
    assert set(triggers("weekly")) == {"schedule", "workflow_dispatch"}
    (job,) = WORKFLOWS["weekly"]["jobs"].values()
    made = [line for line in commands(job) if line.startswith("make ")]
    assert made == [
        "make lock OPTIONS=--upgrade",
        "make book",
        "make test",
        "make links",
    ]
    assert set(actions(job)) == {"actions/checkout", "actions/setup-python"}


def test_make_lock_can_take_the_newest_versions():
    assert "uv pip compile --upgrade " in make("-n", "lock", "OPTIONS=--upgrade")
