"""Checks of the exercises of ``chapters/convolution.md``."""

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib.checks import expect
from lenet_lib.checks.known import images
from lenet_lib.checks.verdict import Wrong, exercise


@exercise("ex-convolution-count")
def layer_counts(edge: int, parameters: int, connections: int, full: int) -> str:
    """A layer from 28 x 28 pixels to 6 maps, with windows of 7 x 7."""
    units, weights = 22 * 22, 7 * 7
    small = {21: "count the places again, the first one too", 28: "there is no border"}
    expect.exactly(edge, "edge", 22, small | {24: "the window has 7 × 7 pixels here"})
    slips = {
        6 * weights: "each map has a bias, too",
        weights + 1: "that is one map of six",
        6 * (weights + units): "the units of a map share their bias, too",
        6 * units * (weights + 1): "shared weights count once",
    }
    expect.exactly(parameters, "parameters", 6 * (weights + 1), slips)
    slips = {
        6 * units * weights: "a unit's bias is a connection, too",
        units * (weights + 1): "that is one map of six",
        6 * (weights + 1): "each place of the window is a new set of connections",
    }
    expect.exactly(connections, "connections", 6 * units * (weights + 1), slips)
    slips = {
        6 * units * 28 * 28: "each unit has a bias, too",
        units * (28 * 28 + 1): "that is one map of six",
        6 * units * (weights + 1): "each unit shall see all pixels",
        6 * (28 * 28 + 1): "each unit shall have weights of its own",
    }
    expect.exactly(full, "full", 6 * units * (28 * 28 + 1), slips)
    return "sharing saves parameters; looking locally saved 15 of 16 connections."


