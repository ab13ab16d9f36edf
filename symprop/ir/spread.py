"""Gives a program one more axis, of examples or of runs; what becomes of the loss then is for `lowering.batch` to say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain, count

from symprop.ir.check import check
from symprop.ir.nodes import Node, Reduction, SumOfProducts
from symprop.ir.program import Equation, Fact, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor


def fresh_axis(program: Program, name: str, extent: int) -> Index:
    """An index of that name, or of the name and a number where some tensor or sum of the program has it already."""
    taken = {index.name for equation in program.equations for index in _indices(equation)}
    taken |= {axis.name for tensor in program.tensors.values() for axis in tensor.indices}
    free = (each for each in chain([name], (f"{name}{k}" for k in count(2))) if each not in taken)
    return Index(next(free), extent)


def _indices(equation: Equation) -> Collection[Index]:
    found = [index for access in (equation.target, *equation.value.accesses) for index in access.free]
    if isinstance(equation.value, SumOfProducts):
        found += [index for term in equation.value.terms for index in term.over]
    elif isinstance(equation.value, Reduction):
        found += equation.value.over
    return found


def spread(program: Program, axis: Index, names: Collection[str]) -> Program:
    """The program with `axis` first in the free tensors `names`, and in all that is computed from them.

    Its loss may then have an axis. Integers that are spread are no longer given.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(2, [Dense(3, bias=False)]).elaborate()
    >>> str(spread(net, Index("n", 5), ["x", "t"]).equations[0].target)
    'z1[n, j]'
    """
    return _Spreading(program, axis, names).run()


class _Spreading:
    def __init__(self, program: Program, axis: Index, names: Collection[str]) -> None:
        self.program, self.axis, self.first = program, axis, Affine(((1, axis),))
        self.tensors = {tensor.name: self._tensor(tensor) for tensor in program.free if tensor.name in names}

    def _tensor(self, tensor: Tensor) -> Tensor:
        return replace(tensor, indices=(self.axis, *tensor.indices))

    def run(self) -> Program:
        equations = tuple(self._equation(equation) for equation in self.program.equations)
        free = tuple(self.tensors.get(tensor.name, tensor) for tensor in self.program.free)
        spread_integers = any(tensor.role is Role.INDEX and tensor.name in self.tensors for tensor in free)
        integers = {} if spread_integers else self.program.integers
        facts = tuple(map(self._fact, self.program.facts))
        whole = replace(self.program, free=free, equations=equations, facts=facts, integers=integers)
        return whole if whole.tensors[whole.loss].indices else check(whole)

    def _equation(self, equation: Equation) -> Equation:
        accesses = [equation.target, *equation.value.accesses]
        if any(self._is_spread(access) for access in accesses):
            tensor = equation.target.tensor
            self.tensors[tensor.name] = self._tensor(tensor)
        return replace(equation, target=self._access(equation.target), value=self._node(equation.value))

    def _is_spread(self, access: Access) -> bool:
        return access.tensor.name in self.tensors or any(map(self._is_spread, access.gathers))

    def _access(self, access: Access) -> Access:
        indices = tuple(
            affine if affine.gather is None else replace(affine, gather=self._access(affine.gather))
            for affine in access.indices
        )
        tensor = self.tensors.get(access.tensor.name)
        return Access(access.tensor, indices) if tensor is None else Access(tensor, (self.first, *indices))

    def _node(self, node: Node) -> Node:
        if isinstance(node, SumOfProducts):
            terms = (replace(term, factors=tuple(map(self._access, term.factors))) for term in node.terms)
            return SumOfProducts(tuple(terms))
        return replace(node, operands=tuple(map(self._access, node.operands)))

    def _fact(self, fact: Fact) -> Fact:
        if not any(map(self._is_spread, fact.value.accesses)):
            return fact
        value = self._node(fact.value)
        assert isinstance(value, SumOfProducts)
        return replace(fact, value=value, indices=(self.axis, *fact.indices))
