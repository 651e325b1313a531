"""Settings of the kernels that execute the chapters when the book is built.

Figures become SVG with a transparent ground, so that they stay sharp and sit on a
light or a dark page alike; and the same code always makes the same bytes. (To this
matplotlibrc contributes. A setting of Matplotlib's made here would be lost: it takes
effect with the first figure, and within the style that this is drawn in.)
"""

c = get_config()  # noqa: F821  (IPython defines it)

c.IPKernelApp.log_level = "ERROR"  # or each kernel reports on stderr that it runs
c.HistoryManager.enabled = False
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {
    "bbox_inches": "tight",
    "pad_inches": 0.04,
    "facecolor": "none",
    "metadata": {"Date": None, "Creator": None},
}
