"""October's CDR files: one file per client's switch and day, one row per leg (docs/cdr-format.md).

What a file holds follows from the strands, the seed and the scale alone: draws come from one seeded generator per
strand and day. Files are made once and kept in the data folder.
"""

import os
import shutil
from array import array
from collections.abc import Container, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import polars as pl

from cluster.demo.strands import CALLER_PREFIXES, CYCLE_S, OCTOBER, SEPTEMBER, Strand
from cluster.demo.world import SEED, TRUNK_PORT, VENDOR_HOSTS, switch_of
from domain.calls import Release, Side
from domain.ids import PartnerId

COLUMNS = (
    "switch", "call_id", "side", "attempt", "session_id", "trunk", "remote", "remote_port", "mark", "a", "b",
    "setup", "alert", "connect", "disconnect", "duration_ms", "cause", "release_side",
)  # fmt: skip
"""The header of a CDR file, in order."""

_MOMENTS = ("setup", "alert", "connect", "disconnect")
_VERSION = 1
"""Part of the cache's name: to be raised when the same seed makes other files."""

# Q.850 causes of unanswered calls, each as often as it comes in a hundred
_FINAL_CAUSES = [17] * 31 + [19] * 27 + [18] * 13 + [1] * 11 + [34] * 7 + [38] * 4 + [21] * 4 + [41] * 3
_REROUTED_CAUSES = [34] * 45 + [38] * 25 + [41] * 18 + [42] * 12
_RINGING_CAUSES = (18, 19)


