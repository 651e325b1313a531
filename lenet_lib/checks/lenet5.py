"""Checks of the exercises of ``chapters/lenet5.md``."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib import papers
from lenet_lib.checks import expect, known
from lenet_lib.checks.verdict import Wrong, exercise


@exercise("ex-lenet5-c3")
def c3_parameters(answer: int) -> str:
    """The number of C3's parameters."""
    answer = expect.whole(answer, "answer")
    links, maps = sum(map(len, papers.LENET5_TABLE)), len(papers.LENET5_TABLE)
    right = 25 * links + maps
    slips = {
        25 * links: "the weights are all there; a map has something else to learn.",
        25 * links + 1: "not all maps share one bias.",
        26 * links: "you give every link a bias; whose is a bias, the link's or the "
        "map's?",
        (6 * 25 + 1) * maps: "that would be a C3 whose maps all read all of S2.",
        26
        * maps: "you give each map one window of weights, however many maps it reads.",
        26 * 6: "those are the parameters of C1.",
        25 * links + 6: "which layer's maps have the biases, S2's or C3's?",
        100 * right: "those are the connections: parameters are counted once for all "
        "places.",
        links: "those are the links; how many weights has each?",
    }
    if answer in slips:
        raise Wrong(slips[answer])
    if answer != right:
        raise Wrong(f"{answer:,} is too {'few' if answer < right else 'many'}.")
    return "25 weights for each cross of the table, and a bias for each of its columns."


@exercise("ex-lenet5-margin")
def without_margin(sizes: list[int], window: int, parameters: int) -> str:
    """LeNet-5's sizes and parameters on 28x28 pixels."""
    sizes = expect.several(sizes, "sizes", 4).tolist()
    window = expect.whole(window, "window")
    parameters = expect.whole(parameters, "parameters")
    if sizes == [28, 14, 10, 5]:
        raise Wrong("`sizes` are those with the margin.")
    size = 28
    for place, (name, given) in enumerate(
        zip(("C1", "S2", "C3", "S4"), sizes, strict=True)
    ):
        wanted = size // 2 if name.startswith("S") else size - 4
        if given != wanted:
            raise Wrong(
                f"`sizes[{place}]`: from {size} units along an edge, {name} does not "
                f"make {given:g}."
            )
        size = wanted
    if window != size:
        larger = "larger than the maps of S4" if window > size else "too small"
        raise Wrong(
            f"`window`: {window} is {larger}; a map of C5 should be a single unit."
        )
    fifth = 120 * (16 * size**2 + 1)
    right = 60_000 - 48_120 + fifth
    if parameters == 60_000:
        raise Wrong("`parameters`: with another window C5 has other parameters.")
    if parameters == fifth:
        raise Wrong("`parameters`: those are C5's alone.")
    if parameters == right - 120:
        raise Wrong("`parameters`: C5 still has its biases.")
    if parameters != right:
        off = "few" if parameters < right else "many"
        raise Wrong(f"`parameters`: {parameters:,} is too {off}.")
    return "the margin is paid for in C5 alone, with over a quarter of all parameters."


@exercise("ex-lenet5-vote")
def vote(coefficient: float, bias: float) -> str:
    """A subsampling unit that is on if at least two of its four inputs are."""
    coefficient = expect.number(coefficient, "coefficient")
    bias = expect.number(bias, "bias")
    on = np.arange(5)
    states = 1.7159 * np.tanh(2 / 3 * (coefficient * (2 * on - 4) + bias))
    sides = np.where(on >= 2, 1, -1)
    if coefficient <= 0:
        raise Wrong("with this coefficient the state does not rise with the inputs.")
    if bias == 0:
        raise Wrong("without a bias, two of four leave the unit undecided.")
    if (states * sides >= 1.5).all():
        return "the coefficient sets how sharply the unit decides, the bias where."
    if (states * sides > 0).all():
        raise Wrong("the unit leans the right way each time, but not clearly.")
    first = int((states * sides <= 0).argmax())
    raise Wrong(f"with {first} of four inputs on, the state is {states[first]:.2f}.")


