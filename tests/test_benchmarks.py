"""The results that the chapters quote, and the programs that made them."""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lenet_lib import papers, rejection
from lenet_lib.data import MNISTDataModule
from lenet_lib.papers import MNIST_TEST_ERROR
from lenet_lib.reproduction.recipes import EXPERIMENTS
from lenet_lib.reproduction.studies import STUDIES
from lenet_lib.training import trainer

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "results").glob("*.json"))


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    """Import as ``python benchmarks/...py`` does, whose folder is on the path."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def result(name: str) -> dict:
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_result_says_on_what_it_was_measured(path):
    content = json.loads(path.read_text())
    machine, versions = content["machine"], content["versions"]
    assert machine["cores"] >= 1 and machine["processor"] and machine["system"]
    for package in ("python", "torch", "torchvision", "pytorch-lightning"):
        assert versions[package][0].isdigit(), package


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_result_has_a_program_that_makes_it_again(path):
    """``make bench`` runs all programs, ``make reproduce`` all experiments.

    A result without either could never be checked.
    """
    if path.stem in EXPERIMENTS or path.stem in STUDIES:
        return
    saves = re.compile(rf'save\(\s*"{path.stem}"')
    programs = (ROOT / "benchmarks").glob("*.py")
    assert any(saves.search(program.read_text()) for program in programs)


def test_every_program_finds_what_it_needs():
    """As ``make bench`` starts them: their own folder is on the path, and not ours."""
    folder = ROOT / "benchmarks"
    programs = [path.stem for path in sorted(folder.glob("*.py"))]
    code = f"import sys; sys.path[0] = {str(folder)!r}\n"
    code += "".join(f"import {program}\n" for program in programs)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.parent.parent,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


# ---- LeNet-1's recipes -----------------------------------------------------------


def test_recipes_lead_from_the_usual_error_to_less_than_that_of_1998():
    study = result("lenet1_recipes")
    assert study["seeds"] == [1, 2, 3, 4, 5] and study["passes"] == 2
    means = {}
    for name, errors in study["recipes"].items():
        assert len(errors) == 5, name
        # An error of 10,000 digits in percent has two decimals and no more.
        assert all(round(error, 2) == error and 0 < error < 90 for error in errors)
        means[name] = statistics.mean(errors)
    first, *_, last = means
    assert means[first] == pytest.approx(8, abs=0.5)
    assert means[last] <= 1.5
    assert max(study["recipes"][last]) <= MNIST_TEST_ERROR["[16x16] LeNet-1"] == 1.7
    # The chapter says: each change brought the error down, but for the schedule alone,
    # whose effect is smaller than the spread of the seeds; "several times worse".
    falling = [mean for name, mean in means.items() if name != "one cycle"]
    assert falling == sorted(falling, reverse=True)
    schedule, before = study["recipes"]["one cycle"], means["ten times the step"]
    assert min(schedule) < before < max(schedule)
    assert means[first] / means[last] > 5


def test_the_programs_recipes_are_the_files():
    import lenet1_recipes

    assert list(lenet1_recipes.RECIPES) == list(result("lenet1_recipes")["recipes"])
    assert list(lenet1_recipes.SEEDS) == result("lenet1_recipes")["seeds"]
    assert lenet1_recipes.PASSES == result("lenet1_recipes")["passes"]


def test_the_last_recipe_gives_again_what_the_file_says():
    """One of its five runs, trained here as the benchmark and the chapter do.

    On the machine and versions of the file it is the same to the last digit. Elsewhere
    sums are rounded otherwise, the runs part after some steps, and a run is worth one
    with another seed. The five seeds have a standard deviation of 0.09; a difference
    of two such runs has one of 0.12, and 0.4 is more than three of those. An error in
    the recipe shows: without standardising, or with the usual step size, it is several
    percent.
    """
    import lenet1_recipes

    *_, (name, (network, coding, batch_size)) = lenet1_recipes.RECIPES.items()
    digits = MNISTDataModule(batch_size=batch_size, coding=coding)
    torch.manual_seed(1)
    model = network()
    run = trainer(lenet1_recipes.PASSES)
    run.fit(model, digits)
    measured = run.test(model, digits, verbose=False)[0]
    error = 100 * (1 - measured["test_accuracy"])
    written = result("lenet1_recipes")["recipes"][name][0]
    assert error == pytest.approx(written, abs=0.4)
    assert error <= MNIST_TEST_ERROR["[16x16] LeNet-1"]


# ---- LeNet-1 as published ----------------------------------------------------------


def test_what_the_published_parts_change_is_what_the_chapter_says():
    study, recipes = result("lenet1_published"), result("lenet1_recipes")
    assert study["seeds"] == [1, 2, 3, 4, 5]
    assert study["parameters"] == {
        "the hands-on network": 3_246,
        "with the table": 3_246 - 28 * 25,
        "with trainable averages": 3_246 + 2 * 4 + 2 * 12,
        "with both": papers.LENET1.parameters,
    }
    # The first variant is the chapter's network: the same seeds give the same errors.
    plain, table, averages, both = study["variants"].values()
    assert plain == recipes["recipes"]["SGD with momentum"]
    means = [statistics.mean(errors) for errors in (plain, table, averages, both)]
    assert means[0] == min(means) and means[3] == max(means)
    small, large = study["published"].values()
    assert len(small) == len(large) == 5 and not set(small) & set(large)
    # "Neither reaches the error of 1998", "a good part of the difference".
    target = MNIST_TEST_ERROR["[16x16] LeNet-1"]
    assert statistics.mean(small) > statistics.mean(large) > target
    assert statistics.mean(small) - statistics.mean(large) > 0.2


def test_the_variants_have_the_parameters_of_the_file():
    import lenet1_published as program

    study = result("lenet1_published")
    assert study["passes"] == program.PASSES
    assert study["published_passes"] == program.PUBLISHED_PASSES
    assert list(study["published"]) == list(program.CODINGS)
    for name, has in program.VARIANTS.items():
        variant = program.Variant(*has)
        assert program.parameters(variant) == study["parameters"][name]
    # Trainable averages begin as plain means, squashed; links keep their weights.
    torch.manual_seed(1)
    plain = program.LeNet1()
    torch.manual_seed(1)
    both = program.Variant(table=True, trainable=True)
    maps = torch.rand(2, 4, 24, 24)
    torch.testing.assert_close(both.network[2](maps), plain.network[2](maps).tanh())
    dense, sparse = plain.network[3].weight, both.network[3].dense_weight()
    linked = sparse != 0
    assert torch.equal(sparse[linked], dense[linked]) and linked.sum() == 20 * 25


# ---- Templates, a hidden layer, shared local features ------------------------------


def test_shared_local_features_need_fewer_parameters_and_fewer_digits():
    """What the chapter on convolution says of its baselines, by the file's numbers."""
    study = result("baselines")
    assert study["seeds"] == [1, 2, 3, 4, 5]
    means, parameters = {}, {}
    for row in study["sizes"]:
        errors = row["test_errors"]
        assert len(errors) == 5
        assert all(round(error, 2) == error and 0 < error < 90 for error in errors)
        means[row["network"], row["digits"]] = statistics.mean(errors)
        parameters[row["network"]] = row["parameters"]
    assert parameters == {
        "linear": 7_850, "hidden layer": 238_510, "convolutional": 2_226,
    }  # fmt: skip
    for size in (1_000, 10_000, 55_000):
        order = [means[n, size] for n in ("linear", "hidden layer", "convolutional")]
        assert order == sorted(order, reverse=True), size
    # "most of all when digits were few"
    ratios = [
        means["hidden layer", size] / means["convolutional", size]
        for size in (1_000, 55_000)
    ]
    assert ratios[0] > ratios[1]
    # "1,000 digits take it further than fifty-five times as many take the templates"
    assert means["convolutional", 1_000] < means["linear", 55_000]
    # Ours are lower than the paper's; the squared error is higher, solved or trained.
    published = MNIST_TEST_ERROR["Linear"], MNIST_TEST_ERROR["28x28-300-10"]
    assert means["linear", 55_000] < published[0]
    assert means["hidden layer", 55_000] < published[1]
    squared = statistics.mean(study["squared"]["test_errors"])
    exact = study["least_squares"]["test_error"]
    assert min(squared, exact) > published[0]
    assert squared == pytest.approx(exact, abs=0.5)


