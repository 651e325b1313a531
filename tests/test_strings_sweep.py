"""LeNet-5 swept over lines, against the windows cut out one by one."""

import pytest
import torch

from lenet_lib import mnist, papers, weights
from lenet_lib.models import LeNet5, StringLeNet5
from lenet_lib.strings import (
    coded,
    connections,
    lines,
    middles,
    steps,
    sweep,
    sweep_states,
)
from lenet_lib.strings.sweep import crops


@pytest.fixture(scope="module")
def strips() -> torch.Tensor:
    """Three coded lines of digits."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return coded(lines(images, labels, gap=8, seed=0, count=3).pictures)


def strings_network() -> StringLeNet5:
    torch.manual_seed(0)
    return StringLeNet5().eval()


@pytest.mark.parametrize("width", [32, 33, 35, 36, 64, 101, 120])
@pytest.mark.parametrize(
    "network", [lambda: weights.load("lenet5-1998"), strings_network]
)
@torch.no_grad()
def test_a_sweep_gives_what_the_windows_give(network, width, strips):
    network, strip = network(), strips[..., :width]
    swept = sweep(network, strip)
    assert swept.shape == (3, len(network.output.codes), (width - 32) // 4 + 1)
    for step in range(swept.shape[2]):
        window = strip[..., 4 * step : 4 * step + 32]
        assert torch.allclose(network(window), swept[..., step], rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_crops_are_the_windows(strips):
    cut = crops(strips[..., :101])
    assert cut.shape == (3, 18, 1, 32, 32)
    for step in range(18):
        assert cut[:, step].equal(strips[..., 4 * step : 4 * step + 32])


@torch.no_grad()
def test_states_are_those_of_the_network(strips):
    """On a line of one window, layer by layer."""
    network = weights.load("lenet5-1998")
    window = strips[..., :32]
    swept = sweep_states(network, window)
    for name, state in network.states(window).items():
        assert torch.allclose(swept[name].reshape(state.shape), state, atol=1e-4), name


def test_middles_lie_where_windows_do():
    assert middles(32).tolist() == [16]
    assert middles(47).tolist() == [16, 20, 24, 28]
    assert len(middles(1000)) == steps(1000)


@pytest.mark.parametrize(
    "width, counted", [(64, (1_206_156, 3_068_172)), (160, (3_801_900, 11_249_964))]
)
def test_connections_are_those_counted_by_hand(width, counted):
    assert connections(LeNet5(), width) == counted


def test_on_one_window_nothing_is_saved():
    total = papers.LENET5.connections
    assert connections(LeNet5(), 32) == (total, total)


def test_the_blank_costs_84_connections_a_place():
    swept, cropped = connections(LeNet5(), 64)
    assert connections(StringLeNet5(), 64) == (swept + 84 * 9, cropped + 84 * 9)


def test_the_blank_has_the_code_of_the_space():
    """84 cells of -1: as far from a digit's code as that has ink, four for each."""
    codes = StringLeNet5().output.codes
    assert codes[10].eq(-1).all()
    assert codes[:10].equal(LeNet5().output.codes)
    ink = [35, 27, 33, 32, 41, 35, 39, 25, 43, 39]
    distances = (codes[:10] - codes[10]).square().sum(dim=1)
    assert distances.tolist() == [4 * cells for cells in ink]


@pytest.mark.parametrize(
    "line, said",
    [
        (torch.zeros(1, 1, 32, 31), r"width of at least 32, got \(1, 1, 32, 31\)"),
        (torch.zeros(1, 1, 28, 64), r"\(n, 1, 32, width\)"),
        (torch.zeros(1, 32, 64), r"\(n, 1, 32, width\)"),
        (torch.zeros(1, 1, 32, 64, dtype=torch.uint8), "strings.coded"),
    ],
)
def test_what_is_no_line_is_refused(line, said):
    with pytest.raises(ValueError, match=said):
        sweep(LeNet5(), line)


def test_a_line_holds_a_window_at_least():
    with pytest.raises(ValueError, match="at least 32 pixels wide.*got 31"):
        middles(31)
