"""The trained networks by name: what is kept, and what is refused."""

import hashlib
import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as write_tensors

from lenet_lib import results, weights
from lenet_lib.layers import UnitBiasConv2d
from lenet_lib.models import (
    ZIP_CODE_TABLE,
    LeNet1,
    LeNet5,
    Network,
    TutorialLeNet5,
    ZipCodeNet,
)
from lenet_lib.weights import WeightsError

ROOT = Path(__file__).resolve().parent.parent

#: What a run tells.
TOLD = {
    "coding": "lenet1", "results": "lenet1", "test_wrong": 161, "test_digits": 10_000
}  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with one network in it, ``"small"``."""
    weights.save("small", LeNet1(), **TOLD, seed=3, folder=tmp_path)
    return tmp_path


def inputs(network: Network) -> torch.Tensor:
    return torch.rand(5, 1, network.size, network.size) * 2 - 1


def replace(folder: Path, content: bytes, **changed: str) -> None:
    """Put other bytes in the place of ``small``, and make the index say so."""
    (folder / "small.safetensors").write_bytes(content)
    index = json.loads((folder / "index.json").read_text())
    index["small"] |= {"sha256": hashlib.sha256(content).hexdigest(), **changed}
    (folder / "index.json").write_text(json.dumps(index))


def refusal(folder: Path) -> str:
    """The one sentence with which ``small`` is refused, without the folder."""
    with pytest.raises(WeightsError) as error:
        weights.load("small", folder)
    message = str(error.value)
    assert "\n" not in message and message.endswith("; save the network again.")
    return message.replace(str(folder), "FOLDER")


# ---- Kept and found again --------------------------------------------------------


@pytest.mark.parametrize("kind", [ZipCodeNet, LeNet1, LeNet5])
def test_a_network_comes_back_as_it_was(tmp_path, kind):
    network = kind().train()
    told = {**TOLD, "run": "with distortions", "seed": 3, "passes": [20, None]}
    weights.save("a-b-1998", network, **told, folder=tmp_path)
    assert weights.names(tmp_path) == ["a-b-1998"]
    again = weights.load("a-b-1998", tmp_path)
    assert type(again) is kind and not again.training and network.training
    for key, values in network.state_dict().items():
        assert torch.equal(again.state_dict()[key], values)
    digits = inputs(network)
    assert torch.equal(again(digits), network(digits))
    sha256 = hashlib.sha256((tmp_path / "a-b-1998.safetensors").read_bytes())
    assert weights.facts("a-b-1998", tmp_path) == {
        **told, "network": kind.__name__, "sha256": sha256.hexdigest()
    }  # fmt: skip


def test_the_file_holds_the_papers_parameters_and_the_codes(tmp_path):
    weights.save("five", LeNet5(), **TOLD, folder=tmp_path)
    size = (tmp_path / "five.safetensors").stat().st_size
    length = int.from_bytes((tmp_path / "five.safetensors").read_bytes()[:8], "little")
    assert size == 8 + length + 4 * (60_000 + 840)


def test_names_are_in_order_and_each_keeps_its_own(tmp_path):
    networks = {name: LeNet1() for name in ("lenet1-b", "lenet1", "a")}
    for seed, (name, network) in enumerate(networks.items()):
        weights.save(name, network, **TOLD, seed=seed, folder=tmp_path)
    assert weights.names(tmp_path) == ["a", "lenet1", "lenet1-b"]
    for seed, (name, network) in enumerate(networks.items()):
        assert weights.facts(name, tmp_path)["seed"] == seed
        again = weights.load(name, tmp_path)
        assert torch.equal(again.H1.weight, network.H1.weight)


def test_the_same_weights_make_the_same_files(tmp_path):
    network = LeNet1()
    for folder in ("one", "other"):
        weights.save("small", network, **TOLD, folder=tmp_path / folder)
    for file in ("small.safetensors", "index.json"):
        one, other = (tmp_path / folder / file for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_saving_again_replaces_and_leaves_nothing_beside(folder):
    network = LeNet1()
    weights.save("small", network, **{**TOLD, "test_wrong": 158}, folder=folder)
    assert torch.equal(weights.load("small", folder).H1.weight, network.H1.weight)
    assert weights.facts("small", folder)["test_wrong"] == 158
    assert "seed" not in weights.facts("small", folder)
    files = {file.name for file in folder.iterdir()}
    assert files == {"small.safetensors", "index.json"}


def test_loading_costs_no_random_number(folder):
    """A chapter that loads a network trains the next one as before."""
    before = torch.get_rng_state()
    weights.load("small", folder)
    assert torch.equal(torch.get_rng_state(), before)


def test_loading_twice_gives_two_networks(folder):
    one, other = weights.load("small", folder), weights.load("small", folder)
    with torch.no_grad():
        one.H1.weight.zero_()
    assert other.H1.weight.abs().sum() > 0
    weights.facts("small", folder)["coding"] = "changed"
    assert weights.facts("small", folder)["coding"] == "lenet1"


# ---- Refused when asked for ------------------------------------------------------


def test_an_unknown_name_is_told_the_known_ones(folder):
    weights.save("another", LeNet1(), **TOLD, folder=folder)
    for ask in (weights.load, weights.facts):
        with pytest.raises(ValueError) as error:
            ask("smal", folder)
        assert str(error.value) == (
            "There is no trained network 'smal': choose one of another, small."
        )


def test_a_folder_without_networks_has_none(tmp_path):
    assert weights.names(tmp_path) == []
    with pytest.raises(ValueError, match="'lenet5': there is none at all"):
        weights.load("lenet5", tmp_path)


@pytest.mark.parametrize(
    "name", ["", "../small", "small.safetensors", "Small", "sm all", "é", "a\n", 5]
)
def test_what_cannot_be_a_name_is_refused(folder, name):
    """No name leads out of the folder, whether it is read or written."""
    for ask in (weights.load, weights.facts):
        with pytest.raises(ValueError, match="cannot be a network's name"):
            ask(name, folder)
    with pytest.raises(ValueError, match="cannot be a network's name"):
        weights.save(name, LeNet1(), **TOLD, folder=folder)


# ---- Bad files -------------------------------------------------------------------


def test_a_missing_file(folder):
    (folder / "small.safetensors").unlink()
    assert refusal(folder).startswith(
        "The weights FOLDER/small.safetensors are missing; "
    )


def test_a_damaged_and_a_cut_off_file_are_not_opened(folder, monkeypatch):
    monkeypatch.setattr(weights, "read_tensors", None)  # to call it would fail
    file = folder / "small.safetensors"
    content = file.read_bytes()
    flipped = content[:-1] + bytes([content[-1] ^ 1])
    for bad in (flipped, content[:-100], content + b"0", b""):
        file.write_bytes(bad)
        message = refusal(folder)
        assert f"are damaged ({len(bad):,} bytes with SHA-256 sum" in message
        assert weights.facts("small", folder)["sha256"][:12] in message


class Trap:
    """A pickle that leaves a file behind when it is opened."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("form", ["torch.save", "old torch.save", "pickle"])