def test_only_the_convolutional_network_notices_scrambled_pixels():
    study = result("baselines")
    before = {
        row["network"]: row["test_errors"]
        for row in study["sizes"]
        if row["digits"] == 55_000
    }
    after = {row["network"]: row["test_errors"] for row in study["permuted"]}
    for name in ("linear", "hidden layer"):
        difference = statistics.mean(after[name]) - statistics.mean(before[name])
        spread = statistics.stdev(before[name]) + statistics.stdev(after[name])
        assert abs(difference) < spread, name
    means = {name: statistics.mean(errors) for name, errors in after.items()}
    assert means["convolutional"] > 3 * statistics.mean(before["convolutional"])
    # "falls back to where the templates are"
    assert means["convolutional"] == pytest.approx(means["linear"], abs=0.5)


def test_learning_rates_of_baselines_were_chosen_on_validation_digits():
    import baselines

    study = result("baselines")
    for row in [*study["sizes"], *study["permuted"], study["squared"]]:
        tried = row["validation_errors"]
        assert str(row["rate"]) == min(tried, key=tried.get)
        assert len(tried) == 3
    assert baselines.TRIAL not in baselines.SEEDS
    assert [*baselines.SEEDS] == study["seeds"]
    assert {
        str(size): {"passes": passes, "batch_size": batch}
        for size, (passes, batch) in baselines.SCHEDULES.items()
    } == study["schedules"]


