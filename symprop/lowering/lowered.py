"""What back ends compile: the equations that the wanted outputs need, with stable forms and short products; no code here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symprop.ir.check import check_lines
from symprop.ir.nodes import Elementwise, Node, SumOfProducts, operand, with_operands
from symprop.ir.program import Equation, Program, needed
from symprop.ir.tensor import Access, Tensor
from symprop.lowering.joining import joined
from symprop.lowering.products import in_pairs
from symprop.notation.names import Names
from symprop.rules.patterns import recognise


@dataclass(frozen=True)
class Lowered:
    """Equations in the order in which they are computed, from `arguments` to the tensors named by `outputs`.

    `constants` are the equations that depend on no argument, so that they are worked out once. `carried` maps outputs to
    the arguments whose place they take in the next update. Expressions are stable: no function overflows where its value
    does not. `names` are what a reader calls the elements, for code in which each has a name.
    """

    arguments: tuple[Tensor, ...]
    constants: tuple[Equation, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[str, ...]
    carried: Mapping[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names, compare=False)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name."""
        lines = (*self.constants, *self.equations)
        return {t.name: t for t in (*self.arguments, *(line.target.tensor for line in lines))}

    @property
    def last_use(self) -> dict[str, int]:
        """For each name, the position of the last equation that reads it."""
        return {name: k for k, equation in enumerate(self.equations) for name in reads(equation)}


def lower(
    program: Program, outputs: Sequence[str], carried: Mapping[str, str] | None = None, names: Names | None = None
) -> Lowered:
    """The program, sliced to what the outputs need and made ready for any back end.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(2, [Dense(3, activation="identity")]).elaborate()
    >>> [equation.name for equation in lower(net, ["a1"]).equations]  # a1 is z1, but it is wanted under its name
    ['z1', 'a1']
    >>> [equation.name for equation in lower(net, ["E"]).equations]
    ['z1', 'E']
    """
    kept = joined(without_copies(needed(program.equations, outputs), outputs), carried or {}, outputs)
    taken = set(program.tensors)
    lines = [line for equation in kept for line in in_pairs(replace(equation, value=_stable(equation.value)), taken)]
    read = {name for line in lines for name in reads(line)}.union(outputs, (carried or {}).values())
    arguments = tuple(tensor for tensor in program.free if tensor.name in read)
    variable = {tensor.name for tensor in arguments}
    for line in lines:
        if variable.intersection(reads(line)):
            variable.add(line.name)
    constants = tuple(line for line in lines if line.name not in variable)
    rest = tuple(line for line in lines if line.name in variable)
    check_lines(program.free, (*constants, *rest))
    return Lowered(arguments, constants, rest, tuple(outputs), dict(carried or {}), names or Names())


def reads(equation: Equation) -> set[str]:
    """The names that an equation reads, integers among its indices included."""
    accesses = (equation.target, *equation.value.accesses)
    gathered = (inner.tensor.name for access in accesses for inner in all_gathers(access))
    return {access.tensor.name for access in equation.value.accesses}.union(gathered)


def all_gathers(access: Access) -> Iterable[Access]:
    """The accesses to integers among the indices, those of the integers' own indices included."""
    for inner in access.gathers:
        yield inner
        yield from all_gathers(inner)


def without_copies(equations: Sequence[Equation], outputs: Iterable[str]) -> list[Equation]:
    """The equations without those that only give another tensor a second name, unless that is an output."""
    wanted, originals, kept = set(outputs), dict[str, Access](), list[Equation]()
    for equation in equations:
        line = replace(equation, value=_read_originals(equation.value, originals))
        copied = None if line.name in wanted else _copied(line)
        if copied is None:
            kept.append(line)
        else:
            originals[line.name] = copied
    return kept


def _copied(equation: Equation) -> Access | None:
    """What the equation copies, element by element, under the axes of its target's tensor."""
    value, source = equation.value, None
    if isinstance(value, Elementwise) and value.factors == (operand(0),):
        source = value.operands[0]
    elif isinstance(value, SumOfProducts) and len(value.terms) == 1:
        (term,) = value.terms
        source = term.factors[0] if term.coefficient == 1 and not term.over and len(term.factors) == 1 else None
    target = equation.target
    if source is None or not (source.plain and target.plain) or set(source.free) != set(target.free):
        return None
    return source.rename(dict(zip(target.free, target.tensor.indices, strict=True)))


def _read_originals(node: Node, originals: Mapping[str, Access]) -> Node:
    """The node with the original in the place of each copy."""
    if not any(access.tensor.name in originals for access in node.accesses):
        return node
    if isinstance(node, SumOfProducts):
        terms = (replace(t, factors=tuple(_original(f, originals) for f in t.factors)) for t in node.terms)
        return SumOfProducts(tuple(terms))
    operands = tuple(_original(access, originals) for access in node.operands)
    return with_operands(node, operands) if isinstance(node, Elementwise) else replace(node, operands=operands)


def _original(access: Access, originals: Mapping[str, Access]) -> Access:
    """The access to the original that an access to a copy stands for."""
    original = originals.get(access.tensor.name)
    if original is None:
        return access
    places = dict(zip(access.tensor.indices, access.indices, strict=True))
    return Access(original.tensor, tuple(places[affine.terms[0][1]] for affine in original.indices))


def _stable(node: Node) -> Node:
    """The node with spelled-out logistic functions and the like as the functions that have a stable form."""
    return replace(node, factors=tuple(map(recognise, node.factors))) if isinstance(node, Elementwise) else node
