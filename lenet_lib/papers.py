"""What the papers and reviews published: plain data, and where each number stands.

The one source of published numbers for the text, the figures and the tests. Nothing
here is computed; what we computed ourselves is in ``lenet_lib.results``.
"""

import json
from pathlib import Path

#: Test error on MNIST in percent: LeCun et al. (1998), Figure 9.
#: The paper states an uncertainty of about 0.1.
MNIST_TEST_ERROR = {"LeNet-1": 1.7, "LeNet-4": 1.1, "LeNet-5": 0.95}

#: Free parameters of the three networks: the zip-code network's from the counts in
#: LeCun et al. (1989), LeNet-1's from LeCun et al. (1990), LeNet-5's from LeCun et al.
#: (1998), section II.B.
PARAMETERS = {"zip-code": 9_760, "LeNet-1": 2_578, "LeNet-5": 60_000}

#: LeNet-1 as printed in LeCun et al. (1990): free parameters and connections of the
#: whole network; the layers' own counts follow from its text and its Table 1.
LENET1 = {"parameters": PARAMETERS["LeNet-1"], "connections": 98_442}

#: Results of LeCun et al. (1990) after 30 passes over 9,840 digits (percent).
LENET1_1990 = {"train_error": 1.1, "test_error": 3.4, "passes": 30}

#: MNIST test digits whose label a human review changed: index, counted from 0, to
#: (label given, label found by the reviewers). Northcutt et al. (2021).
CHANGED_LABELS = {
    947: (8, 9),
    1621: (0, 6),
    1901: (9, 4),
    2462: (2, 0),
    2597: (5, 3),
    3558: (5, 0),
    5937: (5, 3),
    6651: (0, 6),
    6783: (1, 6),
    9729: (5, 6),
}

#: Test digits that the same review found to show no digit, or two.
DOUBTFUL_LABELS = (2654, 3520, 9679, 2130, 8527)


def output_codes() -> dict[str, list[str]]:
    """LeNet-5's output codes: for each of 96 characters, twelve rows of seven cells.

    ``#`` is +1, drawn black in Figure 3 of LeCun et al. (1998), and ``.`` is -1. The
    code of the digit 5 is the mark of this book.
    """
    path = Path(__file__).with_name("output_codes.json")
    return json.loads(path.read_text(encoding="utf-8"))
