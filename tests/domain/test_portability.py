"""Numbers that have moved to another network are routed and rated by where they are now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import DirectoryIndex
from domain.calls import Leg, Parked, ReportKind, Side
from domain.causes import SIP_STATUS, Cause, ParkCause
from domain.charging import asks_elsewhere, charge_report
from domain.commands import RecordLeg
from domain.decisions import Decision, explain
from domain.directory import Portability, TrunkOptions
from domain.errors import InputError
from domain.numbers import Dialled
from domain.parking import recharge
from domain.portability import PortedIndex, PortedSource, Silent, SourceKind, check_source
from domain.portability_fields import changed_source, source_texts
from domain.routing import RankCache, RoutedCall, asked, decide
from domain.world import World
from tests.actors.exchange import told
from tests.domain.builders import table
from tests.domain.worlds import incoming, outgoing, row, setup, world

KENYA = PortedSource("kenya", prefixes=("254",))
SERVER = PortedSource("lnp", SourceKind.ENUM, server="192.0.2.53:53")
MOVED, STAYED = "254700000001", "254700000002"
TOLD = (Portability.HAND_ON, Portability.IGNORE)
AIRTEL = "254733"


class Moved(dict[str, Dialled]):
    """The moved numbers of a source."""

    def of(self, number: str) -> Dialled | None:
        return self.get(number)


def kenya(
    option: Portability,
    *sources: PortedSource,
    numbers: Mapping[str, str] | None = None,
    vendor: Portability = Portability.HAND_ON,
    other: Portability | None = None,
) -> World:
    """Vendors who take Safaricom's numbers, 25470, and Airtel's, 25473, at prices of their own.

    `vendor`: whether they are told where a number is now; `other`: whether the second one is.
    """
    buys = {
        "saf": table(row("25470", "0.05"), row("25473", "0.09")),
        "air": table(row("25470", "0.09"), row("25473", "0.04")),
    }
    sell = table(row("25470", "0.10"), row("25473", "0.12"))
    trunk = incoming(options=TrunkOptions(portability=option))
    told = zip(buys, (vendor, other or vendor), strict=True)
    made = world(
        sell, buys, trunks=[trunk, *(outgoing(name, options=TrunkOptions(portability=how)) for name, how in told)]
    )
    directory = replace(made.index.directory, ported=sources or (KENYA,))
    held = Moved(
        {number: Dialled("", rn, True) for number, rn in ({MOVED: AIRTEL} if numbers is None else numbers).items()}
    )
    return replace(made, index=DirectoryIndex(directory), ported={"kenya": held})


def order(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def test_a_moved_number_is_routed_and_sold_by_where_it_is_now() -> None:
    its = kenya(Portability.LOOK_UP)
    moved, stayed = (decide(setup(number), its) for number in (MOVED, STAYED))
    assert (order(moved), order(stayed)) == (["air", "saf"], ["saf", "air"])
    assert (moved.routing_number, moved.dipped, moved.b) == (AIRTEL, True, MOVED)
    assert (stayed.routing_number, stayed.dipped) == ("", True)
    assert [decision.sell.terms.next_price for decision in (moved, stayed) if decision.sell] == [12_000_000, 10_000_000]


def test_a_trunk_that_looks_nothing_up_goes_by_what_was_dialled() -> None:
    for option in (Portability.IGNORE, Portability.ROUTE):
        found = decide(setup(MOVED), kenya(option))
        assert (order(found), found.dipped) == (["saf", "air"], False)


def test_what_the_partner_says_counts_only_where_it_is_believed() -> None:
    said = setup(STAYED, routing_number="+254733", dipped=True)
    assert order(decide(said, kenya(Portability.ROUTE_OR_LOOK_UP))) == ["air", "saf"]
    assert order(decide(said, kenya(Portability.LOOK_UP))) == ["saf", "air"]
    undipped = setup(MOVED)
    assert order(decide(undipped, kenya(Portability.ROUTE_OR_LOOK_UP))) == ["air", "saf"]


def test_a_partner_who_says_that_a_number_stayed_is_believed_without_a_second_look() -> None:
    said = setup(MOVED, dipped=True)
    assert order(decide(said, kenya(Portability.ROUTE_OR_LOOK_UP))) == ["saf", "air"]


def test_a_server_is_asked_first_and_its_word_counts() -> None:
    its = kenya(Portability.LOOK_UP, SERVER)
    call = asked(setup(MOVED), its)
    assert isinstance(call, RoutedCall)
    assert (call.lacking, its.index.ported.elsewhere) == (SERVER, True)
    assert order(decide(setup(MOVED, looked_up=(AIRTEL, True, "")), its)) == ["air", "saf"]
    silent = decide(setup(MOVED, looked_up=("", False, "")), its)
    assert (order(silent), silent.dipped) == (["saf", "air"], False)


def test_a_source_whose_file_is_not_there_changes_nothing() -> None:
    its = replace(kenya(Portability.LOOK_UP), ported={})
    assert (order(decide(setup(MOVED), its)), decide(setup(MOVED), its).dipped) == (["saf", "air"], False)


@pytest.mark.parametrize("option", [Portability.LOOK_UP, Portability.ROUTE_OR_LOOK_UP])
def test_both_legs_are_charged_by_where_the_number_is_now(option: Portability) -> None:
    its = kenya(option)
    for side, where in ((Side.CLIENT, {}), (Side.VENDOR, {"remote": "air.example"})):
        moved, stayed = (
            charge_report(told(ReportKind.STOP, side, called=number, **where), its) for number in (MOVED, STAYED)
        )
        assert isinstance(moved, Leg) and isinstance(stayed, Leg)
        assert (moved.code, moved.routing_number, moved.b) == ("25473", AIRTEL, MOVED)
        assert (stayed.code, stayed.routing_number) == ("25470", "")


def test_a_vendor_that_is_not_told_is_paid_by_what_was_dialled() -> None:
    its = kenya(Portability.LOOK_UP, vendor=Portability.IGNORE)
    leg = charge_report(told(ReportKind.STOP, Side.VENDOR, called=MOVED, remote="air.example"), its)
    assert isinstance(leg, Leg) and leg.code == "25470"


@given(st.sampled_from([MOVED, STAYED]), st.sampled_from(TOLD), st.sampled_from(TOLD), st.booleans())
def test_vendors_stand_by_what_their_legs_will_cost(
    number: str, first: Portability, second: Portability, warm: bool
) -> None:
    its, cache = kenya(Portability.LOOK_UP, vendor=first, other=second), RankCache()
    for other in (STAYED, MOVED) if warm else ():
        decide(setup(other), its, cache)
    decision = decide(setup(number), its, cache)
    assert decision == decide(setup(number), its), "what is kept of one number says nothing of a moved one"
    costs: list[int] = []
    for route in decision.routes:
        report = told(ReportKind.STOP, Side.VENDOR, called=number, remote=f"{route.vendor}.example")
        leg = charge_report(report, its)
        assert isinstance(leg, Leg)
        assert (leg.code, leg.price) == (route.code, route.terms.next_price), route.vendor
        costs.append(leg.price)
    assert costs == sorted(costs) and len(costs) == 2


WORDS: tuple[dict[str, Any], ...] = ({}, {"dipped": True}, {"dipped": True, "routing_number": f"+{AIRTEL}"})
HEARD: tuple[dict[str, Any], ...] = (
    {"looked_up": ("", False, "")},
    *({"looked_up": (rn, True, "")} for rn in ("", AIRTEL)),
)


@given(
    st.sampled_from(list(Portability)), st.sampled_from([MOVED, STAYED]), st.sampled_from(WORDS), st.sampled_from(TOLD),
    st.sampled_from(TOLD), st.sampled_from([(), (SERVER,)]), st.sampled_from(HEARD),
    st.sampled_from([{}, {STAYED: AIRTEL}]),
)  # fmt: skip
def test_a_vendors_leg_that_bears_our_mark_is_charged_as_its_call_was_decided(
    option: Portability,
    number: str,
    words: dict[str, Any],
    first: Portability,
    second: Portability,
    sources: tuple[PortedSource, ...],
    heard: dict[str, Any],
    later: dict[str, str],
) -> None:
    """Whatever the trunk that it came in by looks up, its partner says, a server is silent of, or a newer file has."""
    decision = decide(setup(number, **words, **heard), kenya(option, *sources, vendor=first, other=second))
    after = kenya(option, *sources, vendor=first, other=second, numbers=later)
    assert len(decision.routes) == 2
    for route in decision.routes:
        report = told(ReportKind.STOP, Side.VENDOR, called=number, mark=route.target.mark)
        leg = charge_report(report, after)
        assert isinstance(leg, Leg)
        assert (leg.partner, leg.code, leg.price) == (route.vendor, route.code, route.terms.next_price)
        hands_on = (first if route.vendor == "saf" else second) is Portability.HAND_ON
        assert asks_elsewhere(report, after) is None or not hands_on, "it was asked once, for the call"


def test_a_call_of_a_trunk_that_looks_nothing_up_pays_vendors_as_dialled_since_they_are_told_nothing() -> None:
    its = kenya(Portability.IGNORE)
    first = decide(setup(MOVED), its).routes[0]
    assert (first.vendor, first.code, first.target.mark, first.target.user_params) == ("saf", "25470", "saf-out.1-", "")
    marked = told(ReportKind.STOP, Side.VENDOR, called=MOVED, mark=first.target.mark)
    unmarked = told(ReportKind.STOP, Side.VENDOR, called=MOVED, remote="saf.example")
    legs = [charge_report(report, its) for report in (marked, unmarked)]
    assert [leg.code for leg in legs if isinstance(leg, Leg)] == ["25470", "25473"], (
        "without a mark the source is asked"
    )


def test_what_a_report_says_was_sent_counts_before_its_mark() -> None:
    report = told(ReportKind.STOP, Side.VENDOR, called=f"{STAYED};npdi;rn=+{AIRTEL}", mark="saf-out.1-")
    leg = charge_report(report, kenya(Portability.IGNORE))
    assert isinstance(leg, Leg) and (leg.code, leg.routing_number) == ("25473", AIRTEL)


def test_a_clients_leg_is_rated_by_its_own_trunk_whatever_mark_it_bears() -> None:
    report = told(ReportKind.STOP, Side.CLIENT, called=STAYED, mark=f"saf-out.1-{AIRTEL}")
    leg = charge_report(report, kenya(Portability.LOOK_UP))
    assert isinstance(leg, Leg) and (leg.code, leg.routing_number) == ("25470", "")


def test_a_leg_is_charged_by_the_word_of_the_server_that_was_asked() -> None:
    its = kenya(Portability.LOOK_UP, SERVER)
    report = told(ReportKind.STOP, Side.CLIENT, called=MOVED)
    assert asks_elsewhere(report, its) == (SERVER, MOVED)
    for word, code in ((AIRTEL, "25473"), ("", "25470"), (None, "25470")):
        leg = charge_report(replace(report, looked_up=word), its)
        assert isinstance(leg, Leg) and leg.code == code


digits = st.text("0123", min_size=1, max_size=4)


@given(st.dictionaries(digits, st.integers(0, 3), max_size=6), st.booleans(), digits)
def test_a_number_has_the_source_of_its_longest_prefix(prefixes: dict[str, int], all_others: bool, number: str) -> None:
    names = sorted({f"s{at}" for at in prefixes.values()})
    sources = [
        PortedSource(name, prefixes=tuple(p for p, at in prefixes.items() if f"s{at}" == name)) for name in names
    ]
    sources += [PortedSource("rest")] if all_others else []
    fit = [p for p in prefixes if number.startswith(p)]
    found = PortedIndex(sources).source_of(number)
    if fit:
        assert found is not None
        assert max(fit, key=len) in found.prefixes
    else:
        assert (found.name if found else "") == ("rest" if all_others else "")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"prefixes": "254,25x"}, "'25x' is no prefix"),
        ({"prefixes": "254,254"}, "given twice"),
        ({"prefixes": "44,1"}, "source lnp has numbers that begin with 1"),
        ({"kind": "enum"}, "'' is no server"),
        ({"kind": "enum", "server": "enum.example:53"}, "no IP address"),
        ({"kind": "enum", "server": "192.0.2.1:0"}, "no server"),
        ({"kind": "enum", "server": "[2001:db8::1]:53", "zone": "a..b"}, "zone 'a..b'"),
        ({"kind": "enum", "server": "192.0.2.1:53", "timeout_ms": "5"}, "timeout_ms cannot be 5"),
        ({"kind": "enum", "server": "192.0.2.1:53", "keep_s": "-1"}, "keep_s cannot be -1"),
        ({"prefix": "1"}, "no field 'prefix'"),
        ({"edition": "3"}, "no field 'edition'"),
    ],
)
def test_what_cannot_be_is_told_by_its_field(texts: dict[str, str], said: str) -> None:
    others = [PortedSource("lnp", prefixes=("1",))]
    with pytest.raises(InputError, match=said.replace("[", r"\[")):
        changed_source(PortedSource("new"), texts, others)


def test_two_sources_for_all_other_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="all numbers that no prefix"):
        check_source(PortedSource("b"), [PortedSource("a")])


def test_fields_are_read_as_they_are_shown() -> None:
    source = replace(SERVER, prefixes=("1", "44"), keep_s=60, silent=Silent.REFUSE)
    assert changed_source(PortedSource("lnp"), source_texts(source), []) == source


def test_numbers_of_a_file_do_not_become_a_servers() -> None:
    given: Any = {"kind": "enum", "server": "192.0.2.1:53"}
    with pytest.raises(InputError, match="came from a file"):
        changed_source(replace(KENYA, edition=2), given, [])


def test_calls_of_a_server_that_is_waited_for_are_refused_while_it_says_nothing() -> None:
    its = kenya(Portability.LOOK_UP, replace(SERVER, silent=Silent.REFUSE))
    refused = decide(setup(MOVED, looked_up=("", False, "")), its)
    assert (refused.refusal, SIP_STATUS[Cause.NOT_LOOKED_UP][0]) == (Cause.NOT_LOOKED_UP, 503)
    assert order(decide(setup(MOVED, looked_up=("", True, "")), its)) == ["saf", "air"]
    assert order(decide(setup(MOVED, looked_up=(AIRTEL, True, "")), its)) == ["air", "saf"]


def test_a_leg_whose_server_says_nothing_is_parked_where_calls_wait_for_it_and_charged_once_it_was_heard() -> None:
    its = kenya(Portability.LOOK_UP, replace(SERVER, silent=Silent.REFUSE))
    report = told(ReportKind.STOP, Side.CLIENT, called=MOVED)
    parked = charge_report(report, its)
    assert isinstance(parked, Parked) and parked.cause is ParkCause.NOT_LOOKED_UP
    begun = charge_report(told(ReportKind.START, Side.CLIENT, called=MOVED), its)
    assert isinstance(begun, Leg), "what is open is not charged, and waits for nobody"
    leg = charge_report(replace(report, looked_up=AIRTEL), its)
    assert isinstance(leg, Leg) and leg.code == "25473"


def test_what_a_server_said_is_kept_with_a_report_that_is_parked_for_another_reason() -> None:
    its = kenya(Portability.LOOK_UP, SERVER)
    report = replace(told(ReportKind.STOP, Side.CLIENT, called=MOVED), looked_up=AIRTEL)
    without = replace(its, plans={})
    parked = charge_report(report, without)
    again = charge_report(replace(report, looked_up=None), without)
    assert isinstance(parked, Parked) and isinstance(again, Parked)
    assert parked.park_id == again.park_id, "the same report is parked once, whatever its server said"
    charged = recharge(parked, its)
    assert isinstance(charged, RecordLeg) and charged.leg.code == "25473"


def test_the_explanation_names_the_source_that_was_asked() -> None:
    its = kenya(Portability.LOOK_UP)
    moved, stayed = ([*explain(decide(setup(number), its))][1:3] for number in (MOVED, STAYED))
    assert moved == [f"ported: routed and rated by {AIRTEL}", "looked up in source kenya"]
    assert stayed == ["not ported, by source kenya", "looked up in source kenya"]
    silent = decide(setup(MOVED, looked_up=("", False, "")), kenya(Portability.LOOK_UP, SERVER))
    assert explain(silent)[1] == "looked up in source lnp, which says nothing"
    told_by_partner = decide(setup(STAYED, routing_number="+254733", dipped=True), kenya(Portability.ROUTE))
    assert not [line for line in explain(told_by_partner) if "source" in line]
