from dataclasses import replace

import pytest

from domain.errors import InputError
from domain.ids import CallKey, TrunkId
from domain.money import Currency, units_of
from domain.recipes import CISCO, GNUGK, RECIPES
from domain.targets import Target
from domain.wire.radius_answers import Account, access_accept_attributes, check_answers
from domain.wire.radius_packet import Attribute, Code, decode, encode_reply
from tests.domain.wire.radius_bytes import SECRET, access

KEY = CallKey(b"k" * 16)


def target(number: int = 1, user: str = "777#254711000002") -> Target:
    return Target(TrunkId("v1"), f"198.51.100.{number}", 5060, user, f"v1.{number}", user.removeprefix("777#"))


def routes(recipe_routes: tuple[str, ...], count: int = 2) -> list[Attribute]:
    recipe = replace(CISCO, routes=recipe_routes, answers=(), repeat_names=False)
    return access_accept_attributes(recipe, KEY, 600, [target(number) for number in range(1, count + 1)])


def pairs(found: list[Attribute]) -> list[str]:
    return [one.value.decode() for one in found]


def test_routes_are_written_one_by_one_in_the_form_of_the_switch() -> None:
    sippy = "h323-ivr-in=Routing:{user}@{host_port};credit-time={credit};expires=20"
    assert pairs(routes((sippy,))) == [
        "h323-ivr-in=Routing:777#254711000002@198.51.100.1:5060;credit-time=600;expires=20",
        "h323-ivr-in=Routing:777#254711000002@198.51.100.2:5060;credit-time=600;expires=20",
    ]


def test_numbers_and_addresses_of_a_gatekeeper_are_paired_by_place() -> None:
    found = routes(GNUGK.routes)
    assert found == [
        Attribute(9, 106, b"777#254711000002;777#254711000002"),
        Attribute(9, 108, b"198.51.100.1:5060;198.51.100.2:5060"),
    ]


def test_what_is_the_same_for_the_whole_call_is_said_once() -> None:
    found = routes(("h323-ivr-in=PortaBilling_CompleteNumber:yes", "h323-ivr-in=PortaBilling_Routing:{number}@{host}"))
    assert pairs(found) == [
        "h323-ivr-in=PortaBilling_CompleteNumber:yes",
        "h323-ivr-in=PortaBilling_Routing:254711000002@198.51.100.1",
        "h323-ivr-in=PortaBilling_Routing:254711000002@198.51.100.2",
    ]


def test_a_maker_with_a_vendor_number_of_its_own_is_answered_under_it() -> None:
    recipe = replace(RECIPES["eltex"], routes=("Eltex-AVPair=CallManagement:DirectRoutePrefix={position}",), answers=())
    assert access_accept_attributes(recipe, KEY, 600, [target()]) == [
        Attribute(35265, 1, b"CallManagement:DirectRoutePrefix=1")
    ]
    quintum = access_accept_attributes(replace(RECIPES["quintum"], routes=()), KEY, 600, [])
    assert (6618, 102, b"h323-credit-time=600") in quintum


@pytest.mark.parametrize("lines", [GNUGK.routes, CISCO.routes, (*GNUGK.routes, *CISCO.routes)])
@pytest.mark.parametrize("user", ["254711000002", "7" * 90])
def test_no_answer_is_fragmented_and_pairs_stay_paired(lines: tuple[str, ...], user: str) -> None:
    recipe = replace(CISCO, routes=lines)
    found = access_accept_attributes(recipe, KEY, 600, [target(at, user) for at in range(100)])
    assert len(encode_reply(access(("User-Name", "a")), Code.ACCESS_ACCEPT, found, SECRET)) <= 1400
    joined = [one.value.count(b";") for one in found if one.number in (106, 108)]
    assert len(set(joined)) <= 1
    assert all(len(one.value) <= 247 for one in found)


def test_the_balance_its_currency_and_the_billing_model_go_out_where_they_are_named() -> None:
    recipe = replace(CISCO, answers=("h323-credit-amount", "h323-currency", "h323-billing-model"))
    account = Account(units_of("12.5"), Currency("EUR"), prepaid=True)
    found = access_accept_attributes(recipe, KEY, 600, [], account=account)
    assert pairs(found) == ["h323-credit-amount=12.50", "h323-currency=EUR", "h323-billing-model=1"]
    assert access_accept_attributes(recipe, KEY, 600, []) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answers": ("h323-credit-tim",)}, "h323-credit-tim"),
        ({"routes": ("Routing:{user}",)}, "not which attribute"),
        ({"routes": ("h323-ivr-in=Routing:{usr}",)}, "no field of a route"),
    ],
)
def test_what_a_recipe_says_wrongly_of_replies_is_named_when_it_is_entered(
    changed: dict[str, tuple[str, ...]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        check_answers(replace(CISCO, **changed), "switch gw1")  # type: ignore[arg-type]  # fields of any type


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_recipes_we_ship_say_it_rightly(name: str) -> None:
    check_answers(RECIPES[name], name)
    reply = encode_reply(
        access(("User-Name", "a")),
        Code.ACCESS_ACCEPT,
        access_accept_attributes(RECIPES[name], KEY, 600, [target(1), target(2)]),
        SECRET,
    )
    assert decode(reply).code is Code.ACCESS_ACCEPT
