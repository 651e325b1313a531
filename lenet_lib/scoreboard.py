"""Every published number that this book measures again, beside what was measured.

Published numbers come from ``papers``, ours from ``results`` and ``anatomy``; nothing
is typed in here but words. The chapter of the same name shows the tables.
"""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from lenet_lib import anatomy, papers, results
from lenet_lib.models import Network

if TYPE_CHECKING:
    from IPython.display import Markdown

ZIP_CODE, LENET1, LENET5 = "zip-code network", "LeNet-1", "LeNet-5"
OTHERS = "other classifiers"


@dataclass(frozen=True)
class Entry:
    """A published error, and ours.

    Args:
        network: whose error it is.
        how: of which version of it; empty for the paper's own.
        what: which error.
        published: as printed.
        ours: one for each seed; a single one where nothing is drawn at random.
        differs: what is not as in the paper, in a few words.
        file: the results file that holds ours.
        figure9: its name in ``papers.MNIST_TEST_ERROR``, if it has one.
        unit: of all these numbers.
    """

    network: str
    how: str
    what: str
    published: float
    ours: tuple[float, ...]
    differs: str
    file: str
    figure9: str | None = None
    unit: str = " %"

    @property
    def mean(self) -> float:
        """The mean of ours."""
        return statistics.mean(self.ours)

    @property
    def spread(self) -> float | None:
        """The sample standard deviation of ours; None if there is but one."""
        return statistics.stdev(self.ours) if len(self.ours) > 1 else None

    @property
    def title(self) -> str:
        """Version and error in one; the others were all measured in the test."""
        if self.network == OTHERS:
            return self.how
        return f"{self.how}: {self.what}" if self.how else self.what

    def __str__(self) -> str:
        """Ours as the book writes it: ``1.40 ± 0.09 %``."""
        places = 2 if self.unit else 4
        spread = "" if self.spread is None else f" ± {self.spread:.{places}f}"
        return f"{self.mean:.{places}f}{spread}{self.unit}"


def entries() -> list[Entry]:
    """All published errors that were measured again, in the order of their years."""
    return [*_zip_code(), *_lenet1(), *_lenet5(), *_others()]


def not_measured() -> dict[str, float]:
    """The entries of LeCun et al. (1998), Figure 9, that this book does not measure."""
    measured = {entry.figure9 for entry in entries()}
    published = papers.MNIST_TEST_ERROR
    return {name: error for name, error in published.items() if name not in measured}


def errors(network: str) -> pd.DataFrame:
    """The entries of one network as a table for reading, one row each."""
    rows = [
        {
            "error": entry.title,
            "published": f"{entry.published}{entry.unit}",
            "here": str(entry),
            "seeds": "–" if entry.spread is None else str(len(entry.ours)),
            "what differs": entry.differs,
            "results file": f"`{entry.file}`",
        }
        for entry in entries()
        if entry.network == network
    ]
    return pd.DataFrame(rows).set_index("error")


def test_errors() -> dict[str, tuple[float, tuple[float, ...]]]:
    """Published test errors and ours, by what to call them.

    Of several entries for one published number it takes the first, which is the most
    faithful one.
    """
    chosen = {}
    for entry in entries():
        if entry.what == "test":
            name = f"… {entry.how}" if entry.how else entry.network
            name = entry.how if entry.network == OTHERS else name
            chosen.setdefault(name, (entry.published, entry.ours))
    return chosen


def table(frame: pd.DataFrame) -> "Markdown":
    """A table of words as Markdown; columns of numbers stand to the right.

    Args:
        frame: of texts.
    """
    frame = frame.reset_index(names=frame.index.name or "")
    right = frame.map(lambda text: text[0].isdigit() or text == "–").all()
    for column in frame.columns[right]:
        frame[column] = frame[column].str.replace(" ", "\N{NO-BREAK SPACE}")
    lines = [
        list(frame),
        ["---:" if right[column] else "---" for column in frame],
        *frame.itertuples(index=False),
    ]
    return _markdown(f"| {' | '.join(line)} |" for line in lines)


