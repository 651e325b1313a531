"""The networks against slow ones written from the papers, and what people ask of them.

The slow networks are plain loops over units, in NumPy. They take nothing from the fast
ones but the numbers in ``state_dict``.
"""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from lenet_lib import mnist, papers
from lenet_lib.data import CODINGS
from lenet_lib.layers import ScaledTanh, TableConv2d
from lenet_lib.models import (
    ZIP_CODE_TABLE,
    LeNet1,
    LeNet5,
    Network,
    TutorialLeNet5,
    ZipCodeNet,
)

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]
NETWORKS = [ZipCodeNet, LeNet1, LeNet5, TutorialLeNet5]
FAITHFUL = NETWORKS[:3]

every_network = pytest.mark.parametrize("make", NETWORKS)
every_faithful_network = pytest.mark.parametrize("make", FAITHFUL)


def images_for(network: Network, count: int = 3, seed: int = 0) -> torch.Tensor:
    """Random images of float64 for a network, the same for the same seed."""
    shape = (count, 1, network.size, network.size)
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def trained(make: type[Network], seed: int = 0) -> Network:
    """A network of float64 whose weights are large enough to bend its states."""
    torch.manual_seed(seed)
    network = make().double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2.5)
    return network


# ---- Slow networks, written from the papers --------------------------------------


def squash(sums):
    return 1.7159 * np.tanh(2 / 3 * sums)


def convolution(maps, kernels, biases, table):
    """P98, II.B: each unit of a map, with that map's weights, at its own place."""
    kernels = iter(kernels.reshape(-1, 5, 5))  # in the order of the table's links
    edge = maps.shape[-1] - 4
    states = np.zeros((len(table), edge, edge))
    for to, sources in enumerate(table):
        states[to] = biases[to]
        for source in sources:
            kernel = next(kernels)
            for y in range(edge):
                for x in range(edge):
                    window = maps[source, y : y + 5, x : x + 5]
                    states[to, y, x] += (kernel * window).sum()
    return squash(states)


def subsampling(maps, coefficients, biases):
    """P98, II.B: the four inputs are added, then multiplied, then a bias is added."""
    edge = maps.shape[-1] // 2
    states = np.zeros((len(maps), edge, edge))
    for m in range(len(maps)):
        for y in range(edge):
            for x in range(edge):
                four = (
                    maps[m, 2 * y, 2 * x]
                    + maps[m, 2 * y, 2 * x + 1]
                    + maps[m, 2 * y + 1, 2 * x]
                    + maps[m, 2 * y + 1, 2 * x + 1]
                )
                states[m, y, x] = coefficients[m] * four + biases[m]
    return squash(states)


def full_connection(states, weights, biases):
    """One unit after another: a sum over all states before, and a bias."""
    inputs = states.ravel()
    sums = [sum(w * x for w, x in zip(row, inputs, strict=True)) for row in weights]
    return squash(np.array(sums) + biases)


