"""The networks built of layers by hand, held against PyTorch and small differences."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib import byhand, curvature, losses, mnist, models, optim, papers
from lenet_lib.byhand import ByHand, MaximumAPosteriori, MaximumLikelihood, sdlm
from lenet_lib.byhand.windows import where_seen, windows
from lenet_lib.data import CODINGS
from lenet_lib.layers import by_root, initialize
from lenet_lib.models import LeNet1, LeNet5, Network, TutorialLeNet5, ZipCodeNet

J = 1.5  # another number than 1, which would hide a forgotten factor

#: Each network with each criterion that it can be trained for.
PAIRS = [
    (ZipCodeNet, "squared error"),
    (LeNet1, "squared error"),
    (LeNet5, "likelihood"),
    (LeNet5, "a posteriori"),
]
NETWORKS = [ZipCodeNet, LeNet1, LeNet5]
KINDS = {torch.float32: np.float32, torch.float64: np.float64}
CODING = {ZipCodeNet: "zipcode", LeNet1: "lenet1", LeNet5: "lenet5"}

pairs = pytest.mark.parametrize(
    "cls, name", PAIRS, ids=lambda x: getattr(x, "__name__", x)
)
networks = pytest.mark.parametrize("cls", NETWORKS)


@pytest.fixture(scope="module")
def read():
    """A thousand training digits as MNIST has them, and what they are."""
    images, labels = mnist.read(mnist.default_data_dir(), train=True)
    return images[:1_000], labels[:1_000]


def coded(read, cls, count: int, kind=torch.float64) -> tuple[Tensor, Tensor]:
    return CODINGS[CODING[cls]](read[0][:count]).to(kind), read[1][:count]


def rows(images: Tensor) -> np.ndarray:
    return images.flatten(1).numpy()


def fresh(cls, kind=torch.float64) -> Network:
    """A network whose states are far from 0, so that slopes differ."""
    torch.manual_seed(3)
    network = cls().to(kind)
    initialize(network, by_root)
    return network


def by_hand_criterion(name: str, kind=np.float64) -> byhand.criteria.Criterion:
    return {
        "squared error": lambda: byhand.SquaredError(kind),
        "likelihood": lambda: MaximumLikelihood(kind),
        "a posteriori": lambda: MaximumAPosteriori(J, kind),
    }[name]()


def loss(name: str, network: Network, images: Tensor, labels: Tensor) -> Tensor:
    answers = network(images)
    return {
        "squared error": lambda: losses.squared_error(answers, labels),
        "likelihood": lambda: losses.maximum_likelihood(answers, labels),
        "a posteriori": lambda: losses.maximum_a_posteriori(answers, labels, J),
    }[name]()


def root(name: str):
    codes = LeNet5().output.codes.double()
    return {
        "squared error": losses.squared_error_root,
        "likelihood": losses.likelihood_root,
        "a posteriori": lambda x: losses.posterior_root(x, codes=codes, j=J),
    }[name]


def close(mine: dict, theirs: dict, tolerance: float) -> None:
    """Equal by name, up to a share of each tensor's largest number."""
    assert set(mine) == set(theirs)
    for name, expected in theirs.items():
        expected = np.asarray(expected.detach())
        assert np.abs(expected).max() > 0, name
        atol = tolerance * np.abs(expected).max()
        np.testing.assert_allclose(mine[name], expected, 0, atol, err_msg=name)


# ---- Forward and back --------------------------------------------------------------


