"""The experiments of this book, run again by one command: see ``recipes``.

==============  =============================================================
``recipes``     what each experiment is
``studies``     experiments that train networks of several kinds
``ladders``     one of them: each rung of a ladder, with each seed
``strings``     another: LeNet-5 trained for strings, and how lines are read
``kept``        what of a study is done, so that it can go on
``digits``      what it trains on, in a constant order, and is measured with
``run``         one seed, all passes; can be stopped at any moment
``record``      the results file, and the network that is kept
``command``     ``python -m lenet_lib reproduce``: seeds side by side
==============  =============================================================
"""

from lenet_lib.reproduction.command import arguments, main

__all__ = ["arguments", "main"]