def listing(published: dict[str, float]) -> "Markdown":
    """Names with their published errors, two to a row.

    Args:
        published: errors in percent, by name.
    """
    cells = [(name, f"{error} %") for name, error in published.items()]
    half = (len(cells) + 1) // 2
    cells += [(" ", " ")] * (2 * half - len(cells))
    rows = [(*cells[row], *cells[half + row]) for row in range(half)]
    head = ["| entry | published | entry | published |", "|---|---:|---|---:|"]
    return _markdown([*head, *(f"| {' | '.join(row)} |" for row in rows)])


def counts(network: Network, account: papers.Account) -> pd.DataFrame:
    """A network's counts, as published and as measured on the module.

    Returns:
        One row for each layer, by its name, and ``"all"``: the totals as printed, and
        the sums of what was measured. The columns have two levels: what is counted,
        and ``"published"`` or ``"measured"``.
    """
    kinds = ["units", "parameters", "connections"]
    published = pd.DataFrame(
        [[getattr(layer, kind) for kind in kinds] for layer in account.layers],
        index=[layer.name for layer in account.layers],
        columns=kinds,
    )
    measured = anatomy.count(network)[kinds]
    total = [published.units.sum(), account.parameters, account.connections]
    published.loc["all"] = total
    measured.loc["all"] = measured.sum()
    both = pd.concat({"published": published, "measured": measured}, axis=1)
    return both.swaplevel(axis=1)[kinds]