def october_files(folder: Path, seed: int = SEED, scale: int = 1) -> tuple[Path, ...]:
    """Return all CDR files of October (and of the evening before), by name; makes them when they are not there yet.

    They lie in a folder of their own under `folder`, which appears whole or not at all.
    """
    home = folder / f"october-{_VERSION}-seed-{seed}-scale-{scale}"
    if not home.exists():
        making = home.with_name(f"{home.name}.{os.getpid()}")
        making.mkdir(parents=True)
        try:
            for name, rows in october(seed, scale):
                rows.write_csv(making / name, datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ")
            making.rename(home)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return tuple(sorted(home.glob("*.csv")))


def october(
    seed: int = SEED, scale: int = 1, days: Container[date] | None = None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield file names with their rows: COLUMNS, moments as UTC datetimes in ms, calls in the order of arrival.

    `days`: of these alone; each day is what it is whichever others are made.
    """
    shares = {strand: strand.per_day(scale) for strand in (*SEPTEMBER, *OCTOBER)}
    for client, day in sorted({(strand.client, day) for strand, share in shares.items() for day in share}):
        if days is not None and day not in days:
            continue
        legs = [
            leg
            for number, (strand, share) in enumerate(shares.items())
            if strand.client == client and day in share
            for leg in _legs(strand, _calls(strand, day, *share[day], Random(f"{seed}/{number}/{day}")))
        ]
        yield f"{client}-{day}.csv", pl.concat(legs).sort("called_ms", "call_id", "row").select(COLUMNS)


def _legs(strand: Strand, calls: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of the vendors in the order in which they were tried, then the client's."""
    setup = pl.col("called_ms") + 40 + pl.col("gap") % 80
    for attempt, vendor in enumerate(strand.vendors[:-1], start=1):
        ended = setup + 300 + pl.col("gap") % 2200
        failed = calls.with_columns(
            setup=setup, disconnect=ended, cause="rerouted", release_side=pl.lit(str(Release.SWITCH))
        )
        yield _rows(failed, Side.VENDOR, attempt, vendor)
        setup = ended + 20 + pl.col("gap") % 40
    ended_calls = _ended(calls.with_columns(setup=setup))
    yield _rows(ended_calls, Side.VENDOR, len(strand.vendors), strand.vendors[-1])
    yield _rows(ended_calls.with_columns(setup="called_ms"), Side.CLIENT, 1, strand.client)


def _calls(strand: Strand, day: date, attempts: int, answered: int, random: Random) -> pl.DataFrame:
    """Return one row per call: ids, numbers, arrival (`called_ms`, UTC), talking time (0: unanswered), draws."""
    n = attempts
    start, end = (round(datetime.combine(day, at, UTC).timestamp() * 1000) for at in strand.hours)
    before, after = (pl.int_range(shift, n + shift, eager=True) * answered // n for shift in (0, 1))
    return pl.select(
        switch=pl.lit(str(switch_of(strand.client).id)),
        call_id=pl.Series(_call_ids(strand.client, random, n)),
        a=_numbers(random, n, CALLER_PREFIXES[strand.client]),
        b=_numbers(random, n, strand.prefixes),
        # the mean of two draws: most calls come in the middle of the day
        called_ms=start + (_draws(random, n, end - start) + _draws(random, n, end - start)) // 2,
        talk_s=pl.when(after > before).then(pl.Series(CYCLE_S).gather(before % len(CYCLE_S))).otherwise(0),
        unanswered=pl.Series(_FINAL_CAUSES).gather(_draws(random, n, 100)),
        rerouted=pl.Series(_REROUTED_CAUSES).gather(_draws(random, n, 100)),
        gap=_draws(random, n, 1 << 20),
        pdd=900 + _draws(random, n, 3600),
        ring=1500 + _draws(random, n, 12500),
        caller_hangs_up=_draws(random, n, 100) < 62,
    )


def _ended(calls: pl.DataFrame) -> pl.DataFrame:
    """Add how each call ended at its last vendor: answered after ringing, rung in vain, or failed before it rang."""
    answered, no_answer = pl.col("talk_s") > 0, pl.col("unanswered").is_in(_RINGING_CAUSES)
    rang = pl.col("setup") + pl.col("pdd")
    calls = calls.with_columns(
        cause=pl.when(answered).then(16).otherwise("unanswered"),
        alert=pl.when(answered | no_answer).then(rang),
        connect=pl.when(answered).then(rang + pl.col("ring")),
        duration_ms=pl.col("talk_s") * 1000,
    )
    caller, callee, switch = (pl.lit(str(side)) for side in (Release.CALLER, Release.CALLEE, Release.SWITCH))
    return calls.with_columns(
        disconnect=pl.when(answered)
        .then(pl.col("connect") + pl.col("duration_ms"))
        .otherwise(rang + pl.when(no_answer).then(20_000 + 2 * pl.col("ring")).otherwise(0)),
        release_side=pl.when(answered & pl.col("caller_hangs_up") | (pl.col("cause") == 19))
        .then(caller)
        .when(answered | pl.col("cause").is_in((1, 17, 21)))
        .then(callee)
        .otherwise(switch),
    )


def _rows(calls: pl.DataFrame, side: Side, attempt: int, partner: PartnerId) -> pl.DataFrame:
    """Return COLUMNS and what the rows of a file are sorted by; a vendor's leg is known by where it went."""
    vendor = side is Side.VENDOR
    row = attempt if vendor else 0
    absent = [pl.lit(None, pl.Int64).alias(name) for name in ("alert", "connect") if name not in calls.columns]
    talked = [pl.lit(0, pl.Int64).alias("duration_ms")] if "duration_ms" not in calls.columns else []
    legs = calls.with_columns(
        *absent,
        *talked,
        side=pl.lit(str(side)),
        attempt=pl.lit(attempt),
        session_id=pl.col("call_id").str.slice(0, 8) + f"-{row}",
        trunk=pl.lit(None if vendor else f"{partner}-in", pl.String),
        remote=pl.lit(VENDOR_HOSTS[partner] if vendor else None, pl.String),
        remote_port=pl.lit(TRUNK_PORT if vendor else None, pl.Int64),
        mark=pl.lit(None, pl.String),  # these calls were not routed by us
        row=pl.lit(row),
    )
    return legs.select(
        *(pl.col(name).cast(pl.Datetime("ms")) if name in _MOMENTS else name for name in COLUMNS), "called_ms", "row"
    )


def _call_ids(client: PartnerId, random: Random, n: int) -> list[str]:
    """Return conf-ids of four hex groups, as RADIUS gateways write them, or SIP Call-IDs."""
    digits, switch = random.randbytes(16 * n).hex(), switch_of(client)
    if switch.recipe != "cisco":
        return [f"{digits[at : at + 16]}@{switch.address}" for at in range(0, 32 * n, 32)]
    return [" ".join(digits[at + group : at + group + 8] for group in (0, 8, 16, 24)) for at in range(0, 32 * n, 32)]


def _numbers(random: Random, n: int, prefixes: tuple[str, ...]) -> pl.Series:
    prefix = pl.Series(prefixes).gather(_draws(random, n, len(prefixes)))
    return prefix + _draws(random, n, 1_000_000).cast(pl.String).str.zfill(6)


def _draws(random: Random, n: int, below: int) -> pl.Series:
    """Return n numbers from 0 up to `below`; the bias of the remainder is below one in a million million."""
    return (pl.Series(array("Q", random.randbytes(8 * n)), dtype=pl.UInt64) % below).cast(pl.Int64)
