"""What an answer must be before its value can be looked at, said in a sentence.

Each function returns the answer in a form that can be computed with, or raises
:class:`~lenet_lib.checks.verdict.Wrong`.
"""

import math
import numbers as kinds
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lenet_lib.checks.verdict import Wrong


def number(value: Any, name: str) -> float:
    """A finite number: Python's, NumPy's, or a tensor with one element."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, kinds.Real):
        raise Wrong(f"`{name}` should be a number, and is {_kind(value)}.")
    if not math.isfinite(value):
        raise Wrong(f"`{name}` is {value}, which is no finite number.")
    return float(value)


def whole(value: Any, name: str) -> int:
    """A whole number."""
    found = number(value, name)
    if found != round(found):
        raise Wrong(f"`{name}` should be a whole number, and is {found:g}.")
    return round(found)


def exactly(value: Any, name: str, wanted: int, slips: Mapping[int, str]) -> None:
    """A count. Some wrong ones are known, with the slip that leads to them."""
    found = whole(value, name)
    if found == wanted:
        return
    if found in slips:
        raise Wrong(f"`{name}`: {slips[found]}.")
    raise Wrong(f"`{name}` is too {side(found, wanted)}.")


def side(found: float, wanted: float) -> str:
    """On which side of the wanted number a wrong one lies: too "small" or "large"."""
    return "small" if found < wanted else "large"


def several(values: Any, name: str, count: int | None = None) -> np.ndarray:
    """Finite numbers in a row, (n,): a list, a tuple, an array or a tensor of them."""
    if isinstance(values, Tensor | np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        raise Wrong(f"`{name}` should be a list of numbers, and is {_kind(values)}.")
    if count is not None and len(values) != count:
        raise Wrong(f"`{name}` should hold {count} numbers, and holds {len(values)}.")
    return np.array([number(v, f"{name}[{n}]") for n, v in enumerate(values)])


def errors(values: Any, name: str, seeds: int = 3) -> np.ndarray:
    """Errors in percent of as many runs, (seeds,), each with a seed of its own."""
    found = several(values, name, seeds)
    if found.min() < 0 or found.max() > 100:
        raise Wrong(f"`{name}`: errors in percent lie between 0 and 100.")
    if 0 < found.max() <= 1:
        raise Wrong(f"`{name}`: give the errors in percent.")
    if len(set(found.tolist())) == 1:
        raise Wrong(f"`{name}`: {seeds} seeds hardly give the same error each time.")
    return found


def one_of(value: Any, name: str, choices: Collection[Any]) -> Any:
    """One of a few choices."""
    if isinstance(value, np.generic):
        value = value.item()  # a comparison of means gives NumPy's own True
    # The type counts, too: 1 is not True.
    if not any(type(value) is type(c) and value == c for c in choices):
        listed = ", ".join(repr(choice) for choice in choices)
        raise Wrong(f"`{name}` should be one of {listed}.")
    return value


def tensor(value: Any, name: str, shape: tuple[int, ...]) -> Tensor:
    """A tensor, or an array, of this shape, with finite values; as ``float64``."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    if not isinstance(value, Tensor):
        raise Wrong(f"{name} should be a tensor, and is {_kind(value)}.")
    if tuple(value.shape) != shape:
        raise Wrong(f"{name} has shape {tuple(value.shape)}; it should be {shape}.")
    value = value.detach().cpu().double()
    if not value.isfinite().all():
        raise Wrong(f"{name} has values that are no finite numbers.")
    return value


def same(found: Any, wanted: Tensor, name: str, tolerance: float = 1e-4) -> None:
    """Equal to a reference: the first value that is not is named.

    Args:
        found: the learner's tensor.
        wanted: the reference's.
        name: of what the learner's code gave, as in "your map".
        tolerance: largest difference, relative to the largest of the wanted values.
    """
    found, wanted = tensor(found, name, tuple(wanted.shape)), wanted.double()
    off = (found - wanted).abs() > tolerance * max(1.0, wanted.abs().max().item())
    if off.any():
        place = tuple(off.nonzero()[0].tolist())
        raise Wrong(
            f"{name} has {found[place].item():.4g} at {_place(place)}, where "
            f"{wanted[place].item():.4g} was expected."
        )


def function(value: Any, name: str) -> Callable[..., Any]:
    """Something that can be called; not a ready-made value."""
    if not callable(value):
        raise Wrong(f"`{name}` should be a function, and is {_kind(value)}.")
    return value


def call(code: Callable[..., Any], *inputs: Any, name: str) -> Any:
    """What a learner's function gives for copies of these inputs.

    Args:
        code: the function.
        inputs: for it.
        name: as the learner knows it.
    """
    try:
        return code(*[i.clone() if isinstance(i, Tensor) else i for i in inputs])
    except Wrong:
        raise
    except (Exception, SystemExit) as error:
        given = ", ".join(map(_input, inputs))
        said = " ".join(str(error).split())[:200]
        raise Wrong(
            f"`{name}` raised {type(error).__name__}"
            + (f" ({said})" if said else "")
            + (f" when given {given}" if given else "")
            + "."
        ) from error


def _input(value: Any) -> str:
    """What a learner's function was given, in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return repr(value) if len(repr(value)) < 40 else _kind(value)


def _place(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]"


def _kind(value: Any) -> str:
    """What something is, for a sentence."""
    if isinstance(value, Tensor | np.ndarray):
        return f"an array of shape {tuple(value.shape)}"
    if value is None:
        return "None"
    if isinstance(value, str) and len(value) <= 30:
        return f"the text {value!r}"
    name = type(value).__name__
    return f"a thing of type {name}"
