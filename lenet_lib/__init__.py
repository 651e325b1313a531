"""The package behind *LeNet, executable*.

Data flows through its modules in this order, and each imports only from those
above it:

==============  =============================================================
``papers``      the published numbers, and where each stands
``mnist``       the four files of MNIST: checked, restored, read
``lightning``   PyTorch Lightning, imported with a clear word if that fails
``grey``        any file, image or array as brightness, safely opened
``ink``         where the ink is, on paper of any kind
``picture``     a picture of a digit, made into one of MNIST's
``data``        MNIST as a Lightning data module, and the papers' input codings
``distortions`` digits shifted, scaled, squeezed and sheared
``elastic``     digits bent, as on paper that gives way
``changes``     digits turned, scaled, moved and made noisy, as a network sees them
``skeletons``   the forms of the drawn digits, as points
``drawn``       digits that are not MNIST's: a test set drawn by a program
``layers``      scaled tanh, subsampling, tables, unit biases, output codes
``models``      the networks, each written as its paper draws it
``anatomy``     parameters, connections and fields of view, measured on a network
``losses``      the papers' criteria, and how they bend at the outputs
``curvature``   second derivatives of the loss along each weight
``optim``       LeNet-5's optimiser and its published rates
``byhand``      back-propagation in NumPy, one digit at a time
``training``    a quiet Lightning trainer with live progress, and its history
``train``       minibatch training from the command line, on one device or several
``results``     what long runs measured
``weights``     the trained networks by name, checked before they are opened
``rejection``   how many digits to refuse, for how few to misread
``blame``       which pixels made a network say so
``evaluate``    how many test digits they misread
``strings``     LeNet-5 swept over a line: zip codes, read as a whole
``read``        what they read in pictures of your own
``plotting``    every figure of the book
``widgets``     interactive figures, as HTML that needs nothing else
``notebook``    numbers that a chapter's text quotes
``checks``      whether the answer to an exercise is right, or what is off
``grade``       which answers in a class's notebooks are right
``__main__``    the commands: ``python -m lenet_lib COMMAND``
==============  =============================================================

Importing the package itself does nothing else: no download, no heavy import, no
plotting back end. Import the module that you need.
"""

__version__ = "0.1.0"
