"""The words of a workbook, in one place: titles of sheets, of groups of columns, and what is told to the reader."""

from __future__ import annotations

GROUPS = {
    "targets": "Targets",
    "inputs": "Inputs",
    "masks": "Drawn for dropout",
    "weights": "Weights, {layer}",
    "hidden": "Hidden layer",
    "output": "Output layer",
    "given": "Equations",
    "loss": "Loss",
    "backward": "Backward, {layer}",
    "back": "Backward",
    "gradients": "Gradients",
    "means": "Mean gradients",
    "update": "Update",
}
LAYER = "Layer {number}: {kind}"
MEAN = "mean"
NEW = "new"
