"""Which adjoints are called δ (those of weighted sums, as every textbook has it), and how adjoints look in print."""

from __future__ import annotations

from dataclasses import replace

from symprop.derivation.step import Derivation
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.notation.names import Names

ONES = "ones"  # the identifier of a column of ones


def is_delta(program: Program, name: str) -> bool:
    """Whether a tensor is the adjoint of a quantity that a sum of products defines."""
    primal = program.tensors[name].primal
    forward = program.by_name.get(primal or "")
    return forward is not None and isinstance(forward.value, SumOfProducts)


def with_adjoints(names: Names, derivation: Derivation) -> Names:
    """The names, and the looks of the adjoints: δ for those of weighted sums, a bar over the quantity for the others."""
    latex = dict(names.latex)
    tensors = derivation.program.tensors
    for tensor in tensors.values():
        if tensor.primal is None or (tensor.role is Role.GRADIENT and len(tensor.indices) == 2):
            continue
        delta = is_delta(derivation.program, tensor.name)
        primal = tensors[tensor.primal]
        latex[tensor.name] = _look(latex.get(primal.name, primal.name), delta, whole=True)
        prefix = tensor.name[: -len(tensor.primal)]
        for identifier in names.elements.get(primal.name, ()):
            latex[prefix + identifier] = _look(latex.get(identifier, identifier), delta, whole=False)
    latex[ONES] = r"\mathbf{1}"
    return replace(names, latex=latex)


def _look(primal: str, delta: bool, *, whole: bool) -> str:
    """δ with the indices of its primal (z_j^(l) gives δ_j^(l), h_1 gives δ_h1), else a bar over the primal's letter."""
    letter, _, indices = primal.partition("_") if "_" in primal else primal.partition("^")
    mark = "_" if "_" in primal else "^"
    tail = f"{mark}{indices}" if indices else ""
    if not delta:
        return rf"\bar{{{letter}}}{tail}"
    if whole or letter == "z":
        return rf"\delta{tail}"
    return rf"\delta_{{{letter}{indices.strip('{}')}}}"
