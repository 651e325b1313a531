"""Anything that may hold a picture, as greys: files, bytes, images, arrays, tensors.

A file that came from anywhere is not to be trusted. Its first bytes tell how large the
picture is; only if that is reasonable is the rest unpacked.
"""

import io
import math
import os
import warnings
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

#: What a picture can come as.
Source = str | os.PathLike | bytes | IO[bytes] | Image.Image | np.ndarray | Tensor

#: Formats that are opened. Others, such as PostScript, would run other programs.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")

#: The largest picture that is opened, in pixels: those of a telephone have up to 50
#: million. And the smallest side that a digit can be read from.
MOST_PIXELS, LEAST_SIDE = 50_000_000, 8

#: Larger pictures are first averaged down to at most so many pixels along an edge.
WORKING_SIDE = 1024

#: Brightness that a picture must span to show anything, of 1.
VISIBLE = 0.08


class PictureError(ValueError):
    """A picture shows no digit that could be read. One sentence says why."""


class NotAPicture(PictureError):
    """It is no picture at all, or none in a format that is opened."""


class DamagedPicture(PictureError):
    """It begins like a picture and cannot be read to its end."""


class WrongSize(PictureError):
    """It has more pixels than are opened, or fewer than a digit needs."""


class WrongArray(PictureError):
    """An array or tensor has a shape, a type or values that no picture has."""


def greys(source: Source) -> np.ndarray:
    """A picture as brightness.

    It is turned upright where its file says how it was taken (EXIF). Of a coloured
    picture, the channel that varies most is taken (red, green or blue), since a digit
    may differ from its paper in colour alone. What is transparent becomes white, or
    black if nothing would be seen on white. Sides above ``WORKING_SIDE`` pixels are
    reduced, by averages over squares.

    Args:
        source: a file's name, a file that is open for reading bytes, its bytes, a PIL
            image, or an array or tensor: (rows, columns), with 1 to 4 channels last or
            first (grey, grey and alpha, RGB, RGB and alpha), or one of these alone in
            a batch. Whole numbers of 8 or 16 bits are brightness from 0 to their
            largest; other numbers are brightness from their own least to their largest.

    Returns:
        Brightness from 0, black, to 1, white, ``float64``, (rows, columns).

    Raises:
        PictureError: one of the classes here, if there is no picture to be had.
        OSError: if a file cannot be opened.
    """
    if isinstance(source, Image.Image):
        return _of_image(source)
    if isinstance(source, Tensor):
        source = source.detach().cpu()
        source = (source.float() if source.is_floating_point() else source).numpy()
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:
            return _of_file(file)
    if isinstance(source, bytes | bytearray | memoryview):
        return _of_file(io.BytesIO(source))
    if isinstance(getattr(source, "read", lambda size: None)(0), bytes):
        return _of_file(source)
    raise NotAPicture(
        "Expected the name of a picture's file, the open file (in binary mode), its "
        f"bytes, a PIL image, an array or a tensor, got {type(source).__name__}."
    )


