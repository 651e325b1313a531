"""The commands: ``python -m lenet_lib COMMAND``.

Each is a module with two functions: ``arguments(parser)`` says what it takes, and
``main(options)`` does it and may return an exit status. A module is imported only when
its command is called, so that ``--help`` need not wait for torch.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from lenet_lib import __version__

#: For each command, the module that does it and what it is for.
COMMANDS = {
    "evaluate": ("lenet_lib.evaluate", "read the test digits with trained networks"),
    "grade": ("lenet_lib.grade", "see which answers in notebooks are right"),
    "read": ("lenet_lib.read", "read digits in pictures of your own"),
    "reproduce": ("lenet_lib.reproduction", "train again what this book reports"),
    "train": ("lenet_lib.train", "train a network with settings of your own"),
}

#: Exit statuses, as shells and other programs understand them.
MISTAKE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 if all went well.

    What a person can put right (a wrong value, a missing or damaged file) ends as one
    sentence on the standard error stream, with status 2. Ctrl-C ends quietly.

    Args:
        arguments: those of the command line, by default.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        module, options = _read(arguments)
        return module.main(options) or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if not _tells_what_to_do(error):
            raise
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return MISTAKE


def _read(arguments: list[str]) -> tuple[ModuleType, argparse.Namespace]:
    """The module of the command, and its options."""
    parser = argparse.ArgumentParser(
        prog="python -m lenet_lib",
        description="The commands of the book LeNet, executable.",
    )
    parser.add_argument("-V", "--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    module = None
    for name, (module_name, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=f"{purpose}.")
        if arguments[:1] == [name]:
            module = import_module(module_name)
            module.arguments(command)
    return module, parser.parse_args(arguments)  # which exits if there is no command


def _tells_what_to_do(error: Exception) -> bool:
    """Whether its message is meant for people: one of ours, or the system's."""
    ours = type(error).__module__.startswith("lenet_lib.")
    return ours or isinstance(error, (ValueError, OSError))


if __name__ == "__main__":
    sys.exit(main())
