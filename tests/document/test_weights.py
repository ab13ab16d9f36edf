"""The chapters on single weights: one explained, all listed, and what is said where that would be too long or is 0."""

from __future__ import annotations

from symprop.document.subject import MOST_EQUATIONS, MOST_PARAMETERS, MOST_STEPS
from symprop.face import Derivation, Network
from symprop.face import Equations as EquationList
from symprop.layers.dense import Dense
from symprop.notation.formula import Symbol
from symprop.notation.plain import plain_chain
from symprop.rules.custom import activation_from_text
from symprop.views.tree import symbols
from tests.document.reading import equations, headings, prose

STEP = activation_from_text("step", "(1 + sign(x))/2")


def chain(count: int, parameters: list[str]) -> Derivation:
    """A list of equations in which each depends on the one before."""
    lines = ["a1 = w1*x", *(f"a{k} = sin(w{k}*a{k - 1})" for k in range(2, count)), f"E = (t - a{count - 1})**2"]
    return Derivation(EquationList(lines, "E", parameters))


def test_a_step_says_why_the_gradient_is_zero() -> None:
    document = Derivation(Network(2, [Dense(3, "tanh"), Dense(1, STEP)])).document()
    assert "da2/dz2 is 0 everywhere, so no small change of w7 reaches E_total. The gradient is 0." in prose(document)
    assert not any(name.startswith(("chain", "factors")) for name in equations(document))


def test_what_the_loss_does_not_depend_on_is_said() -> None:
    lines = ["h = w*x", "E = (t - h)**2", "dead = 2*v"]
    assert "E does not depend on v, so the gradient is 0." in prose(
        Derivation(EquationList(lines, "E", ["w", "v"])).document()
    )


def test_of_many_gradients_the_last_are_written_out() -> None:
    count = MOST_PARAMETERS + 12
    document = chain(count, [f"w{k}" for k in range(1, count)]).document()
    shown = equations(document)["gradients"]
    assert len(shown) == MOST_PARAMETERS
    assert shown[-1].sides[0].wrt == Symbol(f"w{count - 1}")  # type: ignore[union-attr]
    assert f"There are {count - 1} gradients. Those by the last {MOST_PARAMETERS} quantities are written out." in prose(
        document
    )
    assert "Gradients" in headings(document)


def test_of_few_gradients_all_are() -> None:
    document = chain(5, ["w1", "w2", "w3", "w4"]).document()
    assert len(equations(document)["gradients"]) == 4
    assert "All gradients" in headings(document)
    assert "adjoints" not in equations(document)


def test_a_name_is_introduced_before_a_long_formula_uses_it() -> None:
    document = chain(60, [f"w{k}" for k in range(1, 60)]).document()
    found, known = equations(document), set[str]()
    for line in found["adjoints"]:
        assert {name for name in symbols(line.sides[-1]) if name.startswith("dE_d")} <= known
        known |= set(symbols(line.sides[0]))
    used = {name for line in found["gradients"] for name in symbols(line.sides[-1]) if name.startswith("dE_d")}
    assert used
    assert used <= known


def test_a_long_way_to_the_loss_is_not_told_step_by_step() -> None:
    count = MOST_STEPS + MOST_EQUATIONS + 3
    document = chain(count, ["w1"]).document()
    far = f"w1 is {count:,} equations away from the loss, too many to go through one by one: "
    assert f"{far}that is done for {MOST_STEPS} at the most." in prose(document)
    assert not any(name.startswith(("chain", "factors")) for name in equations(document))
    assert len(equations(document)["adjoints"]) == MOST_EQUATIONS
    assert any(f"The first {MOST_EQUATIONS} of {count - 1}, from the loss on:" in text for text in prose(document))


def test_softmax_with_cross_entropy_comes_about_from_its_steps() -> None:
    net = Network(3, [Dense(4, "tanh"), Dense(2)], "categorical_cross_entropy_from_logits")
    document = Derivation(net).document()
    found = {name: [plain_chain(chain) for chain in chains] for name, chains in equations(document).items()}
    assert found["chain-a_o1"] == ["dE_total/da_o1 = dE/dl * dl/da_o1 + dE/da_o1|direct"]
    assert found["factors-a_o1"] == ["dE/dl = t1 + t2", "dl/da_o1 = p1", "dE/da_o1|direct = -t1"]
    assert found["gradient-a_o1"] == ["dE_total/da_o1 = (t1 + t2)*p1 - t1 = p1 - t1"]
    assert found["factors-w13"] == ["da_o1/do1 = 1", "do1/dw13 = a_h1"]
    text = prose(document)
    assert any("By the condition at the end of the forward pass, it is short:" in each for each in text)
    assert any(each.startswith("Each other factor is the derivative of one equation") for each in text)


def test_without_output_weights_the_hidden_chapter_tells_it() -> None:
    layers = [Dense(2, "tanh"), Dense(2, trainable=False)]
    found = equations(Derivation(Network(3, layers, "categorical_cross_entropy_from_logits")).document())
    assert "gradient-a_o1" in found
    assert "chain-w7" not in found


def test_named_parts_are_named() -> None:
    text = prose(Derivation(Network(2, [Dense(1, "silu")])).document())
    assert any("one equation of the forward pass, where s_o1 counts as what it stands for" in each for each in text)
    plain_text = prose(Derivation(Network(2, [Dense(1, "tanh")])).document())
    assert not any("stands for" in each or "stand for" in each for each in plain_text)


def test_a_list_of_equations_has_no_activations() -> None:
    document = Derivation(EquationList(["h = w*x", "E = (t - h)**2"], "E", ["w"])).document()
    assert not any("activation" in text for text in prose(document))
    assert "The gradient" in headings(document)


def test_nothing_is_said_of_others_that_are_not_there() -> None:
    one = Derivation(Network(1, [Dense(1, bias=False)])).document()
    assert not any("The others" in text for text in prose(one))
    assert "output-gradients" not in equations(one)
    two = prose(Derivation(Network(1, [Dense(1)])).document())
    assert "The others are found in the same way. For a bias the last factor is 1." in two


def test_the_opening_speaks_of_what_stands_before_it() -> None:
    one, several = (prose(Derivation(Network(2, [Dense(n)])).document()) for n in (1, 2))
    assert any("? Follow the forward pass backward" in text for text in one)
    assert any("so only one term is left. From there follow" in text for text in several)


def test_a_bias_is_told_as_a_bias() -> None:
    document = Derivation(Network(2, [Dense(2)]), ["b1"]).document()
    assert "The chain rule, for one output bias" in headings(document)
    assert "All output biases" in headings(document)
