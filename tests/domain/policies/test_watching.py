"""What policies say of watching routes, one laid over the other."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import NO_DESTINATION, DestinationId, PartnerId
from domain.policies.policy import Attachment, Policies, Policy, TimeProfile
from domain.policies.rules import check, rules_of
from domain.policies.watching import NAMES, PREFIX, WatchesAt, watches_at
from domain.route_watch import Action, Watch

KENYA, UK = DestinationId(1), DestinationId(2)
ORBITA, PAMPAS = PartnerId("orbita"), PartnerId("pampas")


def watch(*policies: Policy) -> Watch | None:
    return rules_of(policies).watch


def test_a_policy_without_bounds_watches_nothing() -> None:
    assert watch(Policy("default")) is None
    assert watch(Policy("default", watch_rest_s=60)) is None


def test_every_field_of_a_watch_is_one_of_policies() -> None:
    values: dict[str, Any] = {name: getattr(Watch(), name) for name in NAMES}
    values |= {"asr": 35.0, "asr_warn": 40.0, "probe_units": 5, "rest_s": 60, "action": Action.LAST}
    assert watch(Policy("default", **{PREFIX + name: value for name, value in values.items()})) == Watch(**values)


def test_what_is_said_on_top_counts_and_the_rest_is_inherited() -> None:
    under = Policy("default", watch_asr=35.0, watch_rest_s=60)
    assert watch(under, Policy("kenya", watch_asr=30.0)) == Watch(asr=30.0, rest_s=60)
    assert watch(under, Policy("kenya", watch_action=Action.TELL)) == Watch(asr=35.0, rest_s=60, action=Action.TELL)


def test_a_bound_of_zero_takes_away_what_lies_below() -> None:
    under = Policy("default", watch_asr=35.0, watch_asr_warn=40.0)
    assert watch(under, Policy("test", watch_asr=0)) is None
    assert watch(under, Policy("test", watch_asr_warn=0)) == Watch(asr=35.0)


def test_what_does_not_fit_together_gives_way() -> None:
    under = Policy("default", watch_asr=35.0, watch_asr_warn=40.0, watch_least_calls=80)
    assert watch(under, Policy("kenya", watch_asr=45.0)) == Watch(asr=45.0, least_calls=80)
    assert watch(under, Policy("few", watch_window_calls=50)) == Watch(
        asr=35.0, asr_warn=40.0, window_calls=50, least_calls=50
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"watch_asr": 100.0}, "policy kenya: watch_asr 100. Give more than 0 and less than 100."),
        ({"watch_asr": -1.0}, "policy kenya: watch_asr -1. Give 0 for none, or more."),
        ({"watch_asr": 35.0, "watch_asr_warn": 30.0}, "policy kenya: watch_asr_warn 30 beside asr 35."),
        ({"watch_probe_calls": 5}, "policy kenya: watch_probe_calls 5. Give 10 to 250."),
        ({"watch_new": 5}, "policy kenya: watch_new 5. Give 10 to 250."),
        ({"watch_new": 60, "watch_probe_calls": 50}, "policy kenya: watch_new 60. Give 10 to 50."),
        ({"watch_window_calls": 50, "watch_least_calls": 60}, "policy kenya: watch_least_calls 60. Give 10 to 50."),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_written(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        check(Policy("kenya", **fields))
    assert str(raised.value).startswith(said)


def test_a_part_of_a_watch_may_be_said_where_the_rest_lies_below() -> None:
    each: list[dict[str, Any]] = [{"watch_asr_warn": 40.0}, {"watch_least_calls": 200}, {"watch_window_calls": 20}]
    for fields in each:
        check(Policy("kenya", **fields))


def test_the_watches_of_a_destination_are_those_that_may_hold_there() -> None:
    named = {
        one.name: one
        for one in (
            Policy("default"),
            Policy("floor", watch_asr=35.0),
            Policy("night", watch_asr=20.0),
            Policy("gold", watch_asr=50.0),
        )
    }
    attached = (
        Attachment("floor", client=ORBITA, destination=KENYA),
        Attachment("night", destination=KENYA, profile="night"),
    )
    policies = Policies(named, attached, {"night": TimeProfile("night")})
    clients = [("default", ORBITA), ("gold", PAMPAS)]
    assert {one.asr for one in watches_at(policies, clients, KENYA)} == {35.0, 20.0, 50.0}
    assert {one.asr for one in watches_at(policies, clients, UK)} == {50.0}
    plain = replace(policies, attached=())
    assert watches_at(plain, clients[:1], UK) == set()


def test_numbers_without_a_destination_are_not_watched() -> None:
    watches = WatchesAt(Policies({"default": Policy("default", watch_asr=35.0)}), [("default", PartnerId("acme"))])
    assert watches(DestinationId(1)) == frozenset({Watch(asr=35.0)})
    assert watches(NO_DESTINATION) == frozenset()


places = st.builds(
    Attachment,
    policy=st.sampled_from(["asr", "acd", "price", "gone"]),
    client=st.sampled_from([None, PartnerId("acme"), PartnerId("zen")]),
    product=st.sampled_from(["", "gold"]),
    destination=st.sampled_from([None, DestinationId(1), DestinationId(2)]),
    profile=st.sampled_from(["", "evening", "night"]),
)


@given(
    st.lists(places, max_size=5), st.tuples(st.sampled_from(["", "asr", "price"]), st.sampled_from(["acme", "zen"])),
    st.sampled_from([1, 2, 3]), st.sampled_from(["", "gold", "silver"]), st.sets(st.sampled_from(["evening", "night"])),
)  # fmt: skip
def test_whatever_holds_for_a_call_its_watch_is_among_those_of_its_destination(
    attached: list[Attachment], client: tuple[str, str], where: int, product: str, now: set[str]
) -> None:
    named = (
        Policy("default"),
        Policy("asr", watch_asr=35.0),
        Policy("acd", watch_acd=60.0),
        Policy("price", order="asr"),
    )
    policies = Policies({one.name: one for one in named}, tuple(attached))
    own, name = client[0], PartnerId(client[1])
    clients = [(own, name), ("", PartnerId("other"))]
    near = [one for one in attached if one.applies(name, product, DestinationId(where))]
    near = [one for one in near if not one.profile or one.profile in now]
    watch = rules_of(policies.layers(own, near)).watch
    found = WatchesAt(policies, clients)(DestinationId(where))
    assert watch is None or watch in found
    assert found == frozenset(watches_at(policies, clients, DestinationId(where)))
