"""Verdicts about findings, as an analyst gives them, made decisions that are kept.

Who accepts all findings of a check means those that he sees: each is kept as it was then, and what comes later is open.
"""

from collections.abc import Iterable
from typing import Any

from actors.desk.core import Desk
from actors.desk.sheet_decisions import ALSO_OF_ROWS, OF_ROWS, check_moment
from actors.desk.sheet_digests import Digests
from actors.sheet_work import FINDINGS, REJECTS, RowsQuery
from domain.errors import InputError
from domain.sheets.corrections import Corrected, Correction, Stated
from domain.sheets.findings import Check, place_of
from protos import sheets_pb2 as pb
from store.catalog.sheet_values import Sheet

KINDS = {"accept": Correction.ACCEPT, "move": Correction.DATE, "drop": Correction.DROP}
DONE = {"accept": "accepted", "move": "moved", "drop": "dropped"}
OPEN, REJECTED = "open", "rejects"
ALL_ROWS = 1_000_000
"""Findings are some thousand of each check at most; rows that do not go in are not, so none of them comes here."""
COLUMNS = ("check", "key", "said", "money", "row")
Row = dict[str, Any]


class Verdicts:
    """Reads what a verdict is about. Changes nothing."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests

    async def decided(self, sheet: Sheet, request: pb.SheetVerdict) -> tuple[list[Corrected], str]:
        """Return the decisions that a verdict means, and a sentence about them. Raises InputError."""
        kind, where = KINDS.get(request.what), f"sheet {sheet.id}"
        if kind is None:
            raise InputError(f"there is no verdict {request.what!r}", mend=f"Give {', '.join(KINDS)}.")
        if request.check and request.check not in [check.value for check in Check]:
            raise InputError(f"there is no check {request.check!r}", mend="Checks are R01 to R36.")
        if request.which:
            return await self._accepted(sheet, request)
        if not request.keys and not request.check:
            raise InputError("no finding is named", where=where, mend="Give keys, or a check.")
        value = str(request.at_ms) if request.HasField("at_ms") else ""
        if kind is Correction.DATE and value:
            await self._check_moment(sheet, request.at_ms)
        rest: Row = {"value": value, "comment": request.comment}
        if request.keys:
            found = await self._named(sheet, list(request.keys))
            these = tuple(_stated(row) for row in found)
            each = [
                Corrected(kind, key=one.key, these=(one,) if kind is Correction.ACCEPT else (), **rest) for one in these
            ]
            return each, f"{len(each)} findings {DONE[request.what]}"
        done = f"all findings of {request.check} {DONE[request.what]}"
        if kind is Correction.DATE:
            return [Corrected(kind, check=request.check, **rest)], done
        found = await self._all(sheet, request.check)
        if kind is Correction.DROP:
            found = _with_rows(found, request.check, where)
        return [Corrected(kind, check=request.check, these=tuple(map(_stated, found)), **rest)], done

    async def _accepted(self, sheet: Sheet, request: pb.SheetVerdict) -> tuple[list[Corrected], str]:
        """Accept all findings of a kind: which is open or rejects."""
        if request.what != "accept" or request.which not in (OPEN, REJECTED):
            mend = f"Accept those that are {OPEN}, or of {REJECTED}."
            raise InputError(f"nothing can be said of {request.which!r} findings", where=f"sheet {sheet.id}", mend=mend)
        found = await self._part(sheet, FINDINGS, open=True)
        if request.which == REJECTED:
            rejects = self._digests.folder.part(sheet.id, REJECTS)
            out = {row["key"] for row in await self._part(sheet, FINDINGS, open=True, rejects=rejects)}
            found = [row for row in found if _of_rejects(row, out)]
        decided = [
            Corrected(Correction.ACCEPT, check=check, comment=request.comment, these=tuple(map(_stated, rows)))
            for check, rows in _by_check(found)
        ]
        which = "open findings" if request.which == OPEN else "findings of rows that do not go in"
        return decided, f"all {which} accepted" if decided else "no open finding is left to accept"

    async def _named(self, sheet: Sheet, keys: list[str]) -> list[Row]:
        """Return findings by key. Raises InputError for a key that none has."""
        found = {str(row["key"]): row for row in await self._part(sheet, FINDINGS, keys=tuple(keys))}
        if missing := set(keys) - found.keys():
            mend = f"See `switchboard sheets findings {sheet.id}`."
            raise InputError(f"no finding has the key {min(missing)!r}", where=f"sheet {sheet.id}", mend=mend)
        return [found[key] for key in dict.fromkeys(keys)]

    async def _all(self, sheet: Sheet, check: str = "") -> list[Row]:
        return await self._part(sheet, FINDINGS, check=check)

    async def _part(self, sheet: Sheet, part: str, **wanted: Any) -> list[Row]:
        query = RowsQuery(self._digests.folder.part(sheet.id, part), limit=ALL_ROWS, columns=COLUMNS, **wanted)
        return [dict(row) for row in (await self._desk.tasks.sheet_rows(query)).named()]

    async def _check_moment(self, sheet: Sheet, at_ms: int) -> None:
        """Raise InputError for a moment to which the terms let nothing be moved."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(sheet.plan))
        terms = await self._desk.read(lambda catalog: catalog.rate_terms.get(plan.id))
        check_moment(at_ms, self._desk.now_ms(), terms, terms.zone or plan.rules.zone)


def _of_rejects(row: Row, out: set[str]) -> bool:
    """Whether a finding is of rows that do not go in; `out`: keys of those that are of one such row."""
    return row["check"] in OF_ROWS or (row["check"] in ALSO_OF_ROWS and row["key"] in out)


def _stated(row: Row) -> Stated:
    return Stated(str(row["key"]), str(row.get("said") or ""), row["money"])


def _with_rows(found: Iterable[Row], check: str, where: str) -> list[Row]:
    """Return findings of which rows, or lists of callers, can be left out. Raises InputError where there are none."""
    can = [row for row in found if row["row"] or ((place := place_of(str(row["key"]))) and place.origin)]
    if not can:
        mend = "Accept them, or mend what they are about."
        raise InputError(f"no finding of {check} is of a row that could be left out", where=where, mend=mend)
    return can


def _by_check(found: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    checks: dict[str, list[Row]] = {}
    for row in found:
        checks.setdefault(str(row["check"]), []).append(row)
    return sorted(checks.items())
