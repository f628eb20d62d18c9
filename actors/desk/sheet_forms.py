"""Operators' service of the forms of the sheets that we send."""

from collections.abc import Sequence
from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.tokens import caller
from domain.notices.form import SheetForm
from domain.notices.form_fields import changed_form, differing, form_texts
from protos import notices_pb2 as pb
from protos import notices_pb2_grpc as services
from protos.operators_pb2 import Changed, Empty, FieldChanges, Named
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]


class SheetFormsService(services.SheetFormsServiceServicer):
    """Shows, changes and removes forms by the names of their fields; the usual one has no name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: Empty, context: Context) -> pb.SheetForms:
        """List all forms, the usual one first."""
        forms = await self._desk.read(lambda catalog: catalog.sheet_forms.list())
        used = await self._desk.read(lambda catalog: catalog.sheet_forms.used_by())
        every = {"": SheetForm()} | forms
        return pb.SheetForms(forms=[_message(name, form, used.get(name, ())) for name, form in every.items()])

    async def Show(self, request: Named, context: Context) -> pb.SheetForm:
        """Show one."""
        form = await self._desk.read(lambda catalog: catalog.sheet_forms.get(request.name))
        used = await self._desk.read(lambda catalog: catalog.sheet_forms.used_by())
        return _message(request.name, form, used.get(request.name, ()))

    async def Set(self, request: FieldChanges, context: Context) -> Changed:
        """Change fields of a form; one that is not there is made."""
        texts, name, who = given(request), request.id, caller()
        where, now_ms = f"form {name}", self._desk.now_ms()

        def order(catalog: Catalog) -> tuple[SheetForm, SheetForm, bool]:
            forms = catalog.sheet_forms.list()
            before = forms.get(name, SheetForm())
            after = changed_form(before, texts, where)
            catalog.sheet_forms.set(name, after, who=who, at_ms=now_ms)
            return before, after, name not in forms

        before, after, is_new = await self._desk.write(order)  # no node reads them: nothing is published
        told_before, told = form_texts(before), form_texts(after)
        if is_new and told == told_before:
            return Changed(what=f"{where} is made, as the usual form is")
        said = changed(where, told_before, told, texts)
        return Changed(what=f"{where} is made; {said.what.removeprefix(f'{where}: ')}") if is_new else said

    async def Remove(self, request: Named, context: Context) -> Changed:
        """Remove one that no contract names."""
        who, now_ms = caller(), self._desk.now_ms()
        await self._desk.write(lambda catalog: catalog.sheet_forms.remove(request.name, who=who, at_ms=now_ms))
        return Changed(what=f"form {request.name} removed; notices that were made by it stay as they are")


def _message(name: str, form: SheetForm, used: Sequence[str]) -> pb.SheetForm:
    return pb.SheetForm(name=name, values=form_texts(form), differing=differing(form), used_by=used)
