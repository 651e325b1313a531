"""Typical wrong answers to the exercises of the chapter on LeNet-5."""

import torch
import torch.nn.functional as F
from torch import nn


class Layer(nn.Module):
    """Subsampling as it should be: the mistakes change one thing each."""

    def __init__(self, maps):
        super().__init__()
        self.coefficient = nn.Parameter(torch.ones(maps, 1, 1))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def sums(self, x):
        return 4 * F.avg_pool2d(x, 2)

    def forward(self, x):
        return self.coefficient * self.sums(x) + self.bias


class Mean(Layer):
    """An average, as the paper has it elsewhere."""

    def sums(self, x):
        return F.avg_pool2d(x, 2)


class Largest(Layer):
    """Today's pooling."""

    def sums(self, x):
        return F.max_pool2d(x, 2)


class Overlapping(Layer):
    """Moves its window by one."""

    def sums(self, x):
        return 4 * F.avg_pool2d(x, 2, stride=1)


class Unbiased(Layer):
    """Forgets to add the bias."""

    def forward(self, x):
        return self.coefficient * self.sums(x)


class Squashed(Layer):
    """Squashes, too."""

    def forward(self, x):
        return 1.7159 * torch.tanh(super().forward(x) * 2 / 3)


class Frozen(Layer):
    """Cuts the coefficient off from its gradient."""

    def forward(self, x):
        return self.coefficient.data * self.sums(x) + self.bias


class Shared(Layer):
    """One coefficient and one bias for all maps."""

    def __init__(self, maps):
        super().__init__(1)


class Plain(Layer):
    """Numbers that no optimiser would find."""

    def __init__(self, maps):
        nn.Module.__init__(self)
        self.coefficient = torch.ones(maps, 1, 1)
        self.bias = torch.zeros(maps, 1, 1)


def penalties(features, codes):
    """As it should be."""
    return (features[:, None] - codes).square().sum(2)


def chosen(good):
    """A limit by a rule: which of the surest, second surest, … may be answered."""

    def choose(smallest, misread, percent):
        order = smallest.argsort()
        answered = torch.arange(1, len(order) + 1)
        wrong = misread[order].double().cumsum(0)
        return smallest[order[good(wrong, answered, percent)]]

    return choose


def last(mask):
    """The last place where it holds."""
    return mask.nonzero().max()


right = chosen(lambda wrong, n, percent: last(100 * wrong <= percent * n))
impatient = chosen(
    lambda wrong, n, percent: (100 * wrong > percent * n).int().argmax() - 1
)
of_all = chosen(lambda wrong, n, percent: last(100 * wrong <= percent * len(n)))
share = chosen(lambda wrong, n, percent: last(wrong <= percent * n))

MISTAKES = {
    "ex-lenet5-c3": [
        ((1500,), "has something else to learn"),
        ((2416,), "all read all of S2"),
        ((156,), "those are the parameters of C1"),
        ((1560,), "every link a bias"),
        ((1501,), "not all maps share one bias"),
        ((151_600,), "those are the connections"),
        ((60,), "those are the links"),
        ((1517,), "too many"),
    ],
    "ex-lenet5-vote": [
        ((2, 6), "with 1 of four inputs on, the state is 1.49"),
        ((2, -6), "with 2 of four inputs on, the state is -1.71"),
        ((3, 0), "without a bias"),
        ((1, 1), "but not clearly"),
        ((-3, 3), "does not rise with the inputs"),
    ],
    "ex-lenet5-margin": [
        (([28, 14, 10, 5], 5, 60_000), "are those with the margin"),
        (([24, 12, 8, 4], 5, 60_000), "larger than the maps of S4"),
        (([24, 12, 8, 4], 4, 60_000), "with another window C5 has other parameters"),
        (([24, 12, 8, 4], 4, 42_600), "C5 still has its biases"),
        (([24, 12, 8, 4], 4, 30_840), "those are C5's alone"),
        (
            ([23, 11, 7, 3], 3, 30_000),
            "from 28 units along an edge, C1 does not make 23",
        ),
        (
            ([24, 12, 12, 6], 6, 60_000),
            "from 12 units along an edge, C3 does not make 12",
        ),
    ],
    "ex-lenet5-subsampling": [
        ((Mean,), "the mean of each square"),
        ((Largest,), "the largest of each square"),
        ((Unbiased,), "the bias is not added"),
        ((Squashed,), "it squashes the result"),
        ((Overlapping,), "has shape (2, 6, 3, 5); it should be (2, 6, 2, 3)"),
        ((Shared,), "with 6 maps, `coefficient` should hold 6 numbers, and holds 1"),
        ((Plain,), "no `nn.Parameter` by the name of `coefficient`"),
        ((Frozen,), "no gradient reaches `coefficient`"),
        ((Layer(6),), "`MyLayer` raised"),
    ],
    "ex-lenet5-codes": [
        ((torch.cdist, 11.1, 13), "equation 7 has their squares"),
        ((lambda x, codes: x @ codes.T, 124.4, 168), "weighted sums, not distances"),
        ((lambda x, codes: penalties(codes, x), 124.4, 168), "has shape (10, 4)"),
        ((penalties, 111.92, 168), "`pictures`: leave out each code's distance"),
        ((penalties, 124.36, 42), "`signs`: that is the number of cells"),
        ((penalties, 48, 168), "`pictures` is too small"),
    ],
    "ex-lenet5-reject": [
        ((impatient, 56, 8), "but so does a larger limit"),
        ((of_all, 56, 8), "are misread, where 5 % are allowed"),
        ((share, 56, 8), "everything is answered"),
        ((lambda *_: 0.0, 56, 8), "nothing is answered"),
        ((right, 121, 24), "the half that you did not choose by"),
        ((right, 1.12, 8), "`refused` should be a whole number"),
        ((right, 56, 31), "`misread` is too large"),
    ],
}
