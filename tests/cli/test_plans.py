"""`switchboard plans`."""

import json
from pathlib import Path

import pytest

from cli.parsing import moment
from cli.plans import Rounding
from domain.money import ROUNDINGS
from protos.operators_pb2 import (
    Assignment,
    Changed,
    OriginCode,
    OriginGroup,
    OriginPage,
    OriginQuery,
    Plan,
    PlanPage,
    PlanPageRequest,
    Plans,
    PublishedPlan,
    PublishedPlans,
    Rate,
)
from tests.cli.far_desk import FarDesk

PLAN = Plan(id="orbita", side="sell", currency="USD", zone="UTC", version=3, rates=100_412, assigned_to=["orbita"])
RATE = Rate(
    code="2547",
    destination="Kenya Mobile",
    rate_type="any",
    first_price_units=10_500_000,
    next_price_units=10_500_000,
    first_s=30,
    next_s=6,
    valid_from_ms=moment("2026-10-01"),
    valid_until_ms=moment("2026-11-09"),
)


def test_the_roundings_offered_are_those_of_the_trade() -> None:
    assert {rounding.value for rounding in Rounding} == set(ROUNDINGS)


def test_add_sends_the_rules_of_the_plan(desk: FarDesk) -> None:
    desk.says("Plans.Add", Changed(what="plan night added"))
    words = (
        "plans add night --side sell --currency EUR --zone Europe/Berlin --crossing split --decimals 4 --rounding up"
    )
    result = desk.run(*words.split(), "--window", "peak mon-fri 08:00-18:00", "--holiday", "2026-12-25")
    assert (result.exit_code, result.stdout) == (0, "plan night added\n")
    sent = desk.asked("Plans.Add")
    assert (sent.side, sent.zone, sent.crossing, sent.decimals, sent.rounding) == (
        *("sell", "Europe/Berlin", "split", 4, "up"),
    )
    assert (list(sent.windows), list(sent.holidays)) == (["peak mon-fri 08:00-18:00"], ["2026-12-25"])
    assert sent.seconds == "ceil"


def test_a_plan_needs_a_side(desk: FarDesk) -> None:
    assert desk.run(*"plans add x --currency USD".split()).exit_code == 2
    assert "'sell', 'buy'" in desk.run(*"plans add x --currency USD --side both".split()).stderr


def test_list_shows_sizes_and_users(desk: FarDesk) -> None:
    desk.says("Plans.List", Plans(plans=[PLAN]))
    assert desk.run("plans", "list").stdout.splitlines()[1].split() == "orbita sell USD UTC 3 100,412 orbita".split()
    assert json.loads(desk.run("plans", "list", "--json").stdout)["plans"][0]["rates"] == 100_412


def test_show_asks_for_a_page_as_valid_and_as_known(desk: FarDesk) -> None:
    desk.says("Plans.Show", PlanPage(plan=PLAN, rates=[RATE], total=2))
    result = desk.run(*"plans show orbita --filter 254 --at 2026-10-15 --known-at 2026-10-20 --limit 1".split())
    at, known = moment("2026-10-15"), moment("2026-10-20")
    assert desk.asked("Plans.Show") == PlanPageRequest(
        plan="orbita", filter="254", limit=1, valid_at_ms=at, known_at_ms=known
    )
    assert "0.105" in result.stdout and "30/6" in result.stdout and "2026-11-09 00:00:00" in result.stdout
    assert "1 to 1 of 2" in result.stderr


def test_show_as_json_has_rates_as_decimal_strings(desk: FarDesk) -> None:
    desk.says("Plans.Show", PlanPage(plan=PLAN, rates=[RATE], total=1))
    (rate,) = json.loads(desk.run("plans", "show", "orbita", "--json").stdout)["rates"]
    assert (rate["first_price"], rate["valid_until"]) == ("0.105", "2026-11-09T00:00:00.000Z")
    assert not desk.requests["Plans.Show"][0].HasField("valid_at_ms")


def test_assign_gives_a_plan_to_a_partner_or_its_trunk(desk: FarDesk) -> None:
    desk.says("Plans.Assign", Changed(what="orbita-in: orbita"))
    assert desk.run(*"plans assign orbita --partner orbita --trunk orbita-in".split()).exit_code == 0
    assert desk.asked("Plans.Assign") == Assignment(plan="orbita", partner="orbita", trunk="orbita-in")


def test_a_plan_may_be_sold_by_the_megabyte(desk: FarDesk) -> None:
    desk.says("Plans.Add", Changed(what="plan wifi added"))
    desk.run(*"plans add wifi --side sell --currency USD --unit megabyte".split())
    assert desk.asked("Plans.Add").unit == "megabyte"
    wifi = Plan(id="wifi", side="sell", currency="USD", unit="megabyte", zone="UTC", version=2)
    desk.says("Plans.List", Plans(plans=[wifi]))
    assert "megabyte" in desk.run("plans", "list").stdout
    desk.says("Plans.Show", PlanPage(plan=wifi, rates=[RATE], total=1))
    assert "rates per MB" in desk.run("plans", "show", "wifi").stdout


