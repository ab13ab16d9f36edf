"""The JAX back end against the tensor-by-tensor evaluation: every layer and activation, any index program, loops, formats."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from symprop.backends.jax import BACKEND
from symprop.backends.jax.running import Running
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.nodes import single
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.layers.convolution import Conv1d, Conv2d
from symprop.layers.dense import Dense
from symprop.layers.embedding import Embedding
from symprop.layers.layer import Layer
from symprop.layers.normalisation import BatchNorm
from symprop.layers.pooling import AvgPool, MaxPool
from symprop.layers.shaping import Flatten
from symprop.layers.softmax import LogSoftmax
from symprop.lowering.batch import batch
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.network import NetworkSpec
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES
from symprop.rules.optimizers import OPTIMIZERS
from symprop.scalar.numeric import FLOAT
from tests.derivation.programs import index_programs
from tests.layers.networks import Network, networks
from tests.layers.test_layers import CASES, _named, _program

ORIGIN = Origin("test")
RANDOM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

WINDOWS = [
    Conv1d(6, 3, stride=2, padding=2, dilation=2, groups=3),
    Conv1d(3, 3, stride=3),
    Conv1d(6, 4, padding=5),
    Conv2d(6, (3, 2), stride=(2, 1), padding=(1, 3), dilation=(1, 2), groups=3),
    Conv2d(4, (2, 3), stride=(3, 2), padding=(0, 1)),
    MaxPool(3, stride=2, padding=1),
    AvgPool(3, stride=1, padding=2),
    AvgPool(2, stride=3),
]


def step_of(spec: NetworkSpec, rows: int) -> tuple[Program, Lowered]:
    """One update of a batch: the program, and what is compiled."""
    derivation = derive(batch(spec.elaborate(), rows))
    step = training_step(derivation, OPTIMIZERS["sgd"])
    news = {new: old for old, new in step.updated.items()}
    return step.program, lower(step.program, [derivation.program.loss, *news], news)


def values_of(program: Program, arguments: Sequence[Tensor], seed: int = 7) -> dict[str, Any]:
    """Numbers for the arguments; integers are those of the program."""
    random = np.random.default_rng(seed)
    found = {}
    for tensor in arguments:
        if tensor.role is Role.INDEX:
            found[tensor.name] = np.zeros(tensor.extents, np.int64)
            for (name, place), number in program.integers.items():
                if name == tensor.name:
                    found[name][place] = number
        else:
            found[tensor.name] = random.normal(size=tensor.extents)
    return found


def check_outputs(program: Program, lowered: Lowered, values: dict[str, Any] | None = None) -> None:
    """The compiled outputs are those of the evaluation."""
    values = values or values_of(program, lowered.arguments)
    known = {tensor.name: values.get(tensor.name, np.ones(tensor.extents)) for tensor in program.free}
    expected = evaluate_arrays(program, {n: v for n, v in known.items() if v.dtype != np.int64}, FLOAT)
    found = BACKEND.compile(lowered, "float64")(values)
    for name, array in found.items():
        wanted = np.asarray(expected[name], float)
        assert array.dtype == np.float64
        assert np.asarray(array).shape == wanted.shape
        assert np.asarray(array) == pytest.approx(wanted, rel=1e-9, abs=1e-10, nan_ok=True), name


def outputs_of(derivation: Derivation) -> list[str]:
    return list(dict.fromkeys([derivation.program.loss, *derivation.gradients.values()]))


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=map(_named, CASES))
def test_a_layer_and_its_gradients(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> None:
    _, program = _program(layer, shapes)
    wrt = [tensor.name for tensor in program.free if tensor.role is not Role.CONSTANT]
    derivation = derive(program, wrt)
    check_outputs(derivation.program, lower(derivation.program, outputs_of(derivation)))


@pytest.mark.parametrize("layer", WINDOWS, ids=repr)
@pytest.mark.parametrize("convolving", [True, False])
def test_windows(layer: Layer, convolving: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symprop.backends.jax._convolving", lambda dtype: lambda found: convolving)
    _, program = _program(layer, ((2, 3, 11, 7) if isinstance(layer, Conv2d) else (2, 3, 11),))
    derivation = derive(program, [tensor.name for tensor in program.free])
    lowered = lower(derivation.program, outputs_of(derivation))
    check_outputs(derivation.program, lowered)
    convolved = BACKEND.compile(lowered, "float64").source.count("lax.conv_general_dilated")
    expected = 3 if isinstance(layer, Conv1d | Conv2d) and layer.stride != layer.kernel else 0
    assert convolved == (expected if convolving else 0)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_convolutions_in_a_loop(dtype: str) -> None:
    layers: list[Layer] = [
        Conv2d(10, (3, 2), "tanh", padding=1, stride=(1, 2)),
        MaxPool(2, stride=1),
        Conv2d(8, 2, dilation=(1, 2), groups=2),
        Flatten(),
        Dense(3),
    ]
    program, lowered = step_of(NetworkSpec((9, 6, 7), layers, "squared_error"), 8)
    values = {**values_of(program, lowered.arguments), "eta": np.array(0.01)}
    carried = {name: values[name] / 3 for name in lowered.carried.values()}
    fixed = {name: values[name] for name in ("x", "t", "eta")}
    wanted, after = BACKEND.compile_loop(lowered, "float64", frozenset()).run(2, carried, fixed, {})
    loop = BACKEND.compile_loop(lowered, dtype, frozenset())
    losses, found = loop.run(2, carried, fixed, {})
    near = 1e-4 if dtype == "float32" else 0.05
    assert "lax.conv_general_dilated" in loop.source
    assert losses == pytest.approx(wanted, rel=near)
    for name, array in after.items():
        np.testing.assert_allclose(np.asarray(found[name]), np.asarray(array), rtol=near, atol=near)


@pytest.mark.parametrize(
    ("layers", "rows", "dtype", "convolved"),
    [
        ([Conv2d(9, (3, 2), padding=1), Conv2d(8, (2, 3))], 9, "float32", 5),
        ([Conv2d(9, (3, 2), padding=1), Conv2d(8, (2, 3))], 3, "float32", 3),  # weights' gradients sum over few rows
        ([Conv2d(9, (3, 2), padding=1), Conv2d(8, (2, 3))], 9, "float64", 0),
        ([Conv2d(9, 3, padding=1, groups=3)], 3, "float32", 0),
    ],
)
def test_convolutions_on_processors_are_those_of_many_channels(
    layers: list[Layer], rows: int, dtype: str, convolved: int
) -> None:
    _, lowered = step_of(NetworkSpec((9, 6, 5), layers, "squared_error"), rows)
    for source in (BACKEND.compile(lowered, dtype).source, BACKEND.compile_loop(lowered, dtype, frozenset()).source):
        assert source.count("lax.conv_general_dilated") == convolved


@pytest.mark.parametrize(
    ("extents", "called"),
    [
        ((1, 8, 16, 8), False),
        ((1, 8, 16, 9), True),
        ((29, 4, 2, 8), False),  # many in all, few for each matrix of the batch
        ((29, 4, 3, 8), True),
    ],
)
def test_few_products_are_no_call_for_matrices(extents: tuple[int, ...], called: bool) -> None:
    n, i, j, k = (Index(name, extent) for name, extent in zip("nijk", extents, strict=True))
    left, right = Tensor("L", (n, i, k), Role.PARAMETER), Tensor("R", (n, k, j), Role.PARAMETER)
    total = Equation(Tensor("y", (n, i, j))(), single(2, left(), right(), over=(k,)), ORIGIN)
    program = Program((left, right), (total,), "y")
    check_outputs(program, lower(program, ["y"]))
    assert ("jnp.einsum" in BACKEND.compile(lower(program, ["y"]), "float32").source) is called


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation(activation: str) -> None:
    program, lowered = step_of(NetworkSpec(3, [Dense(4, activation), Dense(2)], "squared_error"), 5)
    check_outputs(program, lowered)


@pytest.mark.parametrize("loss", [*LOSSES, *JOINT_LOSSES])
def test_a_loss(loss: str) -> None:
    last = Dense(2, "sigmoid") if {**LOSSES, **JOINT_LOSSES}[loss].domain == (0, 1) else Dense(2)
    layers = [last, LogSoftmax()] if loss == "negative_log_likelihood" else [last]
    program, lowered = step_of(NetworkSpec(3, layers, loss), 5)
    values = values_of(program, lowered.arguments)
    values["t"] = np.abs(values["t"]) / np.abs(values["t"]).sum(-1, keepdims=True)
    check_outputs(program, lowered, values)


def test_a_net_over_a_batch() -> None:
    layers = [Conv2d(4, (3, 2), "relu", padding=1), BatchNorm(), MaxPool(2), Flatten(), Dense(3)]
    program, lowered = step_of(NetworkSpec((2, 6, 5), layers, "squared_error", batch=3), 2)
    check_outputs(program, lowered)


def test_gathers_and_their_scatters() -> None:
    tokens = [[4, 0, 4], [1, 4, 4]]
    spec = NetworkSpec(
        {"s": (3,)}, [Embedding(5, 4), Flatten(), Dense(2)], "squared_error", values={"s": tokens}, batch=2
    )
    derivation = derive(spec.elaborate())
    check_outputs(derivation.program, lower(derivation.program, outputs_of(derivation)))


@pytest.mark.slow
@RANDOM
@given(index_programs())
def test_any_index_program(program: Program) -> None:
    derivation = derive(program)
    check_outputs(derivation.program, lower(derivation.program, outputs_of(derivation)))


@pytest.mark.slow
@RANDOM
@given(networks())
def test_any_network(network: Network) -> None:
    derivation = derive(network.spec.elaborate(network.training))
    lowered = lower(derivation.program, outputs_of(derivation))
    values = values_of(derivation.program, lowered.arguments)
    check_outputs(
        derivation.program, lowered, {n: v if v.dtype == np.int64 else np.abs(v) / 3 for n, v in values.items()}
    )


ROW, COLUMN = Index("i", 3), Index("j", 4)


@pytest.mark.parametrize(
    "place",
    [
        (Affine(((-1, ROW), (2, COLUMN)), 1), Affine(((1, ROW),), part=True)),  # backwards in a window
        (Affine(((1, ROW), (-1, ROW)), 2), Affine(((1, COLUMN),), part=True)),  # an index that cancels out
        (Affine(((1, ROW),), 900), Affine(((1, COLUMN),), part=True)),  # far outside
        (Affine(((-1, ROW),), 1), Affine(((3, COLUMN),), -2)),
        (Affine(((1, ROW), (1, COLUMN))), Affine(((1, ROW), (1, COLUMN)), -1)),  # a diagonal of windows
        (Affine((), 6), Affine(((1, COLUMN), (4, ROW)), -3)),
    ],
)
def test_places(place: tuple[Affine, Affine]) -> None:
    grid = Tensor("G", (Index("g", 7), Index("h", 5)), Role.PARAMETER)
    other = Tensor("V", (COLUMN, ROW), Role.PARAMETER)
    read = Equation(Tensor("r", (ROW, COLUMN))(), single(2, grid(*place), other(COLUMN, ROW)), ORIGIN)
    put = Equation(Tensor("p", grid.indices)(*place), single(3, other(COLUMN, ROW)), ORIGIN)
    program = Program((grid, other), (read, put), "r")
    check_outputs(program, lower(program, ["r", "p"]))


def test_integers_out_of_range_read_zero() -> None:
    table, rows = Tensor("E", (Index("v", 5), COLUMN), Role.PARAMETER), Tensor("s", (ROW,), Role.INDEX)
    gather = Affine((), 0, rows(ROW))
    found = Equation(Tensor("y", (ROW, COLUMN))(), single(1, table(gather, Affine(((1, COLUMN),)))), ORIGIN)
    back = Equation(
        Tensor("d", table.indices)(gather, Affine(((1, COLUMN),), part=True)), single(1, found.target), ORIGIN
    )
    lowered = Lowered((table, rows), (), (found, back), ("y", "d"))
    numbers = np.arange(20.0).reshape(5, 4)
    out = BACKEND.compile(lowered, "float64")({"E": numbers, "s": np.array([5, -1, 3])})
    assert np.asarray(out["y"]).tolist() == [[0] * 4, [0] * 4, numbers[3].tolist()]
    assert np.asarray(out["d"]).sum() == numbers[3].sum()


@pytest.fixture
def dense() -> tuple[Lowered, dict[str, Any]]:
    program, lowered = step_of(NetworkSpec(3, [Dense(4, "tanh"), Dense(2)], "squared_error"), 5)
    return lowered, {**values_of(program, lowered.arguments), "eta": np.array(0.05)}


@pytest.mark.parametrize("varying", [frozenset[str](), frozenset(["x", "t"])])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_a_loop_is_repeated_updates(
    dense: tuple[Lowered, dict[str, Any]], varying: frozenset[str], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered, values = dense
    monkeypatch.setattr("symprop.backends.jax.running.LONGEST", 16)
    random = np.random.default_rng(3)
    rows = {name: random.normal(size=(count, *lowered.tensors[name].extents)) for name in varying}
    carried = {name: values[name].copy() for name in lowered.carried.values()}
    fixed = {name: value for name, value in values.items() if name not in carried and name not in varying}
    losses, last = BACKEND.compile_loop(lowered, "float64", varying).run(count, carried, fixed, rows)
    one, now, expected = BACKEND.compile(lowered, "float64"), dict(values), []
    for k in range(count):
        out = one({**now, **{name: rows[name][k] for name in varying}})
        expected.append(float(out[lowered.outputs[0]]))
        now |= {old: out[new] for new, old in lowered.carried.items()}
    assert losses.tolist() == pytest.approx(expected, rel=1e-12)
    for name, array in last.items():
        assert np.asarray(array) == pytest.approx(np.asarray(now[name]), rel=1e-12)
        assert np.array_equal(carried[name], values[name])


def test_a_loop_is_compiled_for_few_lengths(
    dense: tuple[Lowered, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered, values = dense
    rooms = list[list[int]]()
    original = Running._room

    def room(self: Running, size: int) -> int:
        found = original(self, size)
        rooms.append(self._rooms)
        return found

    monkeypatch.setattr(Running, "_room", room)
    loop = BACKEND.compile_loop(lowered, "float64", frozenset(["x"]))
    carried = {name: jax.numpy.asarray(values[name]) for name in lowered.carried.values()}
    for count in (5, 4, 3, 7, 8, 6, 5):
        fixed = {"t": values["t"], "eta": values["eta"]}
        losses, _ = loop.run(count, carried, fixed, {"x": np.stack([values["x"]] * count)})
        assert losses.shape == (count,)
    assert rooms[-1] == [5, 8]


def test_formats(dense: tuple[Lowered, dict[str, Any]]) -> None:
    lowered, values = dense
    exact = BACKEND.compile(lowered, "float64")(values)
    for dtype, layers, tolerance in (("float32", "float32", 1e-5), ("bfloat16", "float32", 0.1)):
        found = BACKEND.compile(lowered, dtype)(values)
        for name, array in found.items():
            assert array.dtype == layers
            assert np.asarray(array, float) == pytest.approx(np.asarray(exact[name]), rel=tolerance, abs=tolerance)
    source = BACKEND.compile(lower_hidden(), "bfloat16")
    assert source.function(*[np.ones(t.extents) for t in lower_hidden().arguments])[0].dtype == jax.numpy.bfloat16


def lower_hidden() -> Lowered:
    return lower(NetworkSpec(3, [Dense(4, "gelu")]).elaborate(), ["a1"])


@pytest.mark.parametrize("wide", [False, True])
def test_the_settings_of_jax_stay_and_do_not_matter(dense: tuple[Lowered, dict[str, Any]], wide: bool) -> None:
    lowered, values = dense
    formats = list[str]()

    def work() -> None:
        for dtype in ("float64", "float32"):
            formats.append(str(BACKEND.compile(lowered, dtype)(values)[lowered.outputs[0]].dtype))

    with jax.enable_x64(wide):
        before = dict(jax.config.values)
        work()
        assert jax.config.values == before
        assert jax.numpy.ones(1).dtype == (np.float64 if wide else np.float32)
    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert formats == ["float64", "float32"] * 2


def test_names_that_the_source_needs_are_changed() -> None:
    renamed = [Tensor(name, (ROW,), Role.INPUT) for name in ("lambda", "windows", "k")]
    total = Equation(Tensor("image", (ROW,))(), single(1, *(tensor(ROW) for tensor in renamed)), ORIGIN)
    small = Program(tuple(renamed), (total,), "image")
    check_outputs(small, lower(small, ["image"]))
    assert "image_ = lambda_*windows_*k_  # image[i]" in BACKEND.compile(lower(small, ["image"]), "float64").source


def test_every_line_names_its_equation(dense: tuple[Lowered, dict[str, Any]]) -> None:
    lowered, _ = dense
    source = BACKEND.compile(lowered, "float32").source
    body = source[source.index("def program") :].splitlines()[1:-1]
    targets = {str(equation.target) for equation in lowered.equations}
    assert {line.partition("  # ")[2] for line in body} == targets


def test_too_many_values_are_refused(dense: tuple[Lowered, dict[str, Any]]) -> None:
    with pytest.raises(UserError, match="wrong number of values"):
        BACKEND.compile(dense[0], "float64")([1.0])
