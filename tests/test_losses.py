"""The criteria against other ways to compute them, and against small differences."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.func import jacrev, vmap

from lenet_lib.layers import EuclideanRBF
from lenet_lib.losses import (
    code_reach,
    likelihood_root,
    maximum_a_posteriori,
    maximum_likelihood,
    place_code,
    posterior,
    posterior_root,
    squared_error,
    squared_error_root,
)

#: Penalties of the rubbish class, from next to nothing to beyond all others.
JS = [1e-3, 0.1, 1.0, 10.0, 300.0]


def random(seed: int, *shape: int, scale: float = 1.0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, scale, shape))


def penalties_and_labels(seed: int = 0, digits: int = 20):
    """Penalties of all sizes that LeNet-5 gives, from below 1 to some hundreds."""
    draw = np.random.default_rng(seed)
    penalties = torch.from_numpy(np.exp(draw.uniform(-3, 6, (digits, 10))))
    return penalties, torch.from_numpy(draw.integers(10, size=digits))


# ---- What they are ---------------------------------------------------------------


def test_the_likelihood_criterion_is_the_mean_penalty_of_the_right_class():
    penalties, labels = penalties_and_labels()
    expected = np.mean([penalties[n, label] for n, label in enumerate(labels)])
    assert maximum_likelihood(penalties, labels).item() == pytest.approx(expected)


@pytest.mark.parametrize("j", JS)
def test_the_posterior_criterion_is_cross_entropy_with_one_more_class(j):
    """Logits -y_0 ... -y_9 and -j; nobody is ever labelled rubbish."""
    penalties, labels = penalties_and_labels()
    logits = torch.cat([-penalties, torch.full((20, 1), -j)], dim=1)
    torch.testing.assert_close(
        maximum_a_posteriori(penalties, labels, j), F.cross_entropy(logits, labels)
    )


@pytest.mark.parametrize("j", [0.1, 10.0])
def test_the_posterior_criterion_is_equation_9_as_printed(j):
    penalties, labels = penalties_and_labels(1)
    penalties = penalties.clamp(max=500)  # the printed form overflows beyond
    losses = [
        row[label] + math.log(math.exp(-j) + sum(math.exp(-y) for y in row))
        for row, label in zip(penalties.tolist(), labels.tolist(), strict=True)
    ]
    loss = maximum_a_posteriori(penalties, labels, j)
    assert loss.item() == pytest.approx(np.mean(losses))


@pytest.mark.parametrize("j", JS)
def test_the_posterior_is_what_the_criterion_takes_the_logarithm_of(j):
    penalties, labels = penalties_and_labels(2)
    p = posterior(penalties, j)
    assert p.shape == (20, 11) and (p >= 0).all()
    torch.testing.assert_close(p.sum(dim=1), torch.ones(20, dtype=torch.float64))
    y = penalties[0].clamp(max=500)
    weights = torch.cat([(-y).exp(), torch.tensor([-j]).double().exp()])
    torch.testing.assert_close(posterior(y[None], j)[0], weights / weights.sum())
    right = F.nll_loss(p.log().clamp(min=-1e9), labels)
    torch.testing.assert_close(maximum_a_posteriori(penalties, labels, j), right)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 1e4])
def test_the_posterior_criterion_is_never_negative_and_never_overflows(kind, scale):
    draw = np.random.default_rng(3)
    for j in JS:
        penalties = torch.from_numpy(scale * draw.exponential(size=(300, 10))).to(kind)
        labels = torch.from_numpy(draw.integers(10, size=300))
        best = penalties.argmin(dim=1)
        for chosen in (labels, best):
            each = [
                maximum_a_posteriori(y[None], label[None], j)
                for y, label in zip(penalties, chosen, strict=True)
            ]
            assert torch.stack(each).isfinite().all() and min(each) >= 0


def test_the_rubbish_class_keeps_large_penalties_from_being_pushed_up():
    """A wrong class at a penalty far above j is left alone; one below is not."""
    penalties = torch.tensor([[0.5, 40.0, 0.4]], requires_grad=True)
    maximum_a_posteriori(penalties, torch.tensor([0]), j=1.0).backward()
    pull, far, near = penalties.grad[0].tolist()
    assert pull > 0  # the right class's penalty shall fall
    assert near < -0.3 and -1e-12 < far < 0


def test_the_squared_error_is_the_mean_over_outputs_and_digits():
    outputs = random(4, 6, 10)
    labels = torch.tensor([3, 0, 9, 9, 1, 2])
    expected = 0.0
    for n in range(6):
        for unit in range(10):
            target = 1 if unit == labels[n] else -1
            expected += (outputs[n, unit].item() - target) ** 2 / 10 / 6
    assert squared_error(outputs, labels).item() == pytest.approx(expected)
    assert squared_error(outputs.float(), labels).dtype == torch.float32


def test_a_place_code_has_one_plus_in_the_place_of_the_class():
    assert place_code(torch.tensor([2, 0]), classes=3).tolist() == [
        [-1, -1, 1], [1, -1, -1]
    ]  # fmt: skip
    assert place_code(torch.arange(10)).sum() == 10 * (1 - 9)


# ---- Their slopes, and how they bend ----------------------------------------------


@pytest.mark.parametrize("j", [0.1, 1.0, 10.0])
def test_the_slopes_of_the_posterior_criterion(j):
    """By small differences; and 1 for the right class, minus each one's posterior."""
    penalties, labels = penalties_and_labels(5, digits=4)
    penalties = penalties.clamp(max=30).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda y: maximum_a_posteriori(y, labels, j), penalties
    )
    loss = maximum_a_posteriori(penalties, labels, j)
    (slopes,) = torch.autograd.grad(loss, penalties)
    expected = F.one_hot(labels, 10) - posterior(penalties.detach(), j)[:, :10]
    torch.testing.assert_close(slopes, expected / 4)


