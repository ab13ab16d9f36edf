"""Products of matrices in compiled code, added to what is there; SciPy brings the BLAS that numba calls. Made code imports it."""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic
from numba.np.arrayobj import make_array

_LETTERS = {types.float64: "d", types.float32: "s"}
_NAME = "symprop_{}gemm"
for _letter in _LETTERS.values():
    # By name, so that code which numba kept on disk finds them in the next process.
    binding.add_symbol(_NAME.format(_letter), get_cython_function_address("scipy.linalg.cython_blas", f"{_letter}gemm"))


@intrinsic  # type: ignore[untyped-decorator]
def gemm(
    typing: Any,
    left: Any,
    right: Any,
    target: Any,
    rows: Any,
    inner: Any,
    columns: Any,
    left_turned: Any,
    right_turned: Any,
    alpha: Any,
    beta: Any,
) -> Any:
    """``target = alpha·left·right + beta·target`` of contiguous arrays, each read row by row as a matrix.

    The target is rows × columns, of the others ``turned`` says whether they stand transposed. Source: Dongarra et al., A set
    of level 3 basic linear algebra subprograms, ACM TOMS 16, 1990.
    """
    number = target.dtype
    arguments = (left, right, target, *[types.int32] * 3, *[types.boolean] * 2, number, number)
    return types.void(*arguments), _generate


def _generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    """The call of the Fortran function, to which arrays that are read row by row are transposed, and in turn."""
    left, right, target, rows, inner, columns, left_turned, right_turned, alpha, beta = values
    number = signature.args[2].dtype
    pointers = (
        make_array(t)(context, builder, v).data for t, v in zip(signature.args, (left, right, target), strict=False)
    )
    of_left, of_right, of_target = (builder.bitcast(p, cgutils.voidptr_t) for p in pointers)

    def address(value: Any) -> Any:
        return builder.bitcast(cgutils.alloca_once_value(builder, value), cgutils.voidptr_t)

    def letter(turned: Any) -> Any:
        code = ir.IntType(8)
        return address(builder.select(turned, ir.Constant(code, ord("T")), ir.Constant(code, ord("N"))))

    turned_left, turned_right = (cgutils.is_true(builder, t) for t in (left_turned, right_turned))
    arguments = [
        letter(turned_right),
        letter(turned_left),
        *map(address, (columns, rows, inner, alpha)),
        of_right,
        address(builder.select(turned_right, inner, columns)),
        of_left,
        address(builder.select(turned_left, rows, inner)),
        address(beta),
        of_target,
        address(columns),
    ]
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] * len(arguments))
    function = cgutils.get_or_insert_function(builder.module, kind, _NAME.format(_LETTERS[number]))
    builder.call(function, arguments)
    return context.get_dummy_value()
