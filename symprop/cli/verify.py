"""The command `verify`: checks every gradient by something that did not derive it; the check itself is in `derivation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from symprop.cli.options import Activation, Json, Loss, NetworkName, NoBias, Seed, examples, load_network
from symprop.cli.output import complain, show, show_json, table
from symprop.cli.progress import progress
from symprop.errors import UserError

if TYPE_CHECKING:
    from symprop.derivation.verify import Check, Verification

EXAMPLES = examples("symprop verify classroom", "symprop verify 3-4-2 --activation mish --points 5")
FOUND_WRONG = 1
MOST_POINTS = 1000


def verify(
    network: NetworkName,
    points: Annotated[int, typer.Option("--points", metavar="NUMBER", help="Random points to check at.")] = 1,
    seed: Seed = None,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> int:
    """Check every gradient independently.

    Compares each with central differences of the loss, both to 50 digits, at random points.
    """
    if not 1 <= points <= MOST_POINTS:
        raise UserError("wrong number of points", expected=f"1 to {MOST_POINTS:,}", got=str(points))
    derivation = load_network(network, activation, loss, no_bias).derive()
    from symprop.derivation.verify import count_differences
    from symprop.derivation.verify import verify as check_all
    from symprop.network import Training
    from symprop.views.budget import check_scalars

    check_scalars(derivation.program)
    with progress(points * count_differences(derivation.core), "verifying") as report:
        chosen = Training().but(seed=seed).seed  # refuses what is no seed
        found = check_all(derivation.core, derivation.names, points=points, seed=chosen, progress=report)
    if json:
        show_json({"network": derivation.spec.name, **_content(found)})
    else:
        rows = [_row(check, found.tolerance) for check in found.checks]
        show(table(["Parameter", "Checked", "Largest error", ""], rows, [False, True, True, False]))
    if found.ok:
        return 0
    wrong = [f"{c.parameter} (at {c.element})" for c in found.checks if not c.error <= found.tolerance]
    complain(f"the gradient of {', '.join(wrong)} does not agree with the differences of the loss")
    return FOUND_WRONG


def _row(check: Check, tolerance: float) -> list[str]:
    checked = f"{check.checked} of {check.size}"
    verdict = "agrees" if check.error <= tolerance else "differs"
    remark = "" if check.moved else ", but the loss did not move with it"
    return [check.parameter, checked, f"{check.error:.1e}", verdict + remark]


def _content(found: Verification) -> dict[str, Any]:
    checks = [
        {
            "parameter": check.parameter,
            "checked": check.checked,
            "size": check.size,
            "error": check.error,
            "agrees": check.error <= found.tolerance,
        }
        for check in found.checks
    ]
    return {"ok": found.ok, "points": found.points, "tolerance": found.tolerance, "checks": checks}
