"""The curvature against loops written from P98's equations, and against J'HJ.

Two small networks stand in for the three: one of full connections, where no weight is
shared, and one with all kinds of layer. The papers' networks follow, on a few digits.
"""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev

from lenet_lib import curvature, mnist, papers
from lenet_lib.data import CODINGS
from lenet_lib.layers import (
    EuclideanRBF,
    ScaledTanh,
    Subsampling,
    TableConv2d,
    UnitBiasConv2d,
    by_root,
    initialize,
)
from lenet_lib.losses import (
    likelihood_root,
    maximum_a_posteriori,
    maximum_likelihood,
    posterior_root,
    squared_error,
    squared_error_root,
)
from lenet_lib.models import LeNet1, LeNet5, Network, TutorialLeNet5, ZipCodeNet


class Row(Network):
    """Layers in a row, squashed by the scaled tanh, and perhaps fixed codes."""

    def __init__(self, size: int, *layers: nn.Module, codes: torch.Tensor | None):
        super().__init__()
        self.size = size
        self.names = [f"L{number}" for number in range(1, 1 + len(layers))]
        for name, layer in zip(self.names, layers, strict=True):
            self.add_module(name, layer)
        self.squash = ScaledTanh()
        if codes is not None:
            self.output = EuclideanRBF(codes)
        initialize(self, by_root)
        self.double()

    def states(self, images):
        x = {"input": self.checked(images)}
        state = images
        for name in self.names:
            layer = getattr(self, name)
            reads = state.flatten(1) if isinstance(layer, nn.Linear) else state
            x[name] = state = self.squash(layer(reads))
        if hasattr(self, "output"):
            x["output"] = self.output(state)
        return x

    def forward(self, images):
        return list(self.states(images).values())[-1]


def codes(units: int) -> torch.Tensor:
    draw = np.random.default_rng(units)
    return torch.from_numpy(draw.choice([-1.0, 1.0], (3, units)))


def digits(size: int, count: int = 4) -> torch.Tensor:
    draw = np.random.default_rng(size)
    return torch.from_numpy(draw.normal(size=(count, 1, size, size)))


def full(*units: int) -> Row:
    """Full connections from 3x3 pixels; no weight is shared."""
    torch.manual_seed(0)
    pairs = zip((9, *units), units, strict=False)
    return Row(3, *(nn.Linear(*pair) for pair in pairs), codes=codes(units[-1]))


def mixed() -> Row:
    """One layer of each kind: 12x12 pixels to three codes of four units."""
    torch.manual_seed(0)
    return Row(
        12,
        UnitBiasConv2d([[0], [0]], size=6, background=-0.5),
        TableConv2d([[0], [0, 1], [1]], kernel_size=3),
        Subsampling(3),
        nn.Conv2d(3, 5, kernel_size=2),
        nn.Linear(5, 4),
        codes=codes(4),
    )


NETWORKS = {"full connections": partial(full, 5, 4, 6), "all kinds of layer": mixed}


def roots(network: Row) -> dict:
    bend = partial(posterior_root, codes=network.output.codes, j=1.5)
    return {"equation 8": likelihood_root, "equation 9": bend}


def close(found: dict, expected: dict, **tolerance) -> None:
    assert list(found) == list(expected)
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], msg=name, **tolerance)


# ---- The recursion ---------------------------------------------------------------


def by_loops(network: Row, images: torch.Tensor, bends: np.ndarray) -> dict:
    """Equations 23 to 27, connection by connection, from the definitions.

    What a unit reads through which weight is found by probing the layer itself: with
    one weight set to 1 and all others to 0, and one state set to 1.
    """
    found = {name: np.zeros(p.shape) for name, p in network.named_parameters()}
    states = {k: v.detach() for k, v in network.states(images).items()}
    order = ["input", *network.names]
    for n in range(len(images)):
        above = bends[n]  # d2E/dx2 of each unit of the last layer
        for name, below in zip(reversed(order[1:]), reversed(order[:-1]), strict=True):
            layer, read = getattr(network, name), states[below][n].numpy()
            state = states[name][n].numpy().ravel()
            slope = 1.7159 * 2 / 3 * (1 - (state / 1.7159) ** 2)
            above = slope**2 * above.ravel()  # equation 27, its first half
            under = np.zeros(read.size)
            for unit, source, parameter, place in connections(layer, read.shape):
                if source is None:
                    x = -0.5 if parameter == "weight" else 1.0  # the border, or a bias
                elif isinstance(source, tuple):  # a coefficient weighs a sum
                    x = sum(read.ravel()[list(source)])
                else:
                    x = read.ravel()[source]
                u = getattr(layer, parameter).detach().numpy()[place]
                found[f"{name}.{parameter}"][place] += above[unit] * x**2 / len(images)
                for each in source if isinstance(source, tuple) else (source,):
                    if each is not None:
                        under[each] += u**2 * above[unit]
            above = under
    return {name: torch.from_numpy(value) for name, value in found.items()}


