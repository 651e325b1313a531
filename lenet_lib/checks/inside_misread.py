"""Check of the exercise on misread digits in ``chapters/inside.md``."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lenet_lib import rejection
from lenet_lib.checks import expect
from lenet_lib.checks.known import images, penalties
from lenet_lib.checks.verdict import Wrong, exercise

PRICE = 20


def _test_digits() -> tuple[dict[str, Tensor], Tensor]:
    """For each test digit both reasons to doubt, (n,) each, and whether it is misread.

    The network is that of 1998.
    """
    doubts = {
        "by_penalty": rejection.smallest_penalty(penalties()),
        "by_gap": rejection.gap(penalties()),
    }
    return doubts, penalties().argmin(1) != images(train=False)[1]


def _lowest(doubts: Tensor, misread: Tensor, price: float) -> float:
    """The lowest cost, limit by limit: slow, and plain to see."""
    costs = [float(len(doubts))]  # nothing is answered
    for limit in doubts.unique():
        answered = doubts <= limit
        wrong = int(misread[answered].sum())
        costs.append(int((~answered).sum()) + price * wrong)
    return min(costs)


def _cost(doubts: Tensor, misread: Tensor, price: float) -> float:
    """The same for many digits."""
    curve = rejection.curve(doubts, misread)
    costs = len(doubts) - curve.answered + price * curve.misread
    return min(float(len(doubts)), costs.min().item())


def _slips(doubts: Tensor, misread: Tensor, price: float) -> dict[str, float]:
    """What other costs come to, by what is wrong with them."""
    surest = doubts.argsort()
    answered = torch.arange(len(doubts) + 1)
    wrong = torch.cat([torch.zeros(1), misread[surest].double().cumsum(0)])
    refused = len(doubts) - answered
    each = refused + price * wrong  # (n + 1,)
    last = torch.cat([doubts[surest].diff() > 0, torch.tensor([True])])
    some = each[1:][last].min().item()
    total = price * int(misread.sum())
    return {
        "it refuses the surest digits first: the larger the doubt, the less sure.": (
            _lowest(-doubts, misread, price)
        ),
        "it forgets that one may answer nothing at all.": some,
        "it parts digits that are doubted alike.": each.min().item(),
        "it gives what it costs to answer everything.": float(total),
        "it counts a misread digit as if it cost 1.": _lowest(doubts, misread, 1),
        "it leaves out what the refused digits cost.": 0.0,
        "it charges the price for refused digits, and 1 for misread ones.": (
            price * _lowest(doubts, misread, 1 / price)
        ),
        "it gives the cost for each digit; give that of all.": (
            _lowest(doubts, misread, price) / len(doubts)
        ),
    }


def _cases() -> list[tuple[Tensor, Tensor, float]]:
    """Random doubts, which digits are misread, and prices."""
    draw = torch.Generator().manual_seed(19)
    cases = []
    for count, price, steps, surest in (
        (40, 3.0, 1000, 0.1), (60, 7.0, 1000, 0.1), (9, 30.0, 1000, 0.9),
        (80, 4.0, 8, 0.1), (80, 2.5, 12, 0.1), (3, 2.0, 5, 0.0),
    ):  # fmt: skip
        # With few steps many digits are doubted alike.
        doubts = torch.randint(steps, (count,), generator=draw) / steps
        chance = torch.rand(count, generator=draw)
        cases.append((doubts, chance < surest + 0.6 * doubts.square(), price))
    return cases


@exercise("ex-inside-price")
def price_of_mistakes(
    cheapest: Callable[[Tensor, Tensor, float], float],
    by_penalty: float,
    by_gap: float,
) -> str:
    """The lowest cost over all limits, where a mistake costs many refusals."""
    expect.function(cheapest, "cheapest")
    cases, found = _cases(), []
    for doubts, misread, price in cases:
        given = expect.call(cheapest, doubts, misread, price, name="cheapest")
        found.append(expect.number(given, "cheapest(doubts, misread, price)"))
    wanted = [_lowest(*case) for case in cases]
    if not np.allclose(found, wanted, atol=1e-3):
        slips = [_slips(*case) for case in cases]
        for said in slips[0]:
            if np.allclose(found, [slip[said] for slip in slips], atol=1e-3):
                raise Wrong(f"what `cheapest` gives is not right: {said}")
        first = int((~np.isclose(found, wanted, atol=1e-3)).argmax())
        low = found[first] < wanted[first]
        off = "no limit is that cheap" if low else "there is a cheaper limit"
        raise Wrong(
            f"for {len(cases[first][0])} digits at a price of {cases[first][2]:g}, "
            f"`cheapest` gives {found[first]:g}: {off}."
        )
    return _costs(by_penalty, by_gap)


def _costs(by_penalty: float, by_gap: float) -> str:
    """The costs on the test digits."""
    given = {
        "by_penalty": expect.number(by_penalty, "by_penalty"),
        "by_gap": expect.number(by_gap, "by_gap"),
    }
    reasons, misread = _test_digits()
    wanted = {name: _cost(doubts, misread, PRICE) for name, doubts in reasons.items()}

    def near(found: float, cost: float) -> bool:
        # Another machine's arithmetic may move a digit over a limit, or misread one.
        return abs(found - cost) <= PRICE + 2

    if near(given["by_penalty"], wanted["by_gap"]) and near(
        given["by_gap"], wanted["by_penalty"]
    ):
        raise Wrong("`cheapest` is right, but the two costs are the wrong way round.")
    for name, doubts in reasons.items():
        if near(given[name], wanted[name]):
            continue
        if near(given[name], _cost(-doubts, misread, PRICE)):
            raise Wrong(
                f"`cheapest` is right, but for `{name}` the sign of the doubt is "
                "wrong: the larger, the less sure."
            )
        off = expect.side(given[name], wanted[name])
        raise Wrong(f"`cheapest` is right, but `{name}` is too {off}.")
    everything = PRICE * int(misread.sum())
    return (
        f"to answer all would cost {everything}; dear mistakes want a reason that "
        "finds the last ones, too."
    )