@networks
def test_every_state_is_that_of_the_network(read, cls):
    network = fresh(cls)
    images, _ = coded(read, cls, 5)
    net = ByHand(network)
    for image in images.split(1):
        last = net.forward(rows(image)[0])
        states = dict(network.states(image))
        if cls is LeNet5:
            del states["output"]  # of the criterion, by hand
        assert len(states) == len(net.states)
        for (name, expected), row in zip(states.items(), net.states, strict=True):
            mine, expected = row[:-1], expected[0].detach()
            if name in ("C1", "C3") or (cls is LeNet1 and name in ("H1", "H3")):
                # Ordered by squares: (maps, 2, 2, rows / 2, columns / 2).
                maps, size, _ = expected.shape
                mine = mine.reshape(maps, 2, 2, size // 2, size // 2)
                mine = mine.transpose(0, 3, 1, 4, 2)
            np.testing.assert_allclose(mine.ravel(), expected.flatten(), 0, 1e-12)
        assert last.base is net.states[-1]


@pairs
def test_the_gradient_is_autograds(read, cls, name):
    network = fresh(cls)
    images, labels = coded(read, cls, 5)
    net, criterion = ByHand(network), by_hand_criterion(name)
    for image, label in zip(images.split(1), labels.split(1), strict=True):
        network.zero_grad()
        loss(name, network, image, label).backward()
        last = net.forward(rows(image)[0])
        net.backward(criterion.slopes(last, label.item()))
        close(
            net.named(net.gradient),
            {n: p.grad for n, p in network.named_parameters()},
            1e-12,
        )


@pairs
def test_the_gradient_is_that_of_small_differences(read, cls, name):
    net, criterion = ByHand(fresh(cls)), by_hand_criterion(name)
    images, labels = coded(read, cls, 1)
    digit, label = rows(images)[0], labels[0].item()
    net.backward(criterion.slopes(net.forward(digit), label))
    gradient = net.gradient * net.exists

    def error(place: int, step: float) -> float:
        kept = net.weights[place]
        net.weights[place] = kept + step
        found = criterion.loss(net.forward(digit), label)
        net.weights[place] = kept
        return found

    draw = np.random.default_rng(0)
    end = 0
    for layer in net.layers:
        for shape in layer.shapes:
            first, end = end, end + int(np.prod(shape))
            there = first + np.flatnonzero(net.exists[first:end])
            for place in draw.choice(there, min(4, len(there)), replace=False):
                rise = (error(place, 1e-5) - error(place, -1e-5)) / 2e-5
                assert rise == pytest.approx(gradient[place], rel=1e-5, abs=1e-7)
    assert end == len(net.weights)


@networks
def test_the_border_is_what_the_network_says(read, cls):
    network = fresh(cls)
    if cls is ZipCodeNet:
        network.H1.background, network.H2.background = 0.25, -0.5
    images, _ = coded(read, cls, 1)
    states = network.states(images)
    last = states["F6" if cls is LeNet5 else "output"].detach()
    mine = ByHand(network).forward(rows(images)[0])
    np.testing.assert_allclose(mine, last[0], 0, 1e-12)


# ---- The criteria ------------------------------------------------------------------


def features(name: str) -> np.ndarray:
    """Last states: some far from every code, some close to two of them."""
    draw = np.random.default_rng(2)
    if name == "squared error":
        return draw.uniform(-1.5, 1.5, (6, 10))
    codes = MaximumLikelihood(np.float64).codes
    apart = draw.normal(0, 0.05, (6, 84))
    middle = (codes[[0, 1, 2, 3, 4, 5]] + codes[[6, 7, 8, 9, 0, 1]]) / 2
    near = np.where(middle == 0, draw.normal(0, 0.02, middle.shape), middle)
    return np.concatenate([near, codes[:6] * 0.9 + apart, codes[:6] * 0.3])


def of_states(name: str, states: Tensor, label: int) -> Tensor:
    """The criterion of lenet_lib.losses, from the states of the last layer."""
    labels = torch.tensor([label])
    if name == "squared error":
        return losses.squared_error(states[None], labels)
    penalties = LeNet5().output.to(states.dtype)(states[None])
    if name == "likelihood":
        return losses.maximum_likelihood(penalties, labels)
    return losses.maximum_a_posteriori(penalties, labels, J)


def second_derivatives(name: str, states: Tensor, label: int) -> np.ndarray:
    """All of them, by autograd: (units, units)."""
    criterion = partial(of_states, name, label=label)
    return torch.autograd.functional.hessian(criterion, states).numpy()


@pytest.mark.parametrize("name", ["squared error", "likelihood", "a posteriori"])
def test_criteria_are_those_of_losses_with_autograds_derivatives(name):
    criterion = by_hand_criterion(name)
    for number, states in enumerate(features(name)):
        label = number % 10
        leaf = torch.tensor(states, requires_grad=True)
        expected = of_states(name, leaf, label)
        (slopes,) = torch.autograd.grad(expected, leaf)
        hessian = second_derivatives(name, leaf, label)
        close_to = {"rtol": 1e-9, "atol": 1e-9}
        np.testing.assert_allclose(
            criterion.loss(states, label), expected.item(), **close_to
        )
        np.testing.assert_allclose(criterion.slopes(states, label), slopes, **close_to)
        bends = criterion.bends(states, label)
        np.testing.assert_allclose(bends, hessian.diagonal(), **close_to)


@pytest.mark.parametrize("name", ["squared error", "likelihood", "a posteriori"])
def test_probes_have_the_hessian_for_their_covariance(name):
    criterion = by_hand_criterion(name)
    # Halfway between two codes, where classes compete most; and far from all.
    for states in features(name)[[0, -1]]:
        hessian = second_derivatives(name, torch.tensor(states), 3)
        draw = np.random.default_rng(0)
        probes = np.stack([criterion.probe(states, 3, draw) for _ in range(8_000)])
        found = probes.T @ probes / len(probes)
        apart = np.linalg.norm(found - hessian) / np.linalg.norm(hessian)
        assert apart < 0.15
        assert np.trace(found) == pytest.approx(np.trace(hessian), rel=0.05)


def test_between_two_codes_the_classes_compete():
    """Else nothing above would tell equation 9 from equation 8."""
    middle = features("a posteriori")[0]
    p, _ = MaximumAPosteriori(200.0, np.float64).posterior(middle)
    assert sorted(p)[-2] > 1e-3


@pytest.mark.parametrize("j", [0, -1.0, float("nan"), float("inf"), "1", None])
def test_the_rubbish_class_has_a_positive_penalty(j):
    with pytest.raises(ValueError, match="j must be a positive number"):
        MaximumAPosteriori(j)


@pytest.mark.parametrize("name", ["squared error", "likelihood", "a posteriori"])
def test_a_criterion_answers_with_the_digit_itself(name):
    criterion = by_hand_criterion(name)
    ideal = criterion.targets if name == "squared error" else criterion.codes
    assert [criterion.answer(states) for states in ideal] == list(range(10))


# ---- Second derivatives ------------------------------------------------------------


@pairs
def test_the_estimate_is_the_recursion_in_pytorch(read, cls, name):
    network = fresh(cls)
    images, labels = coded(read, cls, 12)
    net = ByHand(network)
    mine = sdlm.estimate(net, by_hand_criterion(name), rows(images), labels.numpy())
    close(net.named(mine), curvature.recursion(network, images, root(name)), 1e-11)


@pairs
def test_probes_give_the_exact_diagonal_on_average(read, cls, name):
    network = fresh(cls)
    images, labels = coded(read, cls, 4)
    net, times = ByHand(network), 250
    mine = sdlm.probed(
        net,
        by_hand_criterion(name),
        np.tile(rows(images), (times, 1)),
        np.tile(labels.numpy(), times),
        np.random.default_rng(0),
    )
    exact = curvature.exact(network, images, root(name))
    for parameter, found in net.named(mine).items():
        expected = exact[parameter].numpy()
        # One probe's square is off by about the square root of 2 times what it should
        # be; the mean of a thousand by some 4 %, and sums of many by less.
        apart = np.linalg.norm(found - expected) / np.linalg.norm(expected)
        assert apart < 0.15, parameter
        assert found.sum() == pytest.approx(expected.sum(), rel=0.1), parameter


# ---- Training ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)], ids=str
)
@pytest.mark.parametrize(
    "cls, name", [pair for pair in PAIRS if pair[1] != "likelihood"]
)
def test_a_thousand_steps_are_those_of_autograd(read, cls, name, kind, tolerance):
    # Rounding errors grow as a network learns. LeNet-5's outgrow the tolerance with the
    # first of the published rates; so here it has that of the ninth pass.
    rate = optim.rate(8 if cls is LeNet5 else 0)
    network = fresh(cls, kind)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    images, labels = coded(read, cls, 1_000, kind)
    digits = rows(images)
    net, criterion = ByHand(network), by_hand_criterion(name, KINDS[kind])
    h = sdlm.estimate(net, criterion, digits[:100], labels[:100].numpy())
    optimizer = optim.SDLM(network.named_parameters(), lr=rate)
    optimizer.set_curvature(
        {n: torch.from_numpy(a).to(kind) for n, a in net.named(h).items()}
    )
    sizes = sdlm.steps(net, h, rate)
    misread = sdlm.train(net, criterion, digits, labels.numpy(), sizes)

    wrong = 0
    for image, label in zip(images.split(1), labels.split(1), strict=True):
        optimizer.zero_grad()
        loss(name, network, image, label).backward()
        wrong += (network.read(image) != label).item()
        optimizer.step()
    assert misread == wrong < 1_000
    mine = net.state_dict()
    for parameter, value in network.state_dict().items():
        apart = (value - mine[parameter]).abs().max().item()
        assert apart < tolerance, parameter
        if parameter != "output.codes":
            moved = (value - before[parameter]).abs().max().item()
            assert moved > 1e-3, f"{parameter} has not learned anything to compare"


