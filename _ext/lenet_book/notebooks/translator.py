"""A chapter's text as Markdown, with marks where code cells go.

sphinx-markdown-builder does the ordinary things. Here is what a notebook wants
otherwise: numbers on figures, tables and equations, citations as [1], references as
text, and tables whose numbers stay as they are written.
"""

import base64
import mimetypes
from pathlib import Path

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx_exercise.nodes import is_exercise_node
from sphinx_markdown_builder.contexts import (
    IndentContext,
    SubContext,
    SubContextParams,
    TableContext,
    WrappedContext,
)
from sphinx_markdown_builder.translator import (
    MarkdownTranslator,
    pushing_context,
)

#: A line that starts with this character tells which cell comes here.
CELL = "\ue000"

#: Around each number that the text quotes from a run.
QUOTED, END_QUOTED = "\ue001", "\ue002"

#: A block of its own, with an empty line before and after.
BLOCK = SubContextParams(2, 2)


class NotebookTranslator(MarkdownTranslator):
    """Docutils visitor for one chapter."""

    def cell(self, kind: str) -> None:
        """Leave a mark: the Markdown cell ends, and a cell of this kind comes."""
        self.add(CELL + kind, prefix_eol=2, suffix_eol=2)

    def number(self, kind: str, node: nodes.Element) -> str:
        """The number that Sphinx gave to a figure, table, equation or exercise."""
        numbers = self.builder.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        found = next((numbers[i] for i in node["ids"] if i in numbers), ())
        return ".".join(map(str, found))

    @property
    def docname(self) -> str:
        """The chapter's name within the book."""
        return self.builder.current_doc_name

    # Text

    def visit_Text(self, node: nodes.Text) -> None:
        """Escape what would begin mathematics or HTML, too."""
        start = len(self.ctx.content)
        super().visit_Text(node)
        if self.status.escape_text:
            written = self.ctx.content[start:]
            self.ctx.content[start:] = [
                text.replace("$", r"\$").replace("<", "&lt;") for text in written
            ]

    def visit_inline(self, node: nodes.inline) -> None:
        """Mark a number that the text quotes from a run."""
        if "pasted-text" in node["classes"]:
            self.add(QUOTED)

    def depart_inline(self, node: nodes.inline) -> None:
        """Mark its end."""
        if "pasted-text" in node["classes"]:
            self.add(END_QUOTED)

    @pushing_context
    def visit_reference(self, node: nodes.reference) -> None:
        """Link to other places; within the book only where its address is known."""
        url = node.get("refuri", "")
        if node.get("internal"):  # one within this chapter has no refuri
            url = url and self.builder.on_site(self.docname, url)
        self._push_context(WrappedContext("[", f"]({url})") if url else SubContext())

    def visit_footnote_reference(self, node: nodes.footnote_reference) -> None:
        """Show a citation as [1], several together as [1, 2]."""
        place = node.parent.index(node)
        before = place > 0 and node.parent[place - 1]
        after = place + 1 < len(node.parent) and node.parent[place + 1]
        self.add(", " if isinstance(before, nodes.footnote_reference) else "[")
        self.add(node.astext())
        if not isinstance(after, nodes.footnote_reference):
            self.add("]")
        raise nodes.SkipNode

    def visit_footnote(self, node: nodes.footnote) -> None:
        """Begin an entry of the reference list with its number."""
        label = node.pop(0)
        node[0].insert(0, nodes.Text(f"[{label.astext()}] "))

    def visit_math_block(self, node: nodes.math_block) -> None:
        """Show an equation between $$, with its number."""
        tex, number = node.astext().strip(), self.number("displaymath", node)
        tag = rf"\tag{{{number}}}" + "\n" if number else ""
        if node.get("nowrap"):  # an AMS environment, which needs no $$ around it
            body, end, name = tex.rpartition(r"\end{")
            tex = f"{body}{tag}{end}{name}"
        else:
            tex = f"$$\n{tex}\n{tag}$$"
        self.add(tex, prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_target(self, node: nodes.target) -> None:
        """Leave no anchor: references are plain text, or lead to the site."""

    # A page's description is for its head.
    visit_raw = visit_comment = visit_meta = MarkdownTranslator._skip

    # Headings and boxes

    @pushing_context
    def visit_title(self, node: nodes.title) -> None:
        """Begin a cell with each heading, for Colab to fold it by; number chapters."""
        if not isinstance(node.parent, nodes.section):
            self._push_context(WrappedContext("**", params=BLOCK))
            return
        self.cell("text")
        super().visit_title(node)
        number = self.builder.env.toc_secnumbers.get(self.docname, {}).get("")
        if number and self.status.section_level == 1:
            self.add(".".join(map(str, number)) + ". ")

    def depart_title(self, node: nodes.title) -> None:
        """Put the set-up after the chapter's title."""
        self._pop_context()
        if self.status.section_level == 1 and isinstance(node.parent, nodes.section):
            self.cell("setup")

    @pushing_context
    def visit_admonition(self, node: nodes.Element) -> None:
        """Show a box as a quotation with a bold title."""
        self._push_context(IndentContext("> ", empty=True, params=BLOCK))
        if node.tagname in admonitionlabels:
            self.add(f"**{admonitionlabels[node.tagname]}**", suffix_eol=2)

    visit_attention = visit_caution = visit_danger = visit_error = visit_admonition
    visit_hint = visit_important = visit_note = visit_tip = visit_admonition
    visit_warning = visit_seealso = visit_sidebar = visit_topic = visit_admonition

    def visit_exercise_enumerable_node(self, node: nodes.Element) -> None:
        """Begin an exercise with a heading of its own."""
        name = node.pop(0).astext().strip().removeprefix("(").removesuffix(")")
        if number := self.number("exercise", node):
            name = f"{self.config.numfig_format['exercise'] % number}: {name}"
        self.cell("text")
        level = self.status.section_level + 1
        self.add(f"{'#' * level} {name}", prefix_eol=2, suffix_eol=2)

    visit_exercise_node = visit_solution_node = visit_exercise_enumerable_node

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        """Make the code of an exercise a cell: it is there to be filled in."""
        if node not in starters(self.document):
            return super().visit_literal_block(node)
        self.cell(f"starter {starters(self.document).index(node)}")
        raise nodes.SkipNode

    def depart_exercise_enumerable_node(self, node: nodes.Element) -> None:
        """Leave room for the answer where there is no code to begin with."""
        if not any(found in starters(self.document) for found in node.findall()):
            self.cell("answer")

    depart_exercise_node = depart_exercise_enumerable_node

    # Figures, tables, lists of terms

    def visit_container(self, node: nodes.container) -> None:
        """Mark a code cell; of its outputs keep what figures say in words."""
        if node.get("nb_element") == "cell_code":
            self.cell(f"code {node['cell_index']}")
            for figure in node.findall(nodes.figure):
                self.describe(figure)
            raise nodes.SkipNode

    def visit_figure(self, node: nodes.figure) -> None:
        """Show a picture that no cell draws."""
        for image in node.findall(nodes.image):
            self.visit_image(image)
        self.describe(node)
        raise nodes.SkipNode

    def visit_image(self, node: nodes.image) -> None:
        """Put a picture itself into the text: a notebook travels alone."""
        file = Path(self.builder.srcdir) / node["uri"]
        kind, _ = mimetypes.guess_type(file.name)
        data = base64.b64encode(file.read_bytes()).decode()
        alt = node.get("alt", "").replace("\n", " ")
        self.add(f"![{alt}](data:{kind};base64,{data})")

    def describe(self, figure: nodes.figure) -> None:
        """Write a figure's caption, and in words what it shows."""
        for caption in figure.findall(nodes.caption):
            caption.walkabout(self)
        for image in figure.findall(nodes.image):
            if alt := image.get("alt"):
                title = nodes.emphasis("", "In words:")
                nodes.paragraph("", "", title, nodes.Text(f" {alt}")).walkabout(self)

    @pushing_context
    def visit_caption(self, node: nodes.caption) -> None:
        """Begin a caption with its number, as in **Figure 2.1**."""
        self._push_context(SubContext(BLOCK))
        kind = node.parent.tagname
        if number := self.number(kind, node.parent):
            self.add(f"**{self.config.numfig_format[kind] % number}.** ")

    @pushing_context
    def visit_table(self, node: nodes.table) -> None:
        """Write a table with its caption above."""
        if isinstance(node[0], nodes.title):
            caption = nodes.caption("", "", *node.pop(0).children)
            caption.parent = node
            caption.walkabout(self)
        first = next(node.findall(nodes.row))
        self._push_context(PipeTable([alignment(entry) for entry in first]))

    def visit_definition_list(self, node: nodes.definition_list) -> None:
        """Show terms as a list."""
        self._start_list("-")

    depart_definition_list = MarkdownTranslator._end_list
    visit_definition_list_item = MarkdownTranslator._start_list_item
    depart_definition_list_item = MarkdownTranslator._pop_context

    @pushing_context
    def visit_term(self, node: nodes.term) -> None:
        """Set a term in bold, on a line of its own."""
        self._push_context(WrappedContext("**", params=BLOCK))

    def visit_definition(self, node: nodes.definition) -> None:
        """Go on below the term."""

    def depart_definition(self, node: nodes.definition) -> None:
        """Nothing is left to do."""


class PipeTable(TableContext):
    """A table in Markdown that leaves every entry as it is.

    The one it replaces reads numbers and writes them anew: 2.00 would become 2.
    """

    def __init__(self, alignments: list[str]) -> None:
        super().__init__(params=BLOCK)
        self.alignments = alignments

    def make(self) -> str:
        """Return the whole table."""
        head, *body = [self.make_row(row) for row in [*self.headers, *self.body]]
        rows = [head, self.alignments, *body]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    @staticmethod
    def make_row(row: list[list[str]]) -> list[str]:
        """Put each entry on one line."""
        entries = ["".join(parts).strip() for parts in row]
        return [
            entry.replace("|", r"\|").replace("\n\n", "<br>").replace("\n", " ")
            for entry in entries
        ]


def starters(document: nodes.document) -> list[nodes.literal_block]:
    """The code that exercises begin with, in its order: what is not run on the page."""
    return [
        block
        for exercise in document.findall(is_exercise_node)
        for block in exercise.findall(nodes.literal_block)
        if not isinstance(block.parent, nodes.container)  # of a cell
    ]


def alignment(entry: nodes.entry) -> str:
    """How Markdown marks the alignment of a column."""
    marks = {"text-left": ":--", "text-center": ":-:", "text-right": "--:"}
    return next((marks[name] for name in entry["classes"] if name in marks), "---")
