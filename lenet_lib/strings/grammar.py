"""Which strings there can be: a finite-state machine, as P98's section VII.A needs one.

At each place of a sweep the machine is in one state, and a state stands for one class.
The path of states from the left end of a line to the right spells a string.
"""

from dataclasses import dataclass

import numpy as np

#: The class of a place where no digit stands in the middle.
BLANK = 10


@dataclass(frozen=True, eq=False)
class Machine:
    """States, what each of them stands for, and which may follow which.

    ``number[s]`` tells how far in the string a state is: a digit's state with number k
    stands for the k-th digit, counted from 1; a blank's with number k comes after it.
    """

    classes: np.ndarray  #: the class of each state, (states,): 0 to 9, or ``BLANK``
    number: np.ndarray  #: how many digits have begun by then, (states,)
    follows: np.ndarray  #: [s, t]: whether t may come right after s, (states, states)
    first: np.ndarray  #: whether a path may begin in it, (states,)
    last: np.ndarray  #: whether a path may end in it, (states,)

    @property
    def digits(self) -> int:
        """How many digits a string of this machine has."""
        return int(self.number.max())

    def text(self, path: np.ndarray) -> str:
        """The string that a path of states spells, however long each digit is held."""
        held = [s for s in path if self.classes[s] != BLANK]
        spelt = {int(self.number[s]): str(self.classes[s]) for s in held}
        return "".join(spelt[k] for k in sorted(spelt))


def zip_code(digits: int = 5) -> Machine:
    """The machine of all strings of so many digits.

    Its paths are blank* d+ blank* d+ ... d+ blank*: a digit holds for one place or for
    several that follow each other, and blanks may lie before, between and after. Two
    *equal* digits need a blank between them: without one there would be no telling them
    from one digit that holds on.

    Args:
        digits: of the string, 1 or more.

    Raises:
        ValueError: if there is no digit.
    """
    if digits < 1:
        raise ValueError(f"A string needs one digit at least, got {digits}.")
    states = [(0, BLANK)]
    states += [(k, c) for k in range(1, digits + 1) for c in (*range(10), BLANK)]
    number, classes = (np.array(column) for column in zip(*states, strict=True))
    advance = number[None, :] - number[:, None]  # [s, t]: digits that begin with t
    blank = classes == BLANK
    stays = (advance == 0) & (  # a digit holds on, a blank holds on, or a blank follows
        (classes[:, None] == classes[None, :]) | (~blank[:, None] & blank[None, :])
    )
    begins = (advance == 1) & ~blank[None, :]  # the next digit begins
    begins &= classes[:, None] != classes[None, :]
    first = (number == 0) | ((number == 1) & ~blank)
    return Machine(classes, number, stays | begins, first, number == digits)
