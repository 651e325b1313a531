"""A way from each exercise to its solution, where the book has solutions.

sphinx-exercise links a solution to its exercise, but not the other way. Without the
chapter of solutions in ``_toc.yml`` nothing is linked, and nothing is amiss.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import is_exercise_node, solution_node


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("doctree-resolved", link_solutions)


def link_solutions(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a link to the solution at the end of each exercise of a page."""
    if app.builder.format != "html":  # a notebook is read alone
        return
    known = getattr(app.env, "sphinx_exercise_registry", {})
    solutions = {
        entry["node"]["target_label"]: (entry["docname"], label)
        for label, entry in known.items()
        if "target_label" in entry["node"]
    }
    for exercise in doctree.findall(is_exercise_node):
        if found := solutions.get(exercise["label"]):
            where, label = found
            address = app.builder.get_relative_uri(docname, where)
            link = nodes.reference("", "Solution", internal=True)
            link["refuri"] = f"{address}#{label}"
            exercise[-1] += nodes.paragraph("", "", link, classes=["to-solution"])
    for solution in doctree.findall(solution_node):
        space_before_link(solution[0])


def space_before_link(title: nodes.title) -> None:
    """Move the space between "Solution to" and the link out of what is underlined."""
    for link in title.findall(nodes.reference):
        text = next(iter(link.findall(nodes.Text)))
        if text.startswith(" "):
            text.parent.replace(text, nodes.Text(text.lstrip()))
            link.parent.insert(link.parent.index(link), nodes.Text(" "))
        return
