"""Since when calls could be heard: a shard that starts or stands still, and nodes that are away, hear nobody."""

from domain.hearing import GAP_MS, PATIENCE_MS, Hearing

BEGAN = 1_000_000_000


def rounds(hearing: Hearing, from_ms: int, to_ms: int, *nodes: str) -> int:
    """Let a shard look each second, and nodes ask it; return since when it could hear all calls at the end."""
    since_ms = 0
    for at_ms in range(from_ms, to_ms, 1000):
        for node in nodes:
            hearing.asked(node, at_ms)
        since_ms = hearing.since_ms(at_ms)
    return since_ms


def test_a_shard_that_starts_hears_from_then_on() -> None:
    hearing = Hearing.of(["node-0"], BEGAN)
    assert rounds(hearing, BEGAN, BEGAN + 600_000, "node-0") == BEGAN


def test_a_process_that_stood_still_hears_from_then_on() -> None:
    hearing = Hearing.of([], BEGAN)
    rounds(hearing, BEGAN, BEGAN + 60_000)
    assert rounds(hearing, BEGAN + 300_000, BEGAN + 400_000) == BEGAN + 300_000


def test_while_one_node_of_two_is_away_not_all_calls_are_heard() -> None:
    hearing = Hearing.of(["node-0", "node-1"], BEGAN)
    rounds(hearing, BEGAN, BEGAN + 60_000, "node-0", "node-1")
    away_ms = BEGAN + 60_000 + GAP_MS + 5000
    assert rounds(hearing, BEGAN + 60_000, away_ms, "node-0") == away_ms - 1000
    assert hearing.began_ms == BEGAN, "the shard itself could"
    assert rounds(hearing, away_ms, away_ms + 60_000, "node-0", "node-1") == away_ms


def test_a_node_that_never_comes_back_is_not_waited_for_for_ever() -> None:
    hearing = Hearing.of(["node-0"], BEGAN)
    assert rounds(hearing, BEGAN, BEGAN + PATIENCE_MS + 60_000) == BEGAN


def test_a_clock_that_goes_back_makes_nobody_silent() -> None:
    hearing = Hearing.of(["node-0"], BEGAN)
    rounds(hearing, BEGAN, BEGAN + 60_000, "node-0")
    assert rounds(hearing, BEGAN - 60_000, BEGAN, "node-0") == BEGAN - 60_000