@networks
def test_links_that_are_not_there_stay_out(read, cls):
    name = "a posteriori" if cls is LeNet5 else "squared error"
    network = fresh(cls, torch.float32)
    images, labels = coded(read, cls, 20, torch.float32)
    net, criterion = ByHand(network), by_hand_criterion(name, np.float32)
    h = sdlm.estimate(net, criterion, rows(images), labels.numpy())
    sizes = sdlm.steps(net, h, rate=5e-4)
    sdlm.train(net, criterion, rows(images), labels.numpy(), sizes)
    paper = {ZipCodeNet: papers.ZIP_CODE, LeNet1: papers.LENET1, LeNet5: papers.LENET5}
    assert net.exists.sum() == paper[cls].parameters
    assert not net.weights[net.exists == 0].any()
    assert not sizes[net.exists == 0].any() and sizes[net.exists == 1].all()
    place = {ZipCodeNet: 1, LeNet1: 2, LeNet5: 2}[cls]
    weights = net.own[place].weight.reshape(net.layers[place].maps, -1, 25)
    tables = {
        ZipCodeNet: models.ZIP_CODE_TABLE,
        LeNet1: papers.LENET1_TABLE,
        LeNet5: papers.LENET5_TABLE,
    }
    linked = [tuple(np.flatnonzero(map_.any(axis=1))) for map_ in weights]
    assert linked == [tuple(sorted(row)) for row in tables[cls]]


