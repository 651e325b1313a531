"""What training makes small: the criteria of P89, P90 and P98.

P89, P90 and P98 stand for LeCun et al. of 1989, 1990 and 1998. All three criteria are
means over the digits of a batch, so that a rate means the same for batches of any size.

Of each there is also the *root* of its second derivative with respect to the states of
the last layer that learns: for each digit a matrix R with R'R = H, H being the Hessian
of that digit's loss. ``lenet_lib.curvature`` starts from there.
"""

import math
from numbers import Real

import torch
from torch import Tensor


def maximum_likelihood(penalties: Tensor, labels: Tensor) -> Tensor:
    """The mean penalty of the right class: P98, equation 8.

    With fixed codes it is the squared distance to the code of the right class: nothing
    tells the network to stay away from the others.

    Args:
        penalties: what LeNet-5 gives, (n, classes).
        labels: the right classes, (n,), ``int64``.

    Raises:
        ValueError: if the shapes or the type of the labels are others.
    """
    return _of_right_class(penalties, labels).mean()


def maximum_a_posteriori(penalties: Tensor, labels: Tensor, j: float) -> Tensor:
    """Equation 8 plus the competition between classes: P98, equation 9.

    For one digit it is y_D + log(e^-j + sum of e^-y_i), D being the right class: minus
    the logarithm of :func:`posterior` for D. The rubbish class, e^-j, keeps penalties
    that are already large from being pushed up further. P98 does not give its j.

    Args:
        penalties: what LeNet-5 gives, (n, classes).
        labels: the right classes, (n,), ``int64``.
        j: penalty of the rubbish class, above 0.

    Raises:
        ValueError: if j is not a positive number, or as :func:`maximum_likelihood`.
    """
    right = _of_right_class(penalties, labels)  # (n,)
    # One of the exponents is y_D - y_D = 0, so no rounding makes the loss negative.
    exponents = right.unsqueeze(1) - _with_rubbish(penalties, j)  # (n, classes + 1)
    return exponents.logsumexp(dim=1).mean()


def code_reach(codes: Tensor) -> float:
    """Within which squared distance of a code no other code can be nearer.

    It is a quarter of the smallest squared distance between two codes: half the way
    from one to the other. For LeNet-5's ten digits it is 12, since its 6 and its 8 are
    48 apart. As the penalty of the rubbish class it says "not a digit" of what lies
    beyond the reach of all codes: a way to *read* with a trained network that leaves
    the j of its training alone. P98 gives neither.

    Args:
        codes: one a row, (classes, features), two at least.
    """
    apart = (codes[:, None] - codes).square().sum(dim=2)  # (classes, classes)
    return apart.fill_diagonal_(math.inf).min().item() / 4


def posterior(penalties: Tensor, j: float) -> Tensor:
    """How probable each class is, the rubbish class last: P98, II.C.

    Args:
        penalties: what LeNet-5 gives, (n, classes).
        j: penalty of the rubbish class, above 0.

    Returns:
        Probabilities (n, classes + 1); each row adds up to 1.

    Raises:
        ValueError: if j is not a positive number, or the shape is another.
    """
    return torch.softmax(-_with_rubbish(penalties, j), dim=1)


def squared_error(outputs: Tensor, labels: Tensor) -> Tensor:
    """The mean squared difference between outputs and place codes: P89, P90.

    The mean runs over the outputs as well: one digit's error is a tenth of the sum of
    its ten squared differences. P89's printed errors are of this kind; half of the sum,
    as many texts have it, would only ask for another rate.

    Args:
        outputs: what the zip-code network or LeNet-1 gives, (n, classes).
        labels: the right classes, (n,), ``int64``.

    Raises:
        ValueError: if the shapes or the type of the labels are others.
    """
    _check(outputs, labels)
    targets = place_code(labels, outputs.shape[1]).to(outputs.dtype)
    return (outputs - targets).square().mean()


