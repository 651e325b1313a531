"""The layers against loops written from their definitions, and their gradients."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call

from lenet_lib import papers
from lenet_lib.layers import (
    EuclideanRBF,
    ScaledTanh,
    Subsampling,
    TableConv2d,
    UnitBiasConv2d,
    by_inputs,
    by_root,
    initialize,
)

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]


def tables(maps: int = 5) -> st.SearchStrategy[list[list[int]]]:
    """Connection tables in which no row is empty and none names a map twice."""
    row = st.lists(st.integers(0, maps - 1), min_size=1, max_size=maps, unique=True)
    return st.lists(row, min_size=1, max_size=6)


def random_maps(seed: int, *shape: int) -> torch.Tensor:
    """Maps of float64, the same for the same seed."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


# ---- The squashing function ------------------------------------------------------


def test_the_squashing_function_goes_through_plus_and_minus_one():
    ends = ScaledTanh()(torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64))
    np.testing.assert_allclose(ends, [-1, 0, 1], atol=1e-4)


def test_the_squashing_function_is_the_papers():
    sums = torch.linspace(-9, 9, 181, dtype=torch.float64)
    states = ScaledTanh()(sums)
    np.testing.assert_allclose(
        states, 1.7159 * np.tanh(2 / 3 * sums.numpy()), rtol=1e-13
    )
    assert torch.equal(ScaledTanh()(-sums), -states)  # odd
    assert (states.diff() > 0).all() and states.abs().max() < 1.7159


def test_the_squashing_functions_slope_and_bend():
    """The slope at 0 is AS; the bend is greatest close to 1, as Appendix A wants it."""
    sums = torch.linspace(0, 3, 30_001, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(ScaledTanh()(sums).sum(), sums, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), sums)
    assert slope[0].item() == pytest.approx(1.7159 * 2 / 3)
    assert sums[bend.abs().argmax()].item() == pytest.approx(0.98772, abs=1e-4)


# ---- Subsampling -----------------------------------------------------------------


def test_subsampling_against_a_loop():
    layer = Subsampling(3).double()
    maps = random_maps(0, 2, 3, 6, 8)
    sums = layer(maps)
    assert sums.shape == (2, 3, 3, 4)
    for n, m, y, x in np.ndindex(2, 3, 3, 4):
        square = [maps[n, m, 2 * y + dy, 2 * x + dx] for dy in (0, 1) for dx in (0, 1)]
        expected = layer.weight[m] * sum(square) + layer.bias[m]
        assert sums[n, m, y, x].item() == pytest.approx(expected.item(), abs=1e-12)


def test_subsampling_has_two_numbers_a_map():
    layer = Subsampling(16)
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert shapes == {"weight": (16,), "bias": (16,)}


# ---- Convolution by a table ------------------------------------------------------


def by_the_table(layer: TableConv2d, maps: np.ndarray) -> np.ndarray:
    """What the table says, unit by unit; the weights in the order of its links."""
    kernels = iter(layer.weight.detach().numpy())
    bias, window, step = layer.bias.detach().numpy(), layer.kernel_size, layer.stride
    height = (maps.shape[2] - window) // step + 1
    width = (maps.shape[3] - window) // step + 1
    sums = np.zeros((len(maps), len(layer.table), height, width))
    for to, sources in enumerate(layer.table):
        sums[:, to] = bias[to]
        for source in sources:
            kernel = next(kernels)
            for n, y, x in np.ndindex(len(maps), height, width):
                for dy, dx in np.ndindex(window, window):
                    state = maps[n, source, y * step + dy, x * step + dx]
                    sums[n, to, y, x] += kernel[dy, dx] * state
    assert next(kernels, None) is None  # each weight was used
    return sums


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
def test_a_convolution_by_any_table_against_its_definition(table, window, step, seed):
    layer = TableConv2d(table, window, step).double()
    sources = 1 + max(max(row) for row in table)
    maps = random_maps(seed, 2, sources, 6, 5)
    expected = by_the_table(layer, maps.numpy())
    np.testing.assert_allclose(layer(maps).detach(), expected, atol=1e-12)


