"""How a user says that parameters are updated: optimizer, schedule, clipping, decay; `lowering` makes equations of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from symprop.errors import UserError, nearest, option
from symprop.ir.names import shorten
from symprop.rules.optimizers import OPTIMIZERS, WEIGHT_DECAY, Optimizer
from symprop.rules.schedules import SCHEDULES, Schedule
from symprop.rules.settings import POSITIVE, Setting, checked

CLIP_VALUE = Setting("clip_value", "c_value", inf, POSITIVE)
CLIP_NORM = Setting("clip_norm", "c_norm", inf, POSITIVE)
COMMON = (CLIP_VALUE, CLIP_NORM, WEIGHT_DECAY)
"""What every optimizer can be given; the default changes nothing."""


@dataclass(frozen=True)
class UpdateRule:
    """An optimizer and a schedule, by name or declaration, and `settings` of both, of clipping and of weight decay.

    In this order ``clip_value`` bounds each entry of the gradient, ``clip_norm`` the norm of all gradients together, and
    ``weight_decay`` adds its multiple of the parameter, unless the optimizer has a decay of its own, apart from the
    gradient (adamw, lion). A setting that is not given has its default. Raises UserError for an unknown name, with the
    nearest, and for a value out of its domain.

    >>> UpdateRule("adam", "cosine", {"beta1": 0.8, "clip_norm": 1}).values
    {'beta1': 0.8, 'beta2': 0.999, 'epsilon': 1e-08, 'final': 0.0, 'clip_norm': 1.0}
    >>> UpdateRule("momemtum")
    Traceback (most recent call last):
    symprop.errors.UserError: unknown optimizer 'momemtum'. Did you mean 'momentum'?
    """

    optimizer: str | Optimizer = "sgd"
    schedule: str | Schedule = "constant"
    settings: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        whose = f"{self.rule.name} with the schedule {self.plan.name}"
        if not isinstance(self.settings, Mapping):
            got = shorten(repr(self.settings))
            raise UserError("the settings are no mapping", expected='such as {"beta1": 0.8}', got=got)
        object.__setattr__(self, "settings", checked(self.declared, self.settings, whose))

    @property
    def rule(self) -> Optimizer:
        """The optimizer as declared."""
        found = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else self.optimizer
        if not isinstance(found, Optimizer):
            raise _unknown("optimizer", self.optimizer, OPTIMIZERS)
        return found

    @property
    def plan(self) -> Schedule:
        """The schedule as declared."""
        found = SCHEDULES.get(self.schedule) if isinstance(self.schedule, str) else self.schedule
        if not isinstance(found, Schedule):
            raise _unknown("schedule", self.schedule, SCHEDULES)
        return found

    @property
    def declared(self) -> tuple[Setting, ...]:
        """Every setting that may be given, each once."""
        own = (*self.rule.settings, *self.plan.settings)
        return (*own, *(setting for setting in COMMON if setting.name not in {each.name for each in own}))

    @property
    def applied(self) -> dict[Setting, float]:
        """The settings that the equations have, with their values; one of `COMMON` is there only where it is given."""
        own = {*self.rule.settings, *self.plan.settings}
        shown = (setting for setting in self.declared if setting in own or setting.name in self.settings)
        return {setting: self.settings.get(setting.name, setting.default) for setting in shown}

    @property
    def values(self) -> dict[str, float]:
        """The values of the settings that the equations have, by name."""
        return {setting.name: value for setting, value in self.applied.items()}

    def but(
        self,
        optimizer: str | Optimizer | None = None,
        schedule: str | Schedule | None = None,
        settings: Mapping[str, float] | None = None,
    ) -> UpdateRule:
        """The same, except for what is given; the settings of an optimizer or a schedule go with it.

        >>> rule = UpdateRule("adam", "cosine", {"beta1": 0.8, "final": 0.1, "clip_norm": 1})
        >>> rule.but("momentum", settings={"clip_norm": 2}).settings
        {'final': 0.1, 'clip_norm': 2.0}
        """
        given = (self.optimizer if optimizer is None else optimizer, self.schedule if schedule is None else schedule)
        other = UpdateRule(*given)
        stay = {setting.name for setting in COMMON}
        for before, after in ((self.rule, other.rule), (self.plan, other.plan)):
            stay |= {setting.name for setting in before.settings} if before is after else set()
        kept = {name: value for name, value in self.settings.items() if name in stay}
        return UpdateRule(*given, {**kept, **(settings or {})})


def _unknown(what: str, given: object, known: Mapping[str, object]) -> UserError:
    if not isinstance(given, str):
        expected = f"the name of one, such as '{next(iter(known))}'"
        return UserError(f"wrong {what}", where=option(what), expected=expected, got=shorten(repr(given)))
    return UserError(f"unknown {what} {shorten(repr(given))}", where=option(what), remedy=nearest(given, known))
