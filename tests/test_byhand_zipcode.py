"""The zip-code network by hand, as its chapter shows it, and the digits it reads."""

import ast
import inspect
from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lenet_lib import mnist, models, papers
from lenet_lib.byhand.zipcode import ZipCodeByHand, backward, forward, train
from lenet_lib.data import CODINGS, InputCoding, zip_code_digits
from lenet_lib.models import ZipCodeNet
from lenet_lib.training import passes

ROOT = Path(__file__).resolve().parent.parent

#: Eight of twelve in another scheme: in blocks, as in Karpathy's reconstruction.
BLOCKS = (
    *[tuple(range(8))] * 4,
    *[tuple(range(4, 12))] * 4,
    *[(0, 1, 2, 3, 8, 9, 10, 11)] * 4,
)


@pytest.fixture(scope="module")
def digits():
    return zip_code_digits()


def fresh(kind=torch.float32, **settings) -> ZipCodeNet:
    torch.manual_seed(3)
    return ZipCodeNet(**settings).to(kind)


def examples(digits, count: int, kind=torch.float32):
    images, labels = (tensor[:count] for tensor in digits.train.tensors)
    return images.to(kind), (2.0 * F.one_hot(labels, 10) - 1).to(kind)


# ---- The same steps as PyTorch ---------------------------------------------------


@pytest.mark.parametrize(
    "kind, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)], ids=str
)
def test_a_thousand_steps_are_those_of_autograd(digits, kind, tolerance):
    network = fresh(kind)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= 4  # small weights learn little in so short a time
    arrays = ZipCodeByHand(network)
    images, targets = examples(digits, 1_000, kind)
    train(arrays, images.flatten(1).numpy(), targets.numpy(), rate=0.03)

    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD(network.parameters(), lr=0.03)
    for image, target in zip(images.split(1), targets.split(1), strict=True):
        optimizer.zero_grad()
        F.mse_loss(network(image), target).backward()
        optimizer.step()
    byhand_state = arrays.state_dict()
    for name, value in network.state_dict().items():
        moved = (value - before[name]).abs().max().item()
        apart = (value - byhand_state[name]).abs().max().item()
        assert moved > 1e-3, f"{name} has not learned anything to compare"
        assert apart < tolerance, name


def test_other_links_and_borders_are_those_of_the_network(digits):
    network = fresh(table=BLOCKS)
    network.H1.background, network.H2.background = 0.25, -0.5
    arrays = ZipCodeByHand(network)
    images, targets = examples(digits, 50)
    train(arrays, images.flatten(1).numpy(), targets.numpy(), rate=0.01)
    network.load_state_dict(arrays.state_dict())
    with torch.no_grad():
        expected = network(images)
    for image, outputs in zip(images, expected, strict=True):
        answered = forward(arrays, image.flatten().numpy())
        np.testing.assert_allclose(answered, outputs, atol=1e-5)


def test_the_gradient_is_that_of_small_differences(digits):
    arrays = ZipCodeByHand(fresh(torch.float64))
    images, targets = examples(digits, 1, torch.float64)
    image, target = images[0].flatten().numpy(), targets[0].numpy()
    arrays.weights *= 3  # away from the nearly linear start
    forward(arrays, image)
    backward(arrays, target)
    gradient = arrays.gradient * arrays.exists

    def error() -> float:
        return ((forward(arrays, image) - target) ** 2).mean()

    ends = np.cumsum([300, 768, 3600, 192, 5760, 30, 300, 10])
    assert ends[-1] == len(arrays.weights)
    draw = np.random.default_rng(0)
    small = 1e-6
    for first, end in zip([0, *ends[:-1]], ends, strict=True):
        there = first + np.flatnonzero(arrays.exists[first:end])
        for place in draw.choice(there, min(10, len(there)), replace=False):
            kept = arrays.weights[place]
            arrays.weights[place] = kept + small
            higher = error()
            arrays.weights[place] = kept - small
            lower = error()
            arrays.weights[place] = kept
            slope = (higher - lower) / (2 * small)
            assert slope == pytest.approx(gradient[place], rel=1e-4, abs=1e-9)


