"""What the tests of both boards share: digits to load, strokes to draw, ink to see."""

from math import cos, pi, sin

import numpy as np
import torch

from lenet_lib import mnist

#: A browser's settings as on a phone.
PHONE = {
    "viewport": {"width": 390, "height": 800},
    "has_touch": True,
    "is_mobile": True,
}


def digits(count: int = 1_000) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    return images[:count], labels[:count]


def arc(x: float, y: float, rx: float, ry: float, start: int, end: int) -> list:
    """A part of an ellipse, from one angle to another, in steps of about 15 degrees."""
    steps = max(abs(end - start) // 15, 1)
    angles = [(start + (end - start) * k / steps) * pi / 180 for k in range(steps + 1)]
    return [(x + rx * cos(angle), y + ry * sin(angle)) for angle in angles]


#: The ten digits as a hand writes them: strokes on a square of 1 by 1.
STROKES = {
    0: [arc(0.5, 0.5, 0.22, 0.32, -90, 270)],
    1: [[(0.52, 0.18), (0.48, 0.82)]],
    2: [[*arc(0.48, 0.35, 0.2, 0.17, -170, 30), (0.3, 0.8), (0.74, 0.78)]],
    3: [arc(0.46, 0.34, 0.2, 0.16, -160, 90) + arc(0.46, 0.66, 0.23, 0.17, -90, 150)],
    4: [[(0.36, 0.18), (0.3, 0.52), (0.7, 0.5)], [(0.62, 0.2), (0.58, 0.84)]],
    5: [[(0.7, 0.2), (0.4, 0.2), (0.35, 0.5)] + arc(0.47, 0.62, 0.2, 0.2, -120, 140)],
    6: [[(0.6, 0.2), (0.4, 0.4), (0.36, 0.6)] + arc(0.5, 0.66, 0.2, 0.2, -180, 180)],
    7: [[(0.28, 0.22), (0.7, 0.2), (0.45, 0.84)]],
    8: [arc(0.5, 0.34, 0.15, 0.16, 90, -270) + arc(0.5, 0.66, 0.18, 0.17, -90, 270)],
    9: [[*arc(0.48, 0.36, 0.17, 0.17, 0, -360), (0.64, 0.4), (0.58, 0.84)]],
}  # fmt: skip


def surface(view, copy: int = 0):
    return view.locator(".surface").nth(copy)


def alpha(canvas) -> np.ndarray:
    """How dense the pixels of a canvas are."""
    width, values = canvas.evaluate(
        """(canvas) => {
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height)
                .getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, width, height);
            return [width, Array.from(data.filter((_, k) => k % 4 === 3))];
        }"""
    )
    return np.array(values, np.uint8).reshape(-1, width)