def test_scrambled_digits_have_the_same_pixels_and_labels():
    import baselines

    usual = baselines.digits(1_000, seed=3)
    scrambled = baselines.digits(1_000, seed=3, scrambled=True)
    for name in ("train_set", "val_set", "test_set"):
        images, labels = getattr(usual, name).tensors
        mixed, same = getattr(scrambled, name).tensors
        assert torch.equal(labels, same) and mixed.shape == images.shape
        assert not torch.equal(mixed, images)
        inks, mixed_inks = (x[:50].flatten(1).sort().values for x in (images, mixed))
        assert torch.equal(inks, mixed_inks)
    assert len(usual.train_set) == 1_000 and len(usual.val_set) == 5_000


def test_a_baseline_gives_again_what_the_file_says():
    """The templates on 1,000 digits; other machines round, so the runs differ a bit."""
    import baselines

    study = result("baselines")
    (row,) = (
        r for r in study["sizes"] if (r["network"], r["digits"]) == ("linear", 1_000)
    )
    _, error = baselines.train(baselines.linear, row["rate"], 1_000, seed=1)
    assert error == pytest.approx(row["test_errors"][0], abs=0.4)


# ---- The zip-code network --------------------------------------------------------


def test_the_zip_code_study_is_what_its_program_measures():
    import zipcode1989 as program

    study = result("zipcode1989")
    assert study["passes"] == program.PASSES == 23
    assert study["digits"] == {"train": 7_291, "held_out": 5_000, "test": 2_007}
    assert list(study["variants"]) == list(program.VARIANTS)
    assert list(study["choice"]) == list(program.CHOOSING)
    for name, (whose, seeds) in program.VARIANTS.items():
        variant = study["variants"][name]
        assert variant["seeds"] == [*seeds] and len(seeds) >= 5
        for part, size in study["digits"].items():
            wrong = variant[f"{part}_wrong"]
            assert len(wrong) == len(seeds)
            assert all(isinstance(n, int) and 0 < n < size for n in wrong)
        assert all(0 < share < 100 for share in variant["rejected"])
        # The rate is the best on held-out digits, and not at the grid's edge.
        tried = study["choice"][whose]
        assert [float(rate) for rate in tried] == [*program.RATES]
        best = min(tried, key=lambda rate: statistics.mean(tried[rate]))
        assert variant["rate"] == float(best)
        assert min(program.RATES) < variant["rate"] < max(program.RATES)
    assert len(study["variants"]["ours"]["seeds"]) >= 10


