"""What the papers and reviews published: plain data, and where each number stands.

The one source of published numbers for the text, the figures and the tests. Nothing
here is measured; what we measured ourselves is in ``lenet_lib.results``.
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layer:
    """A row of a paper's account of its network."""

    name: str  #: the paper's
    kind: str  #: "convolution", "subsampling", "full connection" or "output"
    maps: int  #: feature maps; the units themselves where there is no map
    size: int  #: units along an edge of a map
    parameters: int  #: free parameters
    connections: int  #: weighted inputs of all units, biases included

    @property
    def units(self) -> int:
        """The number of units in the layer."""
        return self.maps * self.size**2


@dataclass(frozen=True)
class Account:
    """A network as its paper describes it."""

    name: str
    year: int
    input_size: int  #: pixels along an edge of the input
    layers: tuple[Layer, ...]
    parameters: int  #: printed total
    connections: int  #: printed total


#: The zip-code network: LeCun et al. (1989), which prints each of these counts.
ZIP_CODE = Account(
    "zip-code network", 1989, 16,
    (
        Layer("H1", "convolution", 12, 8, 1_068, 19_968),
        Layer("H2", "convolution", 12, 4, 2_592, 38_592),
        Layer("H3", "full connection", 30, 1, 5_790, 5_790),
        Layer("output", "output", 10, 1, 310, 310),
    ),
    parameters=9_760, connections=64_660,
)  # fmt: skip

#: Units of the zip-code network, its 256 inputs among them: LeCun et al. (1989).
ZIP_CODE_UNITS = 1_256

#: LeNet-1: LeCun et al. (1990). The paper prints the totals; the layers' own counts
#: follow from its text and its Table 1.
LENET1 = Account(
    "LeNet-1", 1990, 28,
    (
        Layer("H1", "convolution", 4, 24, 104, 59_904),
        Layer("H2", "subsampling", 4, 12, 8, 2_880),
        Layer("H3", "convolution", 12, 8, 512, 32_768),
        Layer("H4", "subsampling", 12, 4, 24, 960),
        Layer("output", "output", 10, 1, 1_930, 1_930),
    ),
    parameters=2_578, connections=98_442,
)  # fmt: skip

#: Units of LeNet-1 as printed in LeCun et al. (1990). Inputs and layers make one less.
LENET1_UNITS = 4_635

#: LeNet-5: LeCun et al. (1998), section II.B. The paper prints "60,000" and
#: "340,908"; F6's connections and the 840 of the output follow from its text.
LENET5 = Account(
    "LeNet-5", 1998, 32,
    (
        Layer("C1", "convolution", 6, 28, 156, 122_304),
        Layer("S2", "subsampling", 6, 14, 12, 5_880),
        Layer("C3", "convolution", 16, 10, 1_516, 151_600),
        Layer("S4", "subsampling", 16, 5, 32, 2_000),
        Layer("C5", "convolution", 120, 1, 48_120, 48_120),
        Layer("F6", "full connection", 84, 1, 10_164, 10_164),
        Layer("output", "output", 10, 1, 0, 840),
    ),
    parameters=60_000, connections=340_908,
)  # fmt: skip

#: Which maps of H2 each of the twelve maps of H3 reads, counted from 0: LeCun et al.
#: (1990), Table 1. The two halves share no map.
LENET1_TABLE = (
    (0,), (0, 1), (0, 1), (1,), (0, 1), (0, 1),
    (2,), (2, 3), (2, 3), (3,), (2, 3), (2, 3),
)  # fmt: skip

#: Which maps of S2 each of the sixteen maps of C3 reads: LeCun et al. (1998), Table I.
LENET5_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip

#: Results of LeCun et al. (1989) on 7,291 training and 2,007 test digits (percent).
ZIP_CODE_1989 = {
    "passes": 23,
    "train_digits": 7_291,
    "test_digits": 2_007,
    "train_error": 0.14,
    "test_error": 5.0,
    "train_wrong": 10,
    "test_wrong": 102,
    "train_mse": 2.5e-3,
    "test_mse": 1.8e-2,
    "rejected_for_1_percent": 12.1,
}

#: The same network rebuilt by Karpathy (2022) with digits of MNIST; one seed (percent).
ZIP_CODE_2022 = {
    "passes": 23,
    "train_digits": 7_291,
    "test_digits": 2_007,
    "train_error": 0.62,
    "test_error": 4.09,
    "train_wrong": 45,
    "test_wrong": 82,
    "test_mse": 2.838e-2,
}

