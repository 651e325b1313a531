"""The figures of the book. Each function takes data and returns a matplotlib figure.

Nothing here trains or loads anything. Every kind of layer has one colour in the whole
book (:data:`COLOURS`, a part of Okabe and Ito's palette, which colour-blind readers
can tell apart), and digits are dark ink on light paper.

================  ===========================================================
``style``         the one look of all figures
``dataset``       the digits, their counts, their centring, their coding
``convolution``   templates, kernels and their maps, fields, shifts
``stages``        what a network's layers give, noted for a drawing
``architecture``  a network drawn as the papers draw it
``training``      learning curves, losses compared, confusions
``seeds``         test errors of several runs, one dot a seed
``scoreboard``    published test errors beside ours
``starts``        the first digits of a training, with several first weights
``zipcode``       the zip-code network: its links, training, weights and states
``lenet5*``       LeNet-5's plan, its output codes, its states for a digit
``steps``         how LeNet-5 was trained: its loss, its steps, its layout in memory
``curvature``     how long the steps are, and what the paper's shortcut leaves out
``outside``       digits that are not MNIST's, remedy by remedy
``units``         what single units of LeNet-5 look for
``code_map``      digits as dots, where a layer's states or the pixels put them
``misread``       the digits that a network misreads, and what refusing some gains
``robustness``    digits that are changed by and by, until they are misread
``blame``         which pixels made it say so, and what such maps are worth
``lines``         lines of digits, and what a network swept over them says
``trellis``       Viterbi's algorithm by hand
``string_*``      what a sweep saves, and how many lines are read right
``reproduction``  LeNet-5's training repeated, over the curves of the paper
``ladder``        networks changed one thing at a time, and what each change brought
================  ===========================================================
"""

from lenet_lib.plotting.architecture import architecture
from lenet_lib.plotting.blame import blame_maps, deletion_counts, gap_by_ink
from lenet_lib.plotting.code_map import code_maps
from lenet_lib.plotting.convolution import (
    fields,
    pictures,
    sample_sizes,
    shift_errors,
    slipping,
    subsampling,
)
from lenet_lib.plotting.curvature import curvature_found, step_sizes
from lenet_lib.plotting.dataset import (
    centring,
    class_counts,
    codes,
    digits,
    pixel_values,
    rates,
)
from lenet_lib.plotting.ladder import ladder
from lenet_lib.plotting.lenet5 import (
    accounts,
    input_field,
    receptive_fields,
    squashing,
    subsampling_kinds,
)
from lenet_lib.plotting.lenet5_codes import all_codes, code_distances
from lenet_lib.plotting.lenet5_states import differences, f6_pictures, network_states
from lenet_lib.plotting.lines import readings, strips, wide_maps
from lenet_lib.plotting.misread import (
    error_and_rejection,
    misread_digits,
    wrong_by_class,
)
from lenet_lib.plotting.outside import remedies, tolerance
from lenet_lib.plotting.reproduction import (
    first_passes,
    pass_by_pass,
    training_sizes,
)
from lenet_lib.plotting.robustness import robustness, step_by_step
from lenet_lib.plotting.scoreboard import scoreboard
from lenet_lib.plotting.seeds import baselines, comparison, recipes, variants
from lenet_lib.plotting.starts import starts
from lenet_lib.plotting.steps import bowls, pulls, squares
from lenet_lib.plotting.string_results import by_gap, savings
from lenet_lib.plotting.style import COLOURS
from lenet_lib.plotting.training import (
    compare_losses,
    confusion,
    learning_curves,
)
from lenet_lib.plotting.trellis import trellis
from lenet_lib.plotting.units import (
    contributions,
    f6_classes,
    kernel_maps,
    waiting_for,
)
from lenet_lib.plotting.zipcode import (
    kernels_and_biases,
    layer_states,
    link_tables,
    passes,
    rejection,
)

__all__ = [
    "COLOURS",
    "accounts",
    "all_codes",
    "architecture",
    "baselines",
    "blame_maps",
    "bowls",
    "by_gap",
    "centring",
    "class_counts",
    "code_distances",
    "code_maps",
    "codes",
    "compare_losses",
    "comparison",
    "confusion",
    "contributions",
    "curvature_found",
    "deletion_counts",
    "differences",
    "digits",
    "f6_classes",
    "error_and_rejection",
    "f6_pictures",
    "fields",
    "first_passes",
    "gap_by_ink",
    "input_field",
    "kernel_maps",
    "kernels_and_biases",
    "ladder",
    "layer_states",
    "learning_curves",
    "link_tables",
    "misread_digits",
    "network_states",
    "pass_by_pass",
    "passes",
    "pictures",
    "pixel_values",
    "pulls",
    "rates",
    "readings",
    "receptive_fields",
    "recipes",
    "rejection",
    "remedies",
    "robustness",
    "savings",
    "sample_sizes",
    "scoreboard",
    "shift_errors",
    "slipping",
    "squares",
    "squashing",
    "step_by_step",
    "step_sizes",
    "starts",
    "strips",
    "subsampling",
    "subsampling_kinds",
    "tolerance",
    "training_sizes",
    "trellis",
    "variants",
    "waiting_for",
    "wide_maps",
    "wrong_by_class",
]