def place_code(labels: Tensor, classes: int = 10) -> Tensor:
    """The targets of P89 and P90: +1 in the place of the class, -1 in all others.

    Args:
        labels: the right classes, (n,), ``int64``.
        classes: the number of places.

    Returns:
        Targets (n, classes), ``float32``.
    """
    return 2.0 * torch.nn.functional.one_hot(labels, classes) - 1  # (n, classes)


# ---- How they bend: for lenet_lib.curvature --------------------------------------


def likelihood_root(features: Tensor) -> Tensor:
    """The root under equation 8, whose H is 2 I: F6's states have one code to reach."""
    return _scaled_identity(features, math.sqrt(2))


def squared_error_root(outputs: Tensor) -> Tensor:
    """The root under the mean squared error of ``units`` outputs: H is 2 I / units."""
    return _scaled_identity(outputs, math.sqrt(2 / outputs.shape[1]))


def posterior_root(features: Tensor, codes: Tensor, j: float) -> Tensor:
    """The root under equation 9. The right class does not enter H.

    Let p be the posterior, rubbish included, and d_i = x - w_i the way from the code of
    class i to the states x, with d = 0 for the rubbish class. Then

        H = 2 p(rubbish) I + 4 (covariance of d under p),

    two parts that cannot be negative: equation 9 is convex in F6's states. Far from all
    codes the rubbish class takes all, and H is that of equation 8.

    Args:
        features: states of F6, (n, features).
        codes: the classes' codes, (classes, features): ``network.output.codes``.
        j: penalty of the rubbish class, above 0.

    Returns:
        Roots (n, features + classes + 1, features). To hand it on with codes and j in
        place: ``partial(posterior_root, codes=network.output.codes, j=1.0)``.
    """
    ways = features.unsqueeze(1) - codes  # (n, classes, features)
    p = posterior(ways.square().sum(dim=2), j).unsqueeze(2)  # (n, classes + 1, 1)
    ways = torch.cat([ways, torch.zeros_like(ways[:, :1])], dim=1)
    spread = 2 * p.sqrt() * (ways - (p * ways).sum(dim=1, keepdim=True))
    rubbish = _scaled_identity(features, math.sqrt(2)) * p[:, -1:].sqrt()
    return torch.cat([rubbish, spread], dim=1)  # (n, features + classes + 1, features)


def _scaled_identity(states: Tensor, scale: float) -> Tensor:
    """A multiple of the identity for each digit, (n, units, units)."""
    units = states.shape[1]
    each = scale * torch.eye(units, dtype=states.dtype, device=states.device)
    return each.expand(len(states), units, units)


# ---- What they share --------------------------------------------------------------


def _of_right_class(penalties: Tensor, labels: Tensor) -> Tensor:
    """The penalty of each digit's own class, (n,)."""
    _check(penalties, labels)
    return penalties.gather(1, labels.unsqueeze(1)).squeeze(1)


def _with_rubbish(penalties: Tensor, j: float) -> Tensor:
    """The penalties, and that of the rubbish class in a last column."""
    if not (isinstance(j, Real) and math.isfinite(j) and j > 0):
        raise ValueError(f"j must be a positive number, got {j!r}.")
    if penalties.dim() != 2:
        raise ValueError(
            f"Expected penalties of shape (n, classes), got {tuple(penalties.shape)}."
        )
    rubbish = penalties.new_full((len(penalties), 1), j)
    return torch.cat([penalties, rubbish], dim=1)  # (n, classes + 1)


def _check(outputs: Tensor, labels: Tensor) -> None:
    """Say what is wrong where PyTorch would broadcast, or say something obscure."""
    if outputs.dim() != 2 or labels.shape != outputs.shape[:1]:
        raise ValueError(
            "Expected one answer and one label for each digit, (n, classes) and (n,): "
            f"got {tuple(outputs.shape)} and {tuple(labels.shape)}."
        )
    if labels.dtype != torch.int64:
        raise ValueError(f"Labels must be of torch.int64, got {labels.dtype}.")
