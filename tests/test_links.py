"""`make links`: a report on links to other sites that never blocks anything."""

import json
import urllib.error
from email.message import Message

import pytest
from test_front_door import make

from tools import check_links


def refuse(error: Exception):
    """A stand-in for urlopen that raises an error."""

    def urlopen(request, timeout):
        assert timeout <= 10
        raise error

    return urlopen


def test_without_a_network_one_sentence_is_said_and_nothing_tried(monkeypatch, capsys):
    error = urllib.error.URLError("Temporary failure in name resolution")
    monkeypatch.setattr("urllib.request.urlopen", refuse(error))
    monkeypatch.setattr(check_links, "check", lambda: pytest.fail("tried"))
    check_links.main()
    assert capsys.readouterr().out == (
        "No link was checked: https://doi.org cannot be reached "
        "(Temporary failure in name resolution).\n"
    )


def test_a_site_that_answers_with_an_error_can_be_reached(monkeypatch):
    error = urllib.error.HTTPError("https://x.org", 403, "Forbidden", Message(), None)
    monkeypatch.setattr("urllib.request.urlopen", refuse(error))
    assert check_links.unreachable("https://x.org") is None


def test_the_report_names_each_link_without_an_answer_once():
    def line(uri: str, status: str, number: int, info: str = "") -> str:
        place = {"filename": "chapters/one.md", "lineno": number}
        return json.dumps(place | {"uri": uri, "status": status, "info": info})

    lines = [
        line("https://a.org", "working", 1),
        line("https://b.org", "redirected", 2, "https://c.org"),
        line("https://d.org", "broken", 3, "404 Client Error"),
        line("https://d.org", "broken", 3, "404 Client Error"),
        line("#here", "unchecked", 4),
    ]
    assert check_links.report("\n".join(lines)).splitlines() == [
        "Links to other sites: 3; without a good answer: 1.",
        "https://d.org (chapters/one.md, line 3): 404 Client Error",
        "Some sites turn programs away: open these in a browser.",
    ]
    good = check_links.report(lines[0])
    assert good == "Links to other sites: 1; without a good answer: 0."


def test_a_book_that_does_not_build_is_no_failure_either(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(check_links, "unreachable", lambda address: None)
    monkeypatch.setattr(check_links, "REPORT", tmp_path / "none.json")
    monkeypatch.setattr(check_links, "check", lambda: "A cell failed.")
    check_links.main()
    said = capsys.readouterr().out
    assert said.endswith("the book does not build.\nA cell failed.\n")


def test_make_links_checks_no_link_within_the_pages_folder():
    assert "tools/check_links.py" in make("-n", "links")
    assert check_links.REPORT.parent.name != "html"
