"""Operators enter origin groups, see who is in them, and are told by which a call is priced."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.plans import PlansService
from actors.desk.routing import RoutingService
from domain.errors import InputError, NotFoundError
from domain.ids import PlanId
from protos import operators_pb2 as pb
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import row

NOBODY: Any = None
PLAN = PlanId("sell")


@pytest.fixture
async def plans(desk: Desk) -> PlansService:
    rates = [row("44", "0.01", origin="eea"), row("44", "0.25", origin="invalid"), row("447", "0.1", origin="gcc")]
    await desk.change(lambda catalog, _: catalog.plans.add_rates(PLAN, rates, **BY))
    return PlansService(desk)


def codes(*pairs: tuple[str, str], **fields: Any) -> pb.OriginCodes:
    return pb.OriginCodes(plan=PLAN, codes=[pb.OriginCode(group=group, code=code) for group, code in pairs], **fields)


async def test_groups_are_entered_under_the_names_that_sheets_give_them(plans: PlansService) -> None:
    changed = await plans.SetOrigins(codes(("EEA", "33"), ("Non-EEA ", "*")), NOBODY)
    assert "origin groups eea, non-eea, version" in changed.what
    page = await plans.Origins(pb.OriginQuery(plan=PLAN), NOBODY)
    assert [(one.group, one.code) for one in page.codes] == [("eea", "33"), ("non-eea", "*")]
    assert (page.total, page.zone, page.now_ms) == (2, "UTC", NOW)
    again = await plans.SetOrigins(codes(("EEA", "33"), ("Non-EEA", "*")), NOBODY)
    assert again.what == "plan sell: its origin groups say that already"


async def test_groups_that_only_rates_name_are_listed_with_their_rates(plans: PlansService) -> None:
    await plans.SetOrigins(codes(("eea", "33"), ("eea", "49")), NOBODY)
    page = await plans.Origins(pb.OriginQuery(plan=PLAN, group="EEA", limit=1, offset=1), NOBODY)
    assert [(one.name, one.codes, one.rates) for one in page.groups if one.name] == [
        ("eea", 2, 1),
        ("gcc", 0, 1),
        ("invalid", 0, 1),
    ]
    assert [one.code for one in page.codes] == ["49"]


async def test_a_group_that_ends_has_no_codes_from_then_on(plans: PlansService) -> None:
    await plans.SetOrigins(codes(("eea", "33")), NOBODY)
    await plans.SetOrigins(codes(ended=["EEA"], ended_from_ms=NOW), NOBODY)
    page = await plans.Origins(pb.OriginQuery(plan=PLAN), NOBODY)
    assert [(one.code, one.valid_until_ms) for one in page.codes] == [("33", NOW)]


@pytest.mark.parametrize("wrong", [codes(), codes(("eea", "")), codes(("eea", "+33"))])
async def test_what_is_no_group_is_refused(plans: PlansService, wrong: pb.OriginCodes) -> None:
    with pytest.raises(InputError):
        await plans.SetOrigins(wrong, NOBODY)


async def test_a_quote_is_for_a_caller_and_says_by_which_group(desk: Desk, plans: PlansService) -> None:
    await plans.SetOrigins(codes(("eea", "33")), NOBODY)
    ask = pb.QuoteRequest(plan=PLAN, to="441632960000", seconds=60, at_ms=NOW)
    quoted = {}
    for caller in ("33612345678", "12025550100", ""):
        ask.caller = caller
        reply = await RoutingService(desk).Quote(ask, NOBODY)
        quoted[caller] = reply.origin, reply.charge.units, reply.explanation[0]
    assert quoted == {
        "33612345678": ("eea", 1_000_000, "caller 33612345678, origin group eea"),
        "12025550100": ("", 3_000_000, "caller 12025550100, rated as any caller"),
        "": ("invalid", 25_000_000, "a caller without a number, origin group invalid"),
    }


async def test_a_number_that_is_sold_to_other_callers_only_says_so(desk: Desk) -> None:
    await desk.change(lambda catalog, _: catalog.plans.add_rates(PLAN, [row("49", origin="eea")], **BY))
    ask = pb.QuoteRequest(plan=PLAN, to="4930123456", seconds=60, at_ms=NOW, caller="12025550100")
    with pytest.raises(NotFoundError, match="no rate for 4930123456 and caller 12025550100"):
        await RoutingService(desk).Quote(ask, NOBODY)
