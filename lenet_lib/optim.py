"""The optimiser of LeNet-5: gradient descent with a rate for each weight.

P98 is LeCun et al. (1998), Appendix C: the stochastic diagonal Levenberg-Marquardt
method. Where the loss bends sharply along a weight its steps are short, and where it is
nearly flat they are long: but never longer than the global rate divided by mu.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lenet_lib import papers


def rate(done_passes: int) -> float:
    """The published global rate for the pass after so many: P98, III.B.

    The last one holds for all passes after the 20 published. With ``lr=1.0`` this
    function is a schedule: ``torch.optim.lr_scheduler.LambdaLR(optimizer, rate)``.

    Args:
        done_passes: passes that are over, from 0.

    Raises:
        ValueError: if that is negative.
    """
    if done_passes < 0:
        raise ValueError(f"done_passes must be 0 or more, got {done_passes}.")
    return papers.LENET5_RATES[min(done_passes, len(papers.LENET5_RATES) - 1)]


class SDLM(torch.optim.Optimizer):
    """Steps of lr / (mu + h) along each weight: P98, equations 18 and 21.

    h is the weight's second derivative, which ``lenet_lib.curvature`` estimates and
    :meth:`set_curvature` takes: before the first step, and in P98 before every pass. It
    is part of ``state_dict``: a run that was interrupted goes on with the same steps.

    P98 steps after each digit. For the mean loss of a batch h means the same, and so
    batches of any size will do.

    Args:
        named_parameters: what ``network.named_parameters()`` gives.
        lr: the global rate, η.
        mu: keeps steps short where h is small or 0; P98's is the default.

    Raises:
        TypeError: if the parameters come without names.
        ValueError: if ``lr`` is negative, ``mu`` not positive, or either not finite.
    """

    def __init__(
        self,
        named_parameters: Iterable[tuple[str, nn.Parameter]],
        lr: float,
        mu: float = papers.LENET5_STEPS["mu"],
    ):
        if not (math.isfinite(lr) and lr >= 0):
            raise ValueError(f"lr must be a number of 0 or more, got {lr}.")
        if not (math.isfinite(mu) and mu > 0):
            raise ValueError(f"mu must be a positive number, got {mu}.")
        named = list(named_parameters)
        if not all(isinstance(each, tuple) for each in named):
            raise TypeError("Give SDLM named parameters: network.named_parameters().")
        group = {
            "params": [parameter for _, parameter in named],
            "names": [name for name, _ in named],
        }
        super().__init__([group], {"lr": lr, "mu": mu})

    def set_curvature(self, curvature: Mapping[str, Tensor]) -> None:
        """Take each weight's h, to hold until the next call.

        Args:
            curvature: by each parameter's name a tensor of its shape, of 0 or more.

        Raises:
            ValueError: if names or shapes are not those of the parameters, or a number
                is negative or not finite. The old curvature then stays.
        """
        named = self._named()
        odd = sorted(named.keys() ^ curvature.keys())
        if odd:
            raise ValueError(
                "The curvature must have the names of the parameters: "
                f"{', '.join(odd)} in only one of the two."
            )
        for name, parameter in named.items():
            h = curvature[name]
            if h.shape != parameter.shape:
                raise ValueError(
                    f"The curvature of {name} must be of shape "
                    f"{tuple(parameter.shape)}, got {tuple(h.shape)}."
                )
            if not (h.isfinite() & (h >= 0)).all():
                raise ValueError(
                    f"The curvature of {name} must be finite and not negative."
                )
        for name, parameter in named.items():
            h = curvature[name].detach().to(parameter, copy=True)
            self.state[parameter]["curvature"] = h

    def rates(self) -> dict[str, Tensor]:
        """Each weight's own rate, lr / (mu + h), by its parameter's name.

        Raises:
            RuntimeError: if there is no curvature yet.
        """
        (group,) = self.param_groups
        return {
            name: group["lr"] / (group["mu"] + self._curvature(name, parameter))
            for name, parameter in self._named().items()
        }

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move each weight against its gradient; weights without one stay.

        Args:
            closure: computes loss and gradients anew, if given, and returns the loss.

        Returns:
            What the closure returned.

        Raises:
            RuntimeError: if there is no curvature yet.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        (group,) = self.param_groups
        moving = [
            (parameter, self._curvature(name, parameter))
            for name, parameter in self._named().items()
            if parameter.grad is not None
        ]
        for parameter, h in moving:
            parameter.addcdiv_(parameter.grad, group["mu"] + h, value=-group["lr"])
        return loss

    def _named(self) -> dict[str, nn.Parameter]:
        """The parameters by their names."""
        (group,) = self.param_groups
        return dict(zip(group["names"], group["params"], strict=True))

    def _curvature(self, name: str, parameter: nn.Parameter) -> Tensor:
        """One parameter's h, or a word that it is not there."""
        if "curvature" not in self.state[parameter]:
            raise RuntimeError(
                f"There is no curvature of {name} yet: before the first step call "
                "set_curvature with what lenet_lib.curvature estimates."
            )
        return self.state[parameter]["curvature"]