def test_steps_are_those_of_equation_21():
    net = ByHand(fresh(LeNet5))
    h = np.linspace(0, 1, len(net.weights))
    sizes = sdlm.steps(net, h, rate=0.5, mu=0.1)
    np.testing.assert_allclose(sizes, 0.5 / (0.1 + h) * net.exists)
    usual = sdlm.steps(net, np.zeros_like(h), rate=1)
    assert usual.max() == pytest.approx(1 / papers.LENET5_STEPS["mu"])


# ---- Weights, to and fro -----------------------------------------------------------


@networks
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_weights_come_from_the_network_and_go_back_unchanged(cls, kind):
    network = fresh(cls, kind)
    state = ByHand(network).state_dict()
    assert list(state) == list(network.state_dict())
    for name, value in network.state_dict().items():
        assert value.dtype == state[name].dtype and torch.equal(value, state[name])
    cls().load_state_dict(state)  # strict: all names and shapes


@networks
def test_training_by_hand_leaves_the_network_alone_until_told(cls):
    network = fresh(cls)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    net = ByHand(network)
    state = net.state_dict()
    net.weights += 1
    changed = net.state_dict()
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]) and torch.equal(state[name], value)
        assert torch.equal(value, changed[name]) == (name == "output.codes")


def test_other_networks_are_refused_by_name():
    with pytest.raises(
        TypeError, match="ZipCodeNet, LeNet1 and LeNet5.*TutorialLeNet5"
    ):
        ByHand(TutorialLeNet5())


