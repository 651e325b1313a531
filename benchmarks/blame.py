"""What maps of blame are worth: compared, shaken, and tested by taking pixels away.

    python benchmarks/blame.py

LeNet-5 as trained in 1998, and the first 20 test digits of each kind that it reads
right. Maps by occlusion and by the gradient are compared with those of another trained
network and of networks with random weights; digits get noise that nobody sees; and
pixels are taken away in the order of each map, until the answer is wrong. Takes some
minutes. Writes the results ``blame``.
"""

import time
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from report import save
from torch import Tensor

from lenet_lib import mnist, weights
from lenet_lib.blame import INK, PAPER, deletions, gap, occlusion, saliency
from lenet_lib.data import CODINGS
from lenet_lib.models import LeNet5

NETWORK, TWIN = "lenet5-1998", "lenet5-1998-distorted"
EACH = 20
#: Seeds of whatever is drawn: random weights, orders by chance, noise.
SEEDS = range(5)
SIZES = (1, 3, 5, 7)
SIZE = 5
#: Standard deviations of noise, in shares of the way from paper to ink.
NOISES = (0.02, 0.05, 0.1)
#: Each fourth digit gets it: noise leaves no paper bare, and that takes long.
NOISY = slice(None, None, 4)
#: How much of its ink a digit has, from blank paper to a third more.
AMOUNTS = [step / 20 for step in range(27)]


def chosen() -> tuple[Tensor, Tensor, Tensor]:
    """The digits: their numbers (n,), inputs (n, 1, 32, 32), labels (n,)."""
    images, labels = mnist.read(mnist.default_data_dir(), train=False)
    inputs = CODINGS["lenet5"](images[:1000])  # (1000, 1, 32, 32)
    labels = labels[:1000]
    right = weights.load(NETWORK).read(inputs) == labels
    which = torch.cat(
        [(right & (labels == digit)).nonzero()[:EACH, 0] for digit in range(10)]
    )
    return which, inputs[which], labels[which]


def random_network(seed: int) -> LeNet5:
    """LeNet-5 with its first weights."""
    torch.manual_seed(seed)
    return LeNet5().eval()


def correlations(maps: Tensor, others: Tensor) -> Tensor:
    """Of two maps of each digit, pixel by pixel: (n,)."""
    maps, others = (m.flatten(1) - m.flatten(1).mean(1, True) for m in (maps, others))
    return F.cosine_similarity(maps, others, dim=1)


def median(values: Tensor | Sequence[Tensor]) -> float:
    """Of one tensor, or of several together."""
    values = values if isinstance(values, Tensor) else torch.cat([*values])
    return round(values.double().quantile(0.5).item(), 4)


def likeness(maps: Tensor, others: Sequence[Tensor]) -> dict[str, float]:
    """Median correlation, as the maps are and without their signs."""
    return {
        "signed": median([correlations(maps, other) for other in others]),
        "absolute": median([correlations(maps.abs(), o.abs()) for o in others]),
    }


@torch.no_grad()
def greedy(network: LeNet5, inputs: Tensor, labels: Tensor) -> Tensor:
    """How few pixels do, if each time the one goes that lowers the gap most: (n,)."""
    counts = torch.full((len(inputs),), torch.inf)
    for n, (image, label) in enumerate(zip(inputs, labels, strict=True)):
        image = image.clone()  # (1, 32, 32)
        for count in range(1, int((image > PAPER).sum()) + 1):
            rows, columns = (image[0] > PAPER).nonzero(as_tuple=True)
            tries = image.repeat(len(rows), 1, 1, 1)  # (inked, 1, 32, 32)
            tries[torch.arange(len(rows)), 0, rows, columns] = PAPER
            gaps = gap(network(tries), label.expand(len(tries)))
            image = tries[gaps.argmin()]
            if gaps.min() <= 0:
                counts[n] = count
                break
    return counts


