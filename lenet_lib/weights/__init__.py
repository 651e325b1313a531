"""The trained networks, by name: ``load("lenet5-1998")``.

Each is a file of bare numbers, ``<name>.safetensors``, within the package. A file in
this format can run nothing when it is opened, as a pickle can. ``index.json`` tells for
each of them which network it is for, how that one wants its digits coded, which run
made it and what it achieved there, and the file's SHA-256 sum: a file is opened only if
that is right.
"""

import hashlib
import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from torch import Tensor

from lenet_lib.models import (
    LeNet1,
    LeNet5,
    ModernLeNet5,
    Network,
    StringLeNet5,
    ZipCodeNet,
)

#: Where the networks of this book lie. All functions here take another folder as well.
FOLDER = Path(__file__).parent

#: The networks that there can be weights of, by the name that the index gives them.
NETWORKS = {
    network.__name__: network
    for network in (ZipCodeNet, LeNet1, LeNet5, StringLeNet5, ModernLeNet5)
}

#: What the index must tell of each.
FACTS = {"network", "coding", "sha256", "results", "test_wrong", "test_digits"}


class WeightsError(RuntimeError):
    """A file of weights, or their index, is missing, damaged or not what it should be.

    The message is one sentence that says which, and what to do.
    """


def names(folder: str | os.PathLike = FOLDER) -> list[str]:
    """The names of all trained networks, in alphabetical order.

    Raises:
        WeightsError: if the index is damaged.
    """
    return sorted(_index(Path(folder)))


def facts(name: str, folder: str | os.PathLike = FOLDER) -> dict[str, Any]:
    """What the index tells of a trained network.

    Returns:
        ``network``, its class; ``coding``, a key of ``lenet_lib.data.CODINGS``;
        ``results``, the file in ``lenet_lib.results`` that tells of the run;
        ``test_wrong`` of ``test_digits`` were misread there; ``sha256`` of the file;
        and whatever else :func:`save` was told.

    Raises:
        ValueError: if there is no network of that name; it tells which there are.
        WeightsError: if the index is damaged.
    """
    _check_name(name)
    index = _index(Path(folder))
    if name not in index:
        known = f"choose one of {', '.join(index)}" if index else "there is none at all"
        raise ValueError(f"There is no trained network {name!r}: {known}.")
    return index[name]


def load(name: str, folder: str | os.PathLike = FOLDER) -> Network:
    """Make a trained network, ready to read digits (``eval`` mode, on the CPU).

    The numbers of torch's global random generator stay what they were.

    Args:
        name: one of :func:`names`.
        folder: where the weights and their index lie.

    Raises:
        ValueError: if there is no network of that name; it tells which there are.
        WeightsError: if the file is missing or damaged, or is for another network.
    """
    known = facts(name, folder)
    path = Path(folder) / f"{name}.safetensors"
    if known["network"] not in NETWORKS:
        raise WeightsError(
            f"The weights {path} are for a network {known['network']!r}, where one of "
            f"{', '.join(NETWORKS)} was expected; {_cure(path)}."
        )
    content = _content(path, known["sha256"])
    try:
        tensors = read_tensors(content)
    except SafetensorError as error:
        raise WeightsError(
            f"The weights {path} are no safetensors file ({error}); {_cure(path)}."
        ) from None
    network = _untrained(NETWORKS[known["network"]])
    fault = _misfit(tensors, network.state_dict())
    if fault:
        raise WeightsError(
            f"The weights {path} do not fit {known['network']}: {fault}; {_cure(path)}."
        )
    network.load_state_dict(tensors)
    return network.eval()


