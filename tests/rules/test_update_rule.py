"""What a user may say of updates, and what is refused, by name and with its domain."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.schedules import SCHEDULES
from symprop.rules.settings import Domain
from symprop.rules.update_rule import COMMON, UpdateRule


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("adam", "constant", {"beta1": 1.0}), "wrong value for 'beta1' (expected a number from 0 to below 1, got 1)"),
        (("adam", "constant", {"epsilon": 0}), "wrong value for 'epsilon' (expected a number above 0, got 0)"),
        (("sgd", "constant", {"weight_decay": -1e-3}), "'weight_decay' (expected a number from 0, got -0.001)"),
        (("sgd", "constant", {"clip_norm": 0}), "'clip_norm' (expected a number above 0, got 0)"),
        (("sgd", "constant", {"clip_value": nan}), "'clip_value' (expected a number above 0, got nan)"),
        (("sgd", "constant", {"clip_value": "1"}), "'clip_value' (expected a number above 0, got '1')"),
        (("sgd", "constant", {"clip_value": True}), "'clip_value' (expected a number above 0, got True)"),
        (("sgd", "constant", {"clip_value": 10**400}), None),
        (("sgd", "step", {"period": 2.5}), "'period' (expected a whole number from 1, got 2.5)"),
        (("sgd", "step", {"factor": 1.5}), "'factor' (expected a number above 0 to 1, got 1.5)"),
        (("rmsprop", "constant", {"beta1": 0.5}), "rmsprop with the schedule constant has no setting 'beta1'. "),
        (("adam", "constant", {"beta_1": 0.5}), "has no setting 'beta_1'. Did you mean 'beta1'?"),
        (("adagard",), "unknown optimizer 'adagard'. Did you mean 'adagrad'?"),
        (("adam", "cosin"), "unknown schedule 'cosin'. Did you mean 'cosine'?"),
        ((3,), "wrong optimizer (expected the name of one, such as 'sgd', got 3)"),
        (("sgd", "constant", [1]), "the settings are no mapping"),
    ],
)
def test_what_is_wrong_is_named(rule: tuple[Any, ...], message: str | None) -> None:
    if message is None:  # a bound that no float holds bounds nothing
        assert UpdateRule(*rule) == UpdateRule()
        return
    with pytest.raises(UserError) as caught:
        UpdateRule(*rule)
    assert message in str(caught.value)


def test_what_changes_nothing_is_left_out() -> None:
    plain = UpdateRule("adam", "constant", {"beta1": 0.9, "clip_norm": inf, "weight_decay": 0})
    assert plain == UpdateRule("adam")
    assert plain.values == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    assert UpdateRule("adamw", settings={"weight_decay": 0}).values["weight_decay"] == 0


def test_numbers_of_other_types_are_numbers() -> None:
    rule = UpdateRule("momentum", settings={"momentum": np.float32(0.5), "clip_norm": Fraction(1, 4)})
    assert rule.settings == {"momentum": 0.5, "clip_norm": 0.25}


def test_a_declaration_may_stand_for_a_name() -> None:
    mine = replace(OPTIMIZERS["sgd"], name="mine")
    assert UpdateRule(mine, SCHEDULES["cosine"]).rule.name == "mine"


def test_rules_that_are_equal_hash_alike_and_others_are_told_apart() -> None:
    """A loop is compiled once for each rule, declared or named."""
    sgd = OPTIMIZERS["sgd"]
    equal = [UpdateRule(replace(sgd), settings={"clip_norm": number}) for number in (1, 1.0)]
    others = [
        UpdateRule("sgd", settings={"clip_norm": 1}),
        UpdateRule(sgd, settings={"clip_norm": 2}),
        UpdateRule(replace(sgd, states={"v": 1.0}), settings={"clip_norm": 1}),
        UpdateRule(replace(sgd, equations={"next_w": lambda w, g, eta: w - 2 * eta * g}), settings={"clip_norm": 1}),
    ]
    assert len({*equal}) == 1
    assert len({*equal, *others}) == 5


def test_no_two_settings_are_called_alike() -> None:
    """Files have one table for all of them; what optimizers share by name they share by symbol."""
    of_optimizers = {s.name: s.symbol for rule in OPTIMIZERS.values() for s in rule.settings}
    of_schedules = {s.name: s.symbol for plan in SCHEDULES.values() for s in plan.settings}
    common = {s.name: s.symbol for s in COMMON}
    assert not of_schedules.keys() & (of_optimizers | common).keys()
    assert not set(of_schedules.values()) & set((of_optimizers | common).values())
    assert all(s.symbol == of_optimizers[s.name] for rule in OPTIMIZERS.values() for s in rule.settings)
    assert of_optimizers["weight_decay"] == common["weight_decay"]
    assert len(set(of_optimizers.values())) == len(of_optimizers)


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (Domain(0, 1), [0, 0.5], [-1e-9, 1, inf]),
        (Domain(0, 1, with_low=False, with_high=True), [1e-9, 1], [0, 1.5]),
        (Domain(1, whole=True), [1, 2.0], [0, 1.5, inf]),
    ],
)
def test_domains(domain: Domain, inside: list[float], outside: list[float]) -> None:
    assert all(number in domain for number in inside)
    assert not any(number in domain for number in outside)
