"""New policies, for which calls they hold, what they promise, and parts of the week."""

from collections.abc import Mapping

from textual.content import Content

from domain.policies.fields import POLICY_FIELDS, changed_policy
from domain.policies.policy import Policy
from protos import operators_pb2
from protos import policies_pb2 as pb
from tui import formats, known_names
from tui.forms.reading import assigned, calls_of, good, needed, read, standing_in
from tui.link import Link, LinkError, UnknownError
from tui.screens.form import FormScreen, Line

_NOTE = Line("note", hint="why; it stays with the version")
_PROMISES = ("sla asr", "sla ner", "sla acd", "sla pdd", "sla bucket", "sla least calls", "keep", "unmet")
PLACE = ("client", "product", "destination", "profile")
"""The lines that say for which calls a policy holds."""


def policy_form(link: Link) -> FormScreen:
    """Return the form of a new policy."""

    async def done(values: Mapping[str, str]) -> str:
        change = pb.PolicyChange(
            name=values["name"], values=_fields(values), ready=values["ready"], note=values["note"]
        )
        return (await link.ask(lambda services: services.policies.Set, change)).what

    async def judge(values: Mapping[str, str]) -> Content:
        fields = _fields(values)
        said = await _ready(link, values["ready"]) | fields
        with standing_in("fields"):
            changed_policy(Policy(values["name"]), said)
        if not said:
            raise ValueError("nothing is said yet: give a ready policy, or fields")
        needed(values, name="how it is called")
        found = await _standing(link, values["name"])
        if found is not None:
            words = f"{values['name']} is there: it is to be its version {found.version + 1}, at once"
        else:
            words = f"{values['name']} is new: it holds for no calls until it is attached (a)"
        return good(words, *(f"{name}: {text}" for name, text in said.items()))

    lines = (
        Line("name", hint="its short name: cheap"),
        Line("ready", hint="begin with a ready one: least-cost", suggester=known_names.ready_policies(link)),
        Line("fields", hint='order="price, then asr" max_routes=3'),
        _NOTE,
    )
    return FormScreen("A policy", "What it does not say is left to the policies below it.", lines, done, judge)


def attach_form(link: Link, policy: str) -> FormScreen:
    """Return the form that lets a policy hold for some calls."""

    async def done(values: Mapping[str, str]) -> str:
        _some_calls(values)
        return (await link.ask(lambda services: services.policies.Attach, place_of(values))).what

    async def judge(values: Mapping[str, str]) -> Content:
        needed(values, policy="which is to hold")
        _some_calls(values)
        former = await _attached(link, place_of(values))
        way = "another one that is attached to just these gives way"
        if former:
            way = "it is attached to them already" if former == values["policy"] else f"{former} gives way there"
        return good(
            f"{values['policy']} holds for {calls_of(values)}, at once",
            f"over policies that are attached to less; {way}",
        )

    lines = (Line("policy", policy, "which is to hold", suggester=known_names.policies(link)), *_place_lines(link))
    words = "Where all that is named applies. D on its places takes it away again."
    return FormScreen("Let a policy hold for some calls", words, lines, done, judge)


def promise_form(link: Link) -> FormScreen:
    """Return the form of what is promised to clients: fields of a policy, and for whom it holds."""

    async def done(values: Mapping[str, str]) -> str:
        change = pb.PolicyChange(name=values["policy"], values=_promised(values), note=values["note"])
        what = (await link.ask(lambda services: services.policies.Set, change)).what
        if any(values[line] for line in PLACE):
            try:
                what += "; " + (await link.ask(lambda services: services.policies.Attach, place_of(values))).what
            except LinkError as refused:
                raise LinkError(f"{what}; but it is not attached: {refused}") from None
        return what

    async def judge(values: Mapping[str, str]) -> Content:
        promised = _promised(values)
        changed_policy(Policy(values["policy"]), promised)
        found = await _standing(link, values["policy"])
        now = f"its version {found.version + 1}, in force at once" if found else "a new policy"
        whom = f"for {calls_of(values)}" if any(values[line] for line in PLACE) else _whom(found)
        before = [f"{name}: {found.values[name]} now" for name in promised if name in found.values] if found else []
        return good(f"{now}, {whom}", "reported from then on, an alarm where it is surely broken", *before)

    hints = ("per cent of calls answered, at least", "per cent", "seconds of talk, at least", "seconds, at most",
             "15m, 1h, 24h: in each of which it is to be kept", "fewer tell nothing",
             "a condition of vendors: asr >= 40", "best, or refuse")  # fmt: skip
    lines = (
        Line("policy", hint="that says it: gold", suggester=known_names.policies(link, "")),
        *(Line(name, hint=hint) for name, hint in zip(_PROMISES, hints, strict=True)),
        *_place_lines(link),
        _NOTE,
    )
    words = "A version of the policy, attached to the calls that are named."
    return FormScreen("What is promised", words, lines, done, judge)


