"""Typical wrong answers to the exercise of ``chapters/inside.md`` on F6's cells."""


def agreement(features, codes):
    """As it should be."""
    return ((features[:, None] > 0) == (codes > 0)).sum(2)


MISTAKES = {
    "ex-inside-signs": [
        ((lambda x, codes: agreement(x, codes) / codes.shape[1], 102), "gives shares"),
        ((lambda x, codes: ((x[:, None] > 0) != (codes > 0)).sum(2), 102), "differ"),
        ((lambda x, codes: x.sign() @ codes.T, 102), "takes 1 off"),
        ((lambda x, codes: x @ codes.T, 98), "only signs should count"),
        ((lambda x, codes: (x[:, None] == codes).sum(2), 9020), "equal the code's"),
        ((lambda x, codes: agreement(codes, x), 102), "has shape (3, 5); it should be"),
        ((lambda x, codes: ((x > 0) == (codes > 0)).sum(1), 102), "`agreement` raised"),
        ((lambda x, codes: agreement(x, codes) + 1, 102), "was expected"),
        ((agreement, 98), "the number by distances"),
        ((agreement, 9898), "how many are read rightly"),
        ((agreement, 10_000), "agrees in *most* cells"),
        ((agreement, 1.02), "`misread` should be a whole number"),
        ((agreement, 120), "`misread` is too large"),
    ],
}
