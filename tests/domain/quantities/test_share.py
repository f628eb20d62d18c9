"""A policy that asks for a vendor's share of the last hour keeps it near its bound; `max_share` keeps it exactly."""

from collections import deque

import pytest

from domain.calls import Side
from domain.ids import LegId, PartnerId
from domain.quality import LegBegun, LegSeen
from domain.quality_counts import QualityCounts
from tests.domain.builders import NOON
from tests.domain.quantities.volumes import KENYA, KESTREL, country_of, ended

SAVANNA = PartnerId("savanna")


def shares(every_ms: int, talk_ms: int, told_ms: int) -> list[float]:
    """Kestrel is first while its share is 40 at most, by figures that are so old; its real share after each call."""
    counts, going = QualityCounts(country_of), deque[tuple[int, LegSeen]]()
    had, found, share, at_told = 0, list[float](), 0.0, NOON
    for call in range(1_000):
        at_ms = NOON + call * every_ms
        while going and going[0][0] <= at_ms:
            counts.end(going.popleft()[1], at_ms)
        if at_ms >= at_told:
            share, at_told = counts.share(KESTREL, KENYA, at_ms), at_ms + told_ms
        vendor = KESTREL if share <= 40 else SAVANNA
        leg_id, end_ms = LegId(call.to_bytes(4)), at_ms + talk_ms
        counts.begin(LegBegun(leg_id, KENYA, Side.VENDOR, vendor, at_ms, answered=True))
        going.append((end_ms, ended(leg_id=leg_id, partner=vendor, setup_ms=at_ms, duration_ms=talk_ms, end_ms=end_ms)))
        had += vendor == KESTREL
        found.append(100 * had / (call + 1))
    return found


@pytest.mark.parametrize(("every_ms", "talk_ms"), [(1_000, 5_000), (1_000, 180_000), (3_000, 600_000)])
def test_the_real_share_ends_near_the_bound_and_does_not_swing(every_ms: int, talk_ms: int) -> None:
    found = shares(every_ms, talk_ms, told_ms=1_000)
    assert 39 <= found[-1] <= 41
    assert all(37 <= share <= 43 for share in found[200:])


def test_figures_that_are_older_make_it_swing_more() -> None:
    assert 35 <= shares(1_000, 180_000, told_ms=10_000)[-1] <= 45


def test_open_calls_count() -> None:
    counts = QualityCounts(country_of)
    counts.begin(LegBegun(LegId(b"a"), KENYA, Side.VENDOR, KESTREL, NOON, answered=True))
    counts.begin(LegBegun(LegId(b"b"), KENYA, Side.VENDOR, SAVANNA, NOON, answered=True))
    assert counts.share(KESTREL, KENYA, NOON) == 50
    counts.end(ended(leg_id=LegId(b"a"), setup_ms=NOON, end_ms=NOON + 60_000), NOON + 60_000)
    assert counts.share(KESTREL, KENYA, NOON + 60_000) == 50
