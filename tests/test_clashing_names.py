"""Names that could be taken for others: refused with a remedy, or told apart in every form, notation and document."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest

from symprop.cli.described import described
from symprop.cli.sections import scalar_sections, tensor_sections
from symprop.cli.typeset import as_latex, as_text
from symprop.document.blocks import Document
from symprop.errors import UnsupportedError, UserError
from symprop.face import Derivation, Equations, Network
from symprop.layers.dense import Dense
from symprop.notation.formula import Entry, Symbol
from symprop.notation.plain import plain
from symprop.notation.spelling import symbol
from symprop.renderers import render
from tests.views.reading import CALLS

NOTATIONS = ("classroom", "textbook")
_NAMES = """
    h1 a_h1 o2 w5 w1 w_5 t1 t i i1 E1 E_total b_h1 b2 W2 x x_new x_1 z z1 z1_1 z_1 a1_2 w1_1_1 W1_1 ones eta eta_ next_w1
    next_W1 new dE_dh dE_total_dz1 dE_total_dw1 delta delta_h1 delta_z1 sum u v V my_weights_2 shared alpha phi np lambda_
"""
NAMES = _NAMES.split()
# Of one net, for its two matrices; a case is one name alone where the second layer keeps its own.
PAIRS = ["V v", "Va va", "w_1 w_2", "W_1 w_1", "A_1 A1", "delta z", "delta_h delta_o", "eta next_w1", "h o", "u v"]
# In a list of equations, the quantity that is computed, that it is multiplied by, and the parameter.
_TRIPLES = """
    h1 x h_1, h w5 w_5, z delta_z delta, h1 delta_h1 w, z_h1 h_1 delta_h1, eta_ eta w, q x x_new, h next_w w, q ones one,
    h dE_dh w, q dE_dw w, E1 t1 i1, a_b ab a_b_, delta z eta, W2 w2 W_2, alpha al_pha alpha_, phi_1 phi1 Phi, z1 z_1 z
