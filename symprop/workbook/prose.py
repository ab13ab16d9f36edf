"""The words of a workbook, in one place: titles of sheets, of groups of columns, and what is told to the reader."""

from __future__ import annotations

NETWORK, DERIVATION, TRAINING, RATES, WORKING = "Network", "Derivation", "Training", "Learning rates", "Working"
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
MEAN, NEW = "mean", "new"
UPDATE, EXAMPLE = "Update", "Example"
SETTINGS, LEARNING_RATE, TOTAL = "Settings", "learning rate {name}", "updates in all {name}"
EXAMPLES = "Examples"
ABOUT = "This network trains in the cells of this workbook: every number on the other sheets is a formula over its neighbours."
CHANGE = "Change a yellow cell, and every sheet and chart follows."
ALL_EXAMPLES = "An update takes all {count} examples together: the loss and the gradients are their means."
DRAWN = "Nobody gave numbers for {names}: they were drawn by seed {seed}."
INTEGERS = "Whole numbers that look up rows, {names}, are wired into the formulas and cannot be changed here."
CONDITION = "The gradients hold where {formula}: keep to that when you change targets."
TARGETS = "The loss takes targets from {low:g} to {high:g}."
TRAINING_HINT = (
    "One row is one update: forward from the inputs to the loss, backward to the gradients; the weights of the next row are "
    "those of this one after the update. {rate} and the first row's numbers stand on the sheet Network."
)
BLOCK_HINT = (
    "{height} rows are one update, a row for each example: forward to the loss, backward to the gradients, then the mean over "
    "the rows. The weights of the next block are those of this one after the update. {rate}, the first weights and the examples "
    "stand on the sheet Network."
)
RATES_HINT = (
    "The loss before each update, at several learning rates. Change a yellow rate; its working is on the sheet Working."
)
FEWER = "The first {rows} updates of {all}: more would make the workbook too large."
WORKING_HINT = "The same columns as on the sheet Training, once for each learning rate of the sheet Learning rates."
LOSS_CHART, RATES_CHART = "Loss of {name}", "Loss of {name} at several learning rates"
LOSS_AXIS, UPDATES_AXIS = "loss", "updates"
SERIES = "rate {rate:g}"
AS_MATRICES = "as matrices:"
PICTURE = "The network drawn: each unit, and each weight on its connection."