#: What Karpathy (2022) then changed in it, each row keeping the changes above it: test
#: errors on 2,007 digits (percent; one seed), and how many of these his program
#: printed as misread. The passes of the last row are not stated.
ZIP_CODE_2022_STEPS = {
    "softmax": {"passes": 23, "test_error": 4.38, "printed": 87},
    "AdamW": {"passes": 46, "test_error": 3.59, "printed": 72},
    "shifts": {"passes": 60, "test_error": 2.19, "printed": 43},
    "dropout, ReLU": {"passes": 80, "test_error": 1.59, "printed": 32},
    "50,000 digits": {"passes": None, "test_error": 1.25, "printed": 24},
}

#: The control of LeCun et al. (1989): one hidden layer of 40 units (percent).
FULLY_CONNECTED_1989 = {
    "hidden": 40,
    "connections": 10_690,
    "train_error": 1.6,
    "test_error": 8.1,
    "rejected_for_1_percent": 19.4,
}

#: Results of LeCun et al. (1990) after 30 passes over 9,840 digits (percent).
LENET1_1990 = {"train_error": 1.1, "test_error": 3.4, "passes": 30}

#: Test digits that LeNet-1 must reject for an error of 1 percent on the rest: LeCun et
#: al. (1990), percent of all of them, and of the handwritten ones. There are three
#: limits: to the highest output, to the next, and to the gap between these.
LENET1_REJECTED_FOR_1_PERCENT = {"all": 5.7, "handwritten": 9.0}

#: Its printed digits: how many there are in all, to train on and to test on, by LeCun
#: et al. (1990). The first is not the sum of the others.
LENET1_PRINTED_DIGITS = {"all": 3_349, "train": 2_549, "test": 700}

#: LeNet-5's run without distortions: LeCun et al. (1998), section III.B (percent).
LENET5_1998 = {"passes": 20, "train_error": 0.35, "test_error": 0.95}

#: LeNet-5's global learning rate in each of its 20 passes: LeCun et al. (1998), section
#: III.B. The last one held from the 13th pass on.
LENET5_RATES = (
    *[0.0005] * 2, *[0.0002] * 3, *[0.0001] * 3, *[0.00005] * 4, *[0.00001] * 8,
)  # fmt: skip

#: A weight's own rate is the global one divided by mu + its curvature, which "digits"
#: digits give before each pass. In the first pass these rates lay between "lowest" and
#: "highest", about: LeCun et al. (1998), section III.B.
LENET5_STEPS = {"mu": 0.02, "digits": 500, "lowest": 7e-5, "highest": 0.016}

#: Percent misread after each pass, in training and in the test, read from Figure 5 of
#: LeCun et al. (1998) to within "uncertainty". It shows 21 points where the text speaks
#: of 20 passes. A training digit was counted when it came up, before its own step.
LENET5_CURVE = {
    "train_error": (
        4.89, 3.06, 1.76, 1.47, 1.21, 0.90, 0.77, 0.69, 0.56, 0.49, 0.46, 0.44, 0.41,
        0.38, 0.38, 0.38, 0.38, 0.36, 0.36, 0.36, 0.36,
    ),
    "test_error": (
        2.67, 2.24, 1.47, 1.42, 1.42, 1.08, 1.03, 1.05, 0.97, 0.95, 0.95, 0.97,
        *[0.95] * 9,
    ),
    "uncertainty": 0.03,
}  # fmt: skip

#: What LeCun et al. (1998), section III.E, say that their networks bear: turns, in
#: degrees either way; size, a factor of about two; shifts up and down, half a digit's
#: height, which is 20 pixels here. With noise of this probability they trained.
BORNE_1998 = {"turn": 30, "size": 2, "down": 10, "inverted": 0.1}

#: Percent misread by LeNet-5 for each number of training digits, read from Figure 6 of
#: LeCun et al. (1998) to within 0.01.
LENET5_SIZES = {
    15_000: {"train_error": 0.05, "test_error": 1.68},
    30_000: {"train_error": 0.31, "test_error": 1.14},
    60_000: {"train_error": 0.35, "test_error": 0.94},
}