def test_the_zip_code_program_trains_by_hand_what_pytorch_would(monkeypatch):
    """Its control has a training step of its own: the same as autograd's."""
    import zipcode1989 as program

    torch.manual_seed(1)
    network = program.FullyConnected()
    counted = sum(parameter.numel() for parameter in network.parameters())
    assert counted == papers.FULLY_CONNECTED_1989["connections"] == 10_690
    images, labels = torch.rand(30, 1, 16, 16), torch.arange(30) % 10
    targets = program.place_code(labels)
    arrays, train = program.trainer(network)
    train(images.flatten(1).numpy(), targets.numpy(), 0.05)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    for image, target in zip(images.split(1), targets.split(1), strict=True):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(network(image), target).backward()
        optimizer.step()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(arrays.state_dict()[name], value)


def test_rejection_in_the_chapter_is_that_of_the_package():
    from chapter import definitions

    rejected = definitions("zipcode1989")["rejected"]
    draw = torch.Generator().manual_seed(0)
    for _ in range(5):
        outputs = torch.rand(50, 10, generator=draw)
        labels = outputs.argmax(dim=1)
        labels[:10] = 0
        wrong = outputs.argmax(dim=1) != labels
        package = rejection.curve(rejection.gap(-outputs), wrong)
        ours = [rejected(outputs, labels, error) for error in (1.0, 5.0, 12.5)]
        theirs = [package.rejected_for(error) for error in (1.0, 5.0, 12.5)]
        assert ours == pytest.approx(theirs) and ours[1] > 0


@pytest.mark.parametrize("network, least", [("zip code", 15), ("lenet5", 6)])
def test_by_hand_is_faster_by_the_files_own_numbers(network, least):
    speed = result("byhand")
    if network == "lenet5":
        speed = speed["lenet5"]
    medians = {
        side: statistics.median(times)
        for side, times in speed["microseconds_per_step"].items()
    }
    assert medians == speed["medians"]
    ratio = medians["torch"] / medians["byhand"]
    assert speed["ratio"] == pytest.approx(ratio, abs=0.01)
    assert speed["ratio"] > least


@pytest.mark.parametrize("sides", ["zip_code_sides", "lenet5_sides"])
def test_all_sides_of_a_step_end_with_the_same_weights(sides, monkeypatch):
    import byhand as program

    made = {}
    for name in ("ZipCodeNet", "LeNet5", "ByHand"):
        cls = getattr(program, name)
        monkeypatch.setattr(program, name, lambda *a, c=cls: made.setdefault(c, c(*a)))
    for run in getattr(program, sides)(steps=5).values():
        run()
    network, net = made.values()
    assert net.gradient.any()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], value, atol=1e-5, rtol=0)


# ---- Loading ---------------------------------------------------------------------


def test_loading_is_a_hundred_times_as_fast_by_the_files_own_numbers():
    loading = result("loading")
    medians = [statistics.median(way["images_per_second"]) for way in loading["ways"]]
    assert "usual" in loading["ways"][0]["name"]
    assert "ours" in loading["ways"][-1]["name"]
    # The rates are rounded to whole images, so the ratio is known to one in 4,000.
    assert loading["ratio"] == pytest.approx(medians[-1] / medians[0], rel=1e-3)
    assert loading["ratio"] >= 100
    assert all(len(way["images_per_second"]) >= 5 for way in loading["ways"])


def test_a_rate_counts_images_and_not_batches(monkeypatch):
    import loading

    clock = iter([10.0, 12.0])
    monkeypatch.setattr(loading.time, "perf_counter", lambda: next(clock))
    batches = [(None, torch.zeros(64)), (None, torch.zeros(36))]
    assert loading.rate(batches) == 50  # 100 images in 2 seconds


