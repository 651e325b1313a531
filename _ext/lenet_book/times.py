"""``{run-times}``: how long the cells of each page ran when this book was built.

A page that comes from the cache has the time that it once took.
"""

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

#: What marks a page with such a table, in myst-nb's notes on it.
MARK = "lenet_run_times"


class Placeholder(nodes.General, nodes.Element):
    """Where the table will stand: times are known when all pages have been read."""


class RunTimes(SphinxDirective):
    """Leaves a placeholder, and marks the page."""

    def run(self) -> list[nodes.Node]:
        """Do so."""
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, MARK, True)
        return [Placeholder()]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_node(Placeholder)
    app.add_directive("run-times", RunTimes)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", fill_in)


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages with such a table: other pages may have run anew."""
    notes = NbMetadataCollector.get_doc_data(env)
    return [docname for docname, data in notes.items() if data.get(MARK)]


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a table in place of each placeholder: pages in their order, and seconds."""
    for placeholder in list(doctree.findall(Placeholder)):
        rows = [("page", "seconds")]
        order = app.env.toctree_includes.get(app.config.root_doc, [])
        for page in [app.config.root_doc, *order]:
            data = NbMetadataCollector.get_exec_data(app.env, page)
            if data and data["runtime"] is not None:
                link = nodes.reference("", "", internal=True)
                link["refuri"] = app.builder.get_relative_uri(docname, page)
                link += nodes.Text(app.env.titles[page].astext())
                rows.append((link, f"{data['runtime']:.0f}"))
        placeholder.replace_self(table(rows))


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