#: LeNet-5 trained on distorted digits as well: LeCun et al. (1998), section III.B. The
#: text prints 0.8 percent, Figure 8 shows the misread digits, Figure 6 has 0.82.
LENET5_DISTORTED = {"distorted": 540_000, "test_error": 0.8, "test_wrong": 82}

#: These misread digits, counted in LeCun et al. (1998), Figure 8: how many of each
#: class from 0 to 9; and the commonest confusions, (true digit, answer) to how many.
LENET5_DISTORTED_WRONG = (3, 2, 8, 9, 11, 5, 13, 5, 10, 16)
LENET5_DISTORTED_CONFUSIONS = {(9, 4): 8, (3, 5): 4, (4, 9): 4, (6, 0): 4, (6, 5): 4}

#: LeNet-5's training took "least" to "most" days on one processor of so many
#: megahertz: LeCun et al. (1998), section III.D.
LENET5_TIME = {"least": 2, "most": 3, "megahertz": 200}

#: Multiply-adds for one digit, in thousands: LeCun et al. (1998), Figure 11. We cannot
#: derive LeNet-5's from the plan that the same paper describes.
MULTIPLY_ADDS = {"LeNet-1": 100, "LeNet-4": 260, "LeNet-5": 401}

#: Parameters of LeNet-4, "about 17,000": LeCun et al. (1998), section III.C. Its full
#: connection alone must have more, as the same section describes it.
LENET4_PARAMETERS = 17_000

#: 646 business checks read by LeNet-5 within a larger system: LeCun et al. (1998),
#: section X (percent), and the year since which it has been in use at banks.
CHECKS = {"checks": 646, "read": 82, "wrong": 1, "rejected": 17, "in_use": 1996}

#: What the machine before it made of the same checks, in percent: section X.
CHECKS_BEFORE = {"read": 68, "wrong": 1, "rejected": 31}

#: Words written on a tablet, without a dictionary: percent misread before and after the
#: whole system was trained at once, by a network that is swept over the word, and with
#: heuristic over-segmentation. LeCun et al. (1998), section IX.
ONLINE_WORDS = {"sweep": (38, 26), "cuts": (22.5, 17)}

#: Test error on MNIST in percent: LeCun et al. (1998), Figure 9, all of its entries.
#: The paper states an uncertainty of about 0.1. [dist]: trained with distorted digits
#: as well; [deslant]: digits set upright; [16x16]: digits reduced to 16x16 pixels.
MNIST_TEST_ERROR = {
    "Linear": 12.0,
    "[deslant] Linear": 8.4,
    "Pairwise linear": 7.6,
    "K-NN Euclidean": 5.0,
    "[deslant] K-NN Euclidean": 2.4,
    "40 PCA + quadratic": 3.3,
    "1000 RBF + linear": 3.6,
    "[16x16] Tangent distance": 1.1,
    "SVM poly 4": 1.1,
    "RS-SVM poly 5": 1.0,
    "[dist] V-SVM poly 9": 0.8,
    "28x28-300-10": 4.7,
    "[dist] 28x28-300-10": 3.6,
    "[deslant] 20x20-300-10": 1.6,
    "28x28-1000-10": 4.5,
    "[dist] 28x28-1000-10": 3.8,
    "28x28-300-100-10": 3.05,
    "[dist] 28x28-300-100-10": 2.5,
    "28x28-500-150-10": 2.95,
    "[dist] 28x28-500-150-10": 2.45,
    "[16x16] LeNet-1": 1.7,
    "LeNet-4": 1.1,
    "LeNet-4 with K-NN": 1.1,
    "LeNet-4 with local learning": 1.1,
    "LeNet-5": 0.95,
    "[dist] LeNet-5": 0.8,
    "[dist] Boosted LeNet-4": 0.7,
}

#: Percent of the test digits to be rejected for an error of 0.5 percent on the rest:
#: LeCun et al. (1998), Figure 10. The score is the gap between the two best classes.
#: Names as in Figure 9; LeNet-5 is not in it.
MNIST_REJECTED_FOR_HALF_PERCENT = {
    "[deslant] K-NN Euclidean": 8.1,
    "[16x16] Tangent distance": 1.9,
    "SVM poly 4": 1.8,
    "[deslant] 20x20-300-10": 3.2,
    "[16x16] LeNet-1": 3.7,
    "LeNet-4": 1.8,
    "LeNet-4 with local learning": 1.4,
    "LeNet-4 with K-NN": 1.6,
    "[dist] Boosted LeNet-4": 0.5,
}

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
