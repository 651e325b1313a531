"""How far can a digit be changed before it is misread?

    python benchmarks/robustness.py

All test digits of MNIST are turned, made smaller or larger, moved, or made noisy, one
change at a time and the same for all digits, see ``lenet_lib.changes``. Read by LeNet-5
as of 1998, the same trained with affine or with elastic distortions, LeNet-1, and the
end of the ladder of changes (``lenet_lib.modern``). One trained network each, the one
that the book keeps; nothing was chosen by what is measured here. Writes the results
``robustness``.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import torch
from report import save

from lenet_lib import mnist, weights
from lenet_lib.changes import changed
from lenet_lib.data import CODINGS

#: Trained networks, by name.
NETWORKS = (
    "lenet5-1998", "lenet5-1998-distorted", "lenet5-1998-elastic", "lenet1-1998",
    "lenet5-modern",
)  # fmt: skip

#: How much is done, for each kind of change: an argument of ``changed``.
CHANGES = {
    "turn": [*range(-60, 61, 5)],
    "size": [tenth / 10 for tenth in range(4, 17)],
    "right": [*range(11)],
    "down": [*range(11)],
    "inverted": [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
    "noise": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8],
}

#: Two more that saw no distorted digits, and fewer digits. By how much do such networks
#: differ under noise that none was trained for?
OTHERS, OTHERS_INVERTED = ("lenet5-1998-15000", "lenet5-1998-30000"), 0.1

#: The seed of the noise.
SEED = 1998

#: Those misread among so many of the first digits are noted, too, for a quick check.
FIRST = 500

#: Digits that a network reads at a time.
BATCH = 250


def wrong(name: str, images: torch.Tensor, labels: torch.Tensor, **change) -> list[int]:
    """How many a network misreads after a change: of all, and of the first ones."""
    network, coding = weights.load(name), CODINGS[weights.facts(name)["coding"]]
    inputs = changed(images, coding, seed=SEED, **change)
    read = torch.cat([network.read(part) for part in inputs.split(BATCH)])
    missed = read != labels
    return [int(missed.sum()), int(missed[:FIRST].sum())]


def main() -> None:
    """Read all test digits after all changes, and write the results file."""
    torch.set_num_threads(1)
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    misread, misread_first = {}, {}
    for kind, amounts in CHANGES.items():
        misread[kind], misread_first[kind] = {}, {}
        for name in NETWORKS:
            counts = [wrong(name, images, labels, **{kind: each}) for each in amounts]
            whole, first = zip(*counts, strict=True)
            misread[kind][name], misread_first[kind][name] = [*whole], [*first]
            print(kind, name, [round(count / 100, 2) for count in whole], flush=True)
    others = {
        name: wrong(name, images, labels, inverted=OTHERS_INVERTED)[0]
        for name in OTHERS
    }
    print(others, flush=True)
    result = {
        "digits": len(labels),
        "first": FIRST,
        "seed": SEED,
        "networks": NETWORKS,
        "amounts": CHANGES,
        "misread": misread,
        "misread_first": misread_first,
        "others": {"inverted": OTHERS_INVERTED, "misread": others},
    }
    save("robustness", result)


if __name__ == "__main__":
    main()
