"""Pictures of all kinds as brightness, and what is no picture."""

import io
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

from lenet_lib import grey
from lenet_lib.grey import (
    DamagedPicture,
    NotAPicture,
    PictureError,
    WrongArray,
    WrongSize,
    greys,
)

#: An upright picture that is no other one when turned or mirrored.
PIXELS = np.full((20, 30), 255, dtype=np.uint8)
PIXELS[3:12, 5:9] = 0
PIXELS[10:12, 5:25] = 60


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def image() -> Image.Image:
    return Image.fromarray(PIXELS)


SOURCES = {
    "name": lambda path: str(path),
    "path": lambda path: path,
    "bytes": Path.read_bytes,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "open file": lambda path: io.BytesIO(path.read_bytes()),
    "image": Image.open,
    "array": lambda path: PIXELS,
    "array of 16 bits": lambda path: PIXELS.astype(np.uint16) * 257,
    "whole numbers": lambda path: PIXELS.astype(np.int64),
    "fractions": lambda path: PIXELS.astype(np.float32) / 255,
    "coded for LeNet-5": lambda path: -0.1 + 1.275 * PIXELS / 255,
    "RGB, channels last": lambda path: np.stack([PIXELS] * 3, axis=2),
    "tensor": lambda path: torch.from_numpy(PIXELS),
    "RGB, channels first": lambda path: torch.from_numpy(PIXELS).expand(3, -1, -1),
    "batch of one": lambda path: torch.from_numpy(PIXELS)[None, None],
    "bfloat16": lambda path: torch.from_numpy(PIXELS).bfloat16(),
    "with gradient": lambda path: torch.tensor(PIXELS / 255.0, requires_grad=True),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_it_may_come_as_anything(make, image, tmp_path):
    path = tmp_path / "picture.png"
    image.save(path)
    found = greys(make(path))
    assert found.dtype == np.float64
    assert np.abs(found - PIXELS / 255).max() < 1 / 255


MODES = {
    "grey": lambda image: image,
    "black and white": lambda image: image.convert("1", dither=Image.Dither.NONE),
    "palette": lambda image: image.convert("P"),
    "16 bits": lambda image: Image.fromarray(PIXELS.astype(np.uint16) * 257),
    "RGB": lambda image: image.convert("RGB"),
    "opaque": lambda image: image.convert("RGBA"),
    "grey and opaque": lambda image: image.convert("LA"),
}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_it_may_have_any_mode(mode, image):
    made = mode(image)
    expected = (PIXELS > 127 if made.mode == "1" else PIXELS / 255).astype(float)
    for source in (made, encoded(made)):
        assert np.abs(greys(source) - expected).max() < 1e-9


@pytest.mark.parametrize("kind", grey.FORMATS)
def test_every_format_is_opened(kind, image):
    found = greys(encoded(image, kind))
    assert np.abs(found - PIXELS / 255).mean() < 0.02  # some of them lose a little


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_was_held(orientation, image):
    lies = {
        1: PIXELS,
        2: PIXELS[:, ::-1],
        3: PIXELS[::-1, ::-1],
        4: PIXELS[::-1],
        5: PIXELS.T,
        6: np.rot90(PIXELS),  # and is to be turned to the right
        7: PIXELS.T[::-1, ::-1],
        8: np.rot90(PIXELS, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(lies[orientation]))
    exif = stored.getexif()
    exif[0x0112] = orientation
    assert np.array_equal(greys(encoded(stored, exif=exif)), PIXELS / 255)


def test_colours_of_one_lightness_are_told_apart():
    red, green = (200, 0, 0), (0, 102, 0)  # both 60 in grey
    pixels = np.where(PIXELS[:, :, None] > 127, red, green).astype(np.uint8)
    assert len(np.unique(np.asarray(Image.fromarray(pixels).convert("L")))) == 1
    assert np.ptp(greys(pixels)) > 0.7


@pytest.mark.parametrize("ink", [0, 255], ids=["black ink", "white ink"])
@pytest.mark.parametrize("channels", [2, 4])
def test_what_is_transparent_is_paper(ink, channels):
    colour = np.full_like(PIXELS, ink)
    pixels = np.stack([colour] * (channels - 1) + [255 - PIXELS], axis=2)
    expected = np.abs(PIXELS / 255 - ink / 255)
    assert np.abs(greys(pixels) - expected).max() < 1e-12
    assert np.abs(greys(encoded(Image.fromarray(pixels))) - expected).max() < 1e-2


def test_a_large_picture_is_averaged_down():
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 2100), dtype=np.uint8)
    found = greys(pixels)
    expected = pixels.reshape(500, 3, 700, 3).mean(axis=(1, 3)) / 255
    assert np.abs(found - expected).max() < 1e-12
    assert np.abs(greys(encoded(Image.fromarray(pixels))) - expected).max() < 1 / 255


