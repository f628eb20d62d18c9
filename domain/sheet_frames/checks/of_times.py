"""R24 to R30 and R34: what the dates and time profiles of a sheet say."""

from collections.abc import Iterator

import polars as pl

from domain.days import local_time
from domain.sheet_frames import columns
from domain.sheet_frames.checks.found import Row, listed, whole
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.rejected import rejected
from domain.sheet_frames.checks.week import uncovered, week_faults
from domain.sheet_frames.checks.wording import days_text, many, minutes_text, named, price_text
from domain.sheet_frames.checks.zones import apart_min, zone_of
from domain.sheet_frames.notice import days_of
from domain.sheets.corrections import Correction
from domain.sheets.findings import Check, Finding, Place, Severity, Standing, place_of
from domain.sheets.terms import WhenShort

_SHORT = {
    Check.SHORT_INCREASE: ("increase",),
    Check.SHORT_NEW: ("new", "decrease"),
    Check.SHORT_CLOSING: ("closed", "blocked"),
}
_BY_CONTRACT = {
    WhenShort.REJECT: "; by the contract such rows are left out: `switchboard sheets drop SHEET --check {check}`",
    WhenShort.ACCEPT: "; the contract lets it stand",
}
_ACT = {"closed": "closing", "blocked": "blocking", "new": "new code"}


def of_times(look: Look) -> Iterator[Finding]:
    """Yield what R24 to R30 and R34 find."""
    yield from rejected(look, Check.UNKNOWN_RATE_TYPE)
    yield from _profiles(look)
    yield from rejected(look, Check.BAD_DATE)
    if look.case.reading.date_1904:
        words = "the workbook counts its days from 1904, not 1900: a date pasted into it is off by 4 years and a day"
        yield whole(Check.BAD_DATE, words, value="1904")
    yield from _zone(look)
    for check in _SHORT:
        yield from _short(look, check)
    yield from _past(look)


def _profiles(look: Look) -> Iterator[Finding]:
    """R25, of a sheet with prices by rate type: what no window covers must have a price for any time."""
    rules = look.contract.rules
    typed = look.case.reading.lines.filter(pl.col("rate_type") != "any")
    if not rules.windows or not typed.height:
        return
    general = look.case.comparison.after.filter(pl.col("rate_type") == "any").select("code", "origin")
    bare = typed.select("code", "origin").unique().join(general, on=["code", "origin"], how="anti")
    for words in week_faults(rules):
        yield whole(Check.PROFILE_GAPS, words, value="twice")
    if bare.height:
        for words in uncovered(rules):
            left = f"{words}, and {many(bare.height, 'code')} of the sheet would have no price for any time"
            yield whole(Check.PROFILE_GAPS, left, value="never")


