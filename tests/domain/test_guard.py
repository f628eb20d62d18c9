from hypothesis import given, settings
from hypothesis import strategies as st

from domain.guard import VOUCHED_S, SourceGuard
from domain.settings import GuardSettings

NOW = 1_900_000_000_000
STRANGER, SWITCH = "203.0.113.9", "192.0.2.1"


def guard(**values: object) -> SourceGuard:
    defaults = {"answers_per_s": 2, "ban_after": 5, "ban_window_s": 10, "ban_s": 60, "sources": 16}
    its = SourceGuard(GuardSettings.model_validate(defaults | values))
    its.know({SWITCH})
    return its


def flood(at: SourceGuard, source: str = STRANGER, times: int = 5, now_ms: int = NOW) -> list[bool]:
    return [at.heard(source, now_ms) for _ in range(times)]


def test_a_stranger_that_sends_too_much_is_banned_and_read_again_when_the_ban_is_over() -> None:
    at = guard()
    assert flood(at) == [True] * 4 + [False]
    assert flood(at, now_ms=NOW + 59_999) == [False] * 5
    (ban,) = at.bans(NOW + 59_999)
    assert (ban.source, ban.reason, ban.packets) == (STRANGER, "5 packets in 10 s", 10)
    assert (ban.since_ms, ban.until_ms) == (NOW, NOW + 60_000)
    assert at.heard(STRANGER, NOW + 60_000)
    assert at.bans(NOW + 60_000) == []


def test_a_stranger_that_sends_slowly_is_never_banned() -> None:
    at = guard()
    assert all(at.heard(STRANGER, NOW + second * 2_500) for second in range(100))


def test_a_scanner_is_banned_at_its_first_packet() -> None:
    at = guard(scanners=("SIPVicious",))
    assert not at.heard(STRANGER, NOW, "friendly sipvicious/0.3")
    assert at.bans(NOW)[0].reason == "scanner sipvicious"
    assert at.is_banned(STRANGER, NOW)
    assert not at.is_banned(SWITCH, NOW)


def test_a_ban_is_lifted_by_hand_once() -> None:
    at = guard()
    flood(at)
    assert [at.unban(STRANGER), at.unban(STRANGER)] == [True, False]
    assert at.heard(STRANGER, NOW)


def test_answers_to_a_stranger_are_few_and_come_back_with_time() -> None:
    at = guard()
    assert [at.may_answer(STRANGER, NOW) for _ in range(4)] == [True, True, False, False]
    assert [at.may_answer(STRANGER, NOW + 500) for _ in range(2)] == [True, False]
    assert [at.may_answer(STRANGER, NOW + 60_000) for _ in range(3)] == [True, True, False]
    assert not guard(answers_per_s=0).may_answer(STRANGER, NOW)


def test_who_becomes_a_switch_is_no_longer_banned() -> None:
    at = guard()
    flood(at)
    at.know({SWITCH, STRANGER})
    assert at.bans(NOW) == []
    assert all(flood(at, times=50))


def test_who_proved_itself_is_no_stranger_for_a_while() -> None:
    at = guard()
    flood(at, times=4)
    at.vouch(STRANGER, NOW)
    assert all(flood(at, times=50))
    assert all(at.may_answer(STRANGER, NOW) for _ in range(50))
    assert not all(flood(at, now_ms=NOW + VOUCHED_S * 1000))


def test_strangers_push_out_strangers_before_bans() -> None:
    at = guard()
    flood(at)
    for number in range(40):
        at.heard(f"198.51.100.{number}", NOW)
    assert [ban.source for ban in at.bans(NOW)] == [STRANGER]


SOURCES = st.sampled_from([SWITCH, *(f"203.0.113.{number}" for number in range(30))])
STEPS = st.tuples(st.sampled_from(["heard", "scan", "answer", "vouch", "unban"]), SOURCES, st.integers(-2_000, 20_000))


@given(st.lists(STEPS, max_size=200))
@settings(max_examples=100)
def test_memory_is_bounded_and_a_known_source_is_never_banned(steps: list[tuple[str, str, int]]) -> None:
    at, now_ms = guard(), NOW
    for what, source, wait_ms in steps:
        now_ms += wait_ms
        match what:
            case "heard" | "scan":
                read = at.heard(source, now_ms, "sipvicious" if what == "scan" else "")
                assert read or source != SWITCH
            case "answer":
                assert at.may_answer(source, now_ms) or source != SWITCH
            case "vouch":
                at.vouch(source, now_ms)
            case _:
                at.unban(source)
        assert len(at) <= 16
        assert len(at._vouched) <= 16
        assert SWITCH not in {ban.source for ban in at.bans(now_ms)}
