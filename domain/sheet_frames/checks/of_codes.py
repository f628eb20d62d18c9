"""R09 to R16: what the codes of a sheet say."""

from collections.abc import Iterator

import polars as pl

from domain.codes import NO_COUNTRY
from domain.sheet_frames.checks.found import Row, listed, whole
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.names import country_names, named_country, nearest, says_more, siblings
from domain.sheet_frames.checks.rejected import rejected
from domain.sheet_frames.checks.traffic import in_force
from domain.sheet_frames.checks.wording import many, minutes_text, named, price_text
from domain.sheet_frames.longest import begun_by
from domain.sheets.findings import Check, Finding, Severity

CAPTURE_DAYS = 30
"""An unknown code warns when it would have taken calls of the last days."""
CALLED_DAYS = 90
"""A code that was called within these days is not invented."""


def of_codes(look: Look) -> Iterator[Finding]:
    """Yield what R09 to R16 find."""
    yield from rejected(look, Check.BAD_CODE)
    yield from rejected(look, Check.BAD_RANGE)
    if look.case.reference.height:
        yield from _unassigned(look)
        yield from _contradicted(look)
        yield from _unknown(look)
        yield from _other_destination(look)
    yield from rejected(look, Check.TWO_PRICES)
    if merged := look.case.reading.merged:
        words = f"{many(merged, 'line')} {'says' if merged == 1 else 'say'} what another line says: each counts once"
        yield whole(Check.TWO_PRICES, words, severity=Severity.NOTE)
    yield from _invented(look)
    yield from _lacking(look)


def _lines(look: Look, codes: pl.DataFrame) -> pl.DataFrame:
    """The first line of each of these codes, with what `codes` says of it."""
    lines = look.case.reading.lines.select("tab", "row", "code", "name").unique(
        "code", keep="first", maintain_order=True
    )
    return lines.join(codes, on="code", how="inner", maintain_order="left")


def _unassigned(look: Look) -> Iterator[Finding]:
    unknown = look.codes.filter(pl.col("known").is_null()).select("code")
    if unknown.height:
        begun = begun_by(look.case.reference["code"], unknown["code"])
        unknown = unknown.join(begun.select("code").unique(), on="code", how="anti")
        yield from listed(Check.COUNTRY_CODE, _lines(look, unknown), lambda row: f"{row['code']} belongs to no country")


def _contradicted(look: Look) -> Iterator[Finding]:
    reference = look.case.reference
    countries = country_names(reference)
    names = look.case.reading.lines["name"].unique()
    named = pl.DataFrame(
        {"name": names, "named": [named_country(name, countries) for name in names]},
        schema={"name": pl.String, "named": pl.String},
    )
    placed = look.codes.filter(pl.col("country") != NO_COUNTRY)
    lines = _lines(look, placed).join(named, on="name", maintain_order="left")
    doubtful = lines.filter(pl.col("named") != "", pl.col("named") != pl.col("country"))
    if not doubtful.height:
        return
    # what shares a calling code with the country that is named does not contradict it: 44 and Jersey, 7 and Kazakhstan
    theirs = reference.select(pl.col("code").alias("theirs"), pl.col("country").alias("named"))
    begins = begun_by(doubtful["code"], theirs["theirs"]).rename({"number": "code", "code": "theirs"})
    goes_on = begun_by(theirs["theirs"], doubtful["code"]).rename({"number": "theirs"})
    related = pl.concat([begins.select("code", "theirs"), goes_on.select("code", "theirs")]).join(theirs, on="theirs")
    rows = doubtful.join(related, on=["code", "named"], how="anti", maintain_order="left")

    def say(row: Row) -> str:
        return (
            f"{row['code']} is a code of {row['destination']} ({row['country']}), yet the sheet names {row['name']!r}"
        )

    yield from listed(Check.COUNTRY_CODE, rows.with_columns(pl.col("name").alias("value")), say)


def _unknown(look: Look) -> Iterator[Finding]:
    """R12; a code that takes calls from its parent is worth a warning, unless the plan is new."""
    new = look.changes.filter(pl.col("kind") == "new").unique("code", keep="first", maintain_order=True)
    unknown = new.join(look.case.reference.select("code"), on="code", how="anti", maintain_order="left")
    if not unknown.height:
        return
    reach = look.traffic.reach(unknown["code"], 0 if look.is_first else CAPTURE_DAYS)
    reach = reach.select("code", pl.col("calls").alias("taken"))
    rows = unknown.join(reach, on="code", how="left", maintain_order="left").join(
        look.codes.select("code", "known", "destination"), on="code", how="left", maintain_order="left"
    )
    warned = pl.when(pl.col("taken") > 0).then(pl.lit(Severity.WARN.value)).otherwise(pl.lit(Severity.NOTE.value))

    def say(row: Row) -> str:
        under = (
            f"it would be a draft under {row['known']}, {row['destination']}" if row["known"] else "it has no parent"
        )
        took = f"; it takes numbers called in the last {CAPTURE_DAYS} days" if row["taken"] else ""
        week = look.a_week(row["money"], row["talk_ms"]) if took else ""
        return f"{named(row)} is not in the reference book: {under}{took}{week}"

    yield from listed(Check.UNKNOWN_CODE, rows.with_columns(warned.alias("severity")), say)