def sums(image: Tensor, kernel: Tensor, bias: float, stride: int) -> Tensor:
    """Equation 2 of the chapter, term by term."""
    edge = len(kernel)
    rows, columns = ((n - edge) // stride + 1 for n in image.shape)
    found = torch.full((rows, columns), bias, dtype=torch.float64)
    for row, column in product(range(rows), range(columns)):
        for i, j in product(range(edge), range(edge)):
            pixel = image[row * stride + i, column * stride + j]
            found[row, column] += (kernel[i, j] * pixel).item()
    return found


@exercise("ex-convolution-map")
def feature_map(feature_map: Callable[[Tensor, Tensor, float, int], Tensor]) -> str:
    """The map of one kernel over one image, with a bias and a stride."""
    expect.function(feature_map, "feature_map")
    name = "what `feature_map` gives"
    draw = torch.Generator().manual_seed(5)
    sizes = [(7, 7, 3, 1), (9, 6, 3, 1), (8, 11, 5, 2), (10, 12, 4, 3), (5, 5, 5, 1)]
    for rows, columns, edge, stride in sizes:
        image = torch.randn(rows, columns, generator=draw)
        kernel = torch.randn(edge, edge, generator=draw)
        bias = 1 + torch.rand(1, generator=draw).item()
        wanted = sums(image, kernel, bias, stride)
        inputs = image, kernel, bias, stride
        found = expect.call(feature_map, *inputs, name="feature_map")
        shape = tuple(found.shape) if isinstance(found, Tensor) else None
        if stride > 1 and shape == (rows - edge + 1, columns - edge + 1):
            raise Wrong(f"{name} is of shape {shape}: the window does not step.")
        found = expect.tensor(found, name, tuple(wanted.shape))
        turned = sums(image, kernel.flip(0, 1), bias, stride)
        slips = {
            "is the convolution of mathematics, with the kernel turned": turned,
            "has no bias": wanted - bias,
            "has the bias once for each weight": wanted + (edge**2 - 1) * bias,
        }
        if not torch.allclose(found, wanted, atol=1e-4):
            for words, slip in slips.items():
                if torch.allclose(found, slip, atol=1e-4):
                    raise Wrong(f"{name} {words}.")
        expect.same(found, wanted, name)
    return "that is all that a convolution computes; the rest is speed."


@exercise("ex-convolution-ones")
def kernel_of_ones(kernel: Tensor, below: int) -> str:
    """A kernel under which ones score higher than zeros."""
    weights = expect.tensor(kernel, "`kernel`", (5, 5))
    below = expect.whole(below, "below")
    pictures, labels = images(train=False)

    def scores(digit: int) -> Tensor:
        first = pictures[labels == digit][:100, None].double()
        return F.conv2d(first, weights[None, None]).flatten(1).amax(1)  # (100,)

    ones, zeros = scores(1), scores(0)

    def near(count: Tensor) -> bool:
        return abs(below - int(count.sum())) <= 1  # rounding may move one

    if not near(zeros < ones.median()):
        if near(zeros > ones.median()):
            raise Wrong("`below` counts the zeros that lie above the median one.")
        raise Wrong(
            f"with your kernel, {below} is not the number of zeros below the median "
            "one: first hundred of each in the test set, largest sum on the map?"
        )
    if below < 80:
        raise Wrong(
            f"your kernel leaves {below} zeros of 100 below the median one; at least "
            "80 can be had. What does a one have that a zero has nowhere?"
        )
    return (
        f"{below} zeros of 100 stay below. It is hard since a zero has upright "
        "strokes, too, and one good place is enough for a high score."
    )


@exercise("ex-convolution-stride")
def strided(strided: Callable[[], nn.Module], parameters: int, connections: int) -> str:
    """The small network with steps of two in place of subsampling."""
    expect.function(strided, "strided")
    network = expect.call(strided, name="strided")
    if not isinstance(network, nn.Module):
        raise Wrong("`strided` should return a network: is there a `return`?")
    layers = list(network.modules())
    steps = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    last = [layer for layer in layers if isinstance(layer, nn.Linear)]
    if len(steps) != 2 or len(last) != 1:
        raise Wrong("the network should have two `nn.Conv2d` and one `nn.Linear`.")
    for layer in steps:
        if layer.stride != (2, 2):
            raise Wrong(f"a convolution steps by {layer.stride}, not by two.")
        if layer.padding != (0, 0):
            raise Wrong("a convolution has a border; without one the sizes fit.")
    if [tuple(layer.weight.shape) for layer in steps] != [(4, 1, 5, 5), (8, 4, 5, 5)]:
        raise Wrong("keep 4 and 8 maps, and windows of 5 × 5.")
    draw = torch.Generator().manual_seed(3)
    for count in (3, 1):
        pictures = torch.randn(count, 1, 28, 28, generator=draw)
        with torch.no_grad():
            found = expect.call(network, pictures, name="your network")
            states = pictures
            for layer in steps:  # of all places, every second row and column
                everywhere = F.conv2d(states, layer.weight, layer.bias)
                states = everywhere[..., ::2, ::2].tanh()
            wanted = last[0](states.flatten(1))
        found = expect.tensor(found, "what your network gives", (count, 10))
        if not torch.allclose(found, wanted.double(), atol=1e-4):
            raise Wrong(
                "your network gives other scores than its three layers would, with a "
                "tanh after each convolution."
            )
    if (total := sum(p.numel() for p in network.parameters())) != 2_202:
        words = "lacks some" if total < 2_202 else "does not need all"
        raise Wrong(f"your network has {total:,} parameters, and {words}.")
    slips = {2_226: "that is the network with subsampling", 2_180: "count the biases"}
    expect.exactly(parameters, "parameters", 2_202, slips)
    slips = {
        116_426: "that is the network with subsampling",
        28_480: "a unit's bias is a connection, too",
        2_202: "a weight makes a connection in each place of its window",
        27_904: "the last layer has connections, too",
    }
    expect.exactly(connections, "connections", 29_194, slips)
    return "a quarter of the arithmetic is left. What is lost is the smoothing."


#: The number of each pixel, in its place.
PLACE = torch.arange(784).reshape(28, 28)
#: What a learner's dictionaries have as keys.
ARRANGEMENTS = ("as they are", "mirrored", "halves exchanged", "squares scrambled")


def squares(order: Tensor) -> Tensor:
    """The field cut into squares of 2 x 2, (196, 4)."""
    return F.unfold(order.reshape(1, 1, 28, 28).double(), 2, stride=2)[0].T.long()


def entries(values: Any, name: str) -> list[Any]:
    """The values of a learner's dictionary, in the order of the arrangements."""
    if not isinstance(values, dict) or set(values) != set(ARRANGEMENTS):
        keys = ", ".join(repr(key) for key in ARRANGEMENTS)
        raise Wrong(f"`{name}` should be a dictionary with the keys {keys}.")
    for key, value in values.items():
        if value is ...:
            raise Wrong(f'`{name}["{key}"]` is still `...`.')
    return [values[key] for key in ARRANGEMENTS]


def arranged(orders: dict[str, Tensor]) -> None:
    """Each order is what its name says."""
    fields = {}
    for name, order in zip(ARRANGEMENTS, entries(orders, "orders"), strict=True):
        given = f'`orders["{name}"]`'
        flat = order.flatten() if isinstance(order, Tensor) else order
        flat = expect.tensor(flat, given, (784,))
        if not torch.equal(flat.sort().values, PLACE.flatten().double()):
            raise Wrong(f"{given} does not have each of the 784 places once.")
        fields[name] = flat.long().reshape(28, 28)
    if not torch.equal(fields["as they are"], PLACE):
        raise Wrong("leave the digits as they are where `orders` says so.")
    if torch.equal(fields["mirrored"], PLACE.flip(0)):
        raise Wrong("that mirror turns digits upside down, not left to right.")
    if not torch.equal(fields["mirrored"], PLACE.flip(1)):
        raise Wrong("the mirrored order is no mirror, left to right.")
    halves = fields["halves exchanged"]
    if not any(torch.equal(halves, PLACE.roll(14, axis)) for axis in (0, 1)):
        raise Wrong("the order of the halves does something else than exchange them.")
    before, after = squares(PLACE), squares(fields["squares scrambled"])  # (196, 4)
    if torch.equal(before, after):
        raise Wrong("the squares are not scrambled.")
    if not torch.equal(before.sort(1).values, after.sort(1).values):
        raise Wrong("some pixels leave their square of 2 × 2.")
    pattern = (after[:, :, None] == before[:, None, :]).long().argmax(2)  # (196, 4)
    if (pattern != pattern[0]).any():
        raise Wrong("scramble all squares in the same way.")


@exercise("ex-convolution-mirror")
def kinder_permutations(
    orders: dict[str, Tensor], errors: dict[str, list[float]], worse: list[str]
) -> str:
    """Which arrangements of the pixels harm a convolutional network."""
    arranged(orders)
    runs = {}
    for name, given in zip(ARRANGEMENTS, entries(errors, "errors"), strict=True):
        place = f'errors["{name}"]'
        found = runs[name] = expect.errors(given, place)
        if found.min() < 3:
            raise Wrong(f"`{place}` has an error too small for 1,500 digits.")
        if found.max() > 45:
            raise Wrong(
                f"`{place}` has an error too large to be true: are the held-out "
                "digits arranged as the training digits are?"
            )
    if not isinstance(worse, list | tuple | set):
        raise Wrong("`worse` should be a list of names, empty if none is worse.")
    said = {expect.one_of(name, "worse[...]", ARRANGEMENTS[1:]) for name in worse}
    highest = runs["as they are"].max()
    for name in ARRANGEMENTS[1:]:
        if (runs[name].min() > highest) != (name in said):
            verb = "names" if name in said else "does not name"
            raise Wrong(
                f"`worse` {verb} {name!r}: compare its lowest error with the highest "
                "of the digits as they are."
            )
    if runs["mirrored"].mean() > runs["halves exchanged"].mean():
        raise Wrong("your numbers say that the mirror harms most: are they in order?")
    return (
        "a mirror keeps all neighbours, and squares keep them nearly; the halves are "
        "torn apart where most of the ink is."
    )


def moved(pictures: Tensor, down: int, right: int) -> Tensor:
    """Images (n, 1, 28, 28), moved; paper comes in."""
    framed = F.pad(pictures, (2, 2, 2, 2), value=pictures.min().item())
    return framed[..., 2 - down : 30 - down, 2 - right : 30 - right]


@exercise("ex-convolution-moves")
def random_moves(
    move_at_random: Callable[[Tensor], Tensor], plain: float, taught: float
) -> str:
    """Digits that are moved anew each time, and what training on them brings."""
    expect.function(move_at_random, "move_at_random")
    ways = list(product(range(-2, 3), repeat=2))
    pictures = torch.rand(600, 1, 28, 28, generator=torch.Generator().manual_seed(4))
    pictures[:, :, 14, 14] = 0  # so that all have the same lowest value
    at = []
    for count in (600, 600, 3):
        inputs = pictures[:count] - 0.4
        found = expect.call(move_at_random, inputs, name="move_at_random")
        name = "what `move_at_random` gives"
        found = expect.tensor(found, name, (count, 1, 28, 28)).float()
        known = torch.stack(
            [(moved(inputs, *way) == found).flatten(1).all(1) for way in ways]
        )  # (25, n)
        if not known.any(0).all():
            first = int((~known.any(0)).nonzero()[0])
            rolled = [inputs[first].roll(way, (1, 2)) for way in ways]
            if any(torch.equal(found[first], image) for image in rolled):
                raise Wrong(f"image {first}: what leaves on one side enters opposite.")
            # Away from the edges, a move is a move whatever comes in.
            inner = found[first, 0, 2:-2, 2:-2]
            if any(torch.equal(inner, image[0, 2:-2, 2:-2]) for image in rolled):
                raise Wrong(f"image {first}: what comes in at the edge is no paper.")
            raise Wrong(f"image {first} is not moved by up to 2 pixels each way.")
        at.append(known.int().argmax(0))  # the way of each image, (n,)
    if len(at[0].unique()) == 1:
        raise Wrong("all images of a batch move alike: each needs a move of its own.")
    if torch.equal(at[0], at[1]):
        raise Wrong("a second call gives the same moves: draw anew each time.")
    if missing := set(range(25)) - set(at[0].tolist()):
        down, right = ways[min(missing)]
        raise Wrong(f"the move down by {down} and right by {right} never occurs.")
    plain, taught = expect.number(plain, "plain"), expect.number(taught, "taught")
    if max(plain, taught) < 1:
        raise Wrong("give the errors in percent.")
    if taught >= plain:
        raise Wrong("training on moves should help with moves: are they in order?")
    if not 18 < plain < 50:
        off = expect.side(plain, 50)
        raise Wrong(f"`plain` is too {off}: two pixels, the mean of four ways?")
    if taught < 4:
        raise Wrong("`taught` is too small for 1,500 digits.")
    return (
        f"{plain:.0f} % fall to {taught:.0f} %: what the structure does not know, "
        "digits can teach."
    )
