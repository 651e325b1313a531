"""PyTorch Lightning, imported in one place, with a clear word where that must fail.

Lightning imports torchvision, by way of torchmetrics. A torchvision that was built for
another torch (a CPU-only torch beside PyPI's torchvision, say) then dies with
``operator torchvision::nms does not exist``, which tells a reader nothing.
"""

from importlib.metadata import version

try:
    import pytorch_lightning as pl
    import torchvision  # noqa: F401  (not every Lightning imports it)
    from pytorch_lightning.callbacks import Callback, ProgressBar
    from pytorch_lightning.loggers import Logger
except RuntimeError as error:
    if "torchvision::" not in str(error):
        raise
    raise ImportError(
        f"torch {version('torch')} and torchvision {version('torchvision')} do not "
        "belong together: install both in one command from one source, as in: "
        "pip install --force-reinstall torch torchvision"
    ) from None

__all__ = ["Callback", "Logger", "ProgressBar", "pl"]
