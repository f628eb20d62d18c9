"""Templates made by pointing: how a sheet begins is shown, what its columns are is saved, and it is read anew."""

import asyncio
from dataclasses import replace

from actors.desk.core import Desk
from actors.desk.sheet_apply import name_for
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_told import told_of
from actors.sheet_work import PreviewQuery, SheetLook
from actors.tokens import caller
from domain.errors import ConflictError, InputError
from domain.sheets.pointing import lacking
from domain.sheets.steps import NEXT, SheetState
from domain.sheets.template import Template
from domain.sheets.template_json import digest, template_json, template_of
from protos import sheets_pb2 as pb
from store.catalog.sheet_values import Sheet
from store.plan_owners import owners_of


class Pointing:
    """Shows sheets to those who point, and keeps what they say. A template is saved before anything is read by it."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk, self._digests = desk, digests

    async def look(self, sheet: Sheet) -> pb.SheetPreview:
        """Show how a sheet begins. Raises InputError for a file that cannot be read."""
        plan = await self._desk.read(lambda catalog: catalog.plans.get(sheet.plan))
        data = await asyncio.to_thread(self._digests.folder.raw, sheet.id)
        rules, template = plan.rules, told_of(sheet).template
        types = tuple(sorted({window.rate_type for window in rules.windows}))
        query = PreviewQuery(sheet.name, data, rules.unit, types, str(rules.currency), template)
        look = await self._desk.tasks.sheet_look(query)
        owner = await self._owner(sheet)
        known = await self._desk.read(lambda catalog: catalog.templates.of(owner))
        return _message(look, owner, name_for(look.template, str(sheet.plan), known))

    async def point(self, sheet: Sheet, name: str, text: str) -> str:
        """Save a template for the partner, and read the sheet anew by it; return what was done.

        Raises InputError for one that is none, ConflictError for a sheet that is not read any more.
        """
        where = f"sheet {sheet.id}"
        template = template_of(text)
        if why := lacking(template):
            raise InputError(why, where=where, mend="Point at its column, and say so.")
        if SheetState.WORKING not in NEXT[sheet.state] or self._digests.at_work(sheet.id) is not None:
            raise ConflictError(f"it is {sheet.state.value} and cannot be read anew", where=where)
        owner, who, now_ms = await self._owner(sheet), caller(), self._desk.now_ms()
        pointed = replace(template, name=name.strip(), fingerprint=digest(template))
        kept = await self._desk.write(lambda catalog: catalog.templates.save(owner, pointed, who=who, at_ms=now_ms))
        told = told_of(sheet).said_by(who)
        await self._digests.again(sheet.id, replace(told, wanted=kept.name, answers={}))
        return f"template {kept.name} version {kept.version} is saved for {owner}; sheet {sheet.id} is read anew by it"

    async def _owner(self, sheet: Sheet) -> str:
        owners = await self._desk.read(lambda catalog: owners_of(catalog.directory(), sheet.plan))
        return str(owners[0] if owners else sheet.plan)


def _message(look: SheetLook, owner: str, name: str) -> pb.SheetPreview:
    template: Template = look.template
    tabs = [
        pb.SheetTab(
            name=tab.name, hidden=tab.hidden, total=tab.total, rows=[pb.SheetCells(cells=row) for row in tab.rows]
        )
        for tab in look.tabs
    ]
    return pb.SheetPreview(tabs=tabs, template=template_json(template), owner=owner, name=name)
