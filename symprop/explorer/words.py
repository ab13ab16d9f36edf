"""Every word that the explorer shows, in one place, so that it can be translated; what is put in stands as a name in braces."""

from __future__ import annotations

INTRODUCTION = (
    "Point at a weight in the drawing, or choose it here. Its ways to the loss light up, and its chain of factors appears "
    "with live numbers. Everything is computed in this page."
)
DRAWN = "Where the network gives no numbers, they were drawn at random with seed {seed}: {names}."
BATCHES = "Training takes {size} of the examples for an update, in an order of its own; this page takes all of them."

TOO_LARGE = (
    "This network has more numbers than a page can show one by one, so none are computed here. Choose a parameter and its ways "
    "to the loss light up in the drawing, tensor by tensor."
)
LOOKS_UP = "This network looks up rows of a table by whole numbers. No numbers are computed here; the ways light up all the same."
DRAWS = "This network draws numbers at random in every update (dropout). None are computed here; the ways light up all the same."
NOTHING = "Nothing in this network is trained, so there is nothing to explore."

# Those of the markup and of the script; the keys are its own.
WORDS = {
    "title": "Explore",
    "drawing": "The network; each parameter in it can be chosen, arrow keys lead from one to the next",
    "parameter": "parameter {name}",
    "quantity": "Parameter",
    "none": "none",
    "tensors": "On the way: {names}.",
    # numbers
    "numbers": "Numbers",
    "example": "Example",
    "examples": "{row} of {count}",
    "inputs": "Inputs",
    "targets": "Targets",
    "parameters": "Parameters",
    "rate": "Learning rate",
    "reset": "Reset all",
    # steps
    "steps": "Step by step",
    "forward": "Forward pass",
    "backward": "Backward pass",
    "update": "Update",
    "next": "Next line",
    "previous": "Line back",
    "run": "Run",
    "pause": "Pause",
    "speed": "Updates at once",
    "many": "{count} at once",
    "updates": "Updates done",
    "loss": "Loss",
    "lines": "Lines of the update",
    "phase_start": "Update {update} begins with the forward pass.",
    "phase_forward": "Forward pass, line {line} of {count}",
    "phase_backward": "Backward pass, line {line} of {count}",
    "phase_update": "Update, line {line} of {count}",
    "simultaneous": "All new values are worked out from the old ones.",
    "mean": "Derivatives are now means over the {count} examples.",
    # the chain of factors
    "chain": "Chain of factors",
    "derivative": "The derivative by {name}, written out",
    "factors_of": "The factors of the derivative by {name}",
    "choose": "Choose a parameter to see its chain of factors.",
    "where": "with",
    "further": "with {count} further derivatives",
    "no_way": "No way leads from here to the loss: the derivative is 0.",
    "mean_of": "Mean over the {count} examples",
    # the loss curves
    "curve": "Loss curve",
    "curve_says": "The loss after each update. Curves: {count}. After {updates} updates the loss of this run is {loss}.",
    "axis_updates": "updates",
    "axis_loss": "loss",
    "axis_log": "loss (logarithmic)",
    "rates": "Learning rates to compare",
    "rates_hint": "Each runs from the same start as this run.",
    "rates_updates": "Updates of each",
    "compare": "Compare",
    "clear": "Remove curves",
    "here": "this run, now η = {rate}",
    "of_rate": "η = {rate}",
    "of_rate_stopped": "η = {rate}, stopped after {updates}",
    # what is told
    "ran": "{updates} updates done, loss {loss}.",
    "new_run": "A new run begins with these numbers.",
    "was_reset": "All is as it was in the beginning.",
    "stopped": (
        "Stopped: after update {update} the value of {name} is {value}, so nothing further can be computed. The learning "
        "rate is probably too large, or a function has no value there. Step back, or reset and take a smaller rate."
    ),
    "not_finite": "{name} is {value} at these numbers, so no update is possible. Change a number, or reset.",
    "bad_number": "{name} must be a number; {text} is none.",
    "bad_rate": "A learning rate is a positive number; {text} is none.",
    "bad_updates": "The number of updates is a whole number from 1 to {most}; {text} is none.",
    "bad_range": "{name} must lie between {low} and {high}, since the loss takes no other targets; {text} does not.",
    "bad_sum": "{names} must add up to {total}; now it is {sum}. Nothing has changed yet.",
    "no_rates": "Give at least one learning rate.",
    "many_rates": "At most {most} learning rates can be told apart.",
}