def test_the_slopes_of_the_other_criteria():
    penalties, labels = penalties_and_labels(6, digits=4)
    for criterion in (maximum_likelihood, squared_error):
        assert torch.autograd.gradcheck(
            lambda y, criterion=criterion: criterion(y, labels),
            penalties.clamp(max=30).requires_grad_(),
        )


def hessian(loss):
    """The second derivatives. (torch.func.hessian itself warns of what torch drops.)"""
    return jacrev(jacrev(loss))


def features_near_codes(seed: int, digits: int = 12, units: int = 5, classes: int = 4):
    """Codes of ±1 and states from right at a code to far from all of them."""
    draw = np.random.default_rng(seed)
    codes = torch.from_numpy(draw.choice([-1.0, 1.0], (classes, units)))
    away = np.linspace(0, 2.5, digits)[:, None] * draw.normal(size=(digits, units))
    labels = torch.from_numpy(draw.integers(classes, size=digits))
    return codes[labels] + torch.from_numpy(away), codes, labels


@pytest.mark.parametrize("j", [0.01, 1.0, 8.0])
def test_the_root_under_equation_9_is_that_of_the_hessian(j):
    features, codes, labels = features_near_codes(7)
    rbf = EuclideanRBF(codes)

    def loss(x, label):
        return maximum_a_posteriori(rbf(x[None]), label[None], j)

    expected = vmap(hessian(loss))(features, labels)  # (n, units, units)
    root = posterior_root(features, codes, j)
    torch.testing.assert_close(root.mT @ root, expected)
    # The right class does not enter, and no direction has a negative second derivative.
    torch.testing.assert_close(vmap(hessian(loss))(features, 3 - labels), expected)
    assert torch.linalg.eigvalsh(expected).min() > -1e-9
    # The two parts: the rubbish class's, and the spread of the ways to the codes.
    for x, h in zip(features, expected, strict=True):
        ways = torch.cat([x - codes, torch.zeros_like(codes[:1])])
        p = posterior(rbf(x[None]), j)[0]
        spread = torch.cov(ways.T, correction=0, aweights=p)
        torch.testing.assert_close(h, 2 * p[-1] * torch.eye(len(x)) + 4 * spread)


def test_the_other_roots_are_those_of_the_hessians():
    features, codes, labels = features_near_codes(8)
    rbf = EuclideanRBF(codes)
    for root, loss in (
        (likelihood_root, lambda x, label: maximum_likelihood(rbf(x[None]), label)),
        (squared_error_root, lambda x, label: squared_error(x[None], label)),
    ):
        found = root(features)
        for x, label, r in zip(features, labels[:, None], found, strict=True):
            torch.testing.assert_close(r.T @ r, hessian(loss)(x, label))


def test_far_from_all_codes_equation_9_bends_as_equation_8_does():
    features = torch.full((1, 84), 0.1)
    codes = EuclideanRBF.of_characters("0123456789").codes
    root = posterior_root(features, codes, j=0.1)
    torch.testing.assert_close((root.mT @ root)[0], 2 * torch.eye(84))


# ---- What is wrong ---------------------------------------------------------------


@pytest.mark.parametrize("j", [0, -1.0, math.inf, math.nan, None, "1"])
def test_j_must_be_a_positive_number(j):
    penalties, labels = penalties_and_labels()
    for ask in (
        lambda: maximum_a_posteriori(penalties, labels, j),
        lambda: posterior(penalties, j),
        lambda: posterior_root(penalties, penalties, j),
    ):
        with pytest.raises(ValueError) as error:
            ask()
        assert str(error.value) == f"j must be a positive number, got {j!r}."


@pytest.mark.parametrize("shape, count", [((10,), 1), ((3, 10), 1), ((3, 10, 1), 3)])
def test_answers_and_labels_must_belong_together(shape, count):
    labels = torch.zeros(count, dtype=torch.int64)
    for criterion in (
        maximum_likelihood,
        squared_error,
        lambda y, d: maximum_a_posteriori(y, d, 1.0),
    ):
        with pytest.raises(ValueError) as error:
            criterion(torch.zeros(shape), labels)
        assert str(error.value) == (
            "Expected one answer and one label for each digit, (n, classes) and (n,): "
            f"got {shape} and ({count},)."
        )


def test_labels_must_be_whole_numbers():
    with pytest.raises(ValueError, match=r"torch\.int64, got torch\.float32"):
        maximum_likelihood(torch.zeros(2, 10), torch.zeros(2))
    with pytest.raises(ValueError, match=r"penalties of shape \(n, classes\), got"):
        posterior(torch.zeros(10), 1.0)


def test_the_reach_of_codes_is_half_the_way_to_the_nearest_other():
    square = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert code_reach(square) == 1.0  # 2 apart, so a distance of 1
    codes = EuclideanRBF.of_characters("0123456789").codes
    assert code_reach(codes) == 12.0  # 6 and 8 differ in 12 of 84 cells
    # Any picture closer to a code than that is nearer to it than to the nine others.
    shift = torch.randn(500, 84, generator=torch.Generator().manual_seed(1)).double()
    shift *= (12.0 * 0.999) ** 0.5 / shift.norm(dim=1, keepdim=True)
    for digit, code in enumerate(codes.double()):
        assert (torch.cdist(code + shift, codes.double()).argmin(1) == digit).all()
