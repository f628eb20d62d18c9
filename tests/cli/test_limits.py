"""`switchboard limits`: what trunks, partners and end users say themselves, and who is away."""

from protos.operators_pb2 import Limit, LimitUse, LimitUses, Named, ShardAway
from tests.cli.far_desk import FarDesk

NAKED = Limit(id="naked-calls", client="naked", max_calls=9, max_units=10**9, currency="USD", period="day", zone="UTC")


def test_what_a_trunk_says_itself_is_shown_with_the_command_that_sets_it(desk: FarDesk) -> None:
    limit = Limit(id="trunk kestrel-out", trunk="kestrel-out", max_calls=7, period="month", zone="UTC")
    desk.says("Limits.Show", LimitUse(limit=limit, open_calls=2))
    said = desk.run("limits", "show", "trunk kestrel-out").stdout
    assert desk.asked("Limits.Show") == Named(name="trunk kestrel-out")
    assert "2 of 7" in said and "switchboard trunks set kestrel-out max_calls=" in said and "fields, as" not in said


def test_the_list_says_where_those_are_that_are_not_in_it(desk: FarDesk) -> None:
    desk.says("Limits.List", LimitUses())
    said = desk.run("limits", "list").stdout
    assert 'limits show "trunk NAME"' in said and "limits show PARTNER/USER" in said


def test_what_a_shard_counts_is_a_dash_while_it_is_away(desk: FarDesk) -> None:
    use = LimitUse(limit=NAKED, hard=True, away=[ShardAway(shard="shard-1", since_ms=1_793_491_200_000)])
    desk.says("Limits.List", LimitUses(limits=[use], total=1))
    said = desk.run("limits", "list").stdout
    assert "- of 9" in said and "- of 10.00 USD" in said
    assert "shard-1 is away since 2026-11-01 00:00:00 UTC: what it counts, shown as -" in said
