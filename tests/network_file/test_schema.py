"""What network files mean, and a message with file and line for everything that is wrong in one."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec, Training
from symprop.rules.joint_losses import JOINT_LOSSES
from tests.network_file.texts import EQUATIONS, FULL, SMALL, extended, trained, valued

Read = Callable[[str], Any]


def test_everything_is_read(read: Read) -> None:
    spec = read(FULL)
    assert isinstance(spec, NetworkSpec)
    assert (spec.name, spec.inputs) == ("Netz – 1", 2)
    first, *rest = spec.layers
    assert rest == [Dense(3, "tanh", False, trainable=False), Dense(1, "identity", True)]
    assert (first.units, first.bias, first.bias_trainable, first.weights) == (3, "layer", False, "shared")
    assert (first.function.name, first.function.codomain) == ("swish2", (-1, inf))
    assert (spec.loss_rule.name, spec.loss_rule.reduction) == ("quartic", "mean")
    assert spec.values == {"x": [0.05, 0.1], "shared": [[1, 2], [3, 4], [5, 6]], "b_o1": -1}
    assert spec.training == Training(0.25, 7, 1e-6, 42, [[0.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])


def test_what_is_left_out_has_its_default(read: Read) -> None:
    spec = read("inputs = 2\n[[layers]]\nunits = 3\n")
    assert spec == NetworkSpec(2, [Dense(3)], name="net")
    assert spec.training == Training()
    assert spec.values == {}


def test_equations_are_read(read: Read) -> None:
    spec = read(EQUATIONS + "[values]\nw = 2\n[training]\nepochs = 3\nx = [[1, 2], [3, 4]]\n")
    assert spec == EquationsSpec(["h = w*x + b", "E = (t - h)**2"], "E", ["w", "b"], "net", {"w": 2}, spec.training)
    assert spec.training == Training(epochs=3, x=[[1.0, 2.0], [3.0, 4.0]])


def test_a_loss_over_classes_may_stand_in_a_table(read: Read) -> None:
    name = "categorical_cross_entropy_from_logits"
    spec = read(f'inputs = 2\nloss = {{ name = "{name}" }}\n[[layers]]\nunits = 3\n')
    assert isinstance(spec, NetworkSpec)
    assert spec.loss_rule == JOINT_LOSSES[name]


def test_layers_may_share_one_activation_of_the_users_own(read: Read) -> None:
    own = 'activation = { name = "own", expression = "x**3" }'
    first, second = read(f"inputs = 2\n[[layers]]\nunits = 3\n{own}\n[[layers]]\nunits = 1\n{own}\n").layers
    assert first.function is second.function


NO_NAME = "' cannot be a name: "
WRONG: list[tuple[str, int | None, str]] = [
    # keys
    (extended('actvation = "tanh"'), 9, "unknown key 'actvation' in [[layers]] number 2. Did you mean 'activation'?"),
    (extended("values = {}"), 9, "unknown key 'values' in [[layers]] number 2. Write it above the first table."),
    ("inpts = 2\n" + SMALL, 1, "unknown key 'inpts'. Did you mean 'inputs'?"),
    (trained("learning_rat = 1"), 10, "unknown key 'learning_rat' in [training]. Did you mean 'learning_rate'?"),
    ("", None, "missing key 'inputs'. Add a line such as inputs = 2."),
    ("inputs = 2", None, "a network needs at least one layer. Add a table [[layers]]."),
    (SMALL.replace("units = 3", ""), 3, "missing key 'units' in [[layers]] number 1. Add a line such as units = 3."),
    # types and sizes
    ("inputs = '2'", 1, "wrong value for 'inputs' (expected a whole number from 1, got text '2')"),
    (SMALL.replace("3", "0"), 4, "wrong value for 'units' (expected a whole number from 1, got 0)"),
    (SMALL.replace("3", "-3"), 4, "got -3)"),
    (SMALL.replace("3", "3.0"), 4, "got 3.0)"),
    (SMALL.replace("3", "true"), 4, "got true)"),
    (SMALL.replace("3", "[3]"), 4, "got a list of 1)"),
    (SMALL.replace("3", "1979-05-27"), 4, "got 1979-05-27)"),
    ("inputs = 2\nlayers = 3", 2, "wrong value for 'layers' (expected tables [[layers]], got 3)"),
    ("inputs = 2\n[layers]\nunits = 3", 2, "expected tables [[layers]], got a table"),
    ("inputs = 2\nlayers = [3]", 2, "expected tables [[layers]], got a list of 1"),
    (SMALL.replace("inputs", "values = 3\ninputs"), 1, "wrong value for 'values' (expected a table [values], got 3)"),
    (SMALL.replace("inputs", "training = []\ninputs"), 1, "wrong value for 'training' (expected a table [training]"),
    (extended("trainable = 1"), 9, "wrong value for 'trainable' (expected true or false, got 1)"),
    (extended('bias_trainable = "no"'), 9, "wrong value for 'bias_trainable' (expected true or false, got text 'no')"),
    (extended('bias = "no"'), 9, 'unknown kind of bias (expected "unit", "layer" or false, got \'no\')'),
    (extended("bias = 1"), 9, "wrong value for 'bias'"),
    (extended("weights = 1"), 9, "wrong value for 'weights' (expected text in quotes, got 1)"),
    (extended('weights = "a b"'), 9, "'a b' cannot be a name"),
    (
        extended('weights = "W1"'),
        9,
        "the shared parameter 'W1' does not fit (expected shape (3, 2), trainable, got shape (1, 3)",
    ),
    *(
        (
            extended(f'weights = "{taken}"'),
            9,
            f"a parameter cannot be called '{taken}'. Another quantity of the network has that name. Choose one such as V2.",
        )
        for taken in ("x", "t", "z1", "a2", "E", "E_total")
    ),
    (
        SMALL.replace("units = 3", 'units = 3\nweights = "W2"') + "[[layers]]\nunits = 1\n",
        8,
        "'W2' is the name of this layer's own parameter, and an earlier layer has taken it. To share them, name it in",
    ),
    # title
    (
        'name = "a\\nb"\n' + SMALL,
        1,
        "wrong value for 'name' (expected one line of at most 80 characters that starts with",
    ),
    (f'name = "{"a" * 81}"\n{SMALL}', 1, "wrong value for 'name'"),
    ('name = ""\n' + SMALL, 1, "wrong value for 'name'"),
    ('name = "a\u202eb"\n' + SMALL, 1, "wrong value for 'name'"),
    ("description = 3\n" + SMALL, 1, "wrong value for 'description' (expected text in quotes, got 3)"),
    # activation and loss
    (extended('activation = "sigmod"'), 9, "unknown activation 'sigmod'. Did you mean 'sigmoid'?"),
    (extended("activation = 3"), 9, "wrong value for 'activation' (expected a name in quotes, or { name = "),
    (extended('activation = { name = "own" }'), 9, "missing key 'expression' in [activation]"),
    (extended('activation = { expression = "x" }'), 9, "missing key 'name' in [activation]"),
    (
        extended('activation = { name = "own", expression = 3 }'),
        9,
        "wrong value for 'expression' (expected text in quotes",
    ),
    (
        'inputs = 2\nloss = { name = "categorical_cross_entropy", smoothing = 0.1 }\n[[layers]]\nunits = 3\n',
        2,
        "unknown key 'smoothing' in [loss]. Did you mean 'label_smoothing'?",
    ),
    (extended('activation = { name = "tanh", expression = "x" }'), 9, f"'tanh{NO_NAME}it is a mathematical function"),
    (extended('activation = { name = "own", expression = "y" }'), 9, "unknown name 'y'. Known: pi, x."),
    (extended('activation = { name = "own", expression = "x", kink = 0 }'), 9, "unknown key 'kink'"),
    (
        extended('activation = { name = "own", expression = "x", codomain = 0 }'),
        9,
        "wrong value for 'codomain' (expected a list of numbers",
    ),
    (
        extended(f'activation = {{ name = "own", expression = "x", codomain = [0, 0x1{"0" * 999}] }}'),
        9,
        "numbers that a float64 holds",
    ),
    (
        extended('activation = { name = "own", expression = "x", codomain = [1, 0] }'),
        9,
        "such as [0, inf], got [1.0, 0.0])",
    ),
    (extended('activation = { name = "own", expression = "x", codomain = [1] }'), 9, "wrong value for 'codomain'"),
    (
        'inputs = 1\n[[layers]]\nunits = 1\nactivation = { name = "own", expression = "x" }\n'
        '[[layers]]\nunits = 1\nactivation = { name = "own", expression = "2*x" }\n',
        7,
        "the activation 'own' has two declarations. Give one of them another name.",
    ),
    (SMALL.replace('"huber"', '"hubert"'), 2, "unknown loss 'hubert'. Did you mean 'huber'?"),
    (SMALL.replace('"huber"', "['huber']"), 2, "wrong value for 'loss' (expected a name in quotes"),
    (
        SMALL.replace('"huber"', '{ name = "own", expression = "a", reduction = "max" }'),
        2,
        'expected "sum" or "mean", got',
    ),
    (SMALL.replace('"huber"', '{ name = "huber", expression = "a" }'), 2, "'huber' is a built-in loss"),
    (
        SMALL.replace('"huber"', '"binary_cross_entropy"'),
        7,
        "layer 2, Dense: the loss 'binary_cross_entropy' takes outputs between 0 and 1, the last layer gives others (got any",
    ),
    ('[[layers]]\nunits = 1\n[loss]\nname = "own"\nexpression = "x"', None, "missing key 'inputs'"),
    (SMALL.replace('loss = "huber"\n', "") + '[loss]\nname = "own"\nexpression = "x"\n', 10, "unknown name 'x'"),
    # values
    (valued("x = [1, 2, 3]"), 10, "wrong shape (expected a list of 2 for 'x', got a list of 3)"),
    (valued("x = [1, 2]\n\nW1 = [[1, 2]]"), 12, "wrong shape (expected shape 3 × 2 for 'W1', got shape 1 × 2)"),
    (valued("w1 = 1\nW1 = [[1, 2], [3, 4], [5, 6]]"), 11, "'w1' gives a value of 'W1' already. Give one of them."),
    (valued("w10 = 1"), 10, "there is no quantity 'w10'. Did you mean 'w1'?"),
    (valued("h1 = 1"), 10, "'h1' is computed from other quantities, so it takes no value"),
    (valued('w1 = "1"'), 10, "this is not a number (expected a number, got text '1')"),
    (valued("w1 = true"), 10, "got true)"),
    (valued("w1 = nan"), 10, "this number is not finite (expected a finite number, got nan)"),
    (valued("x = [0, -inf]"), 10, "this number is not finite"),
    (valued("w1 = { a = 1 }"), 10, "got a table)"),
    ("values.w1 = 'a'\n" + SMALL, 1, "this is not a number"),
    # training
    (trained("learning_rate = 0"), 10, "wrong value for 'learning_rate' (expected a number above 0, got 0)"),
    (trained("learning_rate = -1"), 10, "wrong value for 'learning_rate'"),
    (trained("learning_rate = nan"), 10, "this number is not finite"),
    (trained("learning_rate = inf"), 10, "this number is not finite"),
    (trained("epochs = -1"), 10, "wrong value for 'epochs' (expected a whole number from 1, got -1)"),
    (trained("epochs = 1.0"), 10, "wrong value for 'epochs'"),
    (trained("tolerance = -1e-9"), 10, "wrong value for 'tolerance' (expected a number from 0, got -1e-09)"),
    (trained("seed = -1"), 10, "wrong value for 'seed' (expected a whole number from 0, got -1)"),
    (trained("seed = 'a'"), 10, "wrong value for 'seed'"),
    (trained("x = [[1, 2]]"), 10, "'x' has no 't' beside it. Add t, with a row for each row of x."),
    (trained("t = [[1]]"), 10, "'t' has no 'x' beside it. Add x, with a row for each row of t."),
    (
        trained("x = [[1, 2], [3, 4]]\nt = [[1]]"),
        11,
        "'x' and 't' differ in length (expected 2 rows, as 'x' has, got 1)",
    ),
    (
        trained("x = [\n[1, 2],\n[3]]\nt = [[1], [2]]"),
        12,
        "row 2 of 'x': wrong row (expected a list of 2 numbers, got a list of 1)",
    ),
    (
        trained("x = [[1, 2]]\nt = [1]"),
        11,
        "row 1 of 't': wrong row (expected a list of 1 number, got 1). "
        "Write a row for each example, such as t = [[0.5], [0.5]].",
    ),
    (
        trained("x = 1\nt = [[1]]"),
        10,
        "wrong value for 'x' (expected a list of rows, each of 2 numbers, got 1). Write a",
    ),
    (trained("x = [[1, '2']]\nt = [[1]]"), 10, "row 1 of 'x': this is not a number (expected a number, got text '2')"),
    (trained("x = [[1, nan]]\nt = [[1]]"), 10, "row 1 of 'x': this number is not finite"),
    (
        trained("x = []\nt = []"),
        10,
        "wrong value for 'x' (expected a list of rows, each of 2 numbers, got a list of 0)",
    ),
    (trained("x = 1\nt = 1"), 10, "wrong value for 'x'"),
    # equations
    (EQUATIONS.replace("w*x", "w*/x"), 2, "cannot read 'w*/x + b'"),
    (EQUATIONS.replace("h = w*x", "h = _w*x"), 2, "equation 1: '_w' cannot be a name"),
    (EQUATIONS.replace("h)**2", "q)**2 + h").replace("h = w*x", "h = E*x"), 2, "'E' is used before it is defined"),
    (EQUATIONS.replace("E = (t", "h = (t").replace('"E"', '"h"'), 3, "'h' is defined twice"),
    (EQUATIONS.replace('"E"', '"F"'), 5, "no equation defines the loss 'F'. Known: E, h."),
    (EQUATIONS.replace('"b"', '\n"v"'), 7, "no equation uses a free quantity 'v'. Known: b, t, w, x."),
    (EQUATIONS.replace('"E = (t - h)**2"', "3"), 3, "wrong item in 'equations' (expected text in quotes, got 3)"),
    (EQUATIONS.replace('"E"', "1"), 5, "wrong value for 'loss' (expected text in quotes, got 1)"),
    (
        EQUATIONS.replace('["w", "b"]', '"w"'),
        6,
        "wrong value for 'parameters' (expected a list of texts, got text 'w')",
    ),
    (
        "[[layers]]\nunits = 1\n\ninputs = 2",
        4,
        "'inputs' stands below [[layers]], so it is taken for a key of that table. Move",
    ),
    (
        '[[layers]]\nunits = 1\ninputs = ["a"]\n[[layers]]\nunits = 1',
        None,
        "missing key 'inputs'. Add a line such as inputs = 2.",
    ),
    ("[[layers]]\nunits = 1\n[training]\ninputs = [1, 8]", 4, "Move it above the first [training]."),
    ('equations = ["E = w"]\n[values]\nw = 1\nloss = "E"', 4, "'loss' stands below [values], so it is taken"),
    ('loss = "E"\nequations = [\n"E = w",\n]\nparameters = [\n"w",\n"w"]', 7, "'w' is given twice"),
    ('loss = "E"\nequations = ["E = w*x/x"]\nparameters = ["w", "x"]', 3, "'x' cancels out of every equation"),
    ('loss = "E"\nequations = ["E = w*x/x"]\n[values]\nw = 1\nx = 2', 5, "'x' cancels out of every equation"),
    ('loss = "E"\nequations = [\n"h = w",\n"E = 0**h"]', 4, "SymPy has no usable derivative by 'h'"),
    ("inputs = 1\n[[layers]]\nunits = 1\nbias = false\nbias_trainable = true", 4, "there is no bias"),
    (EQUATIONS.replace('loss = "E"', ""), None, "missing key 'loss'. Add a line such as loss = \"E\"."),
    ('equations = "E = w"\nloss = "E"', 1, "wrong value for 'equations' (expected a list of texts, got text 'E = w')"),
    ('loss = "E"\nequations = []', 2, "wrong value for 'equations' (expected lines such as \"E = (t - w*x)**2\""),
    (
        EQUATIONS + "inputs = 2",
        7,
        "a network has layers or equations, and here are 'equations' and 'inputs'. Leave one of",
    ),
    (EQUATIONS + "[values]\nq = 1", 8, "there is no quantity 'q'"),
    (EQUATIONS + "[values]\nh = 1", 8, "'h' is computed from other quantities"),
    (EQUATIONS + "[training]\nx = [[1]]", 8, "row 1 of 'x': wrong row (expected a list of 2 numbers, got a list of 1)"),
    (
        EQUATIONS + "[training]\nt = [[1]]",
        8,
        "nothing takes the data of 't'. Data of equations stands in x, a column for each",
    ),
    ('loss = "E"\nequations = ["E = w*x"]\n[training]\nx = [[1]]', 4, "nothing takes the data of 'x'"),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG, ids=[message[:50] for _, _, message in WRONG])
def test_what_is_wrong_is_said_with_its_place(text: str, line: int | None, message: str, read: Read) -> None:
    with pytest.raises(UserError) as caught:
        read(text)
    place = "net.toml" if line is None else f"net.toml:{line}"
    assert str(caught.value).startswith(f"{place}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
