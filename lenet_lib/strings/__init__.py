"""Reading strings: LeNet-5 swept over a line of digits (P98, section VII).

P98 stands for LeCun et al. (1998). A line is a strip of 32 rows with a zip code in it,
five digits side by side. In the order in which a string is read:

============  =====================================================================
``lines``     lines of five digits, set from MNIST's with a gap that is given
``writing``   a number that somebody wrote, or a picture of one, made into a line
``sweep``     LeNet-5 as one wide network: its penalties every four pixels of a line
``grammar``   which strings there can be: a finite-state machine
``viterbi``   the best path through the penalties that the machine allows
``reading``   all of these at once, and how a string that was read is judged
``windows``   what the network for strings is trained on: digits with neighbours
``training``  its training
============  =====================================================================

``lenet_lib.reproduction.strings`` measures how well it does, over seeds and gaps. A zip
code from end to end::

    network = weights.load("lenet5-strings")
    some = lines(images, labels, gap=2, seed=1, count=1)
    read(network, some.pictures)  # ["35119"]
"""

from lenet_lib.strings.grammar import Machine, zip_code
from lenet_lib.strings.lines import Lines, coded, lines
from lenet_lib.strings.reading import edit_distance, losses, read
from lenet_lib.strings.sweep import connections, middles, steps, sweep, sweep_states
from lenet_lib.strings.viterbi import Path, naive, viterbi
from lenet_lib.strings.writing import into_line, line_from_image

__all__ = [
    "Lines",
    "Machine",
    "Path",
    "coded",
    "connections",
    "edit_distance",
    "into_line",
    "line_from_image",
    "lines",
    "losses",
    "middles",
    "naive",
    "read",
    "steps",
    "sweep",
    "sweep_states",
    "viterbi",
    "zip_code",
]
