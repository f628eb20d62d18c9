"""Things by the moment at which they are due."""

from hypothesis import given
from hypothesis import strategies as st

from domain.agenda import Agenda

changes = st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 5_000)))


@given(st.lists(changes), st.integers(0, 6_000))
def test_what_is_due_is_what_was_put_down_for_then_and_not_taken_off(
    changed: list[tuple[str, int | None]], at_ms: int
) -> None:
    agenda: Agenda[str] = Agenda()
    expected: dict[str, int] = {}
    for thing, due_ms in changed:
        if thing in expected:
            agenda.remove(thing, expected.pop(thing))
        if due_ms is not None:
            agenda.add(thing, due_ms)
            expected[thing] = due_ms
        assert agenda.seconds == sorted(agenda.by_second) == sorted({ms // 1000 for ms in expected.values()})
    assert set(agenda.due(at_ms)) == {thing for thing, due_ms in expected.items() if due_ms <= at_ms}
    assert len(agenda) == len(expected)


def test_what_is_not_there_cannot_be_taken_off() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.add("a", 1500)
    agenda.remove("b", 1500)
    agenda.remove("a", 2500)
    assert list(agenda.due(1500)) == ["a"]
    assert list(agenda.due(1499)) == []
