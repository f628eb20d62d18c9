"""Which policies hold for a call, and what they say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directory import Policy
from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import ANY_VENDOR, Attachment, Policies, TimeProfile, Unmet
from domain.policies.resolving import PolicyIndex
from domain.policies.rules import MAX_ROUTES, check, rules_of
from domain.profiles import windows_of
from tests.domain.builders import NOON

CLIENT, KENYA, UK = PartnerId("orbita"), DestinationId(8), DestinationId(7)
HOUR = 3_600_000
EVENING = TimeProfile("evening", "UTC", windows_of("on", range(7), 18 * 60, 24 * 60))


def names(index: PolicyIndex, product: str = "", destination: DestinationId = KENYA, at_ms: int = NOON) -> list[str]:
    return [policy.name for policy in index.rules_at("own", CLIENT, product, destination, at_ms).policies]


def index(*attached: Attachment) -> PolicyIndex:
    wanted = {"default", "own", *(one.policy for one in attached)}
    return PolicyIndex(Policies({name: Policy(name) for name in wanted}, attached, {"evening": EVENING}))


def test_time_lies_over_destination_over_product_over_client_over_the_clients_own() -> None:
    attached = [
        Attachment("by-time", profile="evening"),
        Attachment("by-destination", destination=KENYA),
        Attachment("by-product", product="gold"),
        Attachment("by-client", client=CLIENT),
    ]
    index_ = index(*attached)
    assert names(index_, "gold", KENYA, NOON + 6 * HOUR) == [
        "default", "own", "by-client", "by-product", "by-destination", "by-time",
    ]  # fmt: skip
    assert names(index_, "gold", KENYA, NOON + 6 * HOUR - 1) == [
        "default",
        "own",
        "by-client",
        "by-product",
        "by-destination",
    ]
    assert names(index_, "", UK) == ["default", "own", "by-client"]
    assert names(index_, "gold", KENYA, NOON + 12 * HOUR) == names(index_, "gold", KENYA)


def test_what_is_attached_to_more_applies_only_where_all_of_it_does() -> None:
    both = index(Attachment("both", client=CLIENT, destination=KENYA), Attachment("other", client=PartnerId("minnow")))
    assert (names(both), names(both, destination=UK)) == (["default", "own", "both"], ["default", "own"])


def test_a_policy_says_what_it_wants_and_leaves_the_rest() -> None:
    base = Policy("default", (PartnerId("a"),), 100, 3, 5, "asr > 1", "acd > 2", Unmet.REFUSE, "price", "24h")
    over = rules_of((base, Policy("over", order="asr", min_margin_bp=0)))
    assert (over.min_margin_bp, over.max_routes, over.min_margin, set(over.vendors)) == (0, 3, 5, {PartnerId("a")})
    assert over.order is not None
    assert over.only is not None
    assert (over.order.text, over.only.text, str(over.window), over.unmet) == ("asr", "asr > 1", "24h", Unmet.REFUSE)
    assert over.title == "default v1 + over v1"
    assert rules_of((base, Policy("all", vendors=(ANY_VENDOR,)))).vendors == frozenset()


def test_nothing_said_is_the_least_real_cost_without_loss() -> None:
    rules = rules_of(())
    assert (rules.order, rules.min_margin_bp, rules.max_routes, rules.vendors) == (None, 0, MAX_ROUTES, frozenset())


def test_the_same_policies_give_the_same_rules_in_another_directory() -> None:
    assert index().rules_at("own", CLIENT, "", KENYA, NOON) is index().rules_at("own", CLIENT, "", KENYA, NOON)


some = st.sampled_from(["", "gold"])
attachments = st.lists(
    st.builds(
        Attachment,
        st.sampled_from(["p", "q", "r"]),
        st.sampled_from([None, CLIENT, PartnerId("minnow")]),
        some,
        st.sampled_from([None, KENYA, UK]),
        st.sampled_from(["", "evening"]),
    ),
    max_size=6,
)
asks = st.lists(st.tuples(some, st.sampled_from([KENYA, UK]), st.integers(0, 30)), min_size=1, max_size=8)


@given(attachments, asks)
def test_what_was_found_once_holds_as_long_as_it_is_true(
    attached: list[Attachment], asked: list[tuple[str, DestinationId, int]]
) -> None:
    kept = index(*attached)
    for product, destination, hours in asked:
        at_ms = NOON + hours * HOUR
        assert names(kept, product, destination, at_ms) == names(index(*attached), product, destination, at_ms)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Policy("p", order="prise"), "policy p, order: 'prise' in column 1"),
        (Policy("p", only="asr"), "policy p, only: what begins in column 1 is a number"),
        (Policy("p", keep="asr >"), "policy p, keep: the end in column 6"),
        (Policy("p", window="2h"), "'2h' is no window"),
        (Policy("p", max_routes=0), "Give 1 to 64"),
        (Policy("p", min_margin_bp=-1), "Give 0 to 9,999"),
        (Policy("p", min_margin=-1), "no call is made at a loss"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused_in_words(policy: Policy, said: str) -> None:
    with pytest.raises(InputError) as raised:
        check(policy)
    assert said in str(raised.value)
