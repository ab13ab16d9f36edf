"""Gradients in SymPy: each form, worked out, is what the scalar form says; what SymPy cannot hold is refused."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
import sympy

from symprop import Conv1d, Dense, Embedding, Flatten, IndexLayer, MultiHeadAttention, Network, load
from symprop.derivation.unroll import elements
from symprop.errors import UnsupportedError, UserError

NETS = {
    "embedding": (Network((3,), [Embedding(4, 2), Flatten(), Dense(1)], values={"x": [1, 3, 1]}), "W1"),
    "padding": (Network((2, 4), [Conv1d(2, 3, padding=1), Flatten(), Dense(1)]), "x"),
    "window": (Network((2, 4), [Conv1d(2, 3, padding=1), Flatten(), Dense(1)]), "W1"),
    "dense": (Network(3, [Dense(2, "tanh"), Dense(2)]), "W1"),
}


@pytest.mark.parametrize("name", NETS)
def test_the_index_form_works_out_to_the_equation(name: str) -> None:
    """Under numbers for its indices, with the integers put in, it is the scalar equation of each entry."""
    spec, wrt = NETS[name]
    derivation = spec.derive(wrt=wrt)
    form = derivation.gradient(wrt, form="index")
    assert isinstance(form, sympy.Expr)
    adjoint = derivation.core.gradients[wrt]
    tensor = derivation.core.forward.tensors[wrt]
    letters = sorted(form.free_symbols & {sympy.Symbol(i, integer=True) for i in _letters(form)}, key=str)
    assert len(letters) <= len(tensor.indices)
    program = derivation.program
    axes = _axes(program.by_name[adjoint])
    for position in elements(tensor):
        at = form.subs(dict(zip(axes, position, strict=True))).doit()
        tokens = {sympy.IndexedBase(name, shape=(3,))[p[0]]: number for (name, p), number in program.integers.items()}
        worked_out = sympy.expand(at.xreplace(tokens).doit())
        line = derivation.scalars.line(derivation.scalars.names.element(adjoint, position, tensor.extents))
        assert worked_out == sympy.expand(_scalar(derivation, line))


def _letters(form: Any) -> set[str]:
    return {symbol.name for symbol in form.free_symbols if symbol.is_integer}


def _axes(equation: Any) -> list[Any]:
    from symprop.ir.sympy_view import target_and_value

    return list(target_and_value(equation)[0].indices)


def _scalar(derivation: Any, line: Any) -> Any:
    """The scalar equation over entries of the tensors."""
    from symprop.ir.sympy_view import node_to_sympy

    def entry(access: Any) -> Any:
        tensor, position = derivation.scalars.place(access.tensor.name)
        return sympy.IndexedBase(tensor.name, shape=tensor.extents)[position] if position else sympy.Symbol(tensor.name)

    return node_to_sympy(line.value, entry)


def test_an_embedding_gathers_by_deltas() -> None:
    spec, wrt = NETS["embedding"]
    assert spec.derive().gradient(wrt, form="index").has(sympy.KroneckerDelta)


def test_one_matrix_for_each_head_is_no_sympy_matrix() -> None:
    derivation = Network((3, 4), [MultiHeadAttention(2)]).derive()
    with pytest.raises(UnsupportedError):
        derivation.gradient("Q1", form="matrix")
    assert derivation.matrix_view.has(derivation.core.gradients["Q1"])


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        (5, "scalar", "asked for by its name"),
        ("W1", "prose", "unknown form"),
        ("w1", "matrix", "has no matrix form. Ask for that of 'W1'"),
    ],
)
def test_what_cannot_be_asked(name: Any, form: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load("classroom").derive().gradient(name, form=form)


@pytest.mark.parametrize("expand", [False, True])
def test_functions_nested_deep_take_no_time(expand: bool) -> None:
    """SymPy takes minutes to tell whether fifteen tanh of a complex number are finite: it is not asked."""
    text = "x[j]*w[j]"
    for _ in range(15):
        text = f"tanh({text})"
    start = perf_counter()
    derivation = Network(2, [IndexLayer((f"y[j] = {text}",))]).derive()
    scalar = derivation.gradient("w1_1", expand=expand)
    assert {type(symbol).__name__ for symbol in scalar.free_symbols} == {"Symbol"}
    assert not any(symbol.is_real for symbol in scalar.free_symbols)
    derivation.gradient("w1", form="index")
    assert perf_counter() - start < 5
