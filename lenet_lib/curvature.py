"""How sharply the loss bends along each weight: P98, Appendix C, and exactly.

P98 is LeCun et al. (1998). The second derivative of the loss with respect to a weight
says how long a step along it may be. In the Gauss-Newton approximation it is, for one
digit,

    h = sum over units a and b of  H[a, b] * dx[a]/dw * dx[b]/dw,

where x are the states of the last layer that learns, and H is the second derivative of
the loss with respect to *them*. With a root R of H, R'R = H, it is the squared length
of R dx/dw, and never negative. ``lenet_lib.losses`` has these roots; every function
here takes one, and gives the mean of h over some digits.

:func:`exact` computes it as it stands, and :func:`probed` estimates it without bias
from random mixtures of R's rows. :func:`recursion` is P98's: as cheap as one backward
pass over all digits at once, but without cross terms of two kinds.

1. A weight that many connections share moves many sums at once. Where their effects are
   alike they add up *before* they are squared; equation 23 squares each by itself.
2. Two units of a layer act on the same units above, so the loss bends along both
   together otherwise than along each. Equation 27 sends down what belongs to each.

:func:`per_connection` leaves out the first kind only, to tell which of them matters.

P98 says that a subsampling unit adds four states and then weighs the sum, and counts
four connections. Here the sum is the one input that the coefficient weighs; to square
each of the four by itself would lose cross terms of the first kind within a unit, too.
"""

import math
from collections.abc import Callable
from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lenet_lib.layers import ScaledTanh, Subsampling, TableConv2d, UnitBiasConv2d
from lenet_lib.models import Network

#: From the states of the last layer that learns, (n, units), to (n, rows, units): for
#: each digit a matrix R with R'R = H. See ``lenet_lib.losses``.
Root = Callable[[Tensor], Tensor]


def recursion(network: Network, images: Tensor, root: Root) -> dict[str, Tensor]:
    """P98's estimate: equations 23, 24, 25 and 27 of Appendix C.

    Each unit's second derivative is sent down like an error, but along squared weights
    and through squared slopes. Weighted sums are linear in the weights and in what they
    weigh; so a step of it is plain back-propagation through the same layer with all its
    weights, biases and inputs squared.

    Args:
        network: one whose layers stand in a row and are squashed by the scaled tanh.
        images: coded digits, (n, 1, size, size); P98 takes 500.
        root: how the loss bends at the last layer that learns.

    Returns:
        For each parameter, by its name, a tensor of its shape: means over the digits.

    Raises:
        TypeError: if the network is made of anything else.
        ValueError: if there is no digit, or the network cannot read the images.
    """
    states, layers = _sweep(network, images)
    bends = root(states[layers[-1]]).square().sum(dim=1)  # d²E/dx²: (n, units)
    curvature = {}
    for name in reversed(layers):
        found, bends = _through(network, name, states, bends)
        curvature |= found
    return _in_order(network, curvature)


def per_connection(network: Network, images: Tensor, root: Root) -> dict[str, Tensor]:
    """Each connection's own second derivative, exactly, added up as in equation 23.

    It is the Gauss-Newton diagonal of a network in which every connection has a weight
    of its own, summed over the connections that share one. Arguments, returns and
    errors are those of :func:`recursion`. It takes as many backward passes as R has
    rows, for one digit at a time.
    """
    total: dict[str, Tensor] = {}
    for image in images.split(1):
        states, layers = _sweep(network, image, graph=True)
        last = states[layers[-1]]
        rows = root(last.detach()).transpose(0, 1)  # (rows, 1, units)
        inner = [states[name] for name in layers]
        errors = torch.autograd.grad(last, inner, rows, is_grads_batched=True)
        states = {name: state.detach() for name, state in states.items()}
        for name, error in zip(layers, errors, strict=True):
            bends = error.square().sum(dim=0)  # d²E/dx² of each unit by itself
            _add(total, _through(network, name, states, bends)[0], 1 / len(images))
    return _in_order(network, total)


def exact(network: Network, images: Tensor, root: Root) -> dict[str, Tensor]:
    """The Gauss-Newton diagonal with nothing left out: the mean of |R dx/dw|².

    It takes as many backward passes as R has rows, for one digit at a time: LeNet-5
    has 84 under equation 8. Any network will do, squashed by whatever function.

    Args:
        network: any network whose ``states`` are those of its layers.
        images: coded digits, (n, 1, size, size).
        root: how the loss bends at the last layer that learns.

    Returns:
        For each parameter, by its name, a tensor of its shape: means over the digits.

    Raises:
        ValueError: if there is no digit, or the network cannot read the images.
    """
    return _squares(network, images, root)


