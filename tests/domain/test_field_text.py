"""Fields of values as people write them."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.causes import Cause
from domain.directory import AnswerRule, CallerFrom, StirPolicy, TrunkOptions
from domain.errors import InputError
from domain.field_text import texts_of, with_texts
from domain.recipe import Recipe
from domain.recipes import RECIPES

PLAIN = TrunkOptions()
printable = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=12)


@dataclass(frozen=True)
class Limits:
    most: int | None = None
    parts: tuple[str, ...] = ()


def test_each_kind_of_field_is_read_and_written() -> None:
    recipe = with_texts(Recipe("x"), {"cause_base": "10", "raw_hash": "yes", "zone": " Europe/Kyiv "}, "switch gw1")
    assert (recipe.cause_base, recipe.raw_hash, recipe.zone) == (10, True, "Europe/Kyiv")
    options = with_texts(PLAIN, {"caller_from": "from, p-asserted-identity", "stir": "require-a"}, "trunk t")
    assert options.caller_from == (CallerFrom.FROM, CallerFrom.ASSERTED)
    assert options.stir is StirPolicy.REQUIRE_A
    assert texts_of(options)["caller_from"] == "from,p-asserted-identity"


def test_what_may_be_missing_is_taken_away_by_nothing() -> None:
    limited = with_texts(Limits(), {"most": "30"}, "")
    assert limited.most == 30
    assert with_texts(limited, {"most": ""}, "").most is with_texts(limited, {"most": "none"}, "").most is None
    assert texts_of(Limits()) == {"most": "", "parts": ""}


def test_an_answer_is_a_field_of_its_own_and_an_empty_one_takes_it_away() -> None:
    options = with_texts(PLAIN, {"answers.no-route": "503/34 No route", "answers.no-credit": "402"}, "trunk t")
    assert options.answers == (AnswerRule(Cause.NO_CREDIT, 402), AnswerRule(Cause.NO_ROUTE, 503, "No route", 34))
    assert texts_of(options)["answers.no-route"] == "503/34 No route"
    assert with_texts(options, {"answers.no-route": ""}, "trunk t").answers == options.answers[:1]


@pytest.mark.parametrize("text", ["200", "99/34", "5O3", "503/200", "ok"])
def test_an_answer_that_no_sip_message_can_give_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"trunk t: .*answers\.no-route takes status"):
        with_texts(PLAIN, {"answers.no-route": text}, "trunk t")


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"switch gw1: there is no field 'cause_bas'. Did you mean cause_base"):
        with_texts(Recipe("x"), {"cause_bas": "10"}, "switch gw1")
    with pytest.raises(InputError, match=r"Did you mean answers\.no-route"):
        with_texts(PLAIN, {"answers.no-rout": "503"}, "trunk t")
    with pytest.raises(InputError, match=r"no field 'stir.x'"):
        with_texts(PLAIN, {"stir.x": "1"}, "trunk t")


@pytest.mark.parametrize(
    ("name", "text", "takes"),
    [("cause_base", "ten", "a whole number"), ("raw_hash", "maybe", "true or false"), ("cause_base", "", "a whole")],
)
def test_a_wrong_value_names_its_field_and_what_it_takes(name: str, text: str, takes: str) -> None:
    with pytest.raises(InputError, match=f"{name} takes {takes}"):
        with_texts(Recipe("x"), {name: text}, "switch gw1")


def test_a_word_that_is_none_of_the_list_is_answered_with_the_list() -> None:
    with pytest.raises(InputError, match="stir takes one of ignore, require, require-ab, require-a"):
        with_texts(PLAIN, {"stir": "yes"}, "trunk t")


def test_line_ends_enter_nothing() -> None:
    with pytest.raises(InputError, match="control characters"):
        with_texts(PLAIN, {"answers.no-route": "503 No\r\nContact: <sip:evil>"}, "trunk t")
    with pytest.raises(InputError, match="auth_password cannot be that") as refused:
        with_texts(PLAIN, {"auth_password": "hush\n"}, "trunk t")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_can_be_written_and_read_again(name: str) -> None:
    texts = texts_of(RECIPES[name])
    assert with_texts(Recipe("other"), texts, "") == RECIPES[name]


@given(st.lists(st.one_of(printable, st.text("a,\\", max_size=4)).filter(bool), max_size=3), printable)
def test_lists_come_back_as_they_were_whatever_signs_they_have(parts: list[str], context: str) -> None:
    limits = Limits(parts=tuple(parts))
    assert with_texts(Limits(), texts_of(limits), "") == limits
    options = replace(PLAIN, context=context.strip())
    assert with_texts(PLAIN, texts_of(options), "") == options