def with_own_biases(maps, kernels, biases, table):
    """P89: every second place, a bias for each unit, -1 beyond the border."""
    kernels = iter(kernels)
    edge = maps.shape[-1]
    states = biases.copy()
    for to, sources in enumerate(table):
        for source in sources:
            kernel = next(kernels)
            for y in range(edge // 2):
                for x in range(edge // 2):
                    for dy in range(5):
                        for dx in range(5):
                            at = 2 * y + dy - 2, 2 * x + dx - 2
                            seen = (
                                maps[source][at]
                                if 0 <= min(at) <= max(at) < edge
                                else -1
                            )
                            states[to, y, x] += kernel[dy, dx] * seen
    return squash(states)


def slow_zip_code_net(image, p):
    H1 = with_own_biases(image, p["H1.weight"], p["H1.bias"], [[0]] * 12)
    H2 = with_own_biases(H1, p["H2.weight"], p["H2.bias"], ZIP_CODE_TABLE)
    H3 = full_connection(H2, p["H3.weight"], p["H3.bias"])
    output = full_connection(H3, p["output.weight"], p["output.bias"])
    return {"input": image, "H1": H1, "H2": H2, "H3": H3, "output": output}


def slow_lenet1(image, p):
    table = papers.LENET1_TABLE
    H1 = convolution(image, p["H1.weight"], p["H1.bias"], [[0]] * 4)
    H2 = subsampling(H1, p["H2.weight"], p["H2.bias"])
    H3 = convolution(H2, p["H3.weight"], p["H3.bias"], table)
    H4 = subsampling(H3, p["H4.weight"], p["H4.bias"])
    output = full_connection(H4, p["output.weight"], p["output.bias"])
    return {"input": image, "H1": H1, "H2": H2, "H3": H3, "H4": H4, "output": output}


def slow_lenet5(image, p):
    C1 = convolution(image, p["C1.weight"], p["C1.bias"], [[0]] * 6)
    S2 = subsampling(C1, p["S2.weight"], p["S2.bias"])
    C3 = convolution(S2, p["C3.weight"], p["C3.bias"], papers.LENET5_TABLE)
    S4 = subsampling(C3, p["S4.weight"], p["S4.bias"])
    C5 = convolution(S4, p["C5.weight"], p["C5.bias"], [range(16)] * 120)
    F6 = full_connection(C5, p["F6.weight"], p["F6.bias"])
    output = np.zeros(10)
    for digit in range(10):  # equation 7
        code = "".join(papers.output_codes()[str(digit)])
        for j in range(84):
            output[digit] += (F6[j] - (1 if code[j] == "#" else -1)) ** 2
    states = {"C1": C1, "S2": S2, "C3": C3, "S4": S4, "C5": C5, "F6": F6}
    return {"input": image, **states, "output": output}


@pytest.mark.parametrize(
    "make, slow, coding",
    [
        (ZipCodeNet, slow_zip_code_net, "zipcode"),
        (LeNet1, slow_lenet1, "lenet1"),
        (LeNet5, slow_lenet5, "lenet5"),
    ],
)
def test_every_state_is_that_of_a_slow_network_written_from_the_paper(
    make, slow, coding
):
    digits, _ = mnist.read(mnist.default_data_dir(), train=False)
    network = trained(make)
    noise = images_for(network, count=1)
    images = torch.cat([CODINGS[coding](digits[:1]).double(), noise])
    states = network.states(images)
    numbers = {name: value.numpy() for name, value in network.state_dict().items()}
    for n, image in enumerate(images.numpy()):
        expected = slow(image, numbers)
        assert list(states) == list(expected)
        for name, state in states.items():
            found = state[n].detach().numpy()
            if name == "C5":
                assert found.shape == (120, 1, 1)
            assert found.shape == expected[name].shape, name
            np.testing.assert_allclose(found, expected[name], atol=1e-10, err_msg=name)
    assert states["output"].std() > 0.1  # they are not all alike


def test_the_tutorials_network_is_the_one_that_tutorials_write():
    torch.manual_seed(0)
    usual = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    ).double()  # fmt: skip
    torch.manual_seed(0)
    network = TutorialLeNet5().double()
    images = images_for(network)
    torch.testing.assert_close(network(images), usual(images), rtol=0, atol=1e-12)


@every_network
def test_the_whole_gradient_against_finite_differences(make):
    network = trained(make)
    images = images_for(network, count=2)
    random = np.random.default_rng(5)
    share = torch.from_numpy(random.normal(size=(2, 10)))

    def loss() -> torch.Tensor:
        return (share * network(images)).sum()

    loss().backward()
    step = 1e-5
    for name, parameter in network.named_parameters():
        numbers, slopes = parameter.data.view(-1), parameter.grad.view(-1)
        assert slopes.count_nonzero() > 0.25 * len(slopes), name  # ReLU stops many
        for which in random.integers(len(numbers), size=4):
            before = numbers[which].item()
            numbers[which] = before + step
            above = loss().item()
            numbers[which] = before - step
            below = loss().item()
            numbers[which] = before
            slope = (above - below) / (2 * step)
            assert slopes[which].item() == pytest.approx(slope, rel=1e-5, abs=1e-7), (
                name
            )


# ---- The zip-code network's own table --------------------------------------------


def test_each_map_of_h2_reads_eight_of_twelve_and_no_two_the_same():
    assert [len(set(row)) for row in ZIP_CODE_TABLE] == [8] * 12
    assert len({frozenset(row) for row in ZIP_CODE_TABLE}) == 12
    fed = np.zeros(12, dtype=int)
    for row in ZIP_CODE_TABLE:
        fed[list(row)] += 1
    assert fed.tolist() == [8] * 12
    for row in ZIP_CODE_TABLE:  # eight neighbours, in a circle
        assert sum((source + 1) % 12 not in row for source in row) == 1


def test_another_table_can_be_tried():
    """Karpathy's, for one, in three blocks; it makes a network of the same size."""
    halves = [tuple(range(8)), tuple(range(4, 12)), (*range(4), *range(8, 12))]
    table = tuple(row for row in halves for _ in range(4))
    network = ZipCodeNet(table)
    assert network.H2.table == table
    assert sum(p.numel() for p in network.parameters()) == 9_760
    assert network(torch.zeros(1, 1, 16, 16)).shape == (1, 10)


# ---- What a network keeps --------------------------------------------------------

KEPT = {
    ZipCodeNet: {
        "H1.weight": (12, 5, 5), "H1.bias": (12, 8, 8),
        "H2.weight": (96, 5, 5), "H2.bias": (12, 4, 4),
        "H3.weight": (30, 192), "H3.bias": (30,),
        "output.weight": (10, 30), "output.bias": (10,),
    },
    LeNet1: {
        "H1.weight": (4, 1, 5, 5), "H1.bias": (4,),
        "H2.weight": (4,), "H2.bias": (4,),
        "H3.weight": (20, 5, 5), "H3.bias": (12,),
        "H4.weight": (12,), "H4.bias": (12,),
        "output.weight": (10, 192), "output.bias": (10,),
    },
    LeNet5: {
        "C1.weight": (6, 1, 5, 5), "C1.bias": (6,),
        "S2.weight": (6,), "S2.bias": (6,),
        "C3.weight": (60, 5, 5), "C3.bias": (16,),
        "S4.weight": (16,), "S4.bias": (16,),
        "C5.weight": (120, 16, 5, 5), "C5.bias": (120,),
        "F6.weight": (84, 120), "F6.bias": (84,),
        "output.codes": (10, 84),
    },
    TutorialLeNet5: {
        "C1.weight": (6, 1, 5, 5), "C1.bias": (6,),
        "C3.weight": (16, 6, 5, 5), "C3.bias": (16,),
        "C5.weight": (120, 400), "C5.bias": (120,),
        "F6.weight": (84, 120), "F6.bias": (84,),
        "output.weight": (10, 84), "output.bias": (10,),
    },
}  # fmt: skip


@every_network
def test_a_network_keeps_its_free_parameters_and_the_codes_and_nothing_else(make):
    network = make()
    kept = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert kept == KEPT[make] and set(kept) == set(KEPT[make])
    free = {name for name, p in network.named_parameters() if p.requires_grad}
    assert free == set(kept) - {"output.codes"}


def test_training_leaves_the_codes_alone():
    network = LeNet5()
    codes = network.output.codes.clone()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    before = copy.deepcopy(network.state_dict())
    network(torch.randn(4, 1, 32, 32)).sum().backward()
    optimizer.step()
    assert torch.equal(network.output.codes, codes)
    changed = [
        n for n, v in network.state_dict().items() if not torch.equal(v, before[n])
    ]
    assert set(changed) == set(KEPT[LeNet5]) - {"output.codes"}


@every_faithful_network
def test_the_weights_of_a_new_network_keep_to_the_papers_bounds(make):
    """2.4/F, where F follows from what each layer reads."""
    inputs = {
        ZipCodeNet: {"H1": 25, "H2": 200, "H3": 192, "output": 30},
        LeNet1: {"H1": 25, "H2": 4, "H3": 25, "H4": 4, "output": 192},
        LeNet5: {"C1": 25, "S2": 4, "C3": 75, "S4": 4, "C5": 400, "F6": 120},
    }[make]  # in table convolutions, of the map that reads least
    torch.manual_seed(0)
    network = make()
    for name, fewest in inputs.items():
        numbers = torch.cat([p.flatten() for p in getattr(network, name).parameters()])
        bound = 2.4 / fewest
        assert 0.85 * bound < numbers.abs().max() <= bound * (1 + 1e-6), name


@every_network
def test_the_seed_makes_the_network(make):
    torch.manual_seed(7)
    one = make()
    torch.manual_seed(7)
    other = make()
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


# ---- What a network answers ------------------------------------------------------


@every_network
def test_states_are_those_of_the_account(make):
    """Named, ordered and shaped as the paper's layers."""
    states = make().states(torch.zeros(2, 1, make.size, make.size))
    assert list(states)[0] == "input" and list(states)[-1] == "output"
    accounts = {
        ZipCodeNet: papers.ZIP_CODE, LeNet1: papers.LENET1, LeNet5: papers.LENET5
    }  # fmt: skip
    layers = accounts.get(make, papers.LENET5).layers
    assert list(states)[1:] == [layer.name for layer in layers]
    for layer in layers:
        shape = states[layer.name].shape
        assert shape[:2] == (2, layer.maps)
        assert shape[2:] in [(layer.size, layer.size), ()]
        assert layer.size == 1 or len(shape) == 4
    if make in accounts:
        assert make.size == accounts[make].input_size


@every_network
def test_calling_a_network_gives_its_last_state(make):
    network = trained(make)
    images = images_for(network)
    states = network.states(images)
    assert torch.equal(network(images), states["output"])
    assert states["output"].shape == (3, 10)
    assert states["input"] is images


@every_faithful_network
def test_states_stay_within_the_squashing_function(make):
    states = trained(make).states(images_for(make) * 100)
    if make is LeNet5:
        assert (states.pop("output") >= 0).all()  # squared distances
    states.pop("input")
    assert all(state.abs().max() < ScaledTanh.A + 1e-9 for state in states.values())


@every_network
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_any_batch_is_read_digit_by_digit(make, kind, device):
    torch.manual_seed(0)
    network = make().to(device, kind)
    images = images_for(network, count=7).to(device, kind)
    outputs = network(images)
    assert outputs.dtype == kind and outputs.device.type == device
    alone = torch.cat([network(images[n : n + 1]) for n in range(7)])
    torch.testing.assert_close(outputs, alone)
    assert network(images[:0]).shape == (0, 10)
    assert network.read(images[:0]).shape == (0,)


@pytest.mark.parametrize("device", DEVICES)
@every_network
def test_a_network_gives_the_same_on_every_device(make, device):
    network = trained(make)
    images = images_for(network)
    there = copy.deepcopy(network).to(device)
    states = there.states(images.to(device))
    for name, state in network.states(images).items():
        torch.testing.assert_close(states[name].cpu(), state, rtol=0, atol=1e-9)


@every_network
def test_reading_takes_the_winning_output(make):
    """The smallest distance wins in LeNet-5, the largest output elsewhere."""
    best = min if make is LeNet5 else max
    read = []
    for seed in range(12):
        network = trained(make, seed)
        images = images_for(network, count=4, seed=seed)
        expected = [row.index(best(row)) for row in network(images).tolist()]
        digits = network.read(images)
        assert digits.tolist() == expected and digits.dtype == torch.int64
        assert not digits.requires_grad
        read += expected
    assert len(set(read)) > 3


def test_lenet5_reads_a_digit_whose_code_it_hears():
    """If F6 says a digit's code, that digit's penalty is 0 and it is read."""
    network = LeNet5()
    network.F6 = nn.Linear(120, 84)
    for digit in range(10):
        code = network.output.codes[digit]
        with torch.no_grad():
            network.F6.weight.zero_()
            network.F6.bias.copy_(torch.atanh(code / ScaledTanh.A) / ScaledTanh.S)
        images = torch.randn(2, 1, 32, 32)
        assert network.read(images).tolist() == [digit, digit]
        torch.testing.assert_close(
            network(images)[:, digit], torch.zeros(2), atol=1e-9, rtol=0
        )


# ---- What a network refuses ------------------------------------------------------


@every_network
@pytest.mark.parametrize(
    "shape",
    [(28, 28), (1, 27, 27), (3, 2, 28, 28), (3, 1, 28, 16), (1, 3, 1, 28, 28), ()],
)
def test_another_shape_is_refused_with_what_was_wanted_and_what_came(make, shape):
    with pytest.raises(ValueError) as error:
        make()(torch.zeros(shape))
    assert str(error.value) == (
        f"{make.__name__} reads images of shape (n, 1, {make.size}, {make.size}), "
        f"got {shape}."
    )


@pytest.mark.parametrize("make, other", [(LeNet5, 28), (LeNet1, 32), (ZipCodeNet, 28)])
def test_another_networks_images_are_refused(make, other):
    with pytest.raises(ValueError, match=rf"{make.size}, {make.size}\), got \(2, 1, "):
        make().read(torch.zeros(2, 1, other, other))


@every_network
@pytest.mark.parametrize("kind", [torch.uint8, torch.int64, torch.bool, torch.float64])
def test_other_numbers_are_refused_with_what_was_wanted_and_what_came(make, kind):
    with pytest.raises(ValueError) as error:
        make()(torch.zeros(1, 1, make.size, make.size, dtype=kind))
    message = str(error.value)
    assert f"{make.__name__} reads images of torch.float32, got {kind}:" in message
    assert "CODINGS" in message and "\n" not in message
    with pytest.raises(ValueError, match="torch.float64, got torch.float32"):
        make().double()(torch.zeros(1, 1, make.size, make.size))


# ---- Copies ----------------------------------------------------------------------


@every_network
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_answers_the_same_and_is_its_own(make, copied):
    network = trained(make)
    images = images_for(network)
    answer = network(images)
    other = copied(network)
    assert torch.equal(other(images), answer)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert torch.equal(network(images), answer)


@every_network
def test_weights_can_be_saved_and_loaded(make, tmp_path):
    network, other = trained(make, seed=1), trained(make, seed=2)
    images = images_for(network)
    assert not torch.equal(other(images), network(images))
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(images), network(images))


def test_weights_of_one_network_are_no_other_networks():
    with pytest.raises(RuntimeError, match="Missing key"):
        LeNet5().load_state_dict(TutorialLeNet5().state_dict())


@every_network
def test_an_exported_network_answers_the_same_for_any_batch(make):
    network = trained(make).eval()
    batch = {"images": {0: torch.export.Dim("n")}}
    exported = torch.export.export(
        network, (images_for(network, 2),), dynamic_shapes=batch
    )
    assert set(exported.state_dict) >= set(KEPT[make])
    for count in (1, 2, 5):
        images = images_for(network, count, seed=count)
        answer = exported.module()(images)
        torch.testing.assert_close(answer, network(images), rtol=0, atol=1e-12)


def test_no_network_has_weights_that_its_table_does_not_name():
    """Not even hidden ones: each weight of a table is felt by the network's answer."""
    for make in FAITHFUL:
        network = trained(make)
        network(images_for(network)).square().sum().backward()
        for module in network.modules():
            if isinstance(module, TableConv2d):
                assert module.weight.grad.count_nonzero() == module.weight.numel()