def probed(
    network: Network,
    images: Tensor,
    root: Root,
    probes: int = 1,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """An estimate of :func:`exact` without bias, from random mixtures of R's rows.

    The rows of R are added up with random signs. The mixture r has the covariance
    R'R = H, so the square of r dx/dw has the mean that is looked for. With one probe a
    digit it costs a forward and a backward pass of each digit, as training does.

    Args:
        network: as in :func:`exact`, and so are ``images`` and ``root``.
        images: coded digits, (n, 1, size, size).
        root: how the loss bends at the last layer that learns.
        probes: mixtures for each digit.
        generator: draws the signs, on the CPU; torch's global one by default.

    Returns:
        For each parameter, by its name, a tensor of its shape: means over the digits.

    Raises:
        ValueError: if ``probes`` is below 1, and as :func:`exact`.
    """
    if probes < 1:
        raise ValueError(f"probes must be at least 1, got {probes}.")

    def mixtures(states: Tensor) -> Tensor:
        rows = root(states)  # (1, rows, units)
        signs = torch.randint(2, (probes, rows.shape[1]), generator=generator) * 2 - 1
        return (signs / math.sqrt(probes)).to(rows) @ rows  # (1, probes, units)

    return _squares(network, images, mixtures)


def _squares(network: Network, images: Tensor, root: Root) -> dict[str, Tensor]:
    """For each parameter the sum over R's rows of (R dx/dw)², a mean over digits."""
    _check(images)
    names, parameters = zip(*network.named_parameters(), strict=True)
    total: dict[str, Tensor] = {}
    with torch.enable_grad():
        for image in images.split(1):
            states = network.states(image)
            last = states[_layers(network, states)[-1]]  # (1, units)
            rows = root(last.detach()).transpose(0, 1)  # (rows, 1, units)
            slopes = torch.autograd.grad(last, parameters, rows, is_grads_batched=True)
            found = {
                name: slope.square().sum(dim=0)
                for name, slope in zip(names, slopes, strict=True)
            }
            _add(total, found, 1 / len(images))
    return total


def _through(
    network: Network, name: str, states: dict[str, Tensor], bends: Tensor
) -> tuple[dict[str, Tensor], Tensor]:
    """One step of the recursion: from a layer's states to its weights and its inputs.

    Args:
        network: the network.
        name: the layer's name.
        states: the states of all layers.
        bends: d²E/dx² of the layer's states, of their shape.

    Returns:
        h of the layer's parameters by their names in the network, means over the
        digits; and d²E/dx² of the layer's inputs, of the shape of their states.
    """
    state = states[name]
    slope = ScaledTanh.S * (ScaledTanh.A - state.square() / ScaledTanh.A)
    bends = slope.square() * bends  # d²E/da²: equation 27
    previous = list(states)[list(states).index(name) - 1]
    squared = _squared(getattr(network, name))
    read = states[previous]
    if isinstance(squared, Subsampling):
        # What the coefficient weighs is the sum of four. A quarter of its square in
        # each of the four places adds up to its square.
        read = 2 * F.avg_pool2d(read, 2)
        read = read.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    with torch.enable_grad():
        inputs = read.square().requires_grad_()
        reads = inputs.flatten(1) if isinstance(squared, nn.Linear) else inputs
        names, weights = zip(*squared.named_parameters(prefix=name), strict=True)
        *found, below = torch.autograd.grad(squared(reads), [*weights, inputs], bends)
    means = [each / len(state) for each in found]  # equation 24
    return dict(zip(names, means, strict=True)), below


@torch.no_grad()
def _squared(layer: nn.Module) -> nn.Module:
    """A copy of the layer with all its weights, biases and background squared."""
    layer = deepcopy(layer).requires_grad_()
    for parameter in layer.parameters():
        parameter.square_()
    if isinstance(layer, UnitBiasConv2d):
        layer.background **= 2
    return layer


def _sweep(
    network: Network, images: Tensor, graph: bool = False
) -> tuple[dict[str, Tensor], list[str]]:
    """All states, and the names of the layers that learn, if the recursion knows them.

    Raises:
        TypeError: if it does not.
        ValueError: if there is no digit.
    """
    _check(images)
    with torch.set_grad_enabled(graph):
        states = network.states(images)
    layers = _layers(network, states)
    known = (nn.Conv2d, nn.Linear, Subsampling, TableConv2d)
    in_a_row = list(states)[1 : 1 + len(layers)] == layers
    squashed = isinstance(getattr(network, "squash", None), ScaledTanh)
    linear = all(isinstance(getattr(network, name), known) for name in layers)
    if not (in_a_row and squashed and linear):
        raise TypeError(
            "The recursion goes through weighted sums squashed by the scaled tanh, one "
            f"layer after another: {type(network).__name__} is not made so. "
            "Use curvature.exact or curvature.probed."
        )
    return states, layers


def _layers(network: Network, states: dict[str, Tensor]) -> list[str]:
    """The names of the layers that learn, in order."""
    return [
        name
        for name in list(states)[1:]
        if any(True for _ in getattr(network, name).parameters())
    ]


def _check(images: Tensor) -> None:
    if not len(images):
        raise ValueError("The curvature is a mean over digits: give at least one.")


def _add(total: dict[str, Tensor], found: dict[str, Tensor], share: float) -> None:
    """Add a share of what was found for one digit to the total."""
    for name, value in found.items():
        total[name] = total.get(name, 0) + share * value


def _in_order(network: Network, curvature: dict[str, Tensor]) -> dict[str, Tensor]:
    """In the order of the network's parameters."""
    return {name: curvature[name] for name, _ in network.named_parameters()}
