"""Pictures of digits, read by a trained network: ``python -m lenet_lib read FILE ...``.

Each file gets a line of its own. LeNet-5 gives probabilities, by P98's equation 9 with
its rubbish class. Where that class is the likeliest, the line says so, and which digit
comes next. The penalty of the class, j, need not be that of the training, which asked
for more: here it is ``lenet_lib.losses.code_reach``, and what is no digit is what lies
beyond the reach of all ten codes.

The outputs of LeNet-1 and of the zip-code network are no probabilities: of theirs the
line tells the highest and the next, from about -1, a clear no, to about 1, a clear yes.
"""

import argparse
import sys

import torch

from lenet_lib import weights
from lenet_lib.data import CODINGS, digit_from_image
from lenet_lib.evaluate import chosen
from lenet_lib.grey import PictureError, Source
from lenet_lib.losses import code_reach, posterior
from lenet_lib.models import LeNet5


class Reader:
    """A trained network that reads pictures.

    Args:
        name: one of ``lenet_lib.weights.names()``.
        j: penalty of LeNet-5's rubbish class, above 0: the lower, the less passes for
            a digit. By default the reach of its codes, 12.

    Raises:
        ValueError: if there is no network of that name, or it knows no rubbish class.
        lenet_lib.weights.WeightsError: if its file is missing or damaged.
    """

    def __init__(self, name: str, j: float | None = None):
        facts = weights.facts(name)
        self.network = weights.load(name)
        self.coding = CODINGS[facts["coding"]]
        self.j = j
        if isinstance(self.network, LeNet5):
            self.j = code_reach(self.network.output.codes) if j is None else j
        elif j is not None:
            raise ValueError(f"{name} was trained without a rubbish class.")

    @torch.no_grad()
    def __call__(self, picture: Source) -> str:
        """What the picture shows, as a line of text, with how sure the network is.

        Raises:
            lenet_lib.grey.PictureError: if there is no digit in it that can be read.
            OSError: if its file cannot be opened.
        """
        image = digit_from_image(picture)  # (28, 28)
        outputs = self.network(self.coding(image[None]))  # (1, 10)
        if self.j is None:
            (best, next_), (digit, other) = (top.tolist() for top in outputs[0].topk(2))
            return f"{digit} (output {best:.2f}; next comes {other}, {next_:.2f})"
        sure = 100 * posterior(outputs, self.j)[0]  # in percent
        digit = sure[:10].argmax().item()
        none = sure[10:].sum()  # rubbish, and the blank where the network knows it
        if none > sure[digit]:
            return (
                f"not a digit ({none:.1f} %; next comes {digit}, {sure[digit]:.1f} %)"
            )
        return f"{digit} ({sure[digit]:.1f} %)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a picture of one digit"
    )
    parser.add_argument(
        "--network",
        metavar="NAME",
        default="lenet5",
        help="of a trained network, or how its name begins; the first of them is taken "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--rubbish",
        metavar="J",
        type=float,
        help="penalty of LeNet-5's rubbish class: the lower, the less passes for a "
        "digit (default: 12, the reach of its codes)",
    )


def main(options: argparse.Namespace) -> int:
    """Print a line for each picture; return 1 if one of them could not be read."""
    read = Reader(chosen(options.network, weights.names())[0], options.rubbish)
    failed = False
    for file in options.files:
        try:
            print(f"{file}: {read(file)}", flush=True)
        except (PictureError, OSError) as error:
            failed = True
            reason = getattr(error, "strerror", None) or error
            print(f"{file}: {reason}", file=sys.stderr)
    return int(failed)
