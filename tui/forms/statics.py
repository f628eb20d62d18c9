"""A new static entry."""

from collections.abc import Mapping

from textual.content import Content

from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.spread import MOST_WEIGHT
from domain.policies.statics import MOST_PRIORITY, Place, Static, StaticId, check, percent_bp
from protos import statics_pb2 as pb
from tui import known_names
from tui.forms.reading import calls_of, good, needed, read, whole
from tui.link import Link
from tui.screens.form import FormScreen, Line

_STANDS = {
    Place.FIRST: "stands before all others",
    Place.LAST: "stands behind all others",
    Place.ONLY: "alone is used, dead or not",
    Place.NEVER: "is not used",
    Place.ANY: "stands where the order puts it",
}
_WORDS = "In force at once; no entry lets calls lose money. D takes it away."


def static_form(link: Link) -> FormScreen:
    """Return the form of a new entry."""

    async def done(values: Mapping[str, str]) -> str:
        entry = _entry(values)
        return (await link.ask(lambda services: services.statics.Add, entry)).what

    async def judge(values: Mapping[str, str]) -> Content:
        entry = _entry(values)
        most = f", first for {values['at most'].removesuffix('%').strip()} % of them at most" * bool(values["at most"])
        drawn = entry.place == Place.FIRST and f"by weight {entry.weight} among those of priority {entry.priority}"
        whose = entry.trunk or entry.vendor or "any vendor"
        return good(f"{whose} {_STANDS[Place(entry.place)]} for {calls_of(values)}{most}", drawn or "")

    lines = (
        Line("name", hint="its short name: k60"),
        Line("place", "first", "first, last, only, never, any: where the order puts it", tuple(Place)),
        Line("vendor", hint="this vendor's routes", suggester=known_names.partners(link, "vendor")),
        Line("trunk", hint="or this outgoing trunk's alone", suggester=known_names.trunks(link)),
        Line("client", hint="calls of it; empty: of any", suggester=known_names.partners(link, "client")),
        Line("product", hint="calls by trunks that sell it", suggester=known_names.products(link)),
        Line("destination", hint="by its name, or", suggester=known_names.destinations(link)),
        Line("code", hint="digits that numbers begin with"),
        Line("priority", "1", "of the same place 1 stands before 2"),
        Line("weight", "1", "its part of being first, among those of the same priority"),
        Line("at most", hint="first for so many per cent of these calls at most"),
    )
    return FormScreen("A static entry", _WORDS, lines, done, judge)


def _entry(values: Mapping[str, str]) -> pb.StaticEntry:
    """Return the entry that the lines say. Raises ValueError, InputError."""
    place = read(values, "place", _place) or Place.ANY
    entry = pb.StaticEntry(
        id=values["name"],
        place=place,
        **{name: values[name] for name in ("client", "product", "destination", "code", "vendor", "trunk")},
        priority=read(values, "priority", whole(1, MOST_PRIORITY)) or 1,
        weight=read(values, "weight", whole(1, MOST_WEIGHT)) or 1,
        at_most_bp=read(values, "at most", percent_bp),
    )
    check(
        Static(
            StaticId(entry.id),
            place,
            client=PartnerId(entry.client) or None,
            product=entry.product,
            destination=DestinationId(0) if entry.destination else None,
            code=entry.code,
            vendor=PartnerId(entry.vendor) or None,
            trunk=TrunkId(entry.trunk) or None,
            at_most_bp=entry.at_most_bp if entry.HasField("at_most_bp") else None,
        )
    )
    needed(values, name="how it is called")
    return entry


def _place(text: str) -> Place:
    try:
        return Place(text.lower())
    except ValueError:
        raise ValueError(f"{text!r} is none of {', '.join(Place)}") from None
