"""Measures deriving and unrolling small nets, and how a process starts; larger nets are `growth`'s, other programs `peers`'.

Run it from the project's root, on a machine with nothing else to do::

    python -m tests.benchmarks.derivation            # a table
    python -m tests.benchmarks.derivation --json     # one JSON object
"""

from __future__ import annotations

import json
from statistics import median

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.views.scalar import ScalarView
from tests.benchmarks.operations import counted
from tests.benchmarks.timing import Figures, milliseconds, run, show

PROCESSES = 15

COLD = """
import time, json
import sympy
start = time.process_time(); sympy.Symbol("x") + 1; first_add = time.process_time() - start
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.layers.dense import Dense
start = time.process_time()
net = NetworkSpec(2, [Dense(2, "sigmoid", bias=False), Dense(2, "sigmoid", bias=False)]).elaborate()
names = names_for(net)
ready = time.process_time()
derivation = derive(net)
unroll(derivation.program, names)
end = time.process_time()
print(json.dumps([first_add, end - ready, end - start]))
"""
FORMULAS = "import sys; sys.argv = ['symprop', 'formulas', 'classroom']; from symprop.cli import main; main()"


def classroom() -> Program:
    return NetworkSpec(2, [Dense(2, "sigmoid", bias=False), Dense(2, "sigmoid", bias=False)]).elaborate()


def layers(depth: int, width: int) -> Program:
    return NetworkSpec(width, [Dense(width, "sigmoid", bias=False) for _ in range(depth)]).elaborate()


def cold() -> Figures:
    found = [json.loads(run(COLD)[1]) for _ in range(PROCESSES + 1)][1:]
    return {
        "classroom, cold: derive and unroll (ms)": median(asked for _, asked, _ in found) * 1e3,
        "classroom, cold: elaborate, derive, unroll (ms)": median(whole for _, _, whole in found) * 1e3,
        "SymPy's first Add, not counted above (ms)": median(add for add, _, _ in found) * 1e3,
    }


def warm() -> Figures:
    net = classroom()
    derivation, names = derive(net), names_for(net)

    def whole() -> None:
        program = classroom()
        unroll(derive(program).program, names_for(program))

    return {
        "classroom, warm: elaborate, derive, unroll (ms)": milliseconds(whole),
        "classroom, warm: derive (ms)": milliseconds(lambda: derive(net)),
        "classroom, warm: names (ms)": milliseconds(lambda: names_for(net)),
        "classroom, warm: unroll (ms)": milliseconds(lambda: unroll(derivation.program, names)),
    }


def many_formulas() -> Figures:
    net = layers(3, 8)
    derivation, names = derive(net), names_for(net)

    def formulas() -> None:
        view = ScalarView(derivation, names)
        for number in range(1, 193):
            view.formula(f"w{number}")

    return {
        "8-8-8-8: unroll the 192 gradients (ms)": milliseconds(lambda: unroll(derivation.program, names), 21),
        "8-8-8-8: the 192 formulas as trees (ms)": milliseconds(formulas, 5),
    }


def scaling() -> Figures:
    figures: Figures = {}
    for depth in (2, 4, 8, 16, 32):
        net = layers(depth, 3)
        flat = unroll(net, names_for(net))
        figures[f"{depth} layers of 3, index form: derive (ms)"] = milliseconds(lambda p=net: derive(p), 31)
        figures[f"{depth} layers of 3, unrolled: derive (ms)"] = milliseconds(lambda p=flat: derive(p), 11)
    for width in (3, 30, 300):
        net = layers(3, width)
        figures[f"3 layers of {width}, index form: derive (ms)"] = milliseconds(lambda p=net: derive(p), 31)
    return figures


def operations() -> Figures:
    figures = {}
    for name, net in {"classroom": classroom(), "8-8-8-8": layers(3, 8)}.items():
        alone, together = counted(net)
        figures[f"{name}: operations of the loss"] = alone
        figures[f"{name}: operations of loss and gradients"] = together
        figures[f"{name}: ratio"] = together / alone
    return figures


def process() -> Figures:
    """`symprop formulas classroom` and a bare import of SymPy, in turns, so that a busy moment falls on both."""
    pairs = [(run("import sympy")[0], run(FORMULAS)[0]) for _ in range(PROCESSES + 1)][1:]
    sympy_alone, formulas = (median(times) for times in zip(*pairs, strict=True))
    return {
        'python -c "import sympy" (ms)': sympy_alone * 1e3,
        "symprop formulas classroom (ms)": formulas * 1e3,
        "symprop formulas classroom: ratio": formulas / sympy_alone,
    }


if __name__ == "__main__":
    parts = (process, cold, warm, many_formulas, scaling, operations)
    show({name: value for part in parts for name, value in part().items()})
