"""End users: whose call it is, what his limits let through together with his partner's, and his bill."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.booking import Known, book, fingerprint
from domain.calls import LegState
from domain.causes import Cause
from domain.charging import charge_report
from domain.commands import Expire, Granted, Refused
from domain.credit import PartnerOptions, UnknownUsers
from domain.directory import TrunkOptions
from domain.end_user_fields import changed_end_user, end_user_texts, new_end_user
from domain.end_users import EndUser, EndUserList, EndUsers, EndUserStatus, UserLimits, found_among
from domain.errors import InputError
from domain.holds import HoldMode
from domain.ids import NO_USER, DestinationId, EndUserId, PartnerId
from domain.invoicing import Usage, invoice_lines
from domain.limit_index import LimitIndex
from domain.limits import Limit, LimitId, Period
from domain.money import units_of
from domain.routing import decide
from domain.user_bills import UserUsage, bill_lines, totals
from store.end_users_file import open_end_users, write_end_users
from tests.domain import worlds
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, a_leg, ask
from tests.domain.reports import report
from tests.domain.test_limits import TIMES, House, cause

ALICE, BOB = EndUserId("alice"), EndUserId("bob")


def a_user(name: str = "alice", **fields: Any) -> EndUser:
    return EndUser(EndUserId(name), **({"user_names": (name,)} | fields))


def in_memory(users: list[EndUser], _: Path) -> EndUsers:
    return EndUserList(users)


def in_a_file(users: list[EndUser], folder: Path) -> EndUsers:
    everyone = [(PartnerId("other"), a_user("zoe")), *((ORBITA, user) for user in users)]
    write_end_users(folder / "users", everyone, 1)
    return open_end_users(folder / "users")[ORBITA]


@pytest.mark.parametrize("kept", [in_memory, in_a_file])
def test_a_user_is_found_by_his_exact_name_and_else_by_the_longest_prefix_of_the_caller(
    kept: Callable[[list[EndUser], Path], EndUsers], tmp_path: Path
) -> None:
    users = [
        a_user("alice", user_names=("alice", "Alice@x"), callers=("44791",)),
        a_user("bob", user_names=(), callers=("447911", "447911123456"), max_units=5, period=Period.EVER),
        a_user("card-7", user_names=("7",), status=EndUserStatus.SUSPENDED),
    ]
    its = kept(users, tmp_path)

    def found(name: str, caller: str) -> str:
        user = found_among(its, (name,), caller)
        return user.id if user else ""

    assert found("alice", "447911123456") == found("Alice@x", "") == "alice"
    assert found("ALICE", "447911999999") == found("", "447911123456") == "bob", "names are exact"
    assert found("", "44791999999") == "alice"
    assert found("", "12025550100") == found("", "4479") == found("", "4479.1123.4567") == found("zoe", "") == ""
    assert its.get(EndUserId("card-7")) == users[2]
    assert its.get(EndUserId("nobody")) is None
    assert [its.get(user.id) for user in users] == users
    assert set(its.periods) == {Period.EVER}


def test_a_call_is_decided_by_whose_it_is() -> None:
    users = EndUserList([a_user("alice", callers=("1202555",)), a_user("bob", status=EndUserStatus.SUSPENDED)])
    world = with_users(worlds.uk_world(), users)
    assert decide(worlds.setup(), world).end_user == "alice"
    assert decide(worlds.setup(user_name="alice", caller="anonymous"), world).end_user == "alice"
    suspended = decide(worlds.setup(user_name="bob"), world)
    assert (suspended.refusal, suspended.end_user) == (Cause.USER_SUSPENDED, "bob")
    stranger = worlds.setup(caller="4420794600")
    assert (decide(stranger, world).refusal, decide(stranger, world).end_user) == (None, "")
    refuses = worlds.client(options=PartnerOptions(unknown_users=UnknownUsers.REFUSE))
    strict = with_users(worlds.uk_world(partners=[refuses]), users)
    assert decide(stranger, strict).refusal is Cause.UNKNOWN_USER
    assert "'4420794600'" in decide(stranger, strict).detail
    assert decide(worlds.setup(user_name="alice"), strict).refusal is None
    assert decide(stranger, worlds.uk_world(partners=[refuses])).refusal is None, "it has none: nobody is unknown"


def test_credentials_of_a_trunk_name_the_user_where_a_record_does_not() -> None:
    pbx = worlds.incoming(options=TrunkOptions(auth_user="pbx-1", auth_password="s"))
    world = with_users(worlds.uk_world(trunks=[pbx]), EndUserList([a_user("hotel", user_names=("pbx-1",))]))
    assert decide(worlds.setup(user="pbx-1"), world).end_user == "hotel"
    leg = charge_report(report(user=""), world)
    assert getattr(leg, "end_user", None) == "hotel"


def test_a_leg_is_its_users_without_any_question_before_it() -> None:
    world = with_users(worlds.uk_world(), EndUserList([a_user("alice", callers=("1202555",)), a_user("bob")]))
    legs = [charge_report(report(**said), world) for said in ({}, {"user": "bob"}, {"caller": "442079460000"})]
    assert [getattr(leg, "end_user", None) for leg in legs] == ["alice", "bob", ""]


def with_users(world: Any, users: EndUsers) -> Any:
    directory = replace(world.index.directory, end_users={PartnerId("orbita"): users})
    return replace(world, index=type(world.index)(directory))


# ---- limits


class UserHouse(House):
    """A client with end users at work."""

    def __init__(self, *users: EndUser, limits: tuple[Limit, ...] = (), named: tuple[Limit, ...] = (), **terms: Any):
        super().__init__(*limits, **terms)
        self.know(*users, limits=limits, named=named)

    def know(self, *users: EndUser, limits: tuple[Limit, ...] = (), named: tuple[Limit, ...] = ()) -> None:
        its = UserLimits(self.terms, EndUserList(users), named)
        self.partner.limits.enter(limits, self.partner.holds.values(), its)

    def used(self, user: str = "alice") -> tuple[int, int, int]:
        use = self.partner.limits.user_uses(EndUserId(user), NOON)[0]
        return use.calls, use.seconds, use.units


def test_his_limits_count_his_calls_alone_and_the_tightest_of_all_wins() -> None:
    wide = Limit(LimitId("wide"), client=ORBITA, max_calls=3)
    house = UserHouse(a_user(max_calls=1), a_user("bob"), limits=(wide,))
    assert cause(house.ask("a1", end_user=ALICE)) is None
    refused = house.ask("a2", end_user=ALICE)
    assert isinstance(refused, Refused)
    assert (refused.cause, refused.detail) == (Cause.OVER_CALLS, "limit user orbita/alice: 1 of 1 calls")
    assert [cause(house.ask(call, end_user=BOB)) for call in ("b1", "b2")] == [None, None]
    assert cause(house.ask("b3", end_user=BOB)) is Cause.OVER_CALLS, "the partner's own"
    assert house.partner.of_user == {"alice": 1, "bob": 2}
    house.post("a1", "end", end_user=ALICE)
    assert house.used()[0] == 0 and "alice" not in house.partner.of_user
    assert cause(house.ask("a3", end_user=ALICE)) is None


def test_time_is_granted_as_far_as_the_tightest_of_three_purses_goes() -> None:
    minute = units_of("0.0294")
    narrow = Limit(LimitId("narrow"), client=ORBITA, max_units=30 * minute, currency=USD)
    for own, partners_own, credit, minutes in ((5, 30, 100, 5), (50, 30, 100, 30), (50, 30, 7, 7)):
        limits = (replace(narrow, max_units=partners_own * minute),)
        house = UserHouse(a_user(max_units=own * minute), limits=limits, limit=f"{credit * minute / 10**8:.8f}")
        reply = house.ask("c1", end_user=ALICE, mode=HoldMode.WHOLE)
        assert isinstance(reply, Granted)
        assert reply.seconds == 60 * minutes
    house = UserHouse(a_user(max_minutes=2))
    reply = house.ask("c1", end_user=ALICE, mode=HoldMode.WHOLE)
    assert isinstance(reply, Granted)
    assert reply.seconds == 120


def test_a_limit_of_the_catalog_on_a_user_counts_only_him() -> None:
    uk = Limit(LimitId("alice-uk"), client=ORBITA, end_user=ALICE, destination=DestinationId(7), max_calls=0)
    house = UserHouse(a_user(), a_user("bob"), named=(uk,))
    assert cause(house.ask("a1", end_user=ALICE)) is Cause.OVER_CALLS
    assert cause(house.ask("b1", end_user=BOB)) is None
    assert cause(house.ask("n1")) is None


def test_a_suspended_user_gets_no_call_though_the_node_did_not_know_yet() -> None:
    house = UserHouse(a_user(status=EndUserStatus.SUSPENDED))
    assert cause(house.ask("a1", end_user=ALICE)) is Cause.USER_SUSPENDED
    assert cause(house.ask("n1")) is None


def test_a_call_asked_about_anew_for_another_user_is_counted_for_him() -> None:
    house = UserHouse(a_user(max_calls=1), a_user("bob", max_calls=1))
    house.ask("c1", end_user=ALICE)
    assert cause(house.ask("c1", end_user=BOB)) is None
    assert house.partner.of_user == {"bob": 1}
    assert cause(house.ask("c2", end_user=ALICE)) is None
    house.post("c1", "start", end_user=BOB)
    assert isinstance(house.ask("c1", end_user=ALICE), Granted), "a call that runs is the one it was"
    assert house.partner.of_user == {"alice": 1, "bob": 1}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("ask", "start", "end", "lapse", "know")),
            st.integers(0, 5),
            st.sampled_from(("alice", "bob", "")),
        ),
        max_size=40,
    )
)
def test_whatever_comes_a_user_never_passes_his_money_and_counters_come_back_to_zero(
    steps: list[tuple[str, int, str]],
) -> None:
    minute = units_of("0.0294")
    users = a_user(max_units=10 * minute, period=Period.EVER, max_calls=3), a_user("bob", max_minutes=6)
    house = UserHouse(*users)
    whose: dict[str, str] = {}
    for what, number, user in steps:
        call = f"c{number}"
        match what:
            case "ask":
                reply = house.ask(call, end_user=EndUserId(user), mode=HoldMode.WHOLE, max_s=240)
                if isinstance(reply, Granted) and not any(
                    h.started for h in house.partner.holds_of(ask(call).call_key)
                ):
                    whose[call] = user
            case "start" if call in whose:
                house.post(call, "start", end_user=EndUserId(whose[call]))
            case "end" if call in whose and house.partner.holds_of(ask(call).call_key):
                [hold] = house.partner.holds_of(ask(call).call_key)
                seconds, owner = hold.granted_s, EndUserId(whose.pop(call))
                house.post(call, "end", seconds, seconds * minute // 60, end_user=owner)
            case "lapse":
                house.apply(house.partner.expire(Expire(NOON + 180_000), TIMES))
            case "know":
                house.know(*users)
            case _:
                pass
        assert house.used()[2] <= 10 * minute
        assert house.used("bob")[1] <= 360
        open_now = {
            name: sum(hold.end_user == name for hold in house.partner.holds.values()) for name in ("alice", "bob")
        }
        assert {name: house.partner.of_user[EndUserId(name)] for name in open_now} == open_now
        assert house.used()[0] == open_now["alice"] <= 3
    house.apply(house.partner.expire(Expire(NOON + 10**9), TIMES))
    its = house.partner.limits
    assert not house.partner.of_user and not (its.calls or its.seconds or its.units)


def test_of_a_limit_for_ever_nothing_comes_back_with_a_new_month() -> None:
    minute = units_of("0.0294")
    house = UserHouse(a_user(max_units=2 * minute, period=Period.EVER))
    house.ask("c1", end_user=ALICE, mode=HoldMode.WHOLE)
    house.post("c1", "end", 120, 2 * minute, end_user=ALICE)
    later = NOON + 400 * 86_400_000
    assert cause(house.ask("c2", end_user=ALICE, at_ms=later)) is Cause.OVER_MONEY
    house.know(a_user(max_units=3 * minute, period=Period.EVER))
    reply = house.ask("c3", end_user=ALICE, at_ms=later, mode=HoldMode.WHOLE)
    assert isinstance(reply, Granted)
    assert reply.seconds == 60, "topped up by a minute's money"


def test_the_real_end_of_a_call_that_became_anothers_takes_the_money_back_from_the_first() -> None:
    ours = replace(a_leg("c1"), state=LegState.PARTIAL, end_user=ALICE)
    real = replace(a_leg("c1"), end_user=BOB)
    known = Known(LegState.PARTIAL, 1, ours.charge, NOON, ours.duration_ms, 0, ours)
    booked = book(real, fingerprint(real), known, NOON)
    assert booked.back is not None and booked.posting is not None
    assert (booked.back.end_user, booked.back.amount) == (ALICE, -ours.charge)
    assert (booked.posting.end_user, booked.posting.amount) == (BOB, real.charge)
    again = book(real, fingerprint(real), Known(LegState.CLOSED, fingerprint(replace(real, end_user=NO_USER))), NOON)
    assert again.outcome == "duplicate", "a key that changed hands makes no other end of it"


def test_limits_of_100_000_users_are_not_made_before_they_are_asked_for() -> None:
    users = EndUserList([a_user(f"u{number}", max_calls=1) for number in range(1000)])
    directory = replace(worlds.uk_world().index.directory, end_users={PartnerId("orbita"): users})
    index = LimitIndex(directory)
    assert PartnerId("orbita") not in index.of_client
    assert not index.metered
    [limit] = index.users_of(PartnerId("orbita")).of(EndUserId("u7"))
    assert (limit.client, limit.end_user, limit.max_calls) == ("orbita", "u7", 1)


# ---- bills

USAGES = st.lists(
    st.builds(
        UserUsage,
        end_user=st.sampled_from((ALICE, BOB, NO_USER)),
        destination=st.sampled_from((DestinationId(7), DestinationId(8))),
        price=st.sampled_from((units_of("0.0294"), units_of("0.03"))),
        rate_type=st.just("any"),
        currency=st.just(USD),
        attempts=st.integers(1, 9),
        answered=st.integers(0, 9),
        billed_s=st.integers(0, 10_000),
        charge=st.integers(0, 10**12),
    ).filter(lambda usage: usage.answered or not usage.billed_s)  # no call is billed that nobody answered
)


@given(USAGES)
def test_the_bills_of_all_users_and_what_is_nobodys_add_up_to_the_partners_invoice(usages: list[UserUsage]) -> None:
    names = {DestinationId(7): "UK Mobile", DestinationId(8): "Kenya"}
    invoice = invoice_lines(
        USD, [Usage(names[u.destination], u.price, u.answered, u.billed_s, u.charge, u.rate_type) for u in usages]
    )
    bills = [
        bill_lines(USD, [usage for usage in usages if usage.end_user == user], names)
        for user in {usage.end_user for usage in usages}
    ]
    charged = sum(line.charge for bill in bills for line in bill.lines)
    assert charged == sum(line.charge for line in invoice.lines) == invoice.total.units - invoice.difference.units
    assert sum(bill.billed_s for bill in bills) == invoice.billed_s
    assert sum(bill.calls for bill in bills) == invoice.calls
    assert sum(total.charge for total in totals(usages)) == charged


# ---- fields and files


def test_what_is_shown_of_a_user_can_be_set_again() -> None:
    user = a_user(callers=("447911",), max_units=units_of("12.5"), max_cps=2, burst=4, period=Period.EVER)
    assert changed_end_user(user, end_user_texts(user), "x") == user
    assert changed_end_user(user, {"max_money": "", "callers": "+44 ,49"}, "x").callers == ("44", "49")


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"user_names": ""}, "no key"),
        ({"callers": "0044"}, "no caller's number"),
        ({"callers": "44a"}, "no caller's number"),
        ({"user_names": "a,a"}, "given twice"),
        ({"max_calls": "-1"}, "max_calls is -1"),
        ({"max_money": "x"}, "no amount"),
        ({"period": "year"}, "one of hour, day, week, month, ever"),
        ({"burst": "3"}, "burst"),
        ({"colour": "red"}, "no field"),
    ],
)
def test_what_cannot_be_is_told_with_its_field(texts: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        new_end_user("alice", {"user_names": "alice"} | texts, "end user alice")
