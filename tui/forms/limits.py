"""A new limit."""

from collections.abc import Mapping

from textual.content import Content

from domain.ids import DestinationId
from domain.limit_fields import changed_limit
from domain.limits import Limit, LimitId, Period
from protos import operators_pb2 as pb
from tui import known_names
from tui.forms.reading import calls_of, good, money, needed
from tui.link import Link
from tui.screens.form import FormScreen, Line

_WORDS = "In force at once; open calls stay. D takes it away, = changes it."


def limit_form(link: Link, client: str = "") -> FormScreen:
    """Return the form of a new limit, of a client where one is named."""

    async def done(values: Mapping[str, str]) -> str:
        limit = _limit(values)
        return (await link.ask(lambda services: services.limits.Add, _message(limit, values))).what

    async def judge(values: Mapping[str, str]) -> Content:
        limit = _limit(values)
        whose = f" by trunk {limit.trunk}" * bool(limit.trunk) + f" by vendor {limit.vendor}" * bool(limit.vendor)
        kept = "kept by the nodes, as far as attempts are reported" if limit.vendor and not limit.client else ""
        per = "in all" if limit.period == Period.EVER else f"a {limit.period}"
        most = [
            limit.max_calls is not None and f"{limit.max_calls:,} at a time",
            limit.max_cps is not None and f"{limit.max_cps:,} new ones a second",
            limit.max_minutes is not None and f"{limit.max_minutes:,} billed minutes {per}",
            limit.max_units is not None and f"{money(limit.max_units)} {limit.currency} {per}",
        ]
        return good(f"{calls_of(values)}{whose}: at most {', '.join(word for word in most if word)}", kept)

    lines = (
        Line("name", hint="its short name: kestrel-work"),
        Line("client", client, "calls of it", suggester=known_names.partners(link, "client")),
        Line("end user", hint="of the client"),
        Line("trunk", hint="calls by it, incoming or outgoing", suggester=known_names.trunks(link)),
        Line("vendor", hint="attempts at it", suggester=known_names.partners(link, "vendor")),
        Line("destination", hint="by its name, or", suggester=known_names.destinations(link)),
        Line("code", hint="digits that numbers begin with"),
        Line("max calls", hint="at a time"),
        Line("max cps", hint="new ones a second, on the average"),
        Line("burst", hint="new ones at once; empty: a second's worth"),
        Line("max minutes", hint="billed minutes of a period"),
        Line("max money", hint="what calls of a period may cost, and"),
        Line("currency", hint="of that: USD"),
        Line("period", Period.MONTH, "hour, day, week, month, ever", tuple(Period)),
        Line("zone", "UTC", "of its days, weeks and months"),
        Line("profile", hint="a part of the week; `not NAME`: outside", suggester=_profiles(link)),
    )
    return FormScreen("A limit", _WORDS, lines, done, judge)


def _profiles(link: Link) -> known_names.KnownNames:
    return known_names.profiles(link, negated=True)


def _limit(values: Mapping[str, str]) -> Limit:
    """Return the limit that the lines say. Raises ValueError, InputError."""
    texts = {line.replace(" ", "_"): text for line, text in values.items() if line != "name"}
    limit = changed_limit(Limit(LimitId(values["name"])), texts, lambda _: DestinationId(0))
    if all(one is None for one in (limit.max_calls, limit.max_cps, limit.max_minutes, limit.max_units)):
        raise ValueError("it limits nothing yet: give calls, calls a second, minutes or money")
    if limit.max_units is not None and limit.currency is None:
        raise ValueError("currency is wanted: money is of one")
    if limit.destination is not None and limit.code:
        raise ValueError("both a destination and a code are given: give one of them")
    needed(values, name="how it is called")
    return limit


def _message(limit: Limit, values: Mapping[str, str]) -> pb.Limit:
    return pb.Limit(
        id=limit.id,
        client=limit.client or "",
        end_user=limit.end_user,
        trunk=limit.trunk or "",
        vendor=limit.vendor or "",
        destination=values["destination"],
        code=limit.code,
        max_calls=limit.max_calls,
        max_cps=limit.max_cps,
        burst=limit.burst,
        max_minutes=limit.max_minutes,
        max_units=limit.max_units,
        currency=limit.currency or "",
        period=limit.period,
        zone=limit.zone,
        profile=limit.profile,
    )
