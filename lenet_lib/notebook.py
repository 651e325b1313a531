"""Numbers that a chapter's text quotes from its own cells.

``glue(error=1.4)`` shows nothing, but leaves the value in the cell's output under its
name. When the book is built, ``{glue:text}`error:.1f``` in the text becomes that
value, so that prose and run cannot disagree. Anywhere else it does no harm.
"""

#: The kind of output that myst-nb, which builds the book, looks for.
PREFIX = "application/papermill.record/"


def glue(**values: float | int | str) -> None:
    """Leave values in the output of this cell, under their names, for the text.

    It needs only IPython, so that the same cell runs in Colab without myst-nb.
    """
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:  # a plain script: display would print our bookkeeping
        return
    for name, value in values.items():
        if hasattr(value, "item"):  # a number of numpy's or torch's
            value = value.item()
        display(
            {f"{PREFIX}text/plain": repr(value)},
            metadata={"scrapbook": {"name": name, "mime_prefix": PREFIX}},
            raw=True,
        )