@pytest.mark.parametrize("shape", [(28, 28), (784,), (1, 1024), (32, 32), (1,), ()])
def test_a_digit_of_another_shape_is_refused(shape):
    net = ByHand(LeNet5())
    with pytest.raises(
        ValueError, match="a row of 1024 numbers, got an array of shape"
    ):
        net.forward(np.zeros(shape, np.float32))


@pytest.mark.parametrize("digits, labels", [(3, 2), (2, 3), (0, 0)])
def test_digits_without_labels_are_refused_before_anything_changes(digits, labels):
    net, criterion = ByHand(LeNet5()), MaximumLikelihood()
    before = net.weights.copy()
    x, y = np.zeros((digits, 1024), np.float32), np.zeros(labels, int)
    word = "one label for each"
    with pytest.raises(ValueError, match=word):
        sdlm.train(net, criterion, x, y, net.exists)
    with pytest.raises(ValueError, match=word):
        sdlm.estimate(net, criterion, x, y)
    with pytest.raises(ValueError, match=word):
        sdlm.probed(net, criterion, x, y, np.random.default_rng())
    np.testing.assert_array_equal(net.weights, before)


# ---- What windows see --------------------------------------------------------------


@pytest.mark.parametrize("maps, size", [(1, 16), (12, 8)])
def test_windows_over_the_border_see_what_unfold_sees(maps, size):
    states = torch.rand(1, maps, size, size)
    framed = F.pad(states, (2, 1, 2, 1), value=-1.0)
    expected = F.unfold(framed, kernel_size=5, stride=2)[0]
    row = np.append(states.flatten().numpy(), np.float32(-1))
    np.testing.assert_array_equal(row[windows(maps, size, stride=2)], expected)


@pytest.mark.parametrize("maps, size", [(1, 32), (6, 14), (4, 12)])
def test_windows_see_what_unfold_sees(maps, size):
    states = torch.rand(1, maps, size, size)
    row = states.flatten().numpy()
    expected = F.unfold(states, kernel_size=5)[0].numpy()  # (maps * 25, windows)
    np.testing.assert_array_equal(row[windows(maps, size)], expected)
    half = (size - 4) // 2
    by_squares = expected.reshape(-1, half, 2, half, 2).transpose(0, 2, 4, 1, 3)
    found = row[windows(maps, size, squares=True)]
    np.testing.assert_array_equal(found, by_squares.reshape(maps * 25, -1))


@pytest.mark.parametrize("stride, squares", [(1, False), (1, True), (2, False)])
def test_each_place_belongs_to_the_unit_that_it_sees(stride, squares):
    see = windows(3, 8, stride, squares)
    units = 3 * 8 * 8
    found = where_seen(see, units)
    inside = found < see.size
    seen = np.broadcast_to(np.arange(units), found.shape)
    assert (see.ravel()[found[inside]] == seen[inside]).all()
    # Every place that sees a unit is found, and found once.
    assert sorted(found[inside]) == list(np.flatnonzero(see.ravel() < units))
    # In rising order, and the columns are filled from above.
    assert (np.diff(found, axis=0)[inside[1:]] > 0).all()
    assert (found[~inside] == see.size).all()
