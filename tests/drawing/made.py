"""Networks and drawings that the tests of drawings share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from symprop import Add, Dense
from symprop.drawing import Drawing
from symprop.drawing.figure import Box, Edge, Label
from symprop.face import Equations, Network, load

SMALL = [
    "classroom",
    "mazur",
    "xor",
    "2-3-1",
    "1-1",
    "four_layers",
    "5-3-4",
    "1-9",
    "9-1",
    "18-1",
    "5-5-5-2",
    "2-2-2-2-2-2-2",
]
SKIP = Network(
    3,
    [
        Dense(4, activation="tanh", name="first"),
        Dense(4, activation="relu", name="second"),
        Add(inputs=("first", "second"), name="both"),
        Dense(2, name="last"),
    ],
    loss="mean_squared_error",
    name="skip",
)
EQUATIONS = Equations(
    ["h = w*x + b", "s = h**2", "r = s*u + h", "unused = v*x", "E = (t - r)**2"],
    loss="E",
    values={"w": 0.5, "x": -1.25, "b": 0.1, "u": 2, "t": 1, "v": 3},
    name="hostile & <b>\"'$\\x{}</b>",
)
HOSTILE = Network(
    2,
    [Dense(2, activation="sigmoid", name="layer_name_" * 5), Dense(1, weights="many_words_in_one_name")],
    name="a <script>alert('x')</script> & \"q\" \\input{x} $ %",
    values={
        "x": [1e-5, -123456.789],
        "many_words_in_one_name": [[0.5, -0.75]],
        "W1": [[-1.25e-7, 3e20], [0.1, -0.123456]],
    },
)


def drawing(name: str, highlight: str | None = None, notation: str = "classroom") -> Drawing:
    """The drawing of an example or of sizes, laid out by symprop itself."""
    return of(load(name), highlight, notation)


def of(network: Network | Equations, highlight: str | None = None, notation: str = "classroom") -> Drawing:
    """The drawing of a network, laid out by symprop itself."""
    from symprop.drawing import drawing_of
    from symprop.notation.packs import names_for
    from symprop.values import element_values

    program = network.elaborate()
    names = names_for(program, notation)
    values = element_values(program, names, network.values)
    return drawing_of(network, program, names, values, highlight)


def overlaps(drawing: Drawing) -> list[str]:
    """What touches what it must not: labels each other, labels of lines the nodes, nodes each other."""
    labels = list(drawing.labels)
    found = [f"{a.text} on {b.text}" for a, b in combinations(labels, 2) if touch(a.box, b.box)]
    for node in drawing.nodes:
        outside = [label for label in labels if label not in node.labels]
        found += [f"{label.text} on {node.key}" for label in outside if touch(label.box, node.box)]
        found += [f"{label.text} beyond {node.key}" for label in node.labels if not within(label, node.box)]
    return found + [f"{a.key} on {b.key}" for a, b in combinations(drawing.nodes, 2) if touch(a.box, b.box)]


def covered(drawing: Drawing) -> list[str]:
    """What stands on the line of something else: which label, and the ends of the line; and lines that cross nodes."""
    found = []
    for edge, other in ((a, b) for a in drawing.edges for b in drawing.edges if a is not b):
        if edge.halo is not None and _meets(other, edge.halo):
            found.append(f"{edge.names[0]} on {other.source} to {other.target}")
    for edge, node in ((a, b) for a in drawing.edges for b in drawing.nodes if b.key not in (a.source, a.target)):
        bevel = 0.3 * node.corner  # what is cut off at its corners
        left, top, right, low = node.box
        if _meets(edge, (left + bevel, top, right - bevel, low)) and _meets(
            edge, (left, top + bevel, right, low - bevel)
        ):
            found.append(f"{edge.source} to {edge.target} across {node.key}")
    return found


def _meets(edge: Edge, box: Box) -> bool:
    """Whether a straight line has a piece in a box."""
    (x, y), (u, v) = edge.points
    first, last = 0.0, 1.0
    for start, step, low, high in ((x, u - x, box[0], box[2]), (y, v - y, box[1], box[3])):
        if step == 0.0:
            first, last = (first, last) if low < start < high else (1.0, 0.0)
        else:
            ends = sorted(((low - start) / step, (high - start) / step))
            first, last = max(first, ends[0]), min(last, ends[1])
    return first < last


def touch(a: Box, b: Box, slack: float = 0.5) -> bool:
    """Whether two boxes have more than a rim in common."""
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack


def within(label: Label, box: Box) -> bool:
    left, top, right, low = label.box
    return box[0] <= left and box[1] <= top and right <= box[2] and low <= box[3]


def points(drawing: Drawing) -> Iterator[tuple[float, float]]:
    for edge in drawing.edges:
        yield from edge.points
