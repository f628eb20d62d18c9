"""What the reference book learns from an applied sheet, and forgets with one that is taken back."""

from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from actors.desk.core import Desk
from actors.logs import Log
from actors.sheet_work import CHANGES, FINDINGS, BookQuery
from actors.tokens import caller
from domain.ids import PartnerId
from domain.sheets.steps import SheetState
from store.catalog import Catalog
from store.catalog.code_changes import CodeDraft
from store.catalog.plans import BUY
from store.catalog.sheet_values import Sheet
from store.plan_owners import owners_of
from store.sheets.folder import SheetFolder

AT_ONCE = 20_000
"""Drafts of a transaction: others write in between, as a sheet of a million codes would hold them up for seconds."""


async def learn(desk: Desk, sheet: Sheet, folder: SheetFolder) -> str:
    """Keep codes that the book lacks as drafts, and the vendor's names whose meaning is clear; return both in words.

    The sheet is in force by then: what goes wrong here is logged and told, and undoes nothing. One that was taken back
    meanwhile teaches nothing.
    """
    try:
        return await _learn(desk, sheet, folder)
    except Exception as error:
        log: Log = structlog.get_logger()
        log.warning("nothing learned from a sheet", sheet=sheet.id, exc_info=error)
        return "; the reference book learned nothing of it, the log says why"


async def forget(desk: Desk, sheet: int) -> str:
    """Forget the drafts of a sheet that was taken back, unless they were decided; return how many, in words."""
    who, at_ms = caller(), desk.now_ms()
    count = await desk.write(lambda catalog: catalog.code_changes.withdraw(sheet, who=who, at_ms=at_ms))
    return f"; drafts of the reference book withdrawn: {count:,}" if count else ""


async def _learn(desk: Desk, sheet: Sheet, folder: SheetFolder) -> str:
    now_ms, who = desk.now_ms(), caller()
    query = BookQuery(folder.part(sheet.id, CHANGES), folder.part(sheet.id, FINDINGS), now_ms)
    news = await desk.tasks.sheet_book(query)
    owner, drafts = await desk.read(partial(_owner, sheet)), 0
    for begin in range(0, len(news.unknown), AT_ONCE):
        some = news.unknown[begin : begin + AT_ONCE]
        new = [CodeDraft(code, sheet.plan, owner, sheet.id, name, from_ms) for code, name, from_ms in some]
        drafts += await desk.write(partial(_drafted, new, who, now_ms))
    names = await desk.write(partial(_named, sheet, owner, news.names, who, now_ms))
    told = [f"new drafts of the reference book: {drafts:,}"] if drafts else []
    told += [f"names remembered: {names:,}"] if names else []
    return "".join(f"; {one}" for one in told)


def _drafted(drafts: Sequence[CodeDraft], who: str, at_ms: int, catalog: Catalog) -> int:
    """Keep codes of a sheet as drafts while it is in force; return how many are new."""
    if catalog.sheets.get(drafts[0].sheet).state is not SheetState.APPLIED:
        return 0
    return len(catalog.code_changes.draft(drafts, who=who, at_ms=at_ms))


def _named(sheet: Sheet, owner: PartnerId, names: Mapping[str, str], who: str, at_ms: int, catalog: Catalog) -> int:
    """Remember a vendor's names while its sheet is in force; return how many are new."""
    if catalog.sheets.get(sheet.id).state is not SheetState.APPLIED:
        return 0
    if not owner or catalog.plans.get(sheet.plan).side != BUY:
        return 0
    mapped = catalog.name_maps.of(owner)
    clear = {name: ours for name, ours in names.items() if name.strip() not in mapped}
    return catalog.name_maps.set(owner, clear, who=who, at_ms=at_ms) if clear else 0


def _owner(sheet: Sheet, catalog: Catalog) -> PartnerId:
    owners = owners_of(catalog.directory(), sheet.plan)
    return owners[0] if owners else PartnerId("")