def test_remove_names_the_plan(desk: FarDesk) -> None:
    desk.says("Plans.Remove", Changed(what="plan x removed"))
    assert desk.run("plans", "remove", "x").stdout == "plan x removed\n"
    assert desk.asked("Plans.Remove").name == "x"


ORIGINS = OriginPage(
    plan="kestrel",
    version=4,
    groups=[
        OriginGroup(name="", rates=90),
        OriginGroup(name="eea", codes=2, rates=120),
        OriginGroup(name="gcc", rates=7),
        OriginGroup(name="rest", rates=5),
    ],
    codes=[OriginCode(group="eea", code="33", valid_from_ms=moment("2026-10-01"))],
    total=2,
    zone="Europe/Berlin",
    now_ms=moment("2026-11-05"),
)


def test_origins_shows_who_is_in_which_group_and_which_groups_have_nobody(desk: FarDesk) -> None:
    desk.says("Plans.Origins", ORIGINS)
    result = desk.run(*"plans origins kestrel --group EEA --limit 1".split())
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "eea 2 120" in lines
    assert "gcc 0 7 nobody is in it: it has no codes now" in lines
    assert "rest 0 5 callers in no other group" in lines
    assert "eea 33 2026-10-01 00:00:00" in lines
    assert desk.asked("Plans.Origins") == OriginQuery(plan="kestrel", group="EEA", limit=1)
    assert "1 to 1 of 2" in result.stderr


def test_origins_of_a_file_are_of_the_plans_zone_and_hold_from_now_where_it_has_no_date(
    desk: FarDesk, tmp_path: Path
) -> None:
    desk.says("Plans.Origins", ORIGINS)
    desk.says("Plans.SetOrigins", Changed(what="plan kestrel: origin groups eea, version 5"))
    file = tmp_path / "groups.csv"
    file.write_text("Group;Code;From;Until\nEEA;33;;\n\nEEA;44;2020-01-31;2020-02-01T00:00:00Z\n")
    result = desk.run("plans", "origins", "kestrel", "--file", str(file), "--end", "gcc")
    assert (result.exit_code, result.stdout) == (0, "plan kestrel: origin groups eea, version 5\n")
    sent = desk.asked("Plans.SetOrigins")
    at_ms = moment("2026-11-05")
    until_ms = moment("2020-02-01")
    assert list(sent.codes) == [
        OriginCode(group="EEA", code="33", valid_from_ms=at_ms),
        OriginCode(group="EEA", code="44", valid_from_ms=moment("2020-01-30T23:00"), valid_until_ms=until_ms),
    ]
    assert (list(sent.ended), sent.ended_from_ms) == (["gcc"], at_ms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,from\n33,\n", "must name the columns group and code"),
        ("group,code,price\neea,33,1\n", "must name the columns group and code"),
        ("group,code\neea,\n", "row 2: it needs a group and a code"),
        ("group,code,from\neea,33,soon\n", "row 2: 'soon' is not a date"),
    ],
)
def test_a_file_of_origins_that_cannot_be_read_is_wrong_usage(
    desk: FarDesk, tmp_path: Path, text: str, words: str
) -> None:
    desk.says("Plans.Origins", ORIGINS)
    file = tmp_path / "groups.csv"
    file.write_text(text)
    result = desk.run("plans", "origins", "kestrel", "--file", str(file))
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_rates_of_origin_groups_say_for_whom_they_are(desk: FarDesk) -> None:
    own = Rate()
    own.CopyFrom(RATE)
    own.origin = "eea"
    desk.says("Plans.Show", PlanPage(plan=PLAN, rates=[RATE, own], total=2))
    rows = [line.split() for line in desk.run("plans", "show", "orbita").stdout.splitlines() if "Kenya" in line]
    assert [row[3] for row in rows] == ["any", "eea"]


def test_a_plan_that_was_put_back_says_by_which_version_nodes_decide(desk: FarDesk) -> None:
    desk.says("Plans.List", Plans(plans=[Plan(id="orbita", side="sell", version=5, published=3)]))
    assert "5 (nodes: 3)" in desk.run("plans", "list").stdout
    for published, told in ((5, False), (3, True)):
        desk.says("Plans.Show", PlanPage(plan=Plan(id="orbita", version=5, published=published)))
        assert ("decide and charge by version 3" in desk.run("plans", "show", "orbita").stdout) == told
    desk.says("Plans.Back", Changed(what="plan orbita: nodes decide and charge by version 3"))
    assert desk.run("plans", "back", "orbita", "--version", "3").exit_code == 0
    assert desk.asked("Plans.Back").version == 3
    versions = [PublishedPlan(version=5, published_ms=2, kept=True), PublishedPlan(version=3, in_force=True)]
    desk.says("Plans.Versions", PublishedPlans(versions=versions, newest=5))
    shown = desk.run("plans", "versions", "orbita").stdout
    assert "in force" in shown and "its file is gone" in shown