def connections(layer: nn.Module, shape: tuple[int, ...]):
    """Each connection: (unit, state that it reads, parameter, place in it)."""
    if isinstance(layer, nn.Linear):
        for to, source in np.ndindex(*layer.weight.shape):
            yield to, source, "weight", (to, source)
        for to in range(layer.out_features):
            yield to, None, "bias", (to,)
        return
    maps, height, width = shape
    number = np.arange(maps * height * width).reshape(shape)
    if isinstance(layer, Subsampling):
        units = np.ndindex(maps, height // 2, width // 2)
        for unit, (m, y, x) in enumerate(units):
            square = number[m, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            yield unit, tuple(square.ravel()), "weight", (m,)
            yield unit, None, "bias", (m,)
        return
    if isinstance(layer, TableConv2d):
        table, stride, edge = layer.table, layer.stride, layer.kernel_size
    else:
        table, stride, edge = [range(maps)] * layer.out_channels, 1, 2
    border = isinstance(layer, UnitBiasConv2d)
    first = -2 if border else 0
    size = height // 2 if border else height - edge + 1
    link = 0
    for to, sources in enumerate(table):
        for y, x in np.ndindex(size, size):
            unit = (to * size + y) * size + x
            place = (to, y, x) if border else (to,)
            yield unit, None, "bias", place
            for which, source in enumerate(sources):
                for dy, dx in np.ndindex(edge, edge):
                    row, column = first + stride * y + dy, first + stride * x + dx
                    inside = 0 <= row < height and 0 <= column < width
                    read = number[source, row, column] if inside else None
                    dense = isinstance(layer, nn.Conv2d)
                    head = (to, source) if dense else (link + which,)
                    yield unit, read, "weight", (*head, dy, dx)
        link += len(sources)


@pytest.mark.parametrize("equation", ["equation 8", "equation 9"])
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_the_recursion_is_that_of_the_equations(make, equation):
    network = make()
    images, root = digits(network.size, 3), roots(make())[equation]
    last = network.states(images)[network.names[-1]].detach()
    bends = (root(last).mT @ root(last)).diagonal(dim1=1, dim2=2).numpy()
    found = curvature.recursion(network, images, root)
    close(found, by_loops(network, images, bends))
    assert all(value.min() >= 0 and value.max() > 0 for value in found.values())


# ---- The exact diagonal ----------------------------------------------------------


def by_jacobians(network: Row, images: torch.Tensor, criterion) -> dict:
    """diag(J'HJ), J and H from torch.func, a mean over the digits."""
    values = {k: p.detach() for k, p in network.named_parameters()}
    outer, last = getattr(network, "output", nn.Identity()), network.names[-1]
    label = torch.tensor([1])

    class Features(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, images):
            return self.network.states(images)[last][0]

    net, total = Features(), {k: torch.zeros_like(v) for k, v in values.items()}
    for image in images.split(1):

        def features(values, image=image):
            named = {f"network.{name}": value for name, value in values.items()}
            return functional_call(net, named, (image,))

        def loss(x):
            return criterion(outer(x[None]), label)

        h = jacrev(jacrev(loss))(features(values))
        for name, slopes in jacrev(features)(values).items():
            j = slopes.flatten(1)  # (units, weights)
            diagonal = (j.T @ h @ j).diagonal().reshape(values[name].shape)
            total[name] += diagonal / len(images)
    return total


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_the_exact_diagonal_is_that_of_the_jacobians(make):
    network = make()
    images, bend = digits(network.size, 3), roots(make())
    for equation, criterion in (
        ("equation 8", maximum_likelihood),
        ("equation 9", lambda y, label: maximum_a_posteriori(y, label, 1.5)),
    ):
        found = curvature.exact(network, images, bend[equation])
        close(found, by_jacobians(network, images, criterion))


def test_the_exact_diagonal_under_the_squared_error_of_outputs():
    torch.manual_seed(1)
    network = Row(3, nn.Linear(9, 4), nn.Linear(4, 3), codes=None)
    found = curvature.exact(network, digits(3), squared_error_root)
    close(found, by_jacobians(network, digits(3), squared_error))


def test_where_states_are_linear_in_the_weights_it_is_the_hessian_itself():
    """Nothing is left out of Gauss and Newton's where nothing bends below the loss."""

    class Unsquashed(Network):
        size = 3

        def __init__(self):
            super().__init__()
            self.F1 = nn.Linear(9, 4)
            self.output = EuclideanRBF(codes(4))

        def states(self, images):
            features = self.F1(images.flatten(1))
            return {"input": images, "F1": features, "output": self.output(features)}

    torch.manual_seed(2)
    network, images = Unsquashed().double(), digits(3, 5)
    labels = torch.tensor([0, 1, 2, 0, 1])
    values = {k: p.detach() for k, p in network.named_parameters()}
    bend = roots(network)
    for equation, criterion in (
        ("equation 8", maximum_likelihood),
        ("equation 9", lambda y, label: maximum_a_posteriori(y, label, 1.5)),
    ):

        def loss(values, criterion=criterion):
            return criterion(functional_call(network, values, (images,)), labels)

        found = curvature.exact(network, images, bend[equation])
        for name, blocks in jacrev(jacrev(loss))(values).items():
            size = values[name].numel()
            diagonal = blocks[name].reshape(size, size).diagonal()
            torch.testing.assert_close(found[name].flatten(), diagonal, msg=name)


@pytest.mark.parametrize("equation", ["equation 8", "equation 9"])
def test_probes_have_the_exact_diagonal_as_their_mean(equation):
    network, images = mixed(), digits(12, 2)
    root, generator = roots(network)[equation], torch.Generator().manual_seed(5)
    expected = curvature.exact(network, images, root)
    draws = [
        curvature.probed(network, images, root, probes=16, generator=generator)
        for _ in range(60)
    ]
    for name, value in expected.items():
        each = torch.stack([draw[name] for draw in draws])  # (60, ...)
        apart = (each.mean(dim=0) - value).abs()
        error = each.std(dim=0) / 60**0.5
        # Of some 150 weights none lies farther out than a good four standard errors.
        assert (apart <= 4.5 * error + 1e-12).all(), name


def test_probes_follow_their_generator_and_leave_the_global_one_alone():
    network, images = mixed(), digits(12, 2)
    before = torch.get_rng_state()
    first, again, other = (
        curvature.probed(
            network, images, likelihood_root, 2, torch.Generator().manual_seed(seed)
        )
        for seed in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


# ---- What the recursion leaves out -----------------------------------------------


def test_where_no_weight_is_shared_each_connection_is_a_weight():
    network, images = full(5, 4, 6), digits(3)
    for root in roots(network).values():
        close(
            curvature.per_connection(network, images, root),
            curvature.exact(network, images, root),
        )


def test_the_recursion_is_exact_for_the_last_layer_and_under_equation_8_for_two():
    """Below, units act on the same units above, and the second kind is lost."""
    network, images = full(5, 4, 6), digits(3)
    apart = {}
    for equation, root in roots(network).items():
        found = curvature.recursion(network, images, root)
        expected = curvature.exact(network, images, root)
        apart[equation] = {
            name: ((found[name] - value).abs().max() / value.max()).item()
            for name, value in expected.items()
        }
    eight, nine = apart["equation 8"], apart["equation 9"]
    assert max(eight["L3.weight"], eight["L3.bias"], nine["L3.weight"]) < 1e-12
    assert max(eight["L2.weight"], eight["L2.bias"]) < 1e-12 < 0.01 < nine["L2.weight"]
    assert min(eight["L1.weight"], nine["L1.weight"]) > 0.01


def test_a_chain_of_single_units_loses_nothing():
    network, images = full(1, 1, 1), digits(3)
    for root in roots(network).values():
        close(
            curvature.recursion(network, images, root),
            curvature.exact(network, images, root),
        )


def test_where_weights_are_shared_alike_connections_add_up_before_they_are_squared():
    """One weight, four like pixels, four like units, and one above that adds them."""
    network = Row(2, nn.Conv2d(1, 1, 1), nn.Linear(4, 1), codes=codes(1))
    with torch.no_grad():
        network.L2.weight.fill_(0.3)
    images = torch.full((1, 1, 2, 2), 0.7, dtype=torch.float64)
    squared_each = curvature.per_connection(network, images, likelihood_root)
    added_first = curvature.exact(network, images, likelihood_root)
    for name in ("L1.weight", "L1.bias"):  # sum of 4 squares against square of the sum
        torch.testing.assert_close(added_first[name], 4 * squared_each[name])
    close(curvature.recursion(network, images, likelihood_root), squared_each)


# ---- The papers' networks --------------------------------------------------------


@pytest.fixture(scope="module")
def inputs():
    images, _ = mnist.read(mnist.default_data_dir(), train=True)
    return lambda name, count: CODINGS[name](images[:count])


def fresh(kind: type[Network]) -> Network:
    torch.manual_seed(1)
    network = kind()
    initialize(network, by_root)
    return network


@pytest.mark.parametrize(
    "kind, coding",
    [(ZipCodeNet, "zipcode"), (LeNet1, "lenet1")],
    ids=["zip-code network", "LeNet-1"],
)
def test_networks_with_place_codes(kind, coding, inputs):
    network, images = fresh(kind), inputs(coding, 5)
    found = curvature.recursion(network, images, squared_error_root)
    expected = curvature.exact(network, images, squared_error_root)
    assert {k: v.shape for k, v in found.items()} == {
        k: p.shape for k, p in network.named_parameters()
    }
    for name in ("output.weight", "output.bias"):
        torch.testing.assert_close(found[name], expected[name])
    alone = curvature.per_connection(network, images, squared_error_root)
    for name, value in alone.items():
        if kind is ZipCodeNet and name not in ("H1.weight", "H2.weight"):
            # It shares no other weight, nor any bias.
            torch.testing.assert_close(value, expected[name], msg=name)


def test_lenet5s_first_layers_lose_most_and_its_last_none(inputs):
    """What is lost is of the first kind: the cross terms of shared weights."""
    network, images = fresh(LeNet5), inputs("lenet5", 20)
    found, alone, expected = (
        estimate(network, images, likelihood_root)
        for estimate in (curvature.recursion, curvature.per_connection, curvature.exact)
    )
    for name in ("C5.weight", "C5.bias", "F6.weight", "F6.bias"):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)
    for name in ("C1.weight", "S2.weight", "C3.weight"):
        whole = (found[name].mean() / expected[name].mean()).item()
        first = (alone[name].mean() / expected[name].mean()).item()
        second = (found[name].mean() / alone[name].mean()).item()
        assert whole < 0.5 and first < 0.5, name
        assert 0.8 < second < 1.25, name


def test_far_from_all_codes_the_curvature_under_9_is_that_under_8(inputs):
    network, images = fresh(LeNet5), inputs("lenet5", 20)
    bend = partial(posterior_root, codes=network.output.codes, j=0.1)
    close(
        curvature.recursion(network, images, bend),
        curvature.recursion(network, images, likelihood_root),
        rtol=1e-3,
        atol=1e-6,
    )


def test_estimates_leave_the_network_alone(inputs):
    network, images = fresh(LeNet5), inputs("lenet5", 2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for estimate in (
        curvature.recursion,
        curvature.per_connection,
        curvature.exact,
        curvature.probed,
    ):
        with torch.no_grad():  # nor does it matter whether gradients are kept
            found = estimate(network, images, likelihood_root)
        assert list(found) == [name for name, _ in network.named_parameters()]
        assert not any(value.requires_grad for value in found.values())
    assert all(p.grad is None and p.requires_grad for p in network.parameters())
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    assert sum(v.numel() for v in found.values()) == papers.LENET5.parameters


# ---- What is wrong ---------------------------------------------------------------


def test_a_network_that_the_recursion_does_not_know_is_named():
    images = torch.zeros(1, 1, 28, 28)
    for estimate in (curvature.recursion, curvature.per_connection):
        with pytest.raises(TypeError) as error:
            estimate(TutorialLeNet5(), images, squared_error_root)
        assert str(error.value) == (
            "The recursion goes through weighted sums squashed by the scaled tanh, one "
            "layer after another: TutorialLeNet5 is not made so. "
            "Use curvature.exact or curvature.probed."
        )
    found = curvature.exact(TutorialLeNet5(), images, squared_error_root)
    assert found["output.bias"].tolist() == pytest.approx([0.2] * 10)


def test_there_must_be_digits_and_probes():
    network = full(2, 2)
    for estimate in (
        curvature.recursion,
        curvature.per_connection,
        curvature.exact,
        curvature.probed,
    ):
        with pytest.raises(ValueError, match="give at least one"):
            estimate(network, digits(3)[:0], likelihood_root)
        with pytest.raises(ValueError, match=r"reads images of shape \(n, 1, 3, 3\)"):
            estimate(network, digits(4), likelihood_root)
    with pytest.raises(ValueError, match="probes must be at least 1, got 0"):
        curvature.probed(network, digits(3), likelihood_root, probes=0)
