"""Typical wrong answers to the exercise on misread digits of ``chapters/inside.md``."""

import torch


def right(doubts, misread, price):
    """As it should be: each limit is tried."""
    limits = [-torch.inf, *doubts.unique().tolist()]
    return min(
        (doubts > limit).sum().item() + price * misread[doubts <= limit].sum().item()
        for limit in limits
    )


def backwards(doubts, misread, price):
    """Takes large doubts for small ones."""
    return right(-doubts, misread, price)


def always_answers(doubts, misread, price):
    """Does not think of answering nothing."""
    return min(
        (doubts > limit).sum().item() + price * misread[doubts <= limit].sum().item()
        for limit in doubts.unique()
    )


def one_by_one(doubts, misread, price):
    """Parts digits that are doubted alike."""
    order = doubts.argsort()
    wrong = misread[order].cumsum(0)
    costs = len(doubts) - torch.arange(1, len(doubts) + 1) + price * wrong
    return min(len(doubts), costs.min().item())


def all_answered(doubts, misread, price):
    """Never refuses."""
    return price * misread.sum().item()


def a_share(doubts, misread, price):
    """The mean in place of the sum."""
    return right(doubts, misread, price) / len(doubts)


def dearest(doubts, misread, price):
    """The highest cost in place of the lowest."""
    limits = [-torch.inf, *doubts.unique().tolist()]
    return max(
        (doubts > limit).sum().item() + price * misread[doubts <= limit].sum().item()
        for limit in limits
    )


def unpriced(doubts, misread, price):
    """Forgets the price."""
    return right(doubts, misread, 1)


MISTAKES = {
    "ex-inside-price": [
        ((backwards, 570, 815), "refuses the surest digits first"),
        ((always_answers, 570, 815), "may answer nothing at all"),
        ((one_by_one, 570, 815), "parts digits that are doubted alike"),
        ((all_answered, 570, 815), "what it costs to answer everything"),
        ((a_share, 570, 815), "for each digit"),
        ((dearest, 570, 815), "there is a cheaper limit"),
        ((unpriced, 570, 815), "as if it cost 1"),
        ((right, 815, 570), "the wrong way round"),
        ((right, 570, 1960), "the sign of the doubt is wrong"),
        ((right, 100, 815), "`by_penalty` is too small"),
    ],
}