def profile_form(link: Link) -> FormScreen:
    """Return the form of a new part of the week."""

    async def done(values: Mapping[str, str]) -> str:
        needed(values, name="how it is called", windows="when it is")
        fields = {name: values[name] for name in ("zone", "windows", "holidays")}
        changes = operators_pb2.FieldChanges(id=values["name"], values=fields)
        return (await link.ask(lambda services: services.policies.SetProfile, changes)).what

    lines = (
        Line("name", hint="its short name: evening"),
        Line("zone", "UTC", "Europe/Paris"),
        Line("windows", hint="mon-fri 18:00-22:00; sat,sun 10:00-22:00; holidays 00:00-24:00"),
        Line("holidays", hint="2026-12-25,2027-01-01"),
    )
    words = "Policies are attached to it; limits hold in it, or outside of it."
    return FormScreen("A part of the week", words, lines, done)


def place_of(values: Mapping[str, str]) -> pb.PolicyPlace:
    """Return the calls that lines name, and the policy."""
    return pb.PolicyPlace(policy=values["policy"], **{line: values[line] for line in PLACE})


def _place_lines(link: Link) -> tuple[Line, ...]:
    return (
        Line("client", hint="calls of it", suggester=known_names.partners(link, "client")),
        Line("product", hint="calls by trunks that sell it", suggester=known_names.products(link)),
        Line("destination", hint="calls to it, by its name", suggester=known_names.destinations(link)),
        Line("profile", hint="calls in this part of the week", suggester=known_names.profiles(link)),
    )


def _some_calls(values: Mapping[str, str]) -> None:
    if not any(values[line] for line in PLACE):
        raise ValueError("name a client, product, destination or part of the week; for all calls there is `default`")


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    return read(values, "fields", assigned(POLICY_FIELDS, f"policy {values['name']}")) or {}


def _promised(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields in which something is promised. Raises ValueError."""
    needed(values, policy="that says it")
    promised = {line.replace(" ", "_"): values[line] for line in _PROMISES if values[line]}
    if not promised:
        raise ValueError("nothing is promised yet: give an ASR, NER, ACD, PDD or a condition to keep")
    return promised


async def _ready(link: Link, name: str) -> dict[str, str]:
    if not name:
        return {}
    library = await link.ask(lambda services: services.policies.Library, operators_pb2.Empty())
    return next((dict(one.values) for one in library.policies if one.name == name), {})


async def _standing(link: Link, name: str) -> pb.RoutePolicy | None:
    try:
        return await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=name))
    except UnknownError:
        return None


async def _attached(link: Link, place: pb.PolicyPlace) -> str:
    """Return the policy that is attached to just these calls, as far as lists tell places; "": none."""
    page = operators_pb2.PageRequest(limit=known_names.MOST)
    reply = await link.ask(lambda services: services.policies.List, page)
    its = [getattr(place, line).casefold() for line in PLACE]
    found = (
        one.name
        for one in reply.policies
        for other in one.places
        if its == [getattr(other, line).casefold() for line in PLACE]
    )
    return next(found, "")


def _whom(found: pb.RoutePolicy | None) -> str:
    if found is None:
        return "which holds for no calls until it is attached"
    places = found.attached + found.clients
    return f"for all calls of its {formats.count(places)} places" if places else "which holds for no calls yet"
