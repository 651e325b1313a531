"""When and how long: what only the build itself can tell a page.

``{run-times}`` is a table of how long the cells of each page ran. A page that comes
from the cache has the time that it once took. ``{build-date}`` is the day on which the
pages are written, in UTC, in the form that is its text: ``{build-date}`%Y-%m-%d```. As
is customary, the variable SOURCE_DATE_EPOCH sets another, so that two builds can be
alike.
"""

import os
import time

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

#: What marks a page that every build must write, in myst-nb's notes on it.
MARK = "lenet_build"


class Times(nodes.General, nodes.Element):
    """Where the table will stand: times are known when all pages have been read."""


class Date(nodes.Inline, nodes.Element):
    """Where the day will stand: a page that is read today may be written tomorrow."""


class RunTimes(SphinxDirective):
    """Leaves a placeholder, and marks the page."""

    def run(self) -> list[nodes.Node]:
        """Do so."""
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, MARK, True)
        return [Times()]


class BuildDate(SphinxRole):
    """The same for the day, with its form as the text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Do so."""
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, MARK, True)
        return [Date(form=self.text)], []


def setup(app: Sphinx) -> None:
    """Add the directive and the role."""
    app.add_node(Times)
    app.add_node(Date)
    app.add_directive("run-times", RunTimes)
    app.add_role("build-date", BuildDate())
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", fill_in)


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages with such parts: other pages may have run anew, on another day."""
    notes = NbMetadataCollector.get_doc_data(env)
    return [docname for docname, data in notes.items() if data.get(MARK)]


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put tables and days in place."""
    today = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    for date in list(doctree.findall(Date)):
        date.replace_self(nodes.Text(time.strftime(date["form"], today)))
    for times in list(doctree.findall(Times)):
        times.replace_self(table(rows(app, docname)))


def rows(app: Sphinx, docname: str) -> list[tuple]:
    """Pages in their order, with their seconds; a head above, the sum below."""
    found, total = [("page", "seconds")], 0.0
    order = app.env.toctree_includes.get(app.config.root_doc, [])
    for page in [app.config.root_doc, *order]:
        data = NbMetadataCollector.get_exec_data(app.env, page)
        if data and data["runtime"] is not None:
            link = nodes.reference("", "", internal=True)
            link["refuri"] = app.builder.get_relative_uri(docname, page)
            link += nodes.Text(app.env.titles[page].astext())
            found.append((link, f"{data['runtime']:.0f}"))
            total += data["runtime"]
    return [*found, ("all together", f"{total:.0f}")]


def table(rows: list[tuple]) -> nodes.table:
    """A table of two columns, numbers to the right; the first row is its head."""
    group = nodes.tgroup("", nodes.colspec(colwidth=4), nodes.colspec(colwidth=1))
    group["cols"] = 2
    parts = nodes.thead(), nodes.tbody()
    group.extend(parts)
    for number, (page, seconds) in enumerate(rows):
        page = page if isinstance(page, nodes.Node) else nodes.Text(page)
        page = nodes.inline("", "", page)  # a link stands within text
        cells = nodes.paragraph("", "", page), nodes.paragraph("", seconds)
        entries = [nodes.entry("", cell) for cell in cells]
        entries[1]["classes"] = ["text-right"]
        parts[number > 0].append(nodes.row("", *entries))
    # The second name is for who compares two builds: times are never the same.
    return nodes.table("", group, classes=["colwidths-auto", "run-times"])
