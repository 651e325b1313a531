"""LeNet-1's test error after two passes, from the usual recipe to the book's.

    python benchmarks/lenet1_recipes.py

One change at a time, five seeds each. The network and the last recipe are the cells of
``chapters/lenet1.md``. Writes the results ``lenet1_recipes``, which the chapter shows.
Nothing here was chosen by the test error: the step sizes of the last recipe were chosen
on the validation digits.
"""

import statistics

import torch
from chapter import definitions
from report import save

from lenet_lib.data import CODINGS, MNISTDataModule
from lenet_lib.training import trainer

SEEDS = range(1, 6)
PASSES = 2

chapter = definitions("lenet1")
LeNet1, UsualLeNet1 = chapter["LeNet1"], chapter["UsualLeNet1"]


class LargerStep(UsualLeNet1):
    """Adam with ten times the usual step size."""

    def configure_optimizers(self):  # noqa: ANN201, D102
        return torch.optim.Adam(self.parameters(), lr=1e-2)


class OneCycle(LeNet1):
    """Adam with a step size that rises to ten times the usual, then falls."""

    def configure_optimizers(self):  # noqa: ANN201, D102
        optimizer = torch.optim.Adam(self.parameters())
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=1e-2,
            total_steps=self.trainer.estimated_stepping_batches,
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


#: Each recipe: its network with its optimiser, the input coding, the batch size.
RECIPES = {
    "the usual recipe": (UsualLeNet1, CODINGS["raw"], 256),
    "standardised inputs": (UsualLeNet1, "standardized", 256),
    "batches of 128": (UsualLeNet1, "standardized", 128),
    "ten times the step": (LargerStep, "standardized", 128),
    "one cycle": (OneCycle, "standardized", 128),
    "SGD with momentum": (LeNet1, "standardized", 128),
}


def main() -> None:
    """Train every recipe with every seed and write the results file."""
    errors: dict[str, list[float]] = {}
    for name, (network, coding, batch_size) in RECIPES.items():
        digits = MNISTDataModule(batch_size=batch_size, coding=coding)
        errors[name] = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = network()
            run = trainer(PASSES)
            run.fit(model, digits)
            accuracy = run.test(model, digits, verbose=False)[0]["test_accuracy"]
            errors[name].append(round(100 * (1 - accuracy), 2))
        mean, spread = statistics.mean(errors[name]), statistics.stdev(errors[name])
        print(f"{name:24} {mean:5.2f} ± {spread:.2f} %   {errors[name]}", flush=True)
    save("lenet1_recipes", {"passes": PASSES, "seeds": [*SEEDS], "recipes": errors})


if __name__ == "__main__":
    main()