def origins() -> pd.DataFrame:
    """What makes each results file of the entries again, and what has made it."""
    rows = {}
    for file in dict.fromkeys(entry.file for entry in entries()):
        made = results.load(file)
        again = f"python benchmarks/{file}.py"
        if "experiment" in made:
            again = f"python -m lenet_lib reproduce {file}"
        # Seeds of an experiment may have run on several machines.
        places = [
            where for run in made.get("runs", []) for where in run.get("machines", [])
        ] or [made]
        machines = [place["machine"] for place in places]
        versions = [place["versions"] for place in places]
        rows[f"`{file}.json`"] = {
            "what makes it again": f"`{again}`",
            "made on": _all(
                f"{_short(each['processor'])}, {each['cores']} cores"
                for each in machines
            ),
            "with": _all(
                f"Python {v['python']}, PyTorch {v['torch']}" for v in versions
            ),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("file")


def _short(processor: str) -> str:
    """A processor's name without what says nothing."""
    return " ".join(processor.replace("(R)", "").replace("Processor", "").split())


def _all(texts: Iterable[str]) -> str:
    """Each of the texts once, in their order."""
    return "; ".join(dict.fromkeys(texts))


def _zip_code() -> Iterator[Entry]:
    file, paper = "zipcode-1989", papers.ZIP_CODE_1989
    made = results.load(file)
    known = f"digits of MNIST, rate, {_choices(made['recipe'])}", file
    yield Entry(ZIP_CODE, "", "test", paper["test_error"], _final(made), *known)
    wrong = [run["train_misread"] for run in made["runs"]]
    ours = _percent(wrong, made["recipe"]["digits"])
    yield Entry(ZIP_CODE, "", "training", paper["train_error"], ours, *known)

    file = "zipcode1989"
    study = results.load(file)

    def rows(how: str, published: dict, variant: str, differs: str) -> Iterator[Entry]:
        measured = study["variants"][variant]
        for part, what in {"test": "test", "train": "training"}.items():
            error = published[f"{part}_error"]
            ours = _percent(measured[f"{part}_wrong"], study["digits"][part])
            yield Entry(ZIP_CODE, how, what, error, ours, differs, file)
            if error := published.get(f"{part}_mse"):
                what, ours = f"{what}, mean squared", tuple(measured[f"{part}_mse"])
                yield Entry(ZIP_CODE, how, what, error, ours, differs, file, unit="")
        if error := published.get("rejected_for_1_percent"):
            what, ours = "rejected for 1 % error", tuple(measured["rejected"])
            yield Entry(ZIP_CODE, how, what, error, ours, differs, file)

    differs = "digits of MNIST, one rate for all weights"
    yield from rows("", paper, "ours", differs)
    control = papers.FULLY_CONNECTED_1989
    how = f"{control['hidden']} hidden units instead"
    yield from rows(how, control, "fully connected", differs)
    differs = "other digits of MNIST, links, first weights and rate"
    yield from rows("rebuilt in 2022", papers.ZIP_CODE_2022, "whole field", differs)


def _lenet1() -> Iterator[Entry]:
    name = "[16x16] LeNet-1"
    error, file = papers.MNIST_TEST_ERROR[name], "lenet1-1998"
    made = results.load(file)
    differs = f"rates and loss, {_choices(made['recipe'])}"
    yield Entry(LENET1, "", "test", error, _final(made), differs, file, name)
    file = "lenet1_published"
    study = results.load(file)
    small, large = study["published"].values()
    differs = f"{study['published_passes']} passes, today's optimiser"
    yield Entry(LENET1, "", "test", error, tuple(small), differs, file, name)
    differs += ", 20 × 20 pixels"
    yield Entry(LENET1, "", "test", error, tuple(large), differs, file, name)


def _lenet5() -> Iterator[Entry]:
    file, paper = "lenet5-1998", papers.LENET5_1998
    made = results.load(file)
    known, error = (_choices(made["recipe"]), file), paper["test_error"]
    yield Entry(LENET5, "", "test", error, _final(made), *known, "LeNet-5")
    wrong = [run["misread_in_passing"][-1] for run in made["runs"]]
    error, ours = paper["train_error"], _percent(wrong, made["recipe"]["digits"])
    yield Entry(LENET5, "", "training, in passing", error, ours, *known)
    for digits in (30_000, 15_000):
        made = results.load(f"{file}-{digits}")
        known = _choices(made["recipe"]), f"{file}-{digits}"
        error, how = papers.LENET5_SIZES[digits]["test_error"], f"{digits:,} digits"
        yield Entry(LENET5, how, "test", error, _final(made), *known)
    made, name = results.load(f"{file}-distorted"), "[dist] LeNet-5"
    known = f"{_choices(made['recipe'])}, distortions", f"{file}-distorted"
    error, how = papers.MNIST_TEST_ERROR[name], "with distortions"
    yield Entry(LENET5, how, "test", error, _final(made), *known, name)


def _others() -> Iterator[Entry]:
    def entry(name: str, how: str, ours: list[float], *known: str) -> Entry:
        error = papers.MNIST_TEST_ERROR[name]
        return Entry(OTHERS, how, "test", error, tuple(ours), *known, name)

    study, more = results.load("baselines"), results.load("classifiers")
    most = max(row["digits"] for row in study["sizes"])
    rows = {row["network"]: row for row in study["sizes"] if row["digits"] == most}
    recipe = f"{most:,} digits, {{}}, momentum"
    for row, loss in (
        (rows["linear"], "cross-entropy"),
        (study["squared"], "squared error"),
    ):
        known = recipe.format(loss), "baselines"
        yield entry("Linear", "linear", row["test_errors"], *known)
    nearest = more["nearest_neighbours"]
    known = f"k = {nearest['neighbours']}, by validation", "classifiers"
    ours = [nearest["test_error"]]
    yield entry("K-NN Euclidean", "nearest neighbours", ours, *known)
    networks = {"28x28-300-10": (rows["hidden layer"], "baselines")}
    networks |= {row["network"]: (row, "classifiers") for row in more["networks"]}
    differs = recipe.format("cross-entropy")
    for name, (row, file) in networks.items():
        how = f"{' and '.join(name.split('-')[1:-1])} hidden units"
        yield entry(name, how, row["test_errors"], differs, file)


def _choices(recipe: dict[str, Any]) -> str:
    """Where an experiment had to choose, or does otherwise than its paper."""
    words = ["first weights"]
    published = papers.LENET5_RATES[0]
    if recipe["network"] == "LeNet5" and recipe["rates"][0] != published:
        words.append(f"rates times {recipe['rates'][0] / published:g}")
    if recipe["curvature"] == "exact":
        words.append("exact curvature")
    if recipe["criterion"] == "MaximumAPosteriori":
        words.append(f"j = {recipe['j']:g}")
    return ", ".join(words)


def _final(made: dict[str, Any]) -> tuple[float, ...]:
    """The test errors of an experiment's seeds after the last pass, in percent."""
    wrong = [run["test_misread"][-1] for run in made["runs"]]
    return _percent(wrong, made["test_digits"])


def _percent(wrong: Iterable[int], digits: int) -> tuple[float, ...]:
    return tuple(100 * count / digits for count in wrong)


def _markdown(lines: Iterable[str]) -> "Markdown":
    from IPython.display import Markdown

    return Markdown("\n".join(lines))
