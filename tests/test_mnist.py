"""MNIST's four files: the right ones, checked before use, restored when they can be."""

import gzip
import hashlib
import os
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torchvision.datasets import MNIST

from lenet_lib import mnist

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data" / "MNIST" / "raw"
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
CLOSED = "http://127.0.0.1:9/"  # the discard port: nobody listens there

# Published with the data, and counted in many places since.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """No test here reaches another host: no mirror is open, and no proxy is used."""
    monkeypatch.setattr(MNIST, "mirrors", [CLOSED])
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A data folder with good copies of the four files."""
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in mnist.MD5:
        shutil.copy(SHIPPED / name, raw)
    return tmp_path / "data"


@pytest.fixture
def mirror():
    """Start servers on this machine: ``mirror(answer)`` returns one's address.

    ``answer`` is called with a file's name and returns the bytes to send.
    """
    servers = []

    def start(answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                content = answer(self.path.rpartition("/")[2])
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass  # torchvision asks for each file twice and reads it once

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/mnist/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def shipped(name: str) -> bytes:
    return (SHIPPED / name).read_bytes()


def listing(folder: Path) -> dict[str, tuple]:
    """Every path under a folder with its kind, size and time of last change."""
    return {
        str(path.relative_to(folder)): (path.is_dir(), s.st_size, s.st_mtime_ns)
        for path in [folder, *folder.rglob("*")]
        for s in [path.stat()]
    }


def assert_one_clear_sentence(error: pytest.ExceptionInfo, path: Path, cure: str):
    """Hold a message to its promise: one sentence, the file's name, what to do."""
    message = str(error.value)
    assert "\n" not in message and len(message) < 500, message
    assert message.startswith(f"The MNIST file {path} "), message
    assert cure in message, message
    # The whole of what a person sees: no chain of other exceptions above it.
    assert error.value.__cause__ is None
    assert error.value.__context__ is None or error.value.__suppress_context__


# ---- What ships ------------------------------------------------------------------


def test_the_checksums_are_those_that_torchvision_publishes():
    assert list(mnist.MD5.items()) == MNIST.resources


@pytest.mark.parametrize("name, published", MNIST.resources)
def test_the_shipped_files_are_the_originals(name, published):
    assert hashlib.md5(shipped(name)).hexdigest() == published


def test_the_book_uses_the_files_that_it_ships_wherever_it_is_started(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert mnist.default_data_dir() == ROOT / "data"


def test_outside_the_book_the_default_folder_is_below_the_working_folder(
    tmp_path, monkeypatch
):
    elsewhere = tmp_path / "site-packages" / "lenet_lib" / "mnist.py"
    monkeypatch.setattr(mnist, "__file__", str(elsewhere))
    assert mnist.default_data_dir() == Path("data")


def test_reading_gives_what_torchvision_gives(folder):
    for train in (True, False):
        images, labels = mnist.read(ROOT / "data", train)
        theirs = MNIST(folder, train=train, download=True)  # unpacks them, offline
        assert images.dtype == torch.uint8 and labels.dtype == torch.int64
        assert torch.equal(images, theirs.data)
        assert torch.equal(labels, theirs.targets)


def test_labels_and_their_counts():
    _, train = mnist.read(ROOT / "data", train=True)
    _, test = mnist.read(ROOT / "data", train=False)
    assert torch.bincount(train).tolist() == TRAIN_COUNTS
    assert torch.bincount(test).tolist() == TEST_COUNTS
    assert test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_pixels_stand_in_the_files_order():
    """Against a few bytes picked by hand: image 7, row 14 starts 16+7*784+14*28."""
    content = gzip.decompress(shipped(IMAGES))
    images, _ = mnist.read(ROOT / "data", train=False)
    start = 16 + 7 * 784 + 14 * 28
    assert images[7, 14].tolist() == list(content[start : start + 28])
    assert max(images[7, 14]) > 0  # a row with ink, or the line above shows nothing


def test_what_is_read_may_be_changed_without_harm():
    images, _ = mnist.read(ROOT / "data", train=False)
    images.zero_()  # a read-only buffer would warn here, or crash
    again, _ = mnist.read(ROOT / "data", train=False)
    assert again.any()


# ---- What may go wrong with a file -----------------------------------------------


def missing(path: Path, monkeypatch) -> None:
    path.unlink()


def empty(path: Path, monkeypatch) -> None:
    path.write_bytes(b"")


def truncated(path: Path, monkeypatch) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def one_bit_wrong(path: Path, monkeypatch) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_web_page(path: Path, monkeypatch) -> None:
    """What a hotel's network gives for any address."""
    path.write_text("<html><body>Please log in.</body></html>")


def a_directory(path: Path, monkeypatch) -> None:
    path.unlink()
    path.mkdir()


def unreadable(path: Path, monkeypatch) -> None:
    """As ``chmod 000``, which does not keep root, who may run these tests, out."""
    read_bytes = Path.read_bytes

    def refuse(self):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)


