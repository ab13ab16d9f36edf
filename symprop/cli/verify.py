"""The command `verify`: checks every gradient by something that did not derive it; the checks are `views.certificate`'s."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli.options import (
    Activation,
    Ascii,
    Json,
    Loss,
    NetworkName,
    NoBias,
    Seed,
    Wrt,
    examples,
    load_network,
)
from symprop.cli.output import columns, complain, say, show, show_json, table
from symprop.cli.progress import progress

if TYPE_CHECKING:
    from symprop.derivation.verify import Check
    from symprop.views.agreement import Agreement
    from symprop.views.certificate import Certificate

EXAMPLES = examples("symprop verify classroom", "symprop verify 3-4-2 --activation mish --points 5")
FOUND_WRONG = 1
MOST_PRINTED = 16  # numbers of a point that a reader sees
MOST_SHOWN = 40  # numbers of a point that is listed; the seed draws any point again
_FORMS = ("index", "matrix", "scalar")


def verify(
    network: NetworkName,
    points: Annotated[int, typer.Option("--points", metavar="NUMBER", help="Random points to check at.")] = 1,
    seed: Seed = None,
    wrt: Wrt = None,
    ascii_only: Ascii = False,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> int:
    """Check every gradient independently.

    Compares each with central differences of the loss, both to 50 digits, at random points off every kink, and evaluates
    its index, matrix and scalar form as they are printed. A large parameter is moved along a random direction as a whole.
    """
    derivation = load_network(network, activation, loss, no_bias).derive(wrt)
    from symprop.derivation.verify import count_differences
    from symprop.network import Training

    with progress(points * count_differences(derivation.core), "verifying") as report:
        chosen = Training().but(seed=seed).seed  # refuses what is no seed
        found = derivation.verify(points, seed=chosen, progress=report)
    if json:
        show_json(_content(found))
    else:
        rows = [_row(found, check) for check in found.checks]
        show(
            table(["Parameter", "Checked", "Largest error", "At", "Views", ""], rows, [False, True, True, *[False] * 3])
        )
        for line in _points(found):
            show(line)
        for note in _notes(found, points):
            say(f"note: {note}")
    for failure in found.failures():
        complain(failure)
    return 0 if found.ok else FOUND_WRONG


def _row(found: Certificate, check: Check) -> list[str]:
    views = found.views_of(check.parameter)
    checked = f"{check.size} of {check.size}" if check.element else "1 direction"
    remark = "" if check.moved else ", but the loss did not move with it"
    verdict = "agrees" if _is_right(found, check) else "differs"
    compared = ", ".join(form for form in _FORMS if views[form].checked)
    return [check.parameter, checked, f"{check.error:.1e}", check.element or "all at once", compared, verdict + remark]


def _points(found: Certificate) -> Iterator[str]:
    """The points at which the errors were largest, each with the parameters of which it is; of many numbers, the first."""
    points: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for check in found.checks:
        points.setdefault(tuple(check.point.items()), []).append(check.parameter)
    for point, parameters in points.items():
        listed = ", ".join(f"{name} = {value}" for name, value in point[:MOST_PRINTED])
        more = f", … ({len(point):,} numbers in all)" if len(point) > MOST_PRINTED else ""
        whose = "At" if len(points) == 1 else f"{', '.join(parameters)} at"
        yield fill(f"{whose} {listed}{more}", columns(), subsequent_indent="  ", break_long_words=False)


def _is_right(found: Certificate, check: Check) -> bool:
    views = found.views_of(check.parameter).values()
    return found.is_right(check.error) and all(found.is_right(view.error, rounded=view.rounded) for view in views)


def _notes(found: Certificate, points: int) -> Iterator[str]:
    """Where the points came from, why they are more than were asked for, and what was not compared, and why."""
    made = found.verification
    count = "a random point" if made.points == 1 else f"{made.points} random points"
    yield f"at {count} of seed {made.seed}, off every kink" + (
        f"; {made.avoided} that lay near one were left" if made.avoided else ""
    )
    if made.points > points:
        aim = "to see every kink from both sides, and the loss move with every parameter"
        more = made.points - points
        yield f"{more} {'point' if more == 1 else 'points'} more than asked for, {aim}"
    if made.unseen:
        yield f"no point was found on the other side of every kink of {', '.join(made.unseen)}"
    for form in _FORMS:
        reasons: dict[str, list[str]] = {}
        for view in found.agreements:
            if view.form == form and view.why and not view.checked:
                why = "there is none" if view.why.endswith("has no matrix form") else view.why
                reasons.setdefault(why, []).append(view.quantity)
        for why, quantities in reasons.items():
            yield f"the {form} form of {', '.join(quantities)} was not compared: {why}"


def _content(found: Certificate) -> dict[str, Any]:
    parameters = [_entry(found, check) for check in found.checks]
    names = {check.parameter for check in found.checks}
    wrong = [v for v in found.agreements if v.quantity not in names and not found.is_right(v.error, rounded=v.rounded)]
    parameters += [{"parameter": v.quantity, "agrees": False, "views": {v.form: _view(v)}} for v in wrong]
    return {
        "ok": found.ok,
        "checked": found.checked,
        "max_relative_error": found.worst,
        "parameters": parameters,
    }


def _entry(found: Certificate, check: Check) -> dict[str, Any]:
    listed = {name: str(value) for name, value in check.point.items()} if len(check.point) <= MOST_SHOWN else None
    return {
        "parameter": check.parameter,
        "directions": check.directions,
        "size": check.size,
        "max_relative_error": check.error,
        "agrees": _is_right(found, check),
        "moved": check.moved,
        "element": check.element or None,
        "seed": found.verification.seed,
        "point": listed,
        "views": {form: _view(view) for form, view in found.views_of(check.parameter).items()},
    }


def _view(view: Agreement) -> dict[str, Any]:
    return {
        "checked": view.checked,
        "max_relative_error": view.error,
        "entry": view.entry or None,
        "why": view.why or None,
    }
