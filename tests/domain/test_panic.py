"""Panic orders as values: who wins, what is repeated, what is kept."""

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PartnerId, TrunkId
from domain.panic import KEPT, NOTHING, Aim, Panic, PanicOrder
from tests.domain.builders import NOON


def order(order_id: str = "1", name: str = "acme", lift: bool = False, at_ms: int = NOON, **rest: object) -> PanicOrder:
    aim = rest.get("aim", Aim.CLIENT)
    assert isinstance(aim, Aim)
    return PanicOrder(order_id, aim, name, lift, "noc", at_ms, str(rest.get("reason", "")))


def test_an_order_is_in_force_until_it_is_lifted() -> None:
    frozen = NOTHING.given(order())
    assert frozen.client(PartnerId("acme")) == order() and frozen.vendor(PartnerId("acme")) is None
    lifted = frozen.given(order("2", lift=True, at_ms=NOON + 5))
    assert lifted.client(PartnerId("acme")) is None and lifted.in_force() == []
    assert [its.order_id for its in lifted.untold] == ["1", "2"]


def test_giving_an_order_again_and_lifting_what_is_not_in_force_change_nothing() -> None:
    frozen = NOTHING.given(order())
    assert frozen.given(order(at_ms=NOON + 1)) is frozen
    assert NOTHING.given(order(lift=True)) is NOTHING
    lifted = frozen.given(order("2", lift=True, at_ms=NOON + 5))
    assert lifted.given(order("3", lift=True, at_ms=NOON + 9)) is lifted


def test_a_second_order_about_the_same_thing_is_told_too_and_its_reason_is_the_one_in_force() -> None:
    twice = NOTHING.given(order(reason="fraud")).given(order("2", at_ms=NOON + 60_000, reason="police"))
    assert [its.reason for its in twice.untold] == ["fraud", "police"]
    [now] = twice.in_force()
    assert (now.sentence(), now.since_ms, now.at_ms) == ("frozen by noc: police", NOON, NOON + 60_000)
    thrice = twice.given(order("3", at_ms=NOON - 5, reason="court"))
    [now] = thrice.in_force()
    assert (now.reason, now.since_ms) == ("court", NOON), "though the clock was set back"
    again = thrice.given(order("4", lift=True, at_ms=NOON + 70_000)).given(order("5", at_ms=NOON + 80_000))
    assert [its.since_ms for its in again.in_force()] == [NOON + 80_000]


def test_a_second_order_without_a_reason_keeps_the_one_in_force_and_a_new_one_after_a_lift_has_none() -> None:
    twice = NOTHING.given(order(reason="fraud")).given(order("2", at_ms=NOON + 60_000))
    assert [its.reason for its in twice.in_force()] == ["fraud"]
    assert [its.reason for its in twice.untold] == ["fraud", "fraud"]
    lifted = twice.given(order("3", lift=True, at_ms=NOON + 70_000))
    assert lifted.untold[-1].reason == ""
    assert [its.reason for its in lifted.given(order("4", at_ms=NOON + 80_000)).in_force()] == [""]


def test_a_lift_of_what_is_not_in_force_is_known_from_one_that_is_repeated() -> None:
    lift = order("2", lift=True, at_ms=NOON + 5)
    frozen = NOTHING.given(order())
    assert NOTHING.lifts_nothing(lift) and not frozen.lifts_nothing(lift) and not frozen.lifts_nothing(order())
    lifted = frozen.given(lift)
    assert not lifted.lifts_nothing(lift) and lifted.lifts_nothing(order("3", lift=True, at_ms=NOON + 9))
    assert not lifted.lifts_nothing(order("4"))


def test_a_lift_wins_over_the_order_that_it_knows_though_the_clock_was_set_back() -> None:
    lifted = NOTHING.given(order()).given(order("2", lift=True, at_ms=NOON - 3_600_000))
    assert lifted.in_force() == [] and lifted.merged([order()]).in_force() == []


def test_what_a_node_that_was_down_still_has_in_force_is_lifted_by_the_later_lift_of_others() -> None:
    was_down = NOTHING.given(order())
    others = was_down.given(order("2", lift=True, at_ms=NOON + 9))
    assert was_down.merged(others.last.values()).in_force() == []
    assert others.merged(was_down.last.values()).in_force() == []


def test_an_order_says_who_gave_it_and_why() -> None:
    assert order(reason="fraud").sentence() == "frozen by noc: fraud"
    assert order(aim=Aim.TRUNK).sentence() == "dropped by noc"
    assert NOTHING.given(order(aim=Aim.TRUNK, name="t")).trunk(TrunkId("t")) is not None


def test_what_the_desk_has_entered_is_no_longer_untold() -> None:
    frozen = NOTHING.given(order())
    assert frozen.told([order().mark]).untold == () and frozen.told([order().mark]).in_force() == frozen.in_force()
    assert frozen.told(["7"]) is frozen


def test_old_lifts_are_forgotten_and_orders_in_force_are_not() -> None:
    many = NOTHING.given(order("0", "first"))
    many = many.merged(order(f"{n}", f"p{n}", lift=True, at_ms=NOON + n) for n in range(1, KEPT + 10))
    assert len(many.last) == KEPT + 1 and many.client(PartnerId("first")) is not None


ORDERS = st.builds(
    PanicOrder,
    st.sampled_from("abcdef"),
    st.sampled_from(Aim),
    st.sampled_from(["acme", "zeta"]),
    st.booleans(),
    st.just("noc"),
    st.integers(0, 5),
)


@given(st.lists(ORDERS), st.lists(ORDERS))
def test_merging_is_the_same_in_whatever_order_and_however_often(
    one: list[PanicOrder], other: list[PanicOrder]
) -> None:
    # an id is one order's: the draw may give it to several
    one = [PanicOrder(f"{its.rank}{its.thing}", its.aim, its.name, its.lift, its.who, its.at_ms) for its in one]
    other = [PanicOrder(f"{its.rank}{its.thing}", its.aim, its.name, its.lift, its.who, its.at_ms) for its in other]
    first: Panic = NOTHING.merged(one).merged(other)
    second: Panic = NOTHING.merged(other).merged(one).merged(other)
    assert first.last == second.last