def by_chance(inputs: Tensor, seed: int) -> dict[str, Tensor]:
    """Importance (n, 32, 32) that knows no network."""
    draw = torch.Generator().manual_seed(seed)
    ink = inputs.squeeze(1)  # (n, 32, 32)
    noise = torch.rand(ink.shape, generator=draw)
    start = noise.masked_fill(ink <= PAPER, 0).flatten(1).argmax(1)  # an inked pixel
    places = torch.arange(32)
    down = (places - (start // 32)[:, None])[:, :, None]  # (n, 32, 1)
    over = (places - (start % 32)[:, None])[:, None, :]  # (n, 1, 32)
    return {
        "chance": noise,
        "darkest": ink + 1e-4 * noise,  # less than one grey: it only settles ties
        "eraser": -(down**2 + over**2) - noise / 2,
    }


def main() -> None:
    """Measure, print, and write the results file."""
    begun = time.perf_counter()
    which, inputs, labels = chosen()
    digits = inputs, labels
    network, twin = weights.load(NETWORK), weights.load(TWIN)
    randoms = [random_network(seed) for seed in SEEDS]

    covered = {size: occlusion(network, *digits, size) for size in SIZES}
    inky = occlusion(network, *digits, SIZE, filling=INK)
    print(f"{time.perf_counter() - begun:.0f} s: occluded", flush=True)
    hidden, slope = covered[SIZE], saliency(network, *digits)
    ink = inputs.squeeze(1) - PAPER  # (n, 32, 32)
    twins = occlusion(twin, *digits, SIZE), saliency(twin, *digits)
    guesses = [
        (occlusion(other, *digits, SIZE), saliency(other, *digits)) for other in randoms
    ]
    alike = {
        "occlusion": {
            "twin": likeness(hidden, [twins[0]]),
            "random": likeness(hidden, [guess for guess, _ in guesses]),
            "ink": likeness(hidden, [ink]),
        },
        "gradient": {
            "twin": likeness(slope, [twins[1]]),
            "random": likeness(slope, [guess for _, guess in guesses]),
            "ink": likeness(slope, [ink]),
        },
    }
    settings = {
        **{f"paper {size}": maps for size, maps in covered.items()},
        f"ink {SIZE}": inky,
    }
    settings = {
        name: median(correlations(hidden, maps)) for name, maps in settings.items()
    }
    print(f"{time.perf_counter() - begun:.0f} s: {alike}, {settings}", flush=True)

    # What the gradient foretells of each patch of paper, and what comes.
    foretold = {}
    for size in SIZES:
        sums = F.avg_pool2d(
            (slope * ink)[:, None], size, 1, size // 2, divisor_override=1
        ).squeeze(1)  # (n, 32, 32)
        happens = covered[size]
        seen = happens != 0
        pair = torch.stack([sums[seen], happens[seen]])
        foretold[size] = round(torch.corrcoef(pair)[0, 1].item(), 4)
    with torch.no_grad():
        gaps = torch.stack(
            [
                gap(network(PAPER + amount * (inputs - PAPER)), labels)
                for amount in AMOUNTS
            ]
        )  # (amounts, n)
    whole = gaps[AMOUNTS.index(1.0)]
    share = (slope * ink).sum(dim=(1, 2)) / (whole - gaps[0])
    print(f"foretold: {foretold}, of all the ink {median(share)}", flush=True)

    shaken = {}
    for noise in NOISES:
        draw = torch.Generator().manual_seed(0)
        clean, right = inputs[NOISY], labels[NOISY]
        random = torch.randn(clean.shape, generator=draw)
        noisy = clean + noise * (INK - PAPER) * random
        found = occlusion(network, noisy, right, SIZE), saliency(network, noisy, right)
        shaken[noise] = {
            "digits": len(clean),
            "read_right": int((network.read(noisy) == right).sum()),
            "occlusion": median(correlations(hidden[NOISY], found[0])),
            "gradient": median(correlations(slope[NOISY], found[1])),
        }
        print(f"{time.perf_counter() - begun:.0f} s: {noise} {shaken[noise]}")

    chances = [by_chance(inputs, seed) for seed in SEEDS]
    orders = {
        **{name: [each[name] for each in chances] for name in chances[0]},
        **{f"occlusion {size}": [m] for size, m in covered.items()},
        f"occlusion {SIZE}, ink": [inky],
        f"occlusion {SIZE}, twin": [twins[0]],
        f"occlusion {SIZE}, random": [guess for guess, _ in guesses],
        "gradient, size": [slope.abs()],
        "gradient × ink": [slope * ink],
        "gradient × ink, random": [guess * ink for _, guess in guesses],
    }
    counts = {
        name: [deletions(network, *digits, order) for order in each]
        for name, each in orders.items()
    }
    counts["greedy"] = [greedy(network, *digits)]
    for name, each in counts.items():
        print(f"{name:>24}: {median(each)}", flush=True)

    seconds = round(time.perf_counter() - begun)
    inked = (ink > 0).flatten(1).sum(1)
    save(
        "blame",
        {
            "network": NETWORK,
            "twin": TWIN,
            "seeds": [*SEEDS],
            "size": SIZE,
            "digits": which.tolist(),
            "inked": inked.tolist(),
            "gap": median(whole),
            "correlation": alike,
            "correlation_of_settings": settings,
            "correlation_foretold": foretold,
            "amounts": AMOUNTS,
            "gap_by_amount": [median(each) for each in gaps],
            "share_foretold": median(share),
            "noise": shaken,
            "deletions": {  # null: even blank paper is read as the right digit
                name: [
                    [None if c == torch.inf else int(c) for c in run.tolist()]
                    for run in each
                ]
                for name, each in counts.items()
            },
            "seconds": seconds,
        },
    )


if __name__ == "__main__":
    main()