@pytest.mark.parametrize("indexed", [True, False])
def test_a_pickle_stays_closed(folder, form, indexed):
    buffer, trap = io.BytesIO(), {"H1.weight": Trap(folder / "sprung")}
    if form == "pickle":
        pickle.dump(trap, buffer)
    else:
        zipped = form == "torch.save"
        torch.save(trap, buffer, _use_new_zipfile_serialization=zipped)
    if indexed:
        replace(folder, buffer.getvalue())
    else:
        (folder / "small.safetensors").write_bytes(buffer.getvalue())
    message = refusal(folder)
    assert message.startswith("FOLDER/small.safetensors is a pickle")
    assert not (folder / "sprung").exists()
    buffer.seek(0)  # the trap is a real one:
    pickle.load(buffer) if form == "pickle" else torch.load(buffer, weights_only=False)
    assert (folder / "sprung").exists()


def test_no_length_of_a_header_looks_like_a_pickle(folder):
    """A file whose first byte happens to be that of a pickle is opened."""
    content = (folder / "small.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    longer = -(-length // 256) * 256 + 0x80  # its lowest byte comes first
    header = content[8 : 8 + length].ljust(longer)
    replace(folder, longer.to_bytes(8, "little") + header + content[8 + length :])
    assert (folder / "small.safetensors").read_bytes()[0] == 0x80
    weights.load("small", folder)


def test_a_file_of_another_kind(folder):
    replace(folder, b"These are no weights at all.")
    assert "FOLDER/small.safetensors are no safetensors file (" in refusal(folder)


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"H3.bias": None}, "H3.bias is missing"),
        ({"H9.bias": torch.zeros(2)}, "there is no place for H9.bias"),
        (
            {"H2.weight": torch.zeros(5)},
            "H2.weight is torch.float32 of shape (5,), "
            "where torch.float32 of shape (4,) was expected",
        ),
        (
            {"H2.weight": torch.zeros(4, dtype=torch.float64)},
            "H2.weight is torch.float64 of shape (4,), "
            "where torch.float32 of shape (4,) was expected",
        ),
    ],
    ids=["missing", "unknown", "shape", "type"],
)
def test_weights_that_do_not_fit_their_network(folder, change, fault):
    tensors = {**LeNet1().state_dict(), **change}
    kept = {key: tensor for key, tensor in tensors.items() if tensor is not None}
    replace(folder, write_tensors(kept))
    assert refusal(folder).startswith(
        f"The weights FOLDER/small.safetensors do not fit LeNet1: {fault}; "
    )