"""
TRIPLES = [three.strip() for three in _TRIPLES.split(",")]


def net(first: str, second: str | None = None) -> Network:
    """A net whose first layer has one bias for all its units, so that a column of ones comes in."""
    layers = [Dense(2, "tanh", bias="layer", weights=first), Dense(4, "sigmoid", weights=second)]
    return Network(3, layers, values=values(Network(3, layers)))


def equations(computed: str, factor: str, parameter: str) -> Equations:
    lines = [f"{computed} = {parameter}*{factor} + c", f"y = tanh({computed})", f"E = (goal - y)**2/2 + {parameter}**2"]
    given = dict(zip((parameter, factor, "c", "goal"), (0.3, 0.7, -0.2, 0.9), strict=True))
    return Equations(lines, loss="E", parameters=[parameter, "c"], values=given)


def values(spec: Network) -> dict[str, Any]:
    random = np.random.default_rng(5)
    return {t.name: random.uniform(-0.9, 0.9, t.extents).tolist() for t in spec.elaborate().free}


CASES = {
    **{f"weights {name}": lambda name=name: net(name) for name in NAMES},
    **{f"weights {pair}": lambda pair=pair: net(*pair.split()) for pair in PAIRS},
    **{f"equations {three}": lambda three=three: equations(*three.split()) for three in TRIPLES},
    **{f"equations {name} w x": lambda name=name: equations(name, "f", "w") for name in NAMES},
    **{f"equations h x {name}": lambda name=name: equations("h", "f", name) for name in NAMES},
}


def derived(case: str, notation: str) -> Derivation | UserError:
    """The derivation, or why the names are refused, as the network is made or first derived."""
    try:
        return CASES[case]().derive(notation=notation)
    except UserError as error:
        return error


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("case", CASES)
def test_names_are_refused_or_told_apart(case: str, notation: str) -> None:
    derivation = derived(case, notation)
    if isinstance(derivation, UserError):
        assert derivation.remedy
        assert set(case.split()) & set(str(derivation).replace("'", " ").split())
        return
    identifiers_are_distinct(derivation)
    document = derivation.document()
    looks_are_distinct(derivation, document)
    gradients_read_back(derivation)
    matrices_read_back(derivation)
    everything_renders(derivation, document)


@pytest.mark.parametrize("case", CASES)
def test_a_network_is_refused_in_every_notation_or_in_none(case: str) -> None:
    assert len({type(derived(case, notation)) for notation in NOTATIONS}) == 1


def test_not_everything_is_refused() -> None:
    refused = {case for case in CASES if isinstance(derived(case, "classroom"), UserError)}
    assert {"weights h1", "weights w5", "weights t1", "weights E1", "weights z1_1", "weights sum"} <= refused
    assert refused & {f"weights {name}" for name in ("ones", "eta", "z", "x_new", "next_w1", "delta", "V v")} == set()
    words = {word for case in refused if case.startswith("equations") for word in case.split()}
    assert words - {"equations", "f", "h", "w", "x"} == {"sum", "np"}


def identifiers_are_distinct(derivation: Derivation) -> None:
    program, view = derivation.program, derivation.scalars
    scalars = [tensor.name for tensor in view.program.tensors.values()]
    assert len(scalars) == len(set(scalars)) == sum(math.prod(t.extents) for t in program.tensors.values())
    assert {name for name, tensor in program.tensors.items() if tensor.indices} & set(scalars) == set()
    for tensor in derivation.core.forward.tensors.values():
        for name, position in zip(view.identifiers(tensor), product(*map(range, tensor.extents)), strict=True):
            assert view.known_place(name) == (tensor, position)


def looks_are_distinct(derivation: Derivation, document: Document) -> None:
    """Of every quantity there is, and of what the document speaks of beside them: new values and the learning rate."""
    spoken = {name for block in document.blocks for name in named(block)}
    known = {*derivation.program.tensors, *(t.name for t in derivation.scalars.program.tensors.values())}
    looks: dict[str, str] = {}
    for name in sorted(known | spoken):
        look = symbol(name, document.names)
        assert looks.setdefault(look, name) == name, look
    assert r"\mathbf{1}" not in looks
    generic = {"u", "v", "r", "s", "z", "p", "a", "t"}  # letters of a definition, which stand for anything
    assert len(spoken - known - generic) in (1, 2)  # η and one new value


def named(part: Any) -> Iterator[str]:
    if isinstance(part, Symbol):
        yield part.name
    elif isinstance(part, Entry):
        yield part.tensor
    elif isinstance(part, tuple):
        for inner in part:
            yield from named(inner)
    elif is_dataclass(part):
        for field in fields(part):
            yield from named(getattr(part, field.name))


def gradients_read_back(derivation: Derivation) -> None:
    """The text of each gradient, over the names that stand beside it, has the gradient's value."""
    content = described(derivation, derivation.parameters(), "scalar")
    parameters = {t.name for t in derivation.scalars.program.trainable}
    known = content["forward"] | {name: derivation.numbers[name] for name in parameters}
    known |= {name: entry["value"] for name, entry in content.get("adjoints", {}).items()}
    for gradient in content["gradients"]:
        got = eval(gradient["formula"], {"__builtins__": {}, **vars(math), "abs": abs}, known)
        expected = derivation.numbers[derivation.core.adjoint(gradient["parameter"])]
        assert gradient["value"] == expected == pytest.approx(got, rel=1e-9)
    assert len({gradient["latex"] for gradient in content["gradients"]}) == len(content["gradients"])


def matrices_read_back(derivation: Derivation) -> None:
    """The text of each matrix formula, over NumPy's arrays, has the gradient's values."""
    view, program = derivation.matrix_view, derivation.program
    prefix = derivation.core.prefix
    arrays: dict[str, Any] = {}
    for tensor in program.tensors.values():
        primal, before = (tensor, "") if tensor.primal is None else (program.tensors[tensor.primal], prefix)
        numbers = [derivation.numbers[before + name] for name in derivation.scalars.identifiers(primal)]
        array = np.array(numbers).reshape(tensor.extents)
        arrays[tensor.name] = array[:, np.newaxis] if array.ndim == 1 else array
    scope = {"__builtins__": {}, **CALLS, "np": _Numpy()}
    for gradient in derivation.core.gradients.values():
        try:
            text = plain(view.formula(gradient), matrix=True)
        except UnsupportedError:
            continue
        np.testing.assert_allclose(np.squeeze(eval(text, scope, arrays)), np.squeeze(arrays[gradient]), rtol=1e-9)


class _Numpy:
    """NumPy where vectors are columns."""

    @staticmethod
    def ones(length: int) -> Any:
        return np.ones((length, 1))


def everything_renders(derivation: Derivation, document: Document) -> None:
    for suffix in (".md", ".tex"):
        assert len(render(document, suffix)) > 1000
    sections = [*scalar_sections(derivation, {}), *tensor_sections(derivation, "index", {})]
    assert as_text(sections, derivation, 80)
    assert "__" not in as_latex(sections, derivation.names)
