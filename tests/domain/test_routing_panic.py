"""Decisions while a client is frozen, a vendor or a trunk dropped."""

from dataclasses import replace

from domain.causes import Cause
from domain.decisions import Decision
from domain.panic import NOTHING, Aim, PanicOrder
from domain.routing import RankCache, decide
from domain.world import World
from tests.domain.builders import NOON
from tests.domain.worlds import setup, uk_world


def ordered(aim: Aim, name: str, reason: str = "") -> World:
    return replace(uk_world(), panic=NOTHING.given(PanicOrder("1", aim, name, False, "noc", NOON, reason)))


def vendors(decision: Decision) -> list[str]:
    return [route.vendor for route in decision.routes]


def test_a_frozen_client_is_refused_before_anything_else() -> None:
    got = decide(setup("no number"), ordered(Aim.CLIENT, "orbita", "unpaid"))
    assert (got.refusal, got.detail, got.client) == (Cause.FROZEN, "frozen by noc: unpaid", "orbita")


def test_a_dropped_vendor_is_left_out_with_the_reason_and_the_next_one_is_first() -> None:
    cache, free = RankCache(), uk_world()
    assert vendors(decide(setup(), free, cache)) == ["kestrel", "bluewire"]
    got = decide(setup(), ordered(Aim.VENDOR, "kestrel", "loops"), cache)
    assert vendors(got) == ["bluewire"]
    assert [(out.vendor, out.trunk, out.reason) for out in got.left_out] == [("kestrel", None, "dropped by noc: loops")]
    assert vendors(decide(setup(), free, cache)) == ["kestrel", "bluewire"]


def test_a_dropped_trunk_is_left_out_alone() -> None:
    got = decide(setup(), ordered(Aim.TRUNK, "kestrel-out"))
    assert vendors(got) == ["bluewire"]
    assert [(out.trunk, out.reason) for out in got.left_out] == [("kestrel-out", "dropped by noc")]


def test_calls_that_come_in_by_a_dropped_trunk_are_refused() -> None:
    got = decide(setup(), ordered(Aim.TRUNK, "orbita-in"))
    assert (got.refusal, got.detail) == (Cause.TRUNK_CLOSED, "trunk orbita-in was dropped by noc")


def test_freezing_a_client_leaves_it_a_vendor_and_dropping_a_vendor_leaves_it_a_client() -> None:
    assert vendors(decide(setup(), ordered(Aim.CLIENT, "kestrel"))) == ["kestrel", "bluewire"]
    assert vendors(decide(setup(), ordered(Aim.VENDOR, "orbita"))) == ["kestrel", "bluewire"]
