"""The books of a data folder proven while nothing runs on it: the ledger's own check, and every segment by itself."""

import json
from collections.abc import Iterator

from actors.desk.finance import checked
from actors.home import Home
from cluster.tasks.leg_frames import scan_segments
from cluster.tasks.leg_sums import proof
from cluster.tasks.segments import book_reader, sums_of
from domain.money import Currency, Money, decimal_text
from store.backups.manifest import Tick, sha256_of

Line = tuple[str, str, str]
"""What was looked at, what it must be, what it is."""


def prove_folder(home: Home, tick: Tick) -> list[Line]:
    """Check what must agree: trial balance, CDRs and postings, holds, segments with their sums and sha256."""
    return [*_segments(home, tick), *_ledger(home)]


def _ledger(home: Home) -> Iterator[Line]:
    base = Currency(home.settings.money.base_currency)
    found = checked(proof(home), base)
    zero = str(Money(0, base))
    yield "trial balance", zero, f"{decimal_text(found.trial_balance.units)} {base}"
    yield "CDRs minus postings", zero, f"{decimal_text(found.cdrs_minus_postings.units)} {base}"
    yield "held = holds", "yes", "yes" if found.holds_add_up else "no"
    yield "differences", "none", "; ".join(found.differences) or "none"


def _segments(home: Home, tick: Tick) -> Iterator[Line]:
    wrong: list[str] = []
    rows = [
        row
        for _, book in book_reader(home).every()
        for row in book.rows("SELECT file, legs, sha256, sums FROM segment")
    ]
    for done, (file, legs, sha256, sums) in enumerate(rows):
        path = home.segments / file
        tick("proving segments", done + 1, len(rows))
        if not path.is_file() or sha256_of(path) != sha256:
            wrong.append(f"{file} is not the file that its book names")
            continue
        frame = scan_segments([path])
        must = {(p, s, c): (charge, base) for p, s, c, charge, base in json.loads(sums)}
        is_so = {(str(p), str(s), str(c)): units for (p, s, c), units in sums_of(frame).items()}
        if must != is_so or frame.select("leg_id").collect().height != legs:
            wrong.append(f"{file} has other legs or sums than its book says")
    yield (
        "segments: sums and sha256",
        f"{len(rows):,} right",
        f"{len(rows) - len(wrong):,} right" + "".join(f"; {each}" for each in wrong[:5]),
    )
