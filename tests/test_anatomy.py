"""Counts and fields of view, against the papers and against other ways to measure."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from lenet_lib import anatomy, papers
from lenet_lib.layers import EuclideanRBF, UnitBiasConv2d
from lenet_lib.models import LeNet1, LeNet5, TutorialLeNet5, ZipCodeNet

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]
NETWORKS = [ZipCodeNet, LeNet1, LeNet5, TutorialLeNet5]
PUBLISHED = {ZipCodeNet: papers.ZIP_CODE, LeNet1: papers.LENET1, LeNet5: papers.LENET5}

every_network = pytest.mark.parametrize("make", NETWORKS)


# ---- The published counts --------------------------------------------------------


@pytest.mark.parametrize("make, account", PUBLISHED.items())
def test_the_networks_have_the_published_counts_layer_by_layer(make, account):
    counted = anatomy.count(make())
    assert list(counted.index) == [layer.name for layer in account.layers]
    for layer in account.layers:
        found = counted.loc[layer.name].to_dict()
        assert found == {
            "maps": layer.maps,
            "size": layer.size,
            "units": layer.units,
            "parameters": layer.parameters,
            "connections": layer.connections,
        }, layer.name


@pytest.mark.parametrize(
    "make, parameters, connections",
    [(ZipCodeNet, 9_760, 64_660), (LeNet1, 2_578, 98_442), (LeNet5, 60_000, 340_908)],
)
def test_the_networks_have_the_published_totals(make, parameters, connections):
    network = make()
    counted = anatomy.count(network)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert counted["parameters"].sum() == parameters
    assert counted["connections"].sum() == connections


def test_the_published_units():
    units = {make: int(anatomy.count(make())["units"].sum()) for make in PUBLISHED}
    assert units == {ZipCodeNet: 1_000, LeNet1: 3_850, LeNet5: 8_094}
    assert units[ZipCodeNet] + 16**2 == 1_256  # as printed
    assert units[LeNet1] + 28**2 == 4_634 == papers.LENET1_UNITS - 1


def test_the_tutorials_network_has_61706_parameters():
    counted = anatomy.count(TutorialLeNet5())
    assert counted["parameters"].to_dict() == {
        "C1": 156, "S2": 0, "C3": 2_416, "S4": 0, "C5": 48_120, "F6": 10_164,
        "output": 850,
    }  # fmt: skip
    assert counted["parameters"].sum() == 156 + 2_416 + 48_120 + 10_164 + 850 == 61_706


def test_the_steps_from_lenet5_to_the_tutorials_network():
    def parameters(network: nn.Module) -> int:
        return int(anatomy.count(network)["parameters"].sum())

    network = LeNet5()
    network.C3 = nn.Conv2d(6, 16, kernel_size=5)
    assert parameters(network) == 60_900  # no table
    network = LeNet5()
    network.S2 = network.S4 = nn.AvgPool2d(2)
    assert parameters(network) == 59_956  # pooling that learns nothing
    network.output = nn.Linear(84, 10)
    assert parameters(network) == 60_806  # and weighted sums in place of the codes
    network.C3 = nn.Conv2d(6, 16, kernel_size=5)
    assert parameters(network) == parameters(TutorialLeNet5()) == 61_706


# ---- Connections, counted in two more ways ---------------------------------------


@torch.no_grad()
def felt(layer: nn.Module, shape: tuple[int, ...]) -> int:
    """Pairs of an input and a unit that answers when this one input changes."""
    inputs = int(np.prod(shape))
    at_rest = layer(torch.zeros(1, *shape, dtype=torch.float64))
    pairs = 0
    for some in torch.arange(inputs).split(200):
        one_each = torch.zeros(len(some), inputs, dtype=torch.float64)
        one_each[torch.arange(len(some)), some] = 1
        answers = layer(one_each.reshape(-1, *shape))
        pairs += int((answers != at_rest).sum())
    return pairs


@torch.no_grad()
def biased(layer: nn.Module, shape: tuple[int, ...]) -> int:
    """Units that answer when the biases change."""
    if getattr(layer, "bias", None) is None:
        return 0
    nothing = torch.zeros(1, *shape, dtype=torch.float64)
    before = layer(nothing)
    layer.bias.add_(1)
    return int((layer(nothing) != before).sum())


def beyond_the_border(layer: nn.Module) -> int:
    """Inputs that a zip-code layer reads where there is no map: counted one by one."""
    if not isinstance(layer, UnitBiasConv2d):
        return 0
    edge = 2 * layer.size
    outside = 0
    for row in layer.table:
        for y, x, dy, dx in np.ndindex(layer.size, layer.size, 5, 5):
            at_y, at_x = 2 * y + dy - 2, 2 * x + dx - 2
            outside += len(row) * (not (0 <= at_y < edge and 0 <= at_x < edge))
    return outside


@every_network
def test_connections_by_changing_one_input_at_a_time(make):
    """Nothing here is set to 1: random weights, and which units feel which input."""
    torch.manual_seed(0)
    network = make().double()
    shapes = anatomy.input_shapes(network)
    counted = anatomy.count(network)["connections"]
    for name, shape in shapes.items():
        layer = getattr(network, name)
        if isinstance(layer, nn.MaxPool2d):  # feels its inputs, but weighs none
            assert counted[name] == 0
            continue
        pairs = felt(layer, shape) + beyond_the_border(layer)
        assert counted[name] == pairs + biased(layer, shape), name


def test_connections_by_enumerating_the_inputs_of_each_unit():
    """LeNet-5 as P98 tells it, II.B: for each unit, the set of what it reads."""
    counted = anatomy.count(LeNet5())["connections"]

    def windows(edge, width, step):
        for y, x in np.ndindex(edge, edge):
            yield {
                (y * step + dy, x * step + dx) for dy, dx in np.ndindex(width, width)
            }

    def convolution(edge, table, width=5, step=1):
        total = 0
        for sources in table:
            for window in windows(edge, width, step):
                total += (
                    len({(m, *at) for m in sources for at in window}) + 1
                )  # the bias
        return total

    assert counted["C1"] == convolution(28, [[0]] * 6)
    assert counted["S2"] == convolution(14, [[m] for m in range(6)], width=2, step=2)
    assert counted["C3"] == convolution(10, papers.LENET5_TABLE)
    assert counted["S4"] == convolution(5, [[m] for m in range(16)], width=2, step=2)
    assert counted["C5"] == convolution(1, [range(16)] * 120)
    assert counted["F6"] == 84 * (120 + 1)
    assert counted["output"] == 10 * 84


def test_zero_padding_counts_for_nothing():
    """A 3x3 window over 2x2 pixels, padded: each unit has four inputs and its bias."""
    assert anatomy.connections(nn.Conv2d(1, 1, 3, padding=1), (1, 2, 2)) == 4 * (4 + 1)
    assert anatomy.connections(nn.Conv2d(1, 1, 3, bias=False), (1, 4, 4)) == 4 * 9
    assert anatomy.connections(nn.MaxPool2d(2), (3, 4, 4)) == 0
    assert anatomy.connections(EuclideanRBF(torch.ones(3, 5)), (5,)) == 15


def test_large_counts_stay_exact():
    """float32 would lose them: 2**24 + 1 is not one of its numbers."""
    assert anatomy.connections(nn.Linear(4_096, 4_097), (4_096,)) == 4_097 * 4_097


# ---- What each layer reads -------------------------------------------------------


def test_input_shapes():
    assert anatomy.input_shapes(LeNet5()) == {
        "C1": (1, 32, 32), "S2": (6, 28, 28), "C3": (6, 14, 14), "S4": (16, 10, 10),
        "C5": (16, 5, 5), "F6": (120,), "output": (84,),
    }  # fmt: skip
    assert anatomy.input_shapes(ZipCodeNet()) == {
        "H1": (1, 16, 16), "H2": (12, 8, 8), "H3": (192,), "output": (30,)
    }  # fmt: skip


# ---- Fields of view --------------------------------------------------------------

FIELDS = {
    ZipCodeNet: {"H1": (5, 2), "H2": (13, 4), "H3": (16, 0), "output": (16, 0)},
    LeNet1: {
        "H1": (5, 1), "H2": (6, 2), "H3": (14, 2), "H4": (16, 4), "output": (28, 0),
    },
    LeNet5: {
        "C1": (5, 1), "S2": (6, 2), "C3": (14, 2), "S4": (16, 4), "C5": (32, 4),
        "F6": (32, 0), "output": (32, 0),
    },
    TutorialLeNet5: {
        "C1": (5, 1), "S2": (6, 2), "C3": (14, 2), "S4": (16, 4), "C5": (28, 0),
        "F6": (28, 0), "output": (28, 0),
    },
}  # fmt: skip


@every_network
def test_fields_of_view(make):
    network = make()
    assert anatomy.receptive_field(network, "input") == (1, 1)
    found = {name: anatomy.receptive_field(network, name) for name in FIELDS[make]}
    assert found == FIELDS[make]
    assert list(found) == list(anatomy.count(network).index)


def seen(network: nn.Module, name: str, y: int, x: int) -> np.ndarray:
    """The pixels that any unit at a place of a layer sees, (size, size) of bool.

    By the gradient for several random images: max pooling passes only one of its four
    inputs on, and which one it is depends on the image.
    """
    images = torch.randn(60, 1, network.size, network.size, dtype=torch.float64)
    images.requires_grad_()
    state = network.states(images)[name]
    answer = state[:, :, y, x] if state.dim() == 4 else state
    # A random share of each unit: their influences cannot cancel in a pixel.
    shares = torch.rand(answer.shape[1], dtype=torch.float64)
    (gradient,) = torch.autograd.grad((answer * shares).sum(), images)
    return (gradient != 0).any(dim=0)[0].numpy()


def spans(pixels: np.ndarray) -> list[tuple[int, int]]:
    """First and last row, first and last column with a pixel."""
    return [
        (int(line.min()), int(line.max())) for line in map(np.unique, pixels.nonzero())
    ]


@every_network
def test_fields_of_view_by_which_pixels_have_a_gradient(make):
    torch.manual_seed(0)
    network = make().double()
    states = network.states(torch.zeros(1, 1, make.size, make.size).double())
    for name, (field, step) in FIELDS[make].items():
        if step == 0 or states[name].shape[2] == 1:  # a unit that sees everything
            assert seen(network, name, 0, 0).all() and field == make.size, name
            continue
        # A unit whose field lies within the input, and the two beside and below it.
        y = x = states[name].shape[2] // 2
        rows, columns = spans(seen(network, name, y, x))
        for first, last in (rows, columns):
            assert last - first + 1 == field, name

        def moved(span: tuple[int, int], step: int = step) -> tuple[int, int]:
            return span[0] + step, min(span[1] + step, make.size - 1)

        assert spans(seen(network, name, y + 1, x)) == [moved(rows), columns], name
        assert spans(seen(network, name, y, x + 1)) == [rows, moved(columns)], name


@every_network
def test_a_layer_that_is_not_there_is_refused_and_the_others_named(make):
    with pytest.raises(ValueError) as error:
        anatomy.receptive_field(make(), "C9")
    message = str(error.value)
    assert f"{make.__name__} has no layer 'C9'" in message and "\n" not in message
    assert message.endswith(", ".join(["input", *FIELDS[make]]) + ".")


# ---- Measuring changes nothing ---------------------------------------------------


@every_network
@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_the_network_as_it_was(make, training):
    network = make().train(training)
    network(torch.randn(2, 1, make.size, make.size)).sum().backward()
    before = copy.deepcopy(network)
    slopes = [parameter.grad.clone() for parameter in network.parameters()]
    random = torch.get_rng_state()
    anatomy.count(network)
    anatomy.input_shapes(network)
    anatomy.receptive_field(network, "output")
    assert torch.equal(torch.get_rng_state(), random)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before.state_dict()[name]), name
    for parameter, slope in zip(network.parameters(), slopes, strict=True):
        assert torch.equal(parameter.grad, slope) and parameter.dtype == torch.float32
    for one, other in zip(network.modules(), before.modules(), strict=True):
        assert one.training is other.training is training
        assert not one._forward_hooks and not one._forward_pre_hooks
        assert getattr(one, "background", None) == getattr(other, "background", None)


def test_no_hook_stays_where_measuring_fails():
    network = LeNet5()
    network.F6 = nn.Linear(3, 84)
    with pytest.raises(RuntimeError):
        anatomy.input_shapes(network)
    assert not any(module._forward_pre_hooks for module in network.modules())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_a_network_is_counted_whatever_its_numbers_and_its_place(kind, device):
    counted = anatomy.count(LeNet1().to(device, kind))
    assert counted["connections"].sum() == 98_442
