"""What the reference book learns from an applied sheet, and forgets with one that is taken back."""

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

    def order(catalog: Catalog) -> tuple[int, int]:
        if catalog.sheets.get(sheet.id).state is not SheetState.APPLIED:
            return 0, 0
        owners = owners_of(catalog.directory(), sheet.plan)
        owner = owners[0] if owners else PartnerId("")
        drafts = [CodeDraft(code, sheet.plan, owner, sheet.id, name, from_ms) for code, name, from_ms in news.unknown]
        kept = catalog.code_changes.draft(drafts, who=who, at_ms=now_ms)
        names = 0
        if owner and catalog.plans.get(sheet.plan).side == BUY:
            mapped = catalog.name_maps.of(owner)
            clear = {name: ours for name, ours in news.names.items() if name.strip() not in mapped}
            names = catalog.name_maps.set(owner, clear, who=who, at_ms=now_ms) if clear else 0
        return len(kept), names

    drafts, names = await desk.write(order)
    told = [f"new drafts of the reference book: {drafts:,}"] if drafts else []
    told += [f"names remembered: {names:,}"] if names else []
    return "".join(f"; {one}" for one in told)
