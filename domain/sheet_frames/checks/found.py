"""From rows that a check has caught to findings: their words, their keys, what became of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

import polars as pl

from domain.days import local_time
from domain.sheet_frames import columns
from domain.sheet_frames.checks.wording import Row as Row
from domain.sheets.corrections import Corrected, Correction, Stated
from domain.sheets.findings import RULES, SEVERITY, Check, Finding, Place, Severity, Standing, key_of, place_of

LISTED = 10_000
"""Findings of one check that are listed one by one, those with most money first; one more counts the rest."""

LEAST_WORSE = 10**6
"""A finding that costs so many units a week more than it did when it was accepted, and a tenth more, is open again."""
_STATED = (
    "old_next_price", "next_price", "old_price", "new_price", "said_ms", "from_ms", "at_ms", "cost",
    *(name for name in columns.TERMS if name != "next_price"),
)  # fmt: skip
"""What a finding is about beside its value: columns of the row that was caught."""

Say = Callable[[Row], str]
_DONE = {Correction.DATE: Standing.MOVED, Correction.DROP: Standing.DROPPED, Correction.MEND: Standing.MENDED}
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def whole(
    check: Check,
    words: str,
    *,
    severity: Severity | None = None,
    money: int | None = None,
    said: str | None = None,
    **place: Any,
) -> Finding:
    """Return a finding of the whole sheet, or of the `tab`, `code`, `column` or `value` given; it stays accepted while
    it is about what is `said`, None: the value."""
    at = Place(check, place.get("tab", ""), place.get("row", 0), place.get("code", ""), column=place.get("column", ""))
    about = str(place.get("value", "")) if said is None else said
    return Finding(check, severity or SEVERITY[check], words, money=money, key=key_of(at), said=about, **place)


def listed(check: Check, rows: pl.DataFrame, say: Say, value: Say | None = None) -> list[Finding]:
    """Return a finding per row (tab, row; and code, rate_type, origin, column, value, money, severity, standing where
    it has them): LISTED at most, those with most money first, then in their order, and one that counts all."""
    if "money" in rows.columns and rows.height > 1:
        rows = rows.sort(pl.col("money").abs(), descending=True, nulls_last=True, maintain_order=True)
    found = [_finding(check, row, say, value) for row in rows.head(LISTED).iter_rows(named=True)]
    if rows.height > LISTED:
        rest = rows.slice(LISTED)
        words = f"{rows.height - LISTED:,} more of these are not listed, {rows.height:,} in all: {RULES[check]}"
        money = int(rest["money"].sum()) or None if "money" in rest.columns else None
        more = whole(check, words, severity=_gravest(rest), money=money, value=f"{rows.height}")
        found.append(replace(more, said=f"{rows.height} {_digest(rest)}"))
    return found


def _digest(rows: pl.DataFrame) -> str:
    """Return a digest of what findings that are not listed are about, in any order: of one version of the program."""
    about = [name for name in (*Place._fields, "value", *_STATED) if name in rows.columns]
    return f"{int(rows.select(about).hash_rows(seed=302).cast(pl.Int128).sum() or 0):x}"


def _gravest(rows: pl.DataFrame) -> Severity | None:
    """Return the gravest severity that rows have of their own, None where they have none."""
    own = [Severity(one) for one in rows["severity"].drop_nulls().unique()] if "severity" in rows.columns else []
    return min(own, key=lambda one: _RANK[one], default=None)


def _finding(check: Check, row: Row, say: Say, value: Say | None) -> Finding:
    at = _place(check, row)
    return Finding(
        check=check,
        severity=row.get("severity") or SEVERITY[check],
        words=say(row),
        tab=at.tab,
        row=at.row,
        column=at.column,
        code=at.code,
        value=_shown(row, value),
        money=row.get("money"),
        key=key_of(at),
        standing=Standing(row.get("standing") or Standing.OPEN),
        said=_said(row, value),
    )


def _place(check: Check, row: Row) -> Place:
    return Place(check, row["tab"], row["row"], *(row.get(name) or "" for name in Place._fields[3:]))


def _shown(row: Row, value: Say | None) -> str:
    return value(row) if value else row.get("value") or ""


def _said(row: Row, value: Say | None) -> str:
    stated = [f"{name}={row[name]}" for name in _STATED if row.get(name) is not None]
    return " ".join([_shown(row, value), *stated])


def frame_of(findings: Iterable[Finding], corrections: Iterable[Corrected] = ()) -> pl.DataFrame:
    """Return FINDINGS as an analyst reads them: open before settled, blocking first, then most money first.

    What a correction accepts stands as accepted while it is what was accepted; what one has dropped, moved or mended is
    listed as that.
    """
    corrections = tuple(corrections)
    found = list(_accepted(_numbered(findings), [one for one in corrections if one.kind is Correction.ACCEPT]))
    found += _done(found, corrections)
    found.sort(
        key=lambda one: (
            one.standing is not Standing.OPEN,
            _RANK[one.severity],
            -abs(one.money or 0),
            one.check,
            one.row,
        )
    )
    names = [field.name for field in fields(Finding)]
    data = {name: [getattr(one, name) for one in found] for name in names}
    return pl.DataFrame(data, schema_overrides=columns.FINDINGS).select(columns.FINDINGS.keys())


def _numbered(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give those that would share a key one of their own, in their order."""
    met: dict[str, int] = {}
    for one in findings:
        before = met[one.key] = met.get(one.key, -1) + 1
        place = place_of(one.key) if before else None
        yield replace(one, key=f"{one.key}{':' if place and place.column else '::'}{before}") if before else one


