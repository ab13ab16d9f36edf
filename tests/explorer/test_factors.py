"""Chains of factors: each product of numbers is the gradient that the derivation computes."""

from __future__ import annotations

from math import prod

import pytest

import symprop
from symprop.explorer.factors import Factors
from symprop.face import Derivation
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Program
from symprop.scalar.numeric import FLOAT

NETWORKS = ["classroom", "mazur", "logistic_equations", "four_layers"]


def numbers_of(derivation: Derivation, factors: Factors) -> dict[str, float]:
    program = derivation.scalars.program
    values = {tensor.name: 0.3 + 0.07 * k for k, tensor in enumerate(program.free)}
    whole = Program(program.free, (*program.equations, *factors.equations), program.loss)
    return evaluate_program(whole, values, FLOAT)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_products_of_a_chain_add_up_to_the_gradient(name: str) -> None:
    derivation = symprop.load(name).derive()
    factors = Factors(derivation.scalars)
    numbers = numbers_of(derivation, factors)
    assert set(derivation.parameters()) == set(factors.parameters) <= set(factors.chains)
    for parameter in factors.parameters:
        products = [
            prod(numbers[factors.factors[key].name] for key in link.factors) for link in factors.chains[parameter]
        ]
        gradient = numbers[derivation.scalars.gradient_name(parameter)]
        assert sum(products) == pytest.approx(gradient, rel=1e-12)


def test_what_opens_a_chain_has_a_chain_of_its_own() -> None:
    factors = Factors(symprop.load("classroom").derive().scalars)
    (link,) = factors.chains["w1"]
    assert (link.start, link.factors) == ("a_h1", ("E_total/a_h1", "a_h1/h1", "h1/w1"))
    assert [each.start for each in factors.chains["a_h1"]] == [None, None]
    assert factors.factors["E_total/a_h1"].formula is None  # the chain of a_h1 says it


def test_a_number_that_is_handed_on_has_a_line() -> None:
    """∂E/∂h = 3·1 + 1 stands in no equation of the derivation, and is not the ∂E/∂h = 1 of the last line alone."""
    network = symprop.Equations(["h = w*x", "a = h + w", "E = 3*a + h"], loss="E", parameters=["w"])
    derivation = network.derive()
    factors = Factors(derivation.scalars)
    numbers = numbers_of(derivation, factors)
    whole = {"w": numbers[derivation.scalars.gradient_name("w")], "h": 4, "a": 3}
    for name, links in factors.chains.items():
        products = [prod(numbers[factors.factors[key].name] for key in link.factors) for link in links]
        assert sum(products) == pytest.approx(whole[name])