@exercise("ex-lenet5-subsampling")
def subsampling(MyLayer: Callable[[int], nn.Module]) -> str:  # noqa: N803
    """S2's layer, as a class of the learner's."""
    expect.function(MyLayer, "MyLayer")
    draw = torch.Generator().manual_seed(5)
    for shape in ((2, 6, 4, 6), (1, 1, 2, 2), (5, 16, 10, 10), (3, 4, 28, 8)):
        maps = shape[1]
        layer = expect.call(MyLayer, maps, name="MyLayer")
        if not isinstance(layer, nn.Module):
            raise Wrong("`MyLayer` should be a class of `nn.Module`s.")
        coefficient, bias = _two_numbers(layer, maps, draw)
        inputs = torch.randn(shape, generator=draw)
        found = expect.call(layer, inputs, name="your layer")
        # The four units of each square, by their places.
        four = [inputs[:, :, i::2, j::2].double() for i in (0, 1) for j in (0, 1)]
        total, largest = sum(four), torch.stack(four).amax(0)  # (n, maps, h, w)
        wanted = coefficient * total + bias
        squashed = 1.7159 * torch.tanh(2 / 3 * wanted)
        slips = {
            "it takes the mean of each square.": coefficient * total / 4 + bias,
            "it takes the largest of each square.": coefficient * largest + bias,
            "the bias is not added.": coefficient * total,
            "the coefficient is not used.": total + bias,
            "the coefficient multiplies the bias, too.": coefficient * (total + bias),
            "it squashes the result; leave that to the network.": squashed,
        }
        value = expect.tensor(found, "what your layer gives", tuple(wanted.shape))
        for said, slip in slips.items():
            if torch.allclose(value, slip, atol=1e-4):
                raise Wrong(said)
        expect.same(value, wanted, "what your layer gives")
        _trains(found, layer)
    return "two numbers a map, wherever in the map: that is all that S2 can learn."


