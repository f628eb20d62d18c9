"""Which versions of plans charged the legs that were booked lately."""

from collections.abc import Mapping

import polars as pl

from actors.home import Home
from actors.rerate_work import Booked, BookedGroup
from cluster.tasks.leg_frames import AT, AT_SQL
from cluster.tasks.segments import book_reader, scan
from domain.ids import PlanId

_KEYS = ("plan", "plan_version")


def booked_since(home: Home, seqs: Mapping[int, int]) -> Booked:
    """Return the groups of ended legs beyond a seq of each book (0 where none is given)."""
    groups: list[BookedGroup] = []
    highest: dict[int, int] = {}
    for number, book in book_reader(home).every():
        since = seqs.get(number, 0)
        highest[number] = book.highest_seq()
        if highest[number] <= since:
            continue
        said = [*_KEYS, "max(seq)", f"max({AT_SQL})"]
        held = book.leg_rows(said, f"WHERE seq > ? GROUP BY {', '.join(_KEYS)}", (since,))
        sealed = scan(home, [one for one in book.segments() if one.last_seq > since]).filter(pl.col("seq") > since)
        found = sealed.group_by(*_KEYS).agg(pl.col("seq").max(), AT.max().alias("at_ms")).collect()
        groups += [BookedGroup(number, PlanId(plan), *rest) for plan, *rest in (*held, *found.iter_rows())]
    return Booked(tuple(groups), highest)