def save(
    name: str,
    network: Network,
    *,
    coding: str,
    results: str,
    test_wrong: int,
    test_digits: int,
    folder: str | os.PathLike = FOLDER,
    **more: Any,
) -> None:
    """Keep a trained network under a name; one of that name is replaced.

    First the weights are put in place, then the index, and each of them whole or not at
    all. The same weights always make the same file.

    Args:
        name: of small letters, digits and hyphens.
        network: of one of the classes in :data:`NETWORKS`.
        coding: how it wants its digits, a key of ``lenet_lib.data.CODINGS``.
        results: the file in ``lenet_lib.results`` that tells of the run.
        test_wrong: misread test digits.
        test_digits: test digits in all.
        folder: where to; made if it is not there.
        more: anything else worth keeping that JSON can hold, such as the seed.

    Raises:
        ValueError: if the name or the coding will not do, or if :func:`load` would give
            another network than this one. Nothing is written then.
    """
    from lenet_lib.data import CODINGS  # brings Lightning; `load` does without

    _check_name(name)
    if coding not in CODINGS:
        raise ValueError(
            f"Unknown coding {coding!r}: choose one of {', '.join(CODINGS)}."
        )
    _check_network(network)
    tensors = {key: value.cpu().clone() for key, value in network.state_dict().items()}
    content = write_tensors(tensors)
    entry = {
        "network": type(network).__name__,
        "coding": coding,
        "sha256": hashlib.sha256(content).hexdigest(),
        "results": results,
        "test_wrong": int(test_wrong),
        "test_digits": int(test_digits),
        **more,
    }
    folder = Path(folder)
    entries = sorted({**_index(folder), name: entry}.items())
    index = json.dumps(dict(entries), indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{name}.safetensors", content)
    _write(folder / "index.json", f"{index}\n".encode())


def _check_name(name: str) -> None:
    """Raise if the name could be anything but the name of a file in the folder."""
    if not (isinstance(name, str) and re.fullmatch("[a-z0-9-]+", name)):
        raise ValueError(
            f"{name!r} cannot be a network's name: use small letters, digits and "
            "hyphens only."
        )


def _check_network(network: Network) -> None:
    """Raise if its weights alone would not make this network again."""
    kind = type(network).__name__
    if type(network) is not NETWORKS.get(kind):
        raise ValueError(
            f"Cannot keep the weights of a {kind}: "
            f"there are names for {', '.join(NETWORKS)} only."
        )
    fault = _unlike(network)
    if fault:
        raise ValueError(f"load() would not give this {kind} again: {fault}.")


@torch.no_grad()
def _unlike(network: Network) -> str | None:
    """What keeps the weights alone from making this network again, as a clause.

    They do not tell, for instance, which table the zip-code network has.
    """
    again = _untrained(type(network))
    weights = network.state_dict()
    fault = _misfit(weights, again.state_dict())
    if fault:
        return fault
    if not all(values.isfinite().all() for values in weights.values()):
        return "not all of its weights are finite numbers"
    again.load_state_dict(weights)
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(4, 1, network.size, network.size, generator=generator)
    if not torch.equal(deepcopy(network).cpu().eval()(noise), again.eval()(noise)):
        return "with these weights it answers otherwise"
    return None


def _untrained(kind: type[Network]) -> Network:
    """A network whose first weights do not matter: they cost no one a random number."""
    with torch.random.fork_rng(devices=[]):
        return kind()


def _index(folder: Path) -> dict[str, dict[str, Any]]:
    """What ``index.json`` holds; nothing if there is none."""
    path = folder / "index.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        whole = all(FACTS <= set(entry) for entry in index.values())
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError):  # no JSON; no names; no facts
        whole = False
    if not whole:
        raise WeightsError(f"The index {path} is damaged; {_cure(path)}.")
    return index


def _content(path: Path, sha256: str) -> bytes:
    """The bytes of a file of weights, once its checksum is right."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise WeightsError(f"The weights {path} are missing; {_cure(path)}.") from None
    except OSError as error:
        raise WeightsError(
            f"The weights {path} cannot be read ({error.strerror})."
        ) from None
    # Eight bytes of a safetensors file tell a length; then comes a brace.
    if content[8:9] != b"{" and content.startswith((b"PK\x03\x04", b"\x80")):
        raise WeightsError(
            f"{path} is a pickle, such as torch.save writes: it could run any program, "
            f"so it stays closed; {_cure(path)}."
        )
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsError(
            f"The weights {path} are damaged ({len(content):,} bytes with SHA-256 sum "
            f"{found[:12]}…, where {sha256[:12]}… was expected); {_cure(path)}."
        )
    return content


def _misfit(found: dict[str, Tensor], expected: dict[str, Tensor]) -> str | None:
    """The first thing that keeps tensors from being a network's, as a clause."""
    for key, right in expected.items():
        if key not in found:
            return f"{key} is missing"
        held = found[key]
        if held.shape != right.shape or held.dtype != right.dtype:
            return (
                f"{key} is {held.dtype} of shape {tuple(held.shape)}, where "
                f"{right.dtype} of shape {tuple(right.shape)} was expected"
            )
    for key in found:
        if key not in expected:
            return f"there is no place for {key}"
    return None


def _cure(path: Path) -> str:
    """How to put a bad file right, as the end of a sentence."""
    if path.is_relative_to(FOLDER):
        if (FOLDER.parent.parent / "_toc.yml").exists():
            return f"restore it with: git checkout -- '{path}'"
        return "install lenet-lib again"
    return "save the network again"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
