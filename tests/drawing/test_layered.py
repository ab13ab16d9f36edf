"""Both layouts: the same graph, ranks along the arrows, no node on another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from symprop.drawing import drawing_of
from symprop.drawing.figure import Drawing
from symprop.drawing.layered import layered
from symprop.drawing.ranks import Ranks, ranked
from symprop.drawing.spine import spine
from symprop.face import Equations, Network, load
from tests.drawing.made import EQUATIONS, SKIP, of, overlaps

SIZES = {
    "a": (40.0, 20.0),
    "b": (60.0, 30.0),
    "c": (20.0, 20.0),
    "d": (80.0, 20.0),
    "e": (30.0, 10.0),
    "f": (30.0, 10.0),
}
EDGES = [("a", "b"), ("b", "d"), ("a", "d"), ("d", "e"), ("c", "e"), ("a", "e"), ("b", "f")]


def test_a_rank_is_the_longest_path() -> None:
    graph = ranked(Ranks(SIZES, EDGES, 10.0))
    assert graph.rank == {"a": 0, "b": 1, "c": 2, "d": 2, "e": 3, "f": 2}
    assert [sorted(map(str, row)) for row in graph.rows] == [
        ["a"], ["(2, 1)", "(5, 1)", "b"], ["(5, 2)", "c", "d", "f"], ["e"]
    ]  # fmt: skip
    assert spine(graph) == ["a", "b", "d", "e"]


@pytest.mark.parametrize("along_spine", [True, False])
def test_nodes_keep_their_distance(along_spine: bool) -> None:
    layout = layered(SIZES, EDGES, 10.0, 25.0, along_spine=along_spine)
    for (a, (x, y)), (b, (u, v)) in combinations(layout.places.items(), 2):
        across, along = (SIZES[a][0] + SIZES[b][0]) / 2, (SIZES[a][1] + SIZES[b][1]) / 2
        assert abs(x - u) >= across + 10 - 1e-9 or abs(y - v) >= along + 25 - 1e-9, (a, b)
    assert [len(crossed) for crossed in layout.crossings] == [0, 0, 1, 0, 0, 2, 0]
    if along_spine:
        assert {layout.places[n][0] for n in "abde"} == {0.0}
        assert len({across for across, _, _ in layout.crossings[5]}) == 1


def both(network: Network | Equations) -> tuple[Drawing, Drawing]:
    derivation = network.derive()
    given = (network, derivation.core.forward, derivation.names, derivation.values)
    return drawing_of(*given, graphviz=True), drawing_of(*given)


@pytest.mark.slow
@pytest.mark.parametrize(
    "network", [SKIP, EQUATIONS, load("64-32-10"), load("logistic_equations")], ids=lambda n: n.name[:9]
)
def test_both_layouts_draw_the_same_graph(network: Network | Equations) -> None:
    with_dot, own = both(network)
    assert [edge.points for edge in with_dot.edges] != [edge.points for edge in own.edges]
    assert overlaps(with_dot) == []
    for part in ("nodes", "edges"):
        assert [bare(p) for p in getattr(with_dot, part)] == [bare(p) for p in getattr(own, part)]


@pytest.mark.slow
def test_what_is_folded_into_columns_is_laid_out_by_symprop_itself() -> None:
    with_dot, own = both(load("mnist_cnn"))
    assert with_dot == own


def bare(part: object) -> dict[str, object]:
    names = ("key", "kind", "names", "source", "target", "width", "layer")
    return {name: getattr(part, name) for name in names if hasattr(part, name)}


def test_without_graphviz_symprop_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with_dot, own = both(SKIP)
    assert with_dot == own == of(SKIP)


@pytest.mark.parametrize(
    "script", ["exit 1", "echo 'node n0 1'", "echo", "echo 'edge n0 n1 9 1'; echo 'node \"'", "printf '\\377'"]
)
def test_a_graphviz_that_fails_is_none(script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with_dot, own = both(SKIP)
    assert with_dot == own