def _other_destination(look: Look) -> Iterator[Finding]:
    """R13, one finding per name and destination of its codes. A note where both are networks of one kind: blocks of
    numbers change hands, and no book knows of all of them."""
    told = _named_otherwise(look)
    names = look.contract.names
    mapped = pl.DataFrame(
        {"name": list(names), "other": list(names.values())}, schema={"name": pl.String, "other": pl.String}
    )
    known = told.join(mapped, on="name", how="left", maintain_order="left")
    wrong = known.filter(pl.col("other") != pl.col("destination"))
    related = [says_more(*pair) or says_more(*pair[::-1]) for pair in wrong.select("other", "destination").iter_rows()]
    left = known.filter(pl.col("other").is_null()).drop("other")
    alike = nearest(left, look.case.reference, look.contract.terms.similarity_percent)
    guessed = left.join(alike, on=["name", "destination"], maintain_order="left")
    near = [siblings(*names) for names in guessed.select("destination", "other", "base").iter_rows()]
    notes = [Severity.NOTE.value if one else Severity.WARN.value for one in near]

    def say(row: Row) -> str:
        more = f" and {many(row['codes'] - 1, 'other')}" if row["codes"] > 1 else ""
        why = f"which is {row['alike']} % like our" if row.get("alike") else "this partner's name for our"
        name = f"{row['code']}{more} named {row['name']!r}, {why} {row['other']!r}"
        return f"{name}: with us of {row['destination']!r}"

    wrong = wrong.filter(~pl.Series(related, dtype=pl.Boolean))
    guessed = guessed.with_columns(pl.Series("severity", notes, dtype=pl.String))
    for rows in (wrong, guessed):
        yield from listed(Check.OTHER_DESTINATION, rows.with_columns(pl.col("name").alias("value")), say)


def _named_otherwise(look: Look) -> pl.DataFrame:
    """The different names and destinations of lines, how many codes each has, and the `base` of their country."""
    # a longer code of a country as a whole may be a new one of the destination that its name tells
    base = look.case.reference.sort(pl.col("code").str.len_bytes(), "code").unique("country", keep="first")
    exact, general = pl.col("known") == pl.col("code"), pl.col("destination").is_in(base["destination"].implode())
    lines = _lines(look, look.codes.filter(pl.col("known").is_not_null(), exact | ~general))
    other = lines.filter(pl.col("name") != "", pl.col("name") != pl.col("destination"))
    pairs = other.group_by("name", "destination", "country", maintain_order=True)
    told = pairs.agg(pl.col("tab", "row", "code").first(), pl.len().alias("codes")).sort("codes", descending=True)
    return told.join(base.select("country", base="destination"), on="country", how="left", maintain_order="left")


def _invented(look: Look) -> Iterator[Finding]:
    """R15: beside its parent after the sheet, and never called."""
    new = look.changes.filter(pl.col("kind") == "new", ~pl.col("blocked"), pl.col("next_price") > 0)
    if look.is_first or not new.height:
        return
    shorter = pl.col("code").str.head(-1).alias("stem")
    points = new.select("id", shorter, at_ms="from_ms", wanted="rate_type", point="id", group=pl.lit("")).filter(
        pl.col("stem") != ""
    )
    parents = in_force(points, look.case.comparison.after).select("id", parent="code", parent_price="next_price")
    beside = new.join(parents, on="id", maintain_order="left")
    dear = pl.col("next_price") >= pl.col("parent_price") * look.contract.terms.invented_times
    rows = beside.filter(dear, pl.col("parent_price") > 0)
    if rows.height:
        rows = rows.join(look.traffic.reach(rows["code"], CALLED_DAYS), on="code", how="anti", maintain_order="left")

    def say(row: Row) -> str:
        times = row["next_price"] // row["parent_price"]
        return (
            f"new code {named(row)} at {price_text(row['next_price'])} is {times} times its parent"
            f" {row['parent']} at {price_text(row['parent_price'])} and had no call in {CALLED_DAYS} days"
        )

    yield from listed(Check.INVENTED_CODE, rows, say)


def _lacking(look: Look) -> Iterator[Finding]:
    """R16: of a full sheet only, which ends what it does not name."""
    absent = look.changes.filter(pl.col("row") == 0, pl.col("kind") == "closed")
    terms = look.contract.terms
    rows = absent.filter(pl.col("talk_ms") * terms.traffic_days > 7 * 60_000 * terms.lacking_minutes)

    def say(row: Row) -> str:
        weekly = f"{minutes_text(row['talk_ms'])} a week in {many(row['calls'], 'call')}"
        absent = f"the sheet does not name {named(row)}, which carries {weekly}"
        return f"{absent}: it would end on {look.day(row['from_ms'])}"

    yield from listed(Check.CODES_LACKING, rows, say)
    lacking, known = absent["code"].n_unique(), look.case.rates["code"].n_unique()
    if lacking * 100 > terms.lacking_percent * known:
        words = f"the sheet lacks {lacking:,} of {many(known, 'code')} of the plan ({lacking * 100 // known} %)"
        yield whole(Check.CODES_LACKING, words, value=str(lacking))