def _of_file(file: IO[bytes]) -> np.ndarray:
    """Open a file with PIL, which has read no pixel when it tells the size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd notes within a file are no one's concern
        try:
            image = Image.open(file, formats=FORMATS)
        except Image.DecompressionBombError:
            raise WrongSize(_too_large("more than")) from None
        except UnidentifiedImageError:
            raise NotAPicture(
                "This is no picture in a known format: "
                f"save it as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}."
            ) from None
        except Exception as error:
            raise _damaged(error) from None
        return _of_image(image)


def _of_image(image: Image.Image) -> np.ndarray:
    """Upright, with plain channels, at a working size: then an array."""
    _check_size(image.height, image.width)
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode[0] in "IF":  # 16 or 32 bits
            deep = np.asarray(image)
            is_16_bits = image.mode.startswith("I") and deep.max(initial=0) < 2**16
            return _of_array(deep.astype(np.uint16) if is_16_bits else deep)
        transparent = "transparency" in image.info or image.mode.lower()[-1] == "a"
        image = image.convert("RGBA" if transparent else "RGB")
        return _of_array(np.asarray(image.reduce(_reduction(*image.size))))
    except PictureError:
        raise
    except Exception as error:  # decoders meet damage with errors of all kinds
        raise _damaged(error) from None


def _of_array(values: np.ndarray) -> np.ndarray:
    """Brightness of an array of any kind."""
    if values.dtype.kind not in "biuf":
        raise WrongArray(f"Expected a picture of real numbers, got {values.dtype}.")
    channels = _channels_last(values)  # (rows, columns, 1 to 4)
    _check_size(*channels.shape[:2])
    factor = _reduction(*channels.shape[:2])
    channels = _brightness(_averaged(channels, factor), values.dtype)
    colours = channels.shape[2] - (channels.shape[2] + 1) % 2  # 1 or 3, without alpha
    colour, alpha = channels[:, :, :colours], channels[:, :, colours:]
    if not alpha.size:
        return _most_varied(colour)
    on_white = _most_varied(colour * alpha + (1 - alpha))
    return on_white if np.ptp(on_white) >= VISIBLE else _most_varied(colour * alpha)


def _channels_last(values: np.ndarray) -> np.ndarray:
    """An array's pixels as (rows, columns, channels)."""
    picture = values
    while picture.ndim > 2 and len(picture) == 1:
        picture = picture[0]  # a batch of one, or a single channel
    if picture.ndim == 2:
        return picture[:, :, None]
    if picture.ndim == 3 and 1 <= picture.shape[2] <= 4:
        return picture
    if picture.ndim == 3 and 1 <= len(picture) <= 4:
        return np.moveaxis(picture, 0, 2)
    raise WrongArray(
        "Expected one picture, (rows, columns) with up to 4 channels, "
        f"got an array of shape {values.shape}."
    )


def _brightness(values: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Numbers from 0 to 1, of numbers that were of another kind before."""
    if kind in (np.bool_, np.uint8, np.uint16):
        return values / (1 if kind == np.bool_ else np.iinfo(kind).max)
    if not np.isfinite(values).all():
        raise WrongArray("The picture holds NaN or infinite values.")
    least, most = values.min(), values.max()
    return (values - least) / (most - least or 1)


def _averaged(values: np.ndarray, factor: int) -> np.ndarray:
    """Means over squares of ``factor`` pixels a side; an incomplete last one is cut."""
    rows, columns = (side // factor for side in values.shape[:2])
    whole = values[: rows * factor, : columns * factor]
    return whole.reshape(rows, factor, columns, factor, -1).mean(
        axis=(1, 3), dtype=np.float64
    )


def _most_varied(colour: np.ndarray) -> np.ndarray:
    """The channel with the largest deviation; of equal ones, the first."""
    return colour[:, :, colour.std(axis=(0, 1)).argmax()]


def _reduction(*sides: int) -> int:
    """By what whole factor a picture is reduced."""
    return math.ceil(max(sides) / WORKING_SIDE)


def _check_size(rows: int, columns: int) -> None:
    """Raise if a picture has too many pixels, or too few."""
    if rows * columns > MOST_PIXELS:
        raise WrongSize(_too_large(f"{columns:,} x {rows:,}, above"))
    if min(rows, columns) < LEAST_SIDE:
        raise WrongSize(
            f"The picture has {columns} x {rows} pixels: "
            f"a digit needs at least {LEAST_SIDE} x {LEAST_SIDE}."
        )


def _too_large(pixels: str) -> str:
    return (
        f"The picture has too many pixels ({pixels} {MOST_PIXELS:,}): crop it to the "
        "digit, or make it smaller."
    )


def _damaged(error: Exception) -> DamagedPicture:
    reason = str(error).rstrip(".") or type(error).__name__
    return DamagedPicture(
        f"The picture's file is damaged ({reason}): save it, or copy it, again."
    )
