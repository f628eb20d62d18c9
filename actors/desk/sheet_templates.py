"""Operators' service of the templates by which sheets are read."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.tokens import caller
from domain.sheets.headings import Meaning
from domain.sheets.template import Template
from domain.sheets.template_json import template_json
from protos import sheets_pb2 as pb
from protos import sheets_pb2_grpc as services
from protos.operators_pb2 import Changed
from store.catalog.templates import SavedTemplate

Context = grpc.aio.ServicerContext[Any, Any]


class SheetTemplatesService(services.SheetTemplatesServiceServicer):
    """Lists, shows and removes templates."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: pb.TemplateQuery, context: Context) -> pb.SheetTemplates:
        """List the templates of an owner, or all, each in its newest version."""
        found = await self._desk.read(lambda catalog: catalog.templates.list(request.owner))
        return pb.SheetTemplates(templates=[_message(one) for one in found])

    async def Show(self, request: pb.TemplateQuery, context: Context) -> pb.SheetTemplate:
        """Show a template with its columns."""
        found = await self._desk.read(lambda catalog: catalog.templates.get(request.owner, request.name))
        message = _message(found)
        message.columns.extend(columns_in_words(found.template))
        message.json = template_json(found.template)
        return message

    async def Remove(self, request: pb.TemplateQuery, context: Context) -> Changed:
        """Let no sheet be read by a template any more."""
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(
            lambda catalog: catalog.templates.remove(request.owner, request.name, who=who, at_ms=now_ms)
        )
        return Changed(what=f"template {request.name} of {request.owner} removed; sheets read by it stay as they are")


def columns_in_words(template: Template) -> list[str]:
    """Say what a template takes each column for, a line for each that is used, and what holds for all."""
    said = []
    for tab in template.tabs:
        where = f"tab {tab.name!r}" if tab.name else "any tab"
        said.append(f"{where}: {tab.use.value}" + (f", header in row {tab.header + 1}" if tab.header >= 0 else ""))
        for column in tab.columns:
            if column.meaning is Meaning.UNUSED:
                continue
            of = " ".join(filter(None, (column.rate_type, column.origin, "in cents" if column.cents else "")))
            heading = f" {column.heading!r}" if column.heading else ""
            said.append(f"  column {column.place + 1}{heading}: {column.meaning.value}" + (f" ({of})" if of else ""))
    said.append(f"prices are per {template.per.value}; the country code is in the {template.country_code.value}")
    if template.decimal:
        said.append(f"the decimal mark is {template.decimal!r}")
    if template.dates:
        said.append(f"the order of dates is {template.dates}")
    if template.increments != (0, 0):
        said.append(f"increments are {template.increments[0]}/{template.increments[1]} where none are given")
    if template.surcharge:
        said.append("prices of origin groups are added to the price of any caller")
    return said


def _message(saved: SavedTemplate) -> pb.SheetTemplate:
    template = saved.template
    return pb.SheetTemplate(
        owner=saved.owner,
        name=template.name,
        version=template.version,
        fingerprint=template.fingerprint,
        saved_ms=saved.saved_ms,
        saved_by=saved.saved_by,
    )
