"""Errors: the message in its order, places that are joined, and what each place says that it is."""

from __future__ import annotations

from symprop.errors import BudgetError, UserError, Where, option


def test_places_are_joined_outermost_first() -> None:
    error = UserError("wrong", where=Where("equation 2", "equation", 2), got="3")
    found = error.at(Where("layer 4, Dense", "layer", 4)).at(Where("net.toml:7", "file", 7))
    assert str(found) == "net.toml:7: layer 4, Dense: equation 2: wrong (got 3)"
    assert (found.which("layer"), found.which("equation"), found.which("file"), found.which("value")) == (4, 2, 7, None)
    assert found.kinds == {"file", "layer", "equation"}
    assert str(error) == "equation 2: wrong (got 3)"


def test_a_place_of_the_same_kind_gives_way() -> None:
    error = UserError("wrong", where=Where("Dense", "layer")).at(Where("layer 4, Dense", "layer", 4))
    assert (str(error), error.which("layer")) == ("layer 4, Dense: wrong", 4)
    assert str(UserError("wrong", where="one").at("another")) == "another: one: wrong"


def test_a_place_without_words_is_known_and_not_printed() -> None:
    error = BudgetError("wrong", where=option("units"), remedy="Mend it.").at(Where("layer 4, Dense", "layer", 4))
    assert str(error) == "layer 4, Dense: wrong. Mend it."
    assert error.which("option") == "units"
    assert type(error) is BudgetError
    assert UserError("wrong", where=option("units")).where is None
