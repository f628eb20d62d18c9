"""A new form of rate sheets that we send."""

from collections.abc import Mapping

from protos import operators_pb2
from tui.link import Link
from tui.notice_orders import form_and_fields
from tui.screens.form import FormScreen, Line


def form_of_sheets(link: Link) -> FormScreen:
    """Return the form of a new one."""

    async def done(values: Mapping[str, str]) -> str:
        _, given = form_and_fields(values["fields"])
        changes = operators_pb2.FieldChanges(id=values["name"], values=given)
        return (await link.ask(lambda services: services.forms.Set, changes)).what

    lines = (Line("name", hint="how contracts and commands call it"), Line("fields", "file=xlsx", "file=csv ..."))
    return FormScreen("A form of sheets that we send", "= changes its other fields then.", lines, done)