# ---- What is no picture -------------------------------------------------------------


def png_of(width: int, height: int) -> bytes:
    """A small file that unpacks to a black picture of any size, or at least says so."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", packed)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_100, 12_000, 60_000])
def test_a_bomb_is_refused_before_anything_is_unpacked(side, monkeypatch):
    """Also where PIL would warn only, and where it would refuse by itself."""

    def unpack(image):
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(ImageFile.ImageFile, "load", unpack)
    with pytest.raises(WrongSize, match="too many pixels .*50,000,000.*crop it to the"):
        greys(png_of(side, side))


def test_a_huge_array_is_refused_before_it_is_copied():
    huge = np.broadcast_to(np.uint8(255), (10**6, 10**6))
    with pytest.raises(WrongSize, match="1,000,000 x 1,000,000, above 50,000,000"):
        greys(huge)


def damaged(share: float) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise))
    return whole[: int(share * len(whole))]


FAULTS = {
    "a text": (b"seven", NotAPicture, "no picture in a known format: save it as PNG"),
    "nothing": (b"", NotAPicture, "no picture in a known format"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", NotAPicture, "no picture in a known"),
    "half a file": (damaged(0.5), DamagedPicture, r"damaged \(.*\): save it, or copy"),
    "a list": ([[0, 1]], NotAPicture, "Expected the name of .*, got list"),
    "no source": (None, NotAPicture, "Expected the name of .*, got NoneType"),
    "a text file": (io.StringIO("7"), NotAPicture, "in binary mode.* got StringIO"),
    "small": (PIXELS[:7], WrongSize, "has 30 x 7 pixels: a digit needs at least 8 x 8"),
    "empty": (np.zeros((0, 28)), WrongSize, "has 28 x 0 pixels"),
    "a line": (np.zeros(28), WrongArray, r"Expected one picture.* shape \(28,\)"),
    "a batch": (np.zeros((9, 28, 28)), WrongArray, r"got .* shape \(9, 28, 28\)"),
    "complex": (
        np.zeros((28, 28), complex),
        WrongArray,
        "real numbers, got complex128",
    ),
    "texts": (np.full((28, 28), "7"), WrongArray, "real numbers, got <U1"),
    "objects": (np.full((28, 28), None), WrongArray, "real numbers, got object"),
    "NaN": (np.full((28, 28), np.nan), WrongArray, "NaN or infinite"),
    "infinite": (torch.full((28, 28), torch.inf), WrongArray, "NaN or infinite"),
}


@pytest.mark.parametrize("source, error, message", FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_told_in_one_sentence(source, error, message):
    with pytest.raises(error, match=message) as told:
        greys(source)
    assert isinstance(told.value, ValueError)
    sentence = str(told.value)
    assert sentence.endswith(".") and "\n" not in sentence
    assert not re.search(r"[.] [A-Z]", sentence)


@pytest.mark.parametrize("kind", grey.FORMATS)
def test_a_damaged_file_is_read_or_refused(kind):
    """Wherever the damage is: no error of a decoder gets through."""
    pixels = np.random.default_rng(1).integers(0, 256, (30, 30), dtype=np.uint8)
    whole = encoded(Image.fromarray(pixels), kind)
    draw = np.random.default_rng(2)
    for _ in range(60):
        content = bytearray(whole[: draw.integers(1, 1 + len(whole))])
        for place in draw.integers(0, len(content), size=3):
            content[place] = draw.integers(256)
        try:
            greys(content)
        except PictureError as error:
            assert str(error).endswith(".")


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        greys(tmp_path / "seven.png")
