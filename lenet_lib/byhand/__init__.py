"""Back-propagation by hand: the networks in NumPy, one digit at a time.

PyTorch spends a training step on a *single* digit mostly in its own bookkeeping. Here a
step is a hundred calls of NumPy and little else. There are two versions:

===============  =================================================================
``zipcode``      the zip-code network and nothing else, written out as its chapter
                 shows it
``windows``      which units a window sees, and in which windows a unit is seen
``layers``       convolution, subsampling and full connection, forward and back
``networks``     :class:`ByHand`: the zip-code network, LeNet-1 or LeNet-5 of these
``criteria``     what they are trained for: the losses of 1989 and of 1998
``sdlm``         LeNet-5's optimiser: estimates of the curvature, and a pass of steps
===============  =================================================================

Both give the weights that PyTorch gives: tests hold them together over a thousand
steps. A pass over LeNet-5's digits, in the order that they are given in::

    net = ByHand(LeNet5())
    criterion = MaximumAPosteriori(j=1.0)
    h = sdlm.estimate(net, criterion, digits[:500], labels[:500])
    misread = sdlm.train(net, criterion, digits, labels, sdlm.steps(net, h, rate=5e-4))
    network.load_state_dict(net.state_dict())
"""

from lenet_lib.byhand.criteria import (
    MaximumAPosteriori,
    MaximumLikelihood,
    SquaredError,
)
from lenet_lib.byhand.networks import ByHand

__all__ = ["ByHand", "MaximumAPosteriori", "MaximumLikelihood", "SquaredError"]
