"""``python -m lenet_lib grade``: which answers in a class's notebooks are right.

The checks of :mod:`lenet_lib.checks` say so, while a copy of each notebook is executed.
A notebook that crashes, hangs or is damaged costs its own marks and nobody else's.

===============  ==================================================================
``command``      the command, and the table that it writes
``submission``   what a file holds: the cells, the chapter, the exercises
``execution``    a notebook's code in processes of its own, until a time limit
``runner``       the program that executes it there
===============  ==================================================================
"""

from lenet_lib.grade.command import arguments, main

__all__ = ["arguments", "main"]
