"""The interactive figures of the book. Each function returns one that shows itself.

They are self-contained HTML and plain JavaScript: they work in the built book, from
``file://``, in Jupyter and in Colab, and ask nothing of any other host. Where scripts
do not run, and on paper, a picture stands in their place.

=====================  =============================================================
``kernel_over_digit``  a 5 x 5 window over a digit: pixels, weights, products, a map
``connection_table``   which maps feed which, as a table and as a drawing
``code_map``           digits as dots on a plane; point at one, and see it
``drawing_board``      draw a digit, and see a trained network read it
``line_reader``        write a number, and see LeNet-5 swept over it, and the string
``embed``              how an interactive figure gets into a page
=====================  =============================================================
"""

from lenet_lib.widgets.code_map import code_map
from lenet_lib.widgets.connection_table import connection_table
from lenet_lib.widgets.drawing_board import drawing_board
from lenet_lib.widgets.embed import Widget
from lenet_lib.widgets.kernel_over_digit import KERNELS, kernel_over_digit
from lenet_lib.widgets.line_reader import line_reader

__all__ = [
    "KERNELS",
    "Widget",
    "code_map",
    "connection_table",
    "drawing_board",
    "kernel_over_digit",
    "line_reader",
]