FAULTS = [missing, empty, truncated, one_bit_wrong, a_web_page, a_directory, unreadable]


@pytest.mark.parametrize("call", ["read", "ensure"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_without_network_is_one_clear_error(
    fault, call, folder, monkeypatch
):
    path = folder / "MNIST" / "raw" / IMAGES
    fault(path, monkeypatch)
    before = listing(folder)
    with pytest.raises(mnist.MNISTError) as error:
        mnist.read(folder, train=False) if call == "read" else mnist.ensure(folder)
    cure = "could not be downloaded" if call == "ensure" else "prepare_data()"
    assert_one_clear_sentence(error, path, cure)
    assert listing(folder).keys() == before.keys()  # nothing lost, nothing left behind


def test_a_missing_file_is_not_to_be_deleted(folder):
    """Advice that cannot be followed makes a reader doubt the rest of the message."""
    (folder / "MNIST" / "raw" / IMAGES).unlink()
    with pytest.raises(mnist.MNISTError) as error:
        mnist.read(folder, train=False)
    assert "delete" not in str(error.value)


@pytest.mark.parametrize("call", ["read", "ensure"])
def test_in_the_book_the_cure_is_to_restore_the_shipped_file(call, folder, monkeypatch):
    monkeypatch.setattr(mnist, "default_data_dir", lambda: folder)
    if (ROOT / "_toc.yml").exists():
        (folder.parent / "_toc.yml").touch()  # however the code knows that it is there
        elsewhere = folder.parent / "lenet_lib" / "mnist.py"
        monkeypatch.setattr(mnist, "__file__", str(elsewhere))
    path = folder / "MNIST" / "raw" / IMAGES
    truncated(path, monkeypatch)
    with pytest.raises(mnist.MNISTError) as error:
        mnist.read(folder, train=False) if call == "read" else mnist.ensure(folder)
    assert_one_clear_sentence(error, path, f"git checkout -- '{path}'")


def test_outside_the_book_nobody_is_sent_to_git(tmp_path, monkeypatch):
    """In Colab ./data is no clone of anything; git could restore nothing there."""
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "site-packages" / "lenet_lib" / "mnist.py"
    monkeypatch.setattr(mnist, "__file__", str(elsewhere))
    with pytest.raises(mnist.MNISTError) as error:
        mnist.read(mnist.default_data_dir(), train=True)
    assert "git" not in str(error.value)
    assert "prepare_data()" in str(error.value)


def test_a_data_folder_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(mnist.MNISTError):
        mnist.ensure(tmp_path / "data")
    with pytest.raises(mnist.MNISTError):
        mnist.read(tmp_path / "data", train=True)


# ---- Restoring -------------------------------------------------------------------


@pytest.mark.parametrize("fault", [missing, empty, truncated, one_bit_wrong])
def test_a_bad_file_is_restored_from_a_mirror(fault, folder, mirror, monkeypatch):
    path = folder / "MNIST" / "raw" / IMAGES
    fault(path, monkeypatch)
    asked = []
    monkeypatch.setattr(
        MNIST, "mirrors", [mirror(lambda name: asked.append(name) or shipped(name))]
    )
    mnist.ensure(folder)
    assert path.read_bytes() == shipped(IMAGES)
    assert set(asked) == {IMAGES}  # the good files are not fetched again
    assert sorted(os.listdir(path.parent)) == sorted(mnist.MD5)  # and nothing else


def test_a_new_folder_is_filled(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr(MNIST, "mirrors", [mirror(shipped)])
    mnist.ensure(tmp_path / "a" / "new folder")
    raw = tmp_path / "a" / "new folder" / "MNIST" / "raw"
    assert {n: (raw / n).read_bytes() for n in os.listdir(raw)} == {
        name: shipped(name) for name in mnist.MD5
    }


def test_the_next_mirror_is_asked_when_one_fails(folder, mirror, monkeypatch):
    path = folder / "MNIST" / "raw" / LABELS
    path.unlink()
    wrong = mirror(lambda name: b"<html>Please log in.</html>")
    monkeypatch.setattr(MNIST, "mirrors", [CLOSED, wrong, mirror(shipped)])
    mnist.ensure(folder)
    assert path.read_bytes() == shipped(LABELS)


@pytest.mark.parametrize(
    "answer",
    [
        lambda name: b"<html>Please log in.</html>",
        lambda name: shipped(name)[:1000],
        lambda name: b"",
    ],
    ids=["a web page", "a part", "nothing"],
)
def test_garbage_from_a_mirror_changes_nothing(answer, folder, mirror, monkeypatch):
    path = folder / "MNIST" / "raw" / LABELS
    truncated(path, monkeypatch)
    before = path.read_bytes(), sorted(os.listdir(path.parent))
    monkeypatch.setattr(MNIST, "mirrors", [mirror(answer)])
    with pytest.raises(mnist.MNISTError) as error:
        mnist.ensure(folder)
    assert_one_clear_sentence(error, path, "could not be downloaded")
    assert (path.read_bytes(), sorted(os.listdir(path.parent))) == before


def test_a_mirror_that_speaks_no_http_is_one_clear_error(folder, monkeypatch):
    """http.client's errors are no OSErrors; they must not reach the reader bare."""
    path = folder / "MNIST" / "raw" / LABELS
    path.unlink()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.recv(1000)
                    client.sendall(b"this is no HTTP\r\n\r\n")

        threading.Thread(target=babble, daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        monkeypatch.setattr(MNIST, "mirrors", [address])
        with pytest.raises(mnist.MNISTError):
            mnist.ensure(folder)
        server.shutdown(socket.SHUT_RDWR)


def test_a_restored_file_takes_its_place_in_one_step(folder, mirror, monkeypatch):
    """Another program finds the old file or the new one, never a part of one."""
    path = folder / "MNIST" / "raw" / LABELS
    truncated(path, monkeypatch)
    before = path.read_bytes(), sorted(os.listdir(path.parent))

    def refuse(source, target):
        raise OSError("not now")

    monkeypatch.setattr(MNIST, "mirrors", [mirror(shipped)])
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(mnist.MNISTError, match="not now"):
        mnist.ensure(folder)
    assert (path.read_bytes(), sorted(os.listdir(path.parent))) == before


def test_an_interrupted_download_leaves_nothing_behind(folder, monkeypatch):
    path = folder / "MNIST" / "raw" / LABELS
    path.unlink()
    before = sorted(os.listdir(path.parent))

    def interrupted(url, root, filename, md5):
        (Path(root) / filename).write_bytes(b"the first few bytes")
        raise KeyboardInterrupt

    monkeypatch.setattr("torchvision.datasets.utils.download_url", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mnist.ensure(folder)
    assert sorted(os.listdir(path.parent)) == before


# ---- What good files need: nothing -----------------------------------------------


def test_good_files_need_no_network_and_are_left_as_they_are(folder, monkeypatch):
    """Nothing is written, either: the folder may be read-only, or another's."""

    def refuse(*arguments, **settings):
        raise AssertionError("the network was touched")

    for name in ("socket", "getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    before = listing(folder)
    mnist.ensure(folder)
    mnist.read(folder, train=True)
    mnist.read(folder, train=False)
    assert listing(folder) == before


def test_two_may_restore_the_files_at_once(tmp_path, mirror, monkeypatch):
    """As two notebooks do that are started together; here, as two threads."""
    together = threading.Barrier(2)

    def answer(name: str) -> bytes:
        if name == next(iter(mnist.MD5)):
            try:
                together.wait(timeout=20)  # both have found it missing, and ask
            except threading.BrokenBarrierError:
                pass
        return shipped(name)

    monkeypatch.setattr(MNIST, "mirrors", [mirror(answer)])
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(mnist.ensure, tmp_path) for _ in range(2)]:
            done.result()  # or raise what it raised
    raw = tmp_path / "MNIST" / "raw"
    assert {n: (raw / n).read_bytes() for n in os.listdir(raw)} == {
        name: shipped(name) for name in mnist.MD5
    }
