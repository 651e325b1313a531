"""What is gained by not answering: the error against the share of digits rejected.

From P89 to P98, LeCun et al. of 1989 and 1998, the papers score a network by how many
digits it must refuse so that of those it answers no more than 1, later 0.5 percent are
misread. A digit is refused if there is more reason to doubt than a limit allows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from lenet_lib.losses import posterior


@dataclass(frozen=True, eq=False)
class Curve:
    """What happens at each limit: digits doubted more than it are refused.

    The strictest limit, which lets only the surest digits pass, comes first; at the
    last one everything is answered.
    """

    limits: Tensor  #: (limits,), ascending
    answered: Tensor  #: how many digits, (limits,), ``int64``
    misread: Tensor  #: how many of those, (limits,), ``int64``

    @property
    def rejected(self) -> Tensor:
        """Percent of all digits that are refused, (limits,), ``float64``."""
        return 100 - 100 * self.answered.double() / self.answered[-1]

    @property
    def error(self) -> Tensor:
        """Percent misread of the digits that are answered, (limits,), ``float64``."""
        return 100 * self.misread.double() / self.answered

    def rejected_for(self, error: float) -> float:
        """Percent that must be refused for an error of at most so many percent."""
        allowed = self.error <= error
        return self.rejected[allowed].min().item() if allowed.any() else 100.0

    def limit_for(self, error: float) -> float:
        """The largest limit for an error of at most so many percent.

        Raises:
            ValueError: if even the surest digits have more errors than that.
        """
        allowed = self.error <= error
        if not allowed.any():
            raise ValueError(f"No limit leaves an error of {error} % or less.")
        return self.limits[allowed].max().item()


def curve(doubts: Tensor, misread: Tensor) -> Curve:
    """The error at each limit that makes a difference.

    Digits that are doubted alike are refused or answered together.

    Args:
        doubts: the reason to doubt each digit, (n,): the larger, the less sure.
        misread: which digits are misread, (n,), ``bool``.

    Raises:
        ValueError: if there are no digits, or the shapes or types are others.
    """
    if doubts.dim() != 1 or misread.shape != doubts.shape or len(doubts) == 0:
        raise ValueError(
            "Expected one doubt and one truth value for each digit, (n,) and (n,): "
            f"got {tuple(doubts.shape)} and {tuple(misread.shape)}."
        )
    if misread.dtype != torch.bool or doubts.isnan().any():
        raise ValueError("Expected doubts that are numbers, and misread as torch.bool.")
    order = doubts.argsort()  # the surest first
    limits, alike = doubts[order].unique_consecutive(return_counts=True)
    answered = alike.cumsum(0)
    return Curve(limits, answered, misread[order].cumsum(0)[answered - 1])


def smallest_penalty(penalties: Tensor) -> Tensor:
    """Doubt what resembles no code: the winner's own penalty, (n, classes) to (n,)."""
    return penalties.amin(dim=1)


def gap(penalties: Tensor) -> Tensor:
    """Doubt where two classes are close: the winner's penalty minus the runner-up's.

    It is the score of P89 and of P98's Figure 10, for penalties: (n, classes) to (n,).
    """
    best, next_ = penalties.topk(2, dim=1, largest=False).values.unbind(dim=1)
    return best - next_


def improbability(penalties: Tensor, j: float) -> Tensor:
    """One minus the winner's probability, with a rubbish class: (n, classes) to (n,).

    Args:
        penalties: what LeNet-5 gives, (n, classes).
        j: penalty of the rubbish class, as in :func:`lenet_lib.losses.posterior`.
    """
    # In single precision many doubts would come out alike.
    return 1 - posterior(penalties.double(), j)[:, :-1].amax(dim=1)