# ---- Weights, to and fro ---------------------------------------------------------


def test_weights_come_from_the_network_and_go_back_unchanged():
    network = fresh()
    state = ZipCodeByHand(network).state_dict()
    assert list(state) == list(network.state_dict())
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name]), name
    fresh().load_state_dict(state)  # strict: all names and shapes


def test_training_by_hand_leaves_the_network_alone_until_told(digits):
    network = fresh()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    arrays = ZipCodeByHand(network)
    state = arrays.state_dict()
    images, targets = examples(digits, 3)
    train(arrays, images.flatten(1).numpy(), targets.numpy(), rate=0.1)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]) and torch.equal(state[name], value)
        assert not torch.equal(arrays.state_dict()[name], value)


def test_links_that_are_not_there_stay_out(digits):
    arrays = ZipCodeByHand(fresh())
    images, targets = examples(digits, 20)
    train(arrays, images.flatten(1).numpy(), targets.numpy(), rate=0.1)
    assert arrays.exists.sum() == papers.ZIP_CODE.parameters
    assert not arrays.weights[arrays.exists == 0].any()
    weights = arrays.w2.reshape(12, 12, 25)
    linked = [tuple(np.flatnonzero(row.any(axis=1))) for row in weights]
    assert linked == list(models.ZIP_CODE_TABLE)


# ---- The digits ------------------------------------------------------------------


def test_digits_are_as_many_as_in_1989_and_no_training_digit_is_held_out(digits):
    assert [len(part) for part in digits] == [7_291, 5_000, 2_007]
    for part in digits:
        images, labels = part.tensors
        assert images.shape[1:] == (1, 16, 16) and images.dtype == torch.float32
        assert images.min() == -1 and images.max() <= 1
        assert labels.unique().tolist() == list(range(10))
    # Chosen with the seed 1989, as the text says.
    generator = torch.Generator().manual_seed(1989)
    for train_set, parts in ((True, digits[:2]), (False, digits[2:])):
        images, labels = mnist.read(mnist.default_data_dir(), train=train_set)
        order = torch.randperm(len(images), generator=generator)
        for part in parts:
            chosen, order = order[: len(part)], order[len(part) :]
            assert torch.equal(part.tensors[1], labels[chosen])
            coded = CODINGS["zipcode"](images[chosen])
            assert torch.equal(part.tensors[0], coded)


def test_digits_can_be_coded_otherwise(digits):
    whole = zip_code_digits(InputCoding(16, -1.0, 1.0))
    for part, other in zip(digits, whole, strict=True):
        assert torch.equal(part.tensors[1], other.tensors[1])
        assert not torch.equal(part.tensors[0], other.tensors[0])


def test_passes_are_counted_and_nothing_is_shown_where_nobody_watches(capsys):
    assert list(passes(3)) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


# ---- The chapter shows the same code ---------------------------------------------


class Bare(ast.NodeTransformer):
    """Strip what a chapter may leave out: docstrings' line breaks and annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        return self.without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        return self.without_docstring(node)

    @staticmethod
    def without_docstring(node):
        if ast.get_docstring(node):
            text = " ".join(ast.get_docstring(node).split())
            node.body[0] = ast.Expr(ast.Constant(text))
        return node


def bare(source: str) -> str:
    return ast.dump(Bare().visit(ast.parse(source)))


@pytest.mark.parametrize(
    "code", [ZipCodeNet, forward, backward, train], ids=lambda code: code.__name__
)
def test_the_chapter_shows_the_code_of_the_package(code):
    notebook = jupytext.read(ROOT / "chapters" / "zipcode1989.md")
    shown = [
        cell.source
        for cell in notebook.cells
        if "definition" in cell.metadata.get("tags", [])
    ]
    assert bare(inspect.getsource(code)) in [bare(source) for source in shown]