def _zone(look: Look) -> Iterator[Finding]:
    """R27: by the offsets at receipt and on the days of the sheet, between which clocks may change; two names of one
    zone are no difference."""
    said, contract = look.case.reading.zone, look.contract
    if said in ("", contract.zone):
        return
    theirs = zone_of(said)
    if theirs is None:
        words = f"the sheet's dates are of {said!r}, which is no zone that we know; they are read as {contract.zone}"
        yield whole(Check.OTHER_ZONE, words, column="zone", value=said)
        return
    lines = look.case.reading.lines
    days = pl.concat([lines["from_ms"], lines["until_ms"].drop_nulls()]).unique().sort().to_list()
    for at_ms in (contract.received_ms, *days):
        ours = local_time(at_ms, contract.zone)
        ahead_min = apart_min(ours, theirs)
        if not ahead_min:
            continue
        there = ours.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(theirs)
        shift = f"{_hours(abs(ahead_min))} {'ahead of' if ahead_min > 0 else 'behind'}"
        midnight = f"00:00 here on {ours.day} {ours:%b} is {there:%H:%M} there on {there.day} {there:%b}"
        words = f"the sheet's dates are of {said}, {shift} the contract's {contract.zone}: {midnight}"
        yield whole(Check.OTHER_ZONE, words, column="zone", value=said)
        return


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes % 60 else many(minutes // 60, "hour")


def _short(look: Look, check: Check) -> Iterator[Finding]:
    """R28 to R30. A first sheet surprises nobody; what the contract lets stand warns only."""
    if look.is_first:
        return
    when_short = look.contract.terms.when_short
    short = look.changes.filter(pl.col("kind").is_in(_SHORT[check]), _begins() < pl.col("earliest_ms"))
    short = _with_standing(look, check, short, pl.col("from_ms") >= pl.col("earliest_ms"))

    def say(row: Row) -> str:
        contract = look.contract
        asked = days_of(row["kind"], contract.notice, contract.terms)
        begins = f"{_begin_text(look, row)}, {days_text(contract.received_ms, _begin_of(row), contract.zone)} receipt"
        moved = f"; it was moved to {look.day(row['from_ms'])}" if row["standing"] == Standing.MOVED else ""
        wants = f"the contract asks for {asked}: earliest {look.day(row['earliest_ms'])}"
        done = _BY_CONTRACT.get(when_short, "").format(check=check.value)
        return f"{_change(row)} {begins}; {wants}{moved}{look.a_week(row['money'], row['talk_ms'])}{done}"

    if when_short is WhenShort.ACCEPT:
        short = short.with_columns(severity=pl.lit(Severity.WARN.value))
    yield from listed(check, short, say, lambda row: look.day(_begin_of(row)))


def _begins() -> pl.Expr:
    """From when a change counts: what the sheet says, or what was decided where that is earlier."""
    return pl.min_horizontal("said_ms", "from_ms")


def _begin_of(row: Row) -> int:
    return min(int(row["said_ms"]), int(row["from_ms"]))


def _begin_text(look: Look, row: Row) -> str:
    if row["from_ms"] < row["said_ms"]:
        return f"was moved from {look.day(row['said_ms'])} to {look.day(row['from_ms'])}"
    return f"begins {look.day(row['said_ms'])}"


def _change(row: Row) -> str:
    old, new = price_text(row["old_next_price"]), price_text(row["next_price"])
    what = f"{_ACT.get(row['kind'], row['kind'])} of {named(row)}"
    match row["kind"]:
        case "unchanged":
            return f"unchanged price of {named(row)}, {new},"
        case "new":
            return f"new code {named(row)} at {new}"
        case "closed" | "blocked":
            return what if row["old_next_price"] is None else f"{what} at {old}"
        case _:
            return f"{what} from {old} to {new}"


def _with_standing(look: Look, check: Check, rows: pl.DataFrame, settled: pl.Expr) -> pl.DataFrame:
    """Keep what is caught, and as moved what would be, had its date not been decided about."""
    dates = [one for one in look.contract.corrections if one.kind is Correction.DATE]
    at = [place_of(one.key) or Place(one.check, one.tab, one.row) for one in dates]
    if any(not place.row and place.check == check for place in at):
        decided = pl.lit(True)
    else:
        places = pl.DataFrame([place[1:3] for place in at], schema=columns.PLACE, orient="row")
        decided = pl.struct(columns.PLACE.keys()).is_in(places.to_struct().implode())
    standing = pl.when(settled).then(pl.lit(Standing.MOVED.value)).otherwise(pl.lit(Standing.OPEN.value))
    return rows.filter(~settled | (decided & (pl.col("from_ms") != pl.col("said_ms")))).with_columns(
        standing.alias("standing")
    )


def _past(look: Look) -> Iterator[Finding]:
    """R34: before today, by the sheet or by a decision.

    What changes nothing warns where it gives a rate another beginning than it has, and a first sheet where no call of
    that time was billed by other rates: there is nothing to rerate.
    """
    began = look.case.rates.select(*columns.KEY, "from_ms")
    redated = look.unchanged.join(began, on=[*columns.KEY, "from_ms"], how="anti", maintain_order="left")
    redated = redated.with_columns(pl.lit(Severity.WARN.value).alias("severity"))
    past = pl.concat([look.changes.with_columns(pl.lit(Severity.BLOCK.value).alias("severity")), redated])
    past = past.filter(_begins() < look.today_ms).sort("id")
    past = _with_standing(look, Check.IN_THE_PAST, past, pl.col("from_ms") >= look.today_ms)
    if not past.height:
        return
    # what was billed since, and what it would have cost: no figure of a week
    past = past.drop("calls", "talk_ms", "money").join(_billed(look, past), on="id", how="left", maintain_order="left")
    if look.is_first:
        billed = pl.col("calls").fill_null(0) > 0
        past = past.with_columns(
            pl.when(billed).then("severity").otherwise(pl.lit(Severity.WARN.value)).alias("severity")
        )

    def say(row: Row) -> str:
        since = f"{days_text(look.contract.now_ms, _begin_of(row), look.contract.zone)} now"
        if row["standing"] == Standing.MOVED:
            return (
                f"{_change(row)} begins {look.day(row['said_ms'])}, {since}; it was moved to {look.day(row['from_ms'])}"
            )
        return f"{_change(row)} {_begin_text(look, row)}, {since}{_rerating(look, row)}"

    yield from listed(Check.IN_THE_PAST, past, say, lambda row: look.day(_begin_of(row)))


def _rerating(look: Look, row: Row) -> str:
    if row["kind"] == "unchanged":
        return "; it changes nothing"
    if not row["calls"]:
        return "; no call of that time is known to be billed otherwise"
    calls = f"{many(row['calls'], 'call')} ({minutes_text(row['talk_ms'])})"
    if row["delta"] is None:
        return f"; {calls} since then were billed by rates that would no longer be"
    more = "more" if row["delta"] > 0 else "less"
    delta = f"{look.money(abs(row['delta']))} {more} by rerating"
    return f"; {calls} since then at {look.money(row['billed'])}: {delta}"


def _billed(look: Look, past: pl.DataFrame) -> pl.DataFrame:
    """Per change: calls billed since it began, their charges, by how much these differ, and that as money a week."""
    first_ms = int(past["from_ms"].min())  # type: ignore[arg-type]  # not empty, no nulls
    legs = look.traffic.legs.filter(pl.col("called_ms") >= first_ms)
    met = look.effect_on(legs, past.select("id", "code", "rate_type", "origin", "from_ms"))
    since = met.filter(pl.col("called_ms") >= pl.col("at_ms"), pl.col("called_ms") < look.contract.now_ms)
    wide = pl.col("new_cost") - pl.col("charge").cast(pl.Int128)
    sums = since.group_by("id").agg(
        pl.col("calls", "talk_ms").sum(),
        pl.col("charge").cast(pl.Int128).sum().cast(pl.Int64).alias("billed"),
        wide.sum().cast(pl.Int64).alias("delta"),
        pl.col("new_cost").is_null().any().alias("unknown"),
    )
    delta = pl.when(~pl.col("unknown")).then("delta")
    sums = sums.with_columns(delta.alias("delta"))
    sign = 1 if look.contract.side == "sell" else -1
    return sums.drop("unknown").with_columns((sign * pl.col("delta")).alias("money"))