def test_weights_of_another_network(folder):
    replace(folder, write_tensors(LeNet5().state_dict()))
    assert "do not fit LeNet1: H1.weight is missing;" in refusal(folder)
    replace(folder, write_tensors(LeNet1().state_dict()), network="LeNet7")
    message = refusal(folder)
    assert "for a network 'LeNet7', where one of ZipCodeNet, LeNet1, LeNet5" in message


@pytest.mark.parametrize("index", ["", "{", "[]", '{"small": {}}', '{"small": 3}'])
def test_a_damaged_index(folder, index):
    (folder / "index.json").write_text(index)
    assert refusal(folder).startswith("The index FOLDER/index.json is damaged; ")
    for ask in (
        lambda: weights.names(folder),
        lambda: weights.save("new", LeNet1(), **TOLD, folder=folder),
    ):
        with pytest.raises(WeightsError, match="is damaged"):
            ask()
    assert not (folder / "new.safetensors").exists()  # the index was not overwritten
    assert (folder / "index.json").read_text() == index


def test_a_bad_file_of_the_books_own_is_restored_from_its_history(monkeypatch, folder):
    monkeypatch.setattr(weights, "FOLDER", folder)
    (folder / "small.safetensors").unlink()
    with pytest.raises(WeightsError, match="missing; install lenet-lib again"):
        weights.load("small", folder)
    inner = folder / "lenet_lib" / "weights"
    weights.save("small", LeNet1(), **TOLD, folder=inner)
    (inner / "small.safetensors").unlink()
    (folder / "_toc.yml").touch()
    monkeypatch.setattr(weights, "FOLDER", inner)
    with pytest.raises(WeightsError, match="git checkout -- '.*small.safetensors'"):
        weights.load("small", inner)


# ---- Refused when saved ----------------------------------------------------------


def not_finite() -> Network:
    network = LeNet1()
    with torch.no_grad():
        network.H3.bias[2] = torch.nan
    return network


def another_background() -> Network:
    network = ZipCodeNet()
    network.H1 = UnitBiasConv2d([[0]] * 12, size=8, background=0.0)
    return network


class Another(LeNet1):
    pass


@pytest.mark.parametrize(
    "network, wrong",
    [
        (ZipCodeNet(ZIP_CODE_TABLE[::-1]), "with these weights it answers otherwise"),
        (another_background(), "with these weights it answers otherwise"),
        (LeNet1().double(), "H1.weight is torch.float64 of shape"),
        (not_finite(), "not all of its weights are finite numbers"),
        (TutorialLeNet5(), "Cannot keep the weights of a TutorialLeNet5"),
        (Another(), "Cannot keep the weights of a Another"),
    ],
    ids=["table", "background", "float64", "nan", "tutorial", "another"],
)
def test_a_network_that_would_not_come_back_is_not_kept(tmp_path, network, wrong):
    with pytest.raises(ValueError, match=wrong):
        weights.save("small", network, **TOLD, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_coding_is_refused_and_the_known_ones_named(tmp_path):
    with pytest.raises(ValueError, match="Unknown coding 'lenet': choose one of raw, "):
        told = {**TOLD, "coding": "lenet"}
        weights.save("small", LeNet1(), **told, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_json_cannot_hold_is_refused_before_anything_is_written(folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(TypeError, match="JSON"):
        weights.save("small", LeNet1(), **TOLD, curve=torch.ones(2), folder=folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("fails", ["small.safetensors", "index.json"])
def test_a_full_disk_leaves_whole_files(folder, monkeypatch, fails):
    """What was there stays, or is replaced: there is no half of a file."""
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    write = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        if path.name.startswith(fails):
            write(path, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        weights.save("small", LeNet1(), **TOLD, folder=folder)
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert after.keys() == before.keys() and after[fails] == before[fails]


# ---- The book's own --------------------------------------------------------------


def test_each_trained_network_of_the_book_is_whole_and_tells_its_run():
    names = weights.names()
    for name in names:
        network, facts = weights.load(name), weights.facts(name)
        assert type(network).__name__ == facts["network"]
        assert results.load(facts["results"])
    files = {file.stem for file in weights.FOLDER.glob("*.safetensors")}
    assert files == set(names)


def test_the_wheel_holds_weights_and_their_index(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lenet_lib", tree / "lenet_lib", ignore=ignored)
    there = tree / "lenet_lib" / "weights"
    weights.save("small", LeNet1(), **TOLD, folder=there)
    build = "import sys, setuptools.build_meta as b; b.build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, tmp_path],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = zipfile.ZipFile(wheel)
    for file in (there / "index.json", *there.glob("*.safetensors")):
        assert held.read(f"lenet_lib/weights/{file.name}") == file.read_bytes()
