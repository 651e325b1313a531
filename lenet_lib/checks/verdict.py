"""What a check says of an answer, and how it comes to be said.

A check is a function with the decorator :func:`exercise`. It looks at the answer,
raises :class:`Wrong` at the first thing that is off, and returns a sentence where all
is right. Whatever a learner gives it, nothing but a verdict comes out.
"""

import functools
import inspect
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

#: Where each verdict is written, too, if this is set to a file: ``grade`` does so.
RECORD = "LENET_LIB_VERDICTS"


class Wrong(Exception):
    """What is off in an answer: a sentence for the learner, without the solution."""


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what there is to say about it."""

    exercise: str
    right: bool
    message: str

    def __str__(self) -> str:
        """The line that a learner sees."""
        return f"{'✔ Right' if self.right else '✘ Not yet'}: {self.message}"


@dataclass(eq=False)
class Check:
    """Looks at the answer to one exercise.

    Args:
        label: the exercise's, as in ``ex-digits-ink``.
        look: the decorated function.
    """

    label: str
    look: Callable[..., str]

    def __call__(self, *answers: Any, **named: Any) -> None:
        """Say whether the answer is right."""
        verdict = self.judge(*answers, **named)
        print(verdict)
        if file := os.environ.get(RECORD):
            with open(file, "a", encoding="utf-8") as record:
                record.write(json.dumps(asdict(verdict)) + "\n")

    def judge(self, *answers: Any, **named: Any) -> Verdict:
        """Come to a verdict. Random numbers of the learner's are left as they were."""
        try:
            given = self._filled_in(answers, named)
            with torch.random.fork_rng(devices=[]):
                return Verdict(self.label, True, self.look(**given))
        except Wrong as wrong:
            return Verdict(self.label, False, str(wrong))
        except (Exception, SystemExit) as error:  # an answer that nobody thought of
            text = f"the answer could not be looked at ({type(error).__name__})."
            return Verdict(self.label, False, text)

    def _filled_in(self, answers: tuple, named: dict[str, Any]) -> dict[str, Any]:
        """The answers by name, if there are as many as were asked for."""
        signature = inspect.signature(self.look)
        names = ", ".join(f"`{name}`" for name in signature.parameters)
        try:
            given = signature.bind(*answers, **named).arguments
        except TypeError as error:
            raise Wrong(f"this check takes {names}.") from error
        for name, answer in given.items():
            if answer is ...:
                raise Wrong(f"`{name}` is still `...`: put your answer there.")
        return given


#: All checks, by the label of their exercise.
CHECKS: dict[str, Check] = {}


def exercise(label: str) -> Callable[[Callable[..., str]], Check]:
    """Make a function the check of an exercise."""

    def decorate(look: Callable[..., str]) -> Check:
        check = functools.update_wrapper(Check(label, look), look)
        CHECKS[label] = check
        return check

    return decorate
