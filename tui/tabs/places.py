"""For which calls a policy holds."""

from textual.content import Content

from protos import policies_pb2 as pb
from tui import formats
from tui.forms.policies import attach_form
from tui.link import Link
from tui.screens.form import FormScreen
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, word


class PlacesTab(Tab):
    """One row per place that a policy is attached to. `+` attaches it to another one, `D` takes it away."""

    name = "Places"
    columns = (
        Column("client", 12, flex=1),
        Column("product", 10, flex=1),
        Column("destination", 16, flex=2),
        Column("part of the week", 16, flex=1),
    )
    filter_hint = "part of what is named"
    every_s = 10.0
    adds = ("place",)
    deeds = ("remove",)

    def __init__(self, policy: str) -> None:
        self._policy = policy
        self.empty = f"{policy} is attached to nothing: + attaches it; contracts may name it, too"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask where it holds: of one policy that many places are told."""
        found = await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=self._policy))
        rows = [_row(one) for one in found.places if ask.filter.lower() in place_words(one).lower()]
        more = found.attached - len(found.places)
        told = Content.styled(f" {formats.count(more)} more places are not listed", "$warning") if more > 0 else None
        return Listed(rows[ask.offset : ask.offset + ask.limit], len(rows), told)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form that attaches it to another one."""
        return attach_form(link, self._policy)

    def question(self, deed: str, row: Row) -> str:
        """Ask before calls go otherwise."""
        return f"Take policy {self._policy} away from {row.key}? They go by what else holds for them, at once."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Take it away."""
        assert isinstance(row.item, pb.PolicyPlace), "rows of places are made here"
        return (await link.ask(lambda services: services.policies.Detach, row.item)).what


def place_words(place: pb.PolicyPlace) -> str:
    """Say which calls those of a place are: client callwell, to Kenya Mobile, at evening."""
    named = ((place.client, "client"), (place.product, "product"), (place.destination, "to"), (place.profile, "at"))
    return ", ".join(f"{text} {name}" for name, text in named if name)


def _row(place: pb.PolicyPlace) -> Row:
    names = (place.client, place.product, place.destination, place.profile)
    return Row(f"calls of {place_words(place)}", tuple(word(name) for name in names), place)