def _accepted(findings: Iterable[Finding], accepts: list[Corrected]) -> Iterator[Finding]:
    stated = {each.key: (one, each) for one in accepts for each in one.these}
    accepts = [one for one in accepts if not one.these]
    keys = {one.key: one for one in accepts if one.key}
    places = {(one.check, one.tab, one.row): one for one in accepts if not one.key and one.row}
    checks = {one.check: one for one in accepts if not one.key and not one.row}
    for one in findings:
        if one.standing is not Standing.OPEN:
            yield one
            continue
        here = (places.get((check, one.tab, one.row)) for check in (one.check, ""))
        by = keys.get(one.key) or checks.get(one.check) or next(filter(None, here), None)
        then = stated.get(one.key)
        by = by or (then[0] if then and _is_still(then[1], one) else None)
        yield replace(one, standing=Standing.ACCEPTED, words=f"{one.words}{_accepted_words(by)}") if by else one


def _accepted_words(by: Corrected) -> str:
    return f"; accepted{_by_whom(by)}" if by.who or by.comment else ""


def _is_still(stated: Stated, found: Finding) -> bool:
    """Whether a finding is what it was when it was accepted, and costs hardly more."""
    if stated.said != found.said:
        return False
    if stated.money is None or found.money is None:
        return stated.money == found.money or (found.money or 0) >= 0
    return found.money >= stated.money - max(abs(stated.money) // 10, LEAST_WORSE)


def _done(found: list[Finding], corrections: Iterable[Corrected]) -> Iterator[Finding]:
    """Yield what was dropped, moved or mended and is found no longer."""
    keys = {one.key for one in found}
    places = {(str(one.check), one.tab, one.row) for one in found} | {(str(one.check), "", 0) for one in found}
    for one in corrections:
        at = place_of(one.key) or Place(one.check, one.tab, one.row)
        if one.kind not in _DONE or at.check not in SEVERITY:
            continue
        if one.key in keys if one.key else (at.check, at.tab, at.row) in places:
            continue
        keys.add(one.key)
        places.update([(at.check, at.tab, at.row), (at.check, "", 0)])
        check = Check(at.check)
        yield Finding(
            check, SEVERITY[check], _done_words(one, check), at.tab, at.row, at.column, at.code, _value(one),
            key=one.key or key_of(at), standing=_DONE[one.kind],
        )  # fmt: skip


def _done_words(one: Corrected, check: Check) -> str:
    what = {
        Correction.DATE: f"moved to {_value(one)}" if one.value else "moved to the earliest day that the notice allows",
        Correction.DROP: "left out",
        Correction.MEND: f"mended to {one.value!r}",
    }[one.kind]
    return f"{what}{_by_whom(one)}. It was: {RULES[check]}"


def _value(one: Corrected) -> str:
    """Return what a cell reads now, or the moment to which rows were moved: "2026-12-20 00:00 UTC"."""
    is_moment = one.kind is Correction.DATE and one.value.isdigit()
    return f"{local_time(int(one.value), 'UTC'):%Y-%m-%d %H:%M} UTC" if is_moment else one.value


def _by_whom(one: Corrected) -> str:
    return (f" by {one.who}" if one.who else "") + (f": {one.comment}" if one.comment else "")
