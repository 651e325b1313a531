"""Typical wrong answers to the exercise on turned digits."""

import math

import torch.nn.functional as F

from lenet_lib.checks.inside_robust import turned

#: Counter-clockwise and clockwise, in whole degrees.
LEFT, RIGHT = 23, 25


def right_way(pictures, degrees):
    """As it should be."""
    return turned(pictures, math.radians(degrees))


def clockwise(pictures, degrees):
    """The sign of a sine is wrong, since y points down."""
    return turned(pictures, -math.radians(degrees))


def in_radians(pictures, degrees):
    """Forgets that cosines want radians."""
    return turned(pictures, degrees)


def nearest(pictures, degrees):
    """One pixel in place of four."""
    return turned(pictures, math.radians(degrees), nearest=True)


def half_a_pixel(pictures, degrees):
    """The middle of n pixels is not at n / 2."""
    return turned(pictures, math.radians(degrees), off=0.5)


def about_the_corner(pictures, degrees):
    """Forgets to move the middle."""
    return turned(pictures, math.radians(degrees), off=(1 - pictures.shape[-1]) / 2)


def edge_drawn_on(pictures, degrees):
    """Clamps indices, and so repeats the edge."""
    return turned(pictures, math.radians(degrees), repeated=True)


def too_large(pictures, degrees):
    """Leaves the frame that it needed on."""
    return F.pad(right_way(pictures, degrees), (1, 1, 1, 1))


MISTAKES = {
    "ex-inside-turn": [
        ((clockwise, LEFT, RIGHT), "turns clockwise"),
        ((in_radians, LEFT, RIGHT), "takes degrees for radians"),
        ((nearest, LEFT, RIGHT), "takes the nearest pixel"),
        ((half_a_pixel, LEFT, RIGHT), "half a pixel from the middle"),
        ((about_the_corner, LEFT, RIGHT), "about the upper left pixel"),
        ((edge_drawn_on, LEFT, RIGHT), "draws the edge on"),
        ((too_large, LEFT, RIGHT), "has shape (2, 11, 11); it should be (2, 9, 9)"),
        ((right_way, RIGHT, LEFT), "have changed places"),
        ((right_way, 5, RIGHT), "not yet more than 10 %"),
        ((right_way, LEFT, 60), "not the first above 10 %"),
        ((right_way, LEFT, -RIGHT), "`right` should be between 1 and 90 degrees"),
    ],
}