def test_the_usual_pipeline_sees_the_same_digits(tmp_path):
    """Otherwise it would be no comparison: the same 70,000, coded in [0, 1]."""
    from usual import UsualDataModule, unpacked_mnist

    usual = UsualDataModule(unpacked_mnist(tmp_path), 256)
    usual.prepare_data()
    usual.setup()
    assert (len(usual.train_set), len(usual.val_set)) == (55_000, 5_000)
    ours = MNISTDataModule(coding="raw")
    ours.setup()
    for index in (0, 9_999):
        image, label = usual.test_set[index]
        torch.testing.assert_close(image, ours.test_set.tensors[0][index])
        assert label == ours.test_set.tensors[1][index]


# ---- Code taken from the chapters ------------------------------------------------


def test_definitions_are_the_chapters_tagged_cells():
    from chapter import definitions

    names = definitions("lenet1")
    assert {"LeNet1", "UsualLeNet1"} <= names.keys()
    assert issubclass(names["UsualLeNet1"], names["LeNet1"])
    # Cells that are not tagged have not been run: no training has taken place.
    assert not {"model", "run", "digits", "plan"} & names.keys()


# ---- LeNet-5's table -------------------------------------------------------------


def test_the_dense_lenet5_differs_from_the_papers_in_c3_alone():
    import lenet5_table

    assert list(lenet5_table.NETWORKS) == list(result("lenet5_table")["test_error"])
    sizes = {
        name: {key: p.numel() for key, p in network().named_parameters()}
        for name, network in lenet5_table.NETWORKS.items()
    }
    table, dense = sizes.values()
    assert {key for key in table if table[key] != dense[key]} == {"C3.weight"}
    assert (table["C3.weight"], dense["C3.weight"]) == (60 * 25, 96 * 25)


def test_maps_are_alike_if_they_are_equal_or_opposite():
    from lenet5_table import alikeness

    first, second = torch.randn(2, 50, 1, 20, 20, generator=torch.manual_seed(0))
    assert alikeness(torch.cat([first, 2 * first + 1], dim=1)) == pytest.approx(1)
    assert alikeness(torch.cat([first, -first], dim=1)) == pytest.approx(1)
    assert alikeness(torch.cat([first, second], dim=1)) < 0.05


# ---- Other classifiers of 1998 -----------------------------------------------------


def test_classifiers_were_chosen_on_validation_digits():
    import classifiers

    study = result("classifiers")
    assert study["seeds"] == [1, 2, 3, 4, 5]
    assert [row["network"] for row in study["networks"]] == list(classifiers.NETWORKS)
    for row in study["networks"]:
        tried = row["validation_errors"]
        assert str(row["rate"]) == min(tried, key=tried.get)
        assert len(tried) == 3 and len(row["test_errors"]) == 5
        make, _ = classifiers.NETWORKS[row["network"]]
        sizes = [784, *map(int, row["network"].split("-")[1:])]
        pairs = zip(sizes, sizes[1:], strict=False)
        count = sum(before * after + after for before, after in pairs)
        assert row["parameters"] == count == sum(p.numel() for p in make().parameters())
    nearest = study["nearest_neighbours"]
    tried = nearest["validation_errors"]
    assert list(tried) == [str(k) for k in classifiers.NEIGHBOURS]
    assert str(nearest["neighbours"]) == min(tried, key=tried.get)
    assert nearest["digits"] == 60_000


def test_the_nearest_are_those_with_the_smallest_distance():
    import classifiers

    generator = torch.Generator().manual_seed(1)
    known = torch.rand(300, 1, 28, 28, generator=generator)
    images = torch.rand(7, 1, 28, 28, generator=generator)
    found = classifiers.nearest(images, known, 5)
    distances = torch.cdist(images.flatten(1).double(), known.flatten(1).double())
    assert torch.equal(found, distances.argsort(dim=1)[:, :5])
    assert torch.equal(classifiers.nearest(known, known, 1)[:, 0], torch.arange(300))