def _two_numbers(
    layer: nn.Module, maps: int, draw: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Set a layer's coefficients and biases to random numbers, (maps, 1, 1) each."""
    parameters = dict(layer.named_parameters())
    drawn = []
    for name in ("coefficient", "bias"):
        if name not in parameters:
            raise Wrong(f"your layer has no `nn.Parameter` by the name of `{name}`.")
        if (held := parameters[name].numel()) != maps:
            raise Wrong(
                f"with {maps} maps, `{name}` should hold {maps} numbers, and holds "
                f"{held}."
            )
        value = torch.randn(maps, generator=draw) + 0.5
        with torch.no_grad():
            parameters[name].copy_(value.reshape(parameters[name].shape))
        drawn.append(value.double()[:, None, None])
    if len(parameters) > 2:
        raise Wrong(f"your layer has {len(parameters)} parameters; two would do.")
    return drawn[0], drawn[1]


def _trains(found: Tensor, layer: nn.Module) -> None:
    """See that gradients reach both parameters."""
    if isinstance(found, Tensor) and found.requires_grad:
        found.sum().backward()
    for name, parameter in layer.named_parameters():
        if parameter.grad is None:
            raise Wrong(
                f"all values are right, but no gradient reaches `{name}`: it would "
                "never learn."
            )


@exercise("ex-lenet5-codes")
def code_distances(
    penalties: Callable[[Tensor, Tensor], Tensor], pictures: float, signs: float
) -> str:
    """The RBF layer's penalties, and how far two codes are from each other."""
    expect.function(penalties, "penalties")
    draw = torch.Generator().manual_seed(7)
    for count, classes, length in ((4, 10, 84), (1, 10, 84), (7, 3, 5), (10, 10, 12)):
        features = torch.randn(count, length, generator=draw)
        codes = torch.randn(classes, length, generator=draw).sign()
        found = expect.call(penalties, features, codes, name="penalties")
        apart = features.double().numpy()[:, None] - codes.double().numpy()
        wanted = torch.from_numpy((apart**2).sum(2))  # (count, classes)
        found = expect.tensor(found, "what `penalties` gives", tuple(wanted.shape))
        slips = {
            "`penalties` gives distances; equation 7 has their squares.": wanted.sqrt(),
            "`penalties` gives the mean over all cells, not the sum.": wanted / length,
            "`penalties` gives weighted sums, not distances.": features.double()
            @ codes.double().T,
        }
        for said, slip in slips.items():
            if torch.allclose(found, slip, atol=1e-4):
                raise Wrong(said)
        expect.same(found, wanted, "what `penalties` gives")
    ten = papers.output_codes()
    cells = np.array([list("".join(ten[str(digit)])) for digit in range(10)])
    differ = (cells[:, None] != cells).sum(2)  # (10, 10)
    means = {"pictures": (pictures, 4 * differ.sum() / 90), "signs": (signs, 168.0)}
    for name, (given, wanted) in means.items():
        given = expect.number(given, name)
        room = 0.1 if name == "pictures" else 2
        if abs(given - wanted) <= room:
            continue
        if abs(given - 0.9 * wanted) <= room:
            raise Wrong(f"`{name}`: leave out each code's distance to itself.")
        if abs(given - wanted / 4) <= room:
            raise Wrong(f"`{name}`: that is the number of cells in which two differ.")
        off = expect.side(given, wanted)
        raise Wrong(f"`penalties` is right, but `{name}` is too {off}.")
    return (
        "chance puts codes farther apart than a hand that draws: random signs differ "
        "in half of the cells."
    )


def _largest_limit(smallest: Tensor, misread: Tensor, percent: float) -> Tensor:
    """The largest penalty that may be answered."""
    order = smallest.argsort()
    answered = torch.arange(1, len(order) + 1)
    good = 100 * misread[order].double().cumsum(0) <= percent * answered + 1e-9
    return smallest[order[good.nonzero().max()]]


@exercise("ex-lenet5-reject")
def rejection(
    choose: Callable[[Tensor, Tensor, float], float], refused: int, misread: int
) -> str:
    """A limit to the penalty, beyond which the network had better not answer."""
    expect.function(choose, "choose")
    draw = torch.Generator().manual_seed(11)
    for count, percent in ((400, 5.0), (100, 10.0), (1000, 2.0), (2000, 2.5)):
        smallest = 60 * torch.rand(count, generator=draw).square()
        misread_here = torch.rand(count, generator=draw) < (smallest / 100)
        # The third surest is wrong: the share rises, falls, and rises again.
        surest = smallest.argsort()[:3]
        misread_here[surest] = torch.tensor([False, False, True])
        given = expect.call(choose, smallest, misread_here, percent, name="choose")
        answered = smallest <= expect.number(given, "what `choose` gives")
        right = smallest <= _largest_limit(smallest, misread_here, percent)
        if answered.equal(right):
            continue
        if not answered.any():
            raise Wrong("with the limit that `choose` gives, nothing is answered.")
        if answered.all():
            raise Wrong("with the limit that `choose` gives, everything is answered.")
        share = 100 * misread_here[answered].double().mean()
        if share > percent:
            raise Wrong(
                f"with the limit that `choose` gives, {share:.1f} % of the answered "
                f"are misread, where {percent:g} % are allowed."
            )
        raise Wrong(
            f"`choose` keeps to the {percent:g} %, but so does a larger limit: the "
            "share may rise and fall again."
        )
    return _rejected(expect.whole(refused, "refused"), expect.whole(misread, "misread"))


def _rejected(refused: int, misread: int) -> str:
    """What the limit does to the second half of the test digits."""
    smallest, answers = known.penalties().min(1)
    wrong = answers != known.images(train=False)[1]
    first, second = slice(0, 5000), slice(5000, 10_000)

    def counts(percent: float, half: slice) -> tuple[int, int]:
        limit = _largest_limit(smallest[first], wrong[first], percent)
        answered = smallest[half] <= limit
        return int((~answered).sum()), int(wrong[half][answered].sum())

    def near(wanted: tuple[int, int]) -> bool:
        # Another machine's arithmetic may move a digit over the limit.
        return abs(refused - wanted[0]) <= 2 and abs(misread - wanted[1]) <= 1

    right = counts(0.5, second)
    if near(right):
        return (
            f"{refused} of 5,000 go to a person, and of the {int(wrong[second].sum())} "
            f"mistakes {misread} are left."
        )
    if near(counts(0.5, first)):
        raise Wrong(
            "`choose` is right; but count on the half that you did not choose by."
        )
    if near(counts(0.005, second)):
        raise Wrong("`choose` is right; but 0.5 is half a percent already.")
    name, given, wanted = ("refused", refused, right[0])
    if abs(refused - right[0]) <= 2:
        name, given, wanted = ("misread", misread, right[1])
    off = expect.side(given, wanted)
    raise Wrong(f"`choose` is right, but `{name}` is too {off}.")