@pytest.mark.parametrize(
    "table, edge", [(papers.LENET1_TABLE, 12), (papers.LENET5_TABLE, 14)]
)
def test_a_convolution_by_the_papers_tables_against_its_definition(table, edge):
    layer = TableConv2d(table).double()
    maps = random_maps(1, 1, 1 + max(map(max, table)), edge, edge)
    expected = by_the_table(layer, maps.numpy())
    np.testing.assert_allclose(layer(maps).detach(), expected, atol=1e-12)


def test_a_full_table_is_pytorchs_convolution():
    layer = TableConv2d([range(6)] * 16, kernel_size=5).double()
    usual = nn.Conv2d(6, 16, kernel_size=5).double()
    assert torch.equal(layer.dense_weight(), layer.weight.reshape(16, 6, 5, 5))
    with torch.no_grad():
        usual.weight.copy_(layer.dense_weight())
        usual.bias.copy_(layer.bias)
    maps = random_maps(2, 3, 6, 14, 14)
    torch.testing.assert_close(layer(maps), usual(maps), rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_the_dense_weight_is_zero_exactly_where_there_is_no_link(table):
    dense = TableConv2d(table, 3).dense_weight()
    for to, source in np.ndindex(*dense.shape[:2]):
        assert bool(dense[to, source].any()) == (source in table[to])


@settings(max_examples=20, deadline=None)
@given(tables())
def test_a_table_has_weights_for_its_links_and_nothing_else(table):
    layer = TableConv2d(table, kernel_size=3)
    shapes = {name: tuple(value.shape) for name, value in layer.state_dict().items()}
    links = sum(map(len, table))
    assert shapes == {"weight": (links, 3, 3), "bias": (len(table),)}
    assert {name for name, _ in layer.named_parameters()} == {"weight", "bias"}


def test_what_is_not_linked_is_not_felt():
    """Each output map in turn: a change of the maps outside its row changes nothing."""
    layer = TableConv2d(papers.LENET5_TABLE).double()
    maps = random_maps(3, 1, 6, 14, 14)
    before = layer(maps)
    for source in range(6):
        changed = maps.clone()
        changed[:, source] += 1
        felt = (layer(changed) != before).flatten(2).any(dim=2)[0]
        assert felt.tolist() == [source in row for row in papers.LENET5_TABLE]


@pytest.mark.parametrize("table, named", [
    ([[0, 1], []], "Output map 1 reads []"),
    ([[0, 0]], "Output map 0 reads [0, 0]"),
    ([[0], [1, 2, 1]], "Output map 1 reads [1, 2, 1]"),
    ([[0, -1]], "Output map 0 reads [0, -1]"),
    ([], "table is empty"),
])  # fmt: skip
def test_a_table_that_cannot_be_is_refused(table, named):
    with pytest.raises(ValueError) as error:
        TableConv2d(table)
    assert named in str(error.value) and "\n" not in str(error.value)


# ---- The zip-code network's convolution ------------------------------------------


def by_units(layer: UnitBiasConv2d, maps: np.ndarray) -> np.ndarray:
    """Each unit by itself: its own bias, and -1 wherever its window leaves the map."""
    kernels = iter(layer.weight.detach().numpy())
    edge = maps.shape[-1]
    sums = np.tile(layer.bias.detach().numpy(), (len(maps), 1, 1, 1))
    for to, sources in enumerate(layer.table):
        for source in sources:
            kernel = next(kernels)
            for n, y, x in np.ndindex(len(maps), layer.size, layer.size):
                for dy, dx in np.ndindex(5, 5):
                    # Two of the three pixels of border lie above and to the left.
                    at_y, at_x = 2 * y + dy - 2, 2 * x + dx - 2
                    inside = 0 <= at_y < edge and 0 <= at_x < edge
                    state = maps[n, source, at_y, at_x] if inside else -1.0
                    sums[n, to, y, x] += kernel[dy, dx] * state
    return sums


@settings(max_examples=25, deadline=None)
@given(tables(maps=3), st.integers(2, 5), st.integers(0, 99))
def test_unit_biases_and_borders_against_their_definition(table, size, seed):
    layer = UnitBiasConv2d(table, size).double()
    sources = 1 + max(max(row) for row in table)
    maps = random_maps(seed, 2, sources, 2 * size, 2 * size)
    expected = by_units(layer, maps.numpy())
    np.testing.assert_allclose(layer(maps).detach(), expected, atol=1e-12)


def test_beyond_the_border_lies_paper_two_above_and_one_below():
    """With weights of 1 and no ink, each unit says how many inputs lie outside."""
    layer = UnitBiasConv2d([[0]], size=8)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.bias.zero_()
    beyond = -layer(torch.zeros(1, 1, 16, 16))[0, 0]
    inside = torch.tensor([3, 5, 5, 5, 5, 5, 5, 4])  # of the five rows of each window
    assert torch.equal(beyond, 25 - torch.outer(inside, inside).float())


def test_each_unit_has_a_bias_of_its_own():
    layer = UnitBiasConv2d([[0]] * 2, size=4).double()
    assert layer.bias.shape == (2, 4, 4)
    maps = random_maps(4, 1, 1, 8, 8)
    before = layer(maps)
    with torch.no_grad():
        layer.bias[1, 2, 3] += 1
    change = layer(maps) - before
    assert change[0, 1, 2, 3].item() == pytest.approx(1)
    assert change.count_nonzero() == 1


def test_another_background():
    layer = UnitBiasConv2d([[0]], size=2, background=0.5).double()
    usual = nn.functional.conv2d(
        nn.functional.pad(random_maps(5, 1, 1, 4, 4), (2, 1, 2, 1), value=0.5),
        layer.weight[:, None],
        stride=2,
    )
    torch.testing.assert_close(layer(random_maps(5, 1, 1, 4, 4)), usual + layer.bias)


# ---- Codes -----------------------------------------------------------------------


def test_the_distance_from_a_code_to_itself_is_zero():
    layer = EuclideanRBF.of_characters("0123456789")
    distances = layer(layer.codes)
    rows = papers.output_codes()
    for a, b in np.ndindex(10, 10):
        one, other = "".join(rows[str(a)]), "".join(rows[str(b)])
        differing = sum(x != y for x, y in zip(one, other, strict=True))
        assert distances[a, b] == 4 * differing
    assert not distances.diag().any() and distances.fill_diagonal_(99).min() == 48


def test_distances_are_squared_and_summed():
    layer = EuclideanRBF(random_maps(6, 4, 7))
    features = random_maps(7, 3, 7)
    distances = layer(features)
    assert distances.shape == (3, 4)
    for n, unit in np.ndindex(3, 4):
        expected = sum((features[n, j] - layer.codes[unit, j]) ** 2 for j in range(7))
        assert distances[n, unit].item() == pytest.approx(expected.item())


def test_codes_are_plus_and_minus_one_in_the_order_asked_for():
    layer = EuclideanRBF.of_characters("5 a5")
    assert layer.codes.shape == (4, 84) and layer.codes.dtype == torch.float32
    assert set(layer.codes.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(layer.codes[0], layer.codes[3])
    assert (layer.codes[1] == -1).all()  # a space has no ink
    five = layer.codes[0].reshape(12, 7)
    drawn = ["".join("#" if cell > 0 else "." for cell in row) for row in five]
    assert drawn == papers.output_codes()["5"]


def test_codes_are_kept_but_not_trained():
    layer = EuclideanRBF.of_characters("0123456789")
    assert list(layer.parameters()) == [] and list(layer.state_dict()) == ["codes"]
    assert not layer.codes.requires_grad


@pytest.mark.parametrize("characters", ["ß", "0123é", "01\n"])
def test_a_character_without_a_code_is_named(characters):
    with pytest.raises(ValueError) as error:
        EuclideanRBF.of_characters(characters)
    assert repr(characters[-1]) in str(error.value) and "\n" not in str(error.value)


# ---- Gradients -------------------------------------------------------------------

LAYERS = {
    "squashing": (ScaledTanh, (2, 3, 2)),
    "subsampling": (lambda: Subsampling(2), (2, 2, 4, 4)),
    "table": (lambda: TableConv2d([[0, 2], [1], [0, 1, 2]], 2), (2, 3, 4, 3)),
    "table with steps": (lambda: TableConv2d([[1], [0, 1]], 3, stride=2), (1, 2, 7, 5)),
    "unit biases": (lambda: UnitBiasConv2d([[0], [0, 1]], size=2), (2, 2, 4, 4)),
    "codes": (lambda: EuclideanRBF.of_characters("05"), (2, 84)),
}


@pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS)
def test_gradients_against_finite_differences(make, shape):
    """With respect to what the layer reads, and to each of its weights."""
    layer = make().double()
    names = [name for name, _ in layer.named_parameters()]
    values = [p.detach().clone().requires_grad_() for p in layer.parameters()]

    def answer(maps, *values):
        return functional_call(layer, dict(zip(names, values, strict=True)), (maps,))

    maps = random_maps(8, *shape).requires_grad_()
    assert torch.autograd.gradcheck(answer, (maps, *values))


# ---- Initialisation --------------------------------------------------------------


def bounds(layer: nn.Module) -> dict[str, torch.Tensor]:
    """2.4/F for each weight and bias, F counted by hand for the layers below."""
    kind = type(layer)
    if kind is Subsampling:
        inputs = {"weight": [4.0], "bias": [4.0]}
    elif kind is nn.Linear:
        inputs = {"weight": [layer.in_features], "bias": [layer.in_features]}
    elif kind is nn.Conv2d:
        inputs = dict.fromkeys(("weight", "bias"), [layer.in_channels * 25])
    else:
        per_map = [25 * len(row) for row in layer.table]
        per_link = [25 * len(row) for row in layer.table for _ in row]
        inputs = {"weight": per_link, "bias": per_map}
    return {
        name: 2.4 / torch.tensor(inputs[name]).reshape(-1, *[1] * (parameter.dim() - 1))
        for name, parameter in layer.named_parameters()
    }


INITIALIZED = {
    "subsampling": lambda: Subsampling(400),
    "table of LeNet-1": lambda: TableConv2d(papers.LENET1_TABLE),
    "table of LeNet-5": lambda: TableConv2d(papers.LENET5_TABLE),
    "unit biases": lambda: UnitBiasConv2d([[0], [0, 1, 2], [1]] * 4, size=8),
    "convolution": lambda: nn.Conv2d(6, 16, 5),
    "full connection": lambda: nn.Linear(84, 50),
}


@pytest.mark.parametrize("make", INITIALIZED.values(), ids=INITIALIZED)
def test_weights_and_biases_are_uniform_between_their_bounds(make):
    """Each divided by its own bound 2.4/F, they are spread evenly from -1 to 1."""
    torch.manual_seed(0)
    layer = make()
    drawn = {name: [] for name, _ in layer.named_parameters()}
    for _ in range(20):
        initialize(layer)
        for name, parameter in layer.named_parameters():
            drawn[name].append((parameter / bounds(layer)[name]).detach())
    for name, draws in drawn.items():
        each = torch.stack(draws).double()
        assert each.abs().max() <= 1 + 1e-6, name
        # Every row comes near to its bounds: no map has too large an F.
        rows = (
            each.transpose(0, 1).flatten(1)
            if each[0].dim() > 1
            else each.flatten()[None]
        )
        assert (rows.abs().max(dim=1).values > 0.8).all(), name
        # Kolmogorov and Smirnov: as even as 1 in 10,000 even samples are.
        values = each.flatten().sort().values
        even = torch.linspace(-1, 1, len(values), dtype=torch.float64)
        assert (values - even).abs().max() / 2 < 2.2 / len(values) ** 0.5, name


def test_maps_that_read_less_have_larger_weights():
    """F differs from map to map of C3: three, four or six maps of 25 inputs."""
    torch.manual_seed(0)
    layer = TableConv2d(papers.LENET5_TABLE)
    first = 0
    for row in papers.LENET5_TABLE:
        weights = layer.weight[first : first + len(row)].abs()
        bound = 2.4 / (25 * len(row))
        assert 0.9 * bound < weights.max() <= bound * (1 + 1e-6)
        first += len(row)


def test_a_seed_gives_the_same_weights_and_another_seed_others():
    def drawn(seed: int) -> list[torch.Tensor]:
        torch.manual_seed(seed)
        network = nn.Sequential(
            TableConv2d([[0], [0, 1]]), Subsampling(2), nn.Linear(3, 2)
        )
        initialize(network)
        return [p.detach() for p in network.parameters()]

    assert all(map(torch.equal, drawn(1), drawn(1)))
    assert not any(map(torch.equal, drawn(1), drawn(2)))


@pytest.mark.parametrize("make", INITIALIZED.values(), ids=INITIALIZED)
def test_another_bound_changes_the_sizes_of_the_weights_alone(make):
    """The same numbers between -1 and 1, times 1/√F in place of 2.4/F."""
    layer = make()
    torch.manual_seed(2)
    initialize(layer, by_inputs)
    usual = {name: p.detach().clone() for name, p in layer.named_parameters()}
    after = torch.get_rng_state()
    torch.manual_seed(2)
    initialize(layer, by_root)
    assert torch.equal(torch.get_rng_state(), after)
    for name, parameter in layer.named_parameters():
        inputs = 2.4 / bounds(layer)[name]
        torch.testing.assert_close(parameter, usual[name] / 2.4 * inputs.sqrt())
    torch.manual_seed(2)
    initialize(layer)
    assert all(torch.equal(p, usual[name]) for name, p in layer.named_parameters())


@pytest.mark.parametrize("device", [*DEVICES, "meta"])
def test_a_seed_gives_the_same_weights_on_every_device(device):
    """``meta`` stands for all others: it holds no numbers, so none can come from it."""
    layer = TableConv2d(papers.LENET1_TABLE)
    elsewhere = copy.deepcopy(layer).to(device)
    torch.manual_seed(3)
    initialize(layer)
    after = torch.get_rng_state()
    torch.manual_seed(3)
    initialize(elsewhere)
    assert torch.equal(torch.get_rng_state(), after)
    if device != "meta":
        assert all(
            torch.equal(a, b.cpu())
            for a, b in zip(layer.parameters(), elsewhere.parameters(), strict=True)
        )
    with torch.device(device):  # made there, and drawn there
        torch.manual_seed(3)
        made = UnitBiasConv2d([[0], [0, 1]], size=3)
    assert {p.device.type for p in made.parameters()} == {device}


def test_layers_without_biases_can_be_initialised():
    layer = nn.Sequential(nn.Conv2d(2, 3, 5, bias=False), nn.Linear(48, 9, bias=False))
    initialize(layer)
    assert layer[0].weight.abs().max() <= 2.4 / 50
    assert layer[1].weight.abs().max() <= 2.4 / 48


def test_a_layer_of_an_unknown_kind_is_named():
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.BatchNorm2d(3))
    with pytest.raises(TypeError) as error:
        initialize(network)
    assert "BatchNorm2d" in str(error.value) and "\n" not in str(error.value)


# ---- Sizes, kinds and places -----------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS)
def test_layers_answer_for_any_batch_where_they_are(make, shape, kind, device):
    torch.manual_seed(0)
    layer = make().to(device, kind)
    maps = random_maps(9, 5, *shape[1:]).to(device, kind)
    together = layer(maps)
    assert together.dtype == kind and together.device.type == device
    one_by_one = torch.cat([layer(maps[n : n + 1]) for n in range(5)])
    torch.testing.assert_close(together, one_by_one)
    assert layer(maps[:0]).shape == (0, *together.shape[1:])


@pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS)
def test_layers_say_what_they_are(make, shape):
    line = repr(make())
    assert "\n" not in line and line.startswith(type(make()).__name__ + "(")


def test_what_the_layers_say():
    assert repr(Subsampling(6)) == "Subsampling(6)"
    table = TableConv2d(papers.LENET5_TABLE)
    assert repr(table) == "TableConv2d(16 maps, 60 links, kernel_size=5, stride=1)"
    assert (
        repr(EuclideanRBF.of_characters("01")) == "EuclideanRBF(features=84, classes=2)"
    )