def test_neighbours_vote_and_the_nearest_breaks_a_tie():
    import classifiers

    labels = torch.tensor([[1, 2, 2], [3, 5, 7], [9, 4, 4], [0, 8, 0]])
    assert classifiers.vote(labels).tolist() == [2, 3, 4, 0]
    assert classifiers.vote(torch.tensor([[6, 1, 1, 6]])).tolist() == [6]


def test_a_slice_of_the_nearest_neighbours_is_read_again():
    """A twentieth of the test digits, by all of the training digits that there are.

    Of 500 digits the share of errors has a standard deviation of 0.8 %; they are the
    first of MNIST's test digits, which are the easier half, so that only a gross
    difference shows: other labels, another distance, neighbours that do not vote.
    """
    import classifiers

    data = MNISTDataModule(coding="raw")
    data.prepare_data()
    data.setup()
    known, labels = data.train_set.tensors
    images, truth = (part[:500] for part in data.test_set.tensors)
    k = result("classifiers")["nearest_neighbours"]["neighbours"]
    answers = classifiers.vote(labels[classifiers.nearest(images, known, k)])
    error = classifiers.percent_wrong(answers, truth)
    assert 0.5 < error < result("classifiers")["nearest_neighbours"]["test_error"] + 3


def test_the_drawing_board_keeps_up_with_the_pen_by_the_files_own_numbers():
    """60 pictures a second leave 16 ms for each."""
    measured = result("drawing_board")
    stroke, forward = measured["stroke_to_all_layers_ms"], measured["forward_ms"]
    assert stroke["percentile_95"] < 16
    assert forward["median"] < stroke["median"]
    assert measured["ready_ms"]["median"] < 1_000
    assert measured["bytes"] <= 350_000


# ---- Strings ---------------------------------------------------------------------


def test_a_sweep_costs_less_than_its_windows_the_wider_the_line_the_more():
    import strings_cost as program

    from lenet_lib.models import LeNet5
    from lenet_lib.strings import connections, steps

    study = result("strings_cost")
    assert [row["width"] for row in study["widths"]] == [*program.WIDTHS]
    assert study["rounds"] == program.ROUNDS and study["network"] == program.NETWORK
    for row in study["widths"]:
        swept, cropped = connections(LeNet5(), row["width"])
        assert row["connections"] == {"sweep": swept, "windows": cropped}
        assert row["steps"] == steps(row["width"])
        assert row["ratio"] == pytest.approx(
            row["windows_ms"] / row["sweep_ms"], abs=0.02
        )
    ratios = [row["ratio"] for row in study["widths"]]
    assert ratios[0] > 1 and ratios[-1] > 2.5 and ratios[0] == min(ratios)


def test_the_study_of_strings_is_what_its_program_measures():
    from lenet_lib.reproduction import strings as program
    from lenet_lib.strings import training

    study = result("strings")
    assert study["plan"] == json.loads(json.dumps(training.plan()))
    assert [run["seed"] for run in study["runs"]] == [*program.SEEDS]
    assert study["gaps"] == [*program.GAPS] and study["lines"] == program.LINES >= 500
    for network in [study["lenet5-1998"], *study["runs"]]:
        for way in ("viterbi", "naive"):
            assert network["j"][way] in program.PENALTIES
            for part, lines in (("test", study["lines"]), ("held_out", 250)):
                pairs = zip(*network[part][way].values(), strict=True)
                assert all(0 <= wrong <= min(lines, apart) for wrong, apart in pairs)
    held_out = {
        run["seed"]: sum(run["held_out"]["viterbi"]["strings"]) for run in study["runs"]
    }
    assert held_out[study["chosen_seed"]] == min(held_out.values())


def test_strings_are_read_best_by_the_network_for_them_with_the_grammar():
    """For every gap and every seed: training for strings helps, and so does Viterbi."""
    study = result("strings")
    before = study["lenet5-1998"]
    for run in study["runs"]:
        for k in range(len(study["gaps"])):
            wrong = {
                way: run["test"][way]["strings"][k] for way in ("viterbi", "naive")
            }
            assert wrong["viterbi"] < wrong["naive"]
            assert wrong["viterbi"] < before["test"]["viterbi"]["strings"][k]
