"""A new commitment, a new swap, and the most that vendors get of the calls."""

from collections.abc import Mapping

from textual.content import Content

from domain.ids import DestinationId, PartnerId
from domain.money import Currency
from domain.policies.fields import changed_policy
from domain.policies.policy import DEFAULT, Policy
from domain.quantities.fields import MINUTES, MONEY, Terms, new_commitment, new_swap
from domain.quantities.volumes import Commitment, Swap, Volume, check
from protos import operators_pb2
from protos import policies_pb2 as pb
from tui import known_names
from tui.forms.reading import calls_of, good, money, needed
from tui.link import Link
from tui.moments import said
from tui.screens.form import FormScreen, Line

DAY_MS = 86_400_000
_UTC = Terms(Currency("USD"), "UTC", lambda _: DestinationId(0))
"""As if: what is tried before it is sent needs no contract, but to tell midnights apart."""
_NAME = Line("name", hint="its short name: ke-2026")


def commitment_form(link: Link) -> FormScreen:
    """Return the form of a new commitment."""

    async def done(values: Mapping[str, str]) -> str:
        _commitment(values)
        changes = operators_pb2.FieldChanges(id=values["name"], values=_fields(values))
        return (await link.ask(lambda services: services.commitments.Add, changes)).what

    async def judge(values: Mapping[str, str]) -> Content:
        its = _commitment(values)
        days = max(1, (its.until_ms - its.from_ms) // DAY_MS)
        most = f"{its.minutes or 0:,} billed minutes" if its.units is None else f"{money(its.units)} of its currency"
        even = f"{(its.minutes or 0) // days:,} minutes" if its.units is None else money(its.units // days)
        owed = "all that lacks is owed" if its.units else f"{values['true up'] or 'nothing'} is owed a missing minute"
        words = f"{its.partner} is to get {most}, {calls_of(values)}"
        return good(words, f"{_period(its)}: {even} a day, evenly; {owed}; an alarm from {its.warn_pct} % behind on")

    lines = (
        _NAME,
        Line("vendor", hint="whom it was promised to", suggester=known_names.partners(link, "vendor")),
        *_places(link),
        Line("minutes", hint="billed minutes to be sent, or"),
        Line("money", hint="an amount of the vendor's currency"),
        Line("true up", hint="owed for each minute that lacks at the end: 0.01"),
        Line("from", hint="its first day, in the vendor's zone: 2026-12-01"),
        Line("until", hint="its last day: 2027-02-28"),
        Line("warn pct", "10", "per cent behind from which on an alarm is raised"),
        Line("note", hint="what it is about, in one line"),
    )
    words = "Counted from its first day on, calls of before too. D removes it."
    return FormScreen("A commitment to a vendor", words, lines, done, judge)


def swap_form(link: Link) -> FormScreen:
    """Return the form of a new swap."""

    async def done(values: Mapping[str, str]) -> str:
        _swap(values)
        changes = operators_pb2.FieldChanges(id=values["name"], values=_fields(values))
        return (await link.ask(lambda services: services.swaps.Add, changes)).what

    async def judge(values: Mapping[str, str]) -> Content:
        its = _swap(values)
        ends = (money(end) if its.currency else f"{end:,}" for end in (its.low, its.high))
        unit = "of its currency" if its.currency else "billed minutes"
        words = f"what {its.partner} sends us less what we send it stays within {' to '.join(ends)} {unit}"
        return good(words, f"{calls_of(values)}, {_period(its)}; beyond either end is an alarm")

    lines = (
        _NAME,
        Line("partner", hint="whom traffic is exchanged with", suggester=known_names.partners(link, "partner")),
        *_places(link),
        Line("low", hint="what we may have sent beyond what came: -5000"),
        Line("high", hint="what may have come beyond what we sent: 5000"),
        Line("unit", MINUTES, "minutes, or money of its contract", (MINUTES, MONEY)),
        Line("from", hint="its first day, in the partner's zone: 2026-12-01"),
        Line("until", hint="its last day: 2026-12-31"),
        Line("note", hint="what it is about, in one line"),
    )
    words = "Counted both ways from its first day on. D removes it."
    return FormScreen("A swap with a partner", words, lines, done, judge)


def share_form(link: Link) -> FormScreen:
    """Return the form of the most that vendors get: a field of a policy."""

    async def done(values: Mapping[str, str]) -> str:
        _share(values)
        change = pb.PolicyChange(name=values["policy"], values={"max_share": values["max share"]}, note=values["note"])
        return (await link.ask(lambda services: services.policies.Set, change)).what

    async def judge(values: Mapping[str, str]) -> Content:
        _share(values)
        found = await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=values["policy"]))
        now = found.values.get("max_share", "") or "nothing"
        words = f"of calls for which {values['policy']} holds no vendor is first for more than is said here"
        return good(words, f"it says {now} now, in version {found.version}; b on its versions goes back")

    lines = (
        Line("policy", DEFAULT, "whose next version it is to be", suggester=known_names.policies(link)),
        Line("max share", hint="per cent for each vendor that has a bound: kestrel:40, savanna:12.5"),
        Line("note", hint="why; it stays with the version"),
    )
    words = "Of a client's calls to a destination; in force at once."
    return FormScreen("The most that vendors get", words, lines, done, judge)


def _places(link: Link) -> tuple[Line, ...]:
    return (
        Line("destination", hint="by its name, or", suggester=known_names.destinations(link)),
        Line("country", hint="its two letters, or"),
        Line("code", hint="digits that numbers begin with; nothing: all calls"),
    )


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    """Return the lines by the names of fields, those alone in which something stands."""
    return {line.replace(" ", "_"): text for line, text in values.items() if text and line != "name"}


def _commitment(values: Mapping[str, str]) -> Commitment:
    """Return the commitment that the lines say. Raises ValueError, InputError."""
    needed(values, vendor="whom it was promised to")
    _period_given(values)
    its = new_commitment(values["name"], PartnerId(values["vendor"]), _fields(values), _UTC)
    check(its)
    needed(values, name="how it is called")
    return its


def _swap(values: Mapping[str, str]) -> Swap:
    """Return the swap that the lines say. Raises ValueError, InputError."""
    needed(values, partner="whom traffic is exchanged with", low="how far below zero", high="how far above zero")
    _period_given(values)
    its = new_swap(values["name"], PartnerId(values["partner"]), _fields(values), _UTC)
    check(its)
    needed(values, name="how it is called")
    return its


def _period_given(values: Mapping[str, str]) -> None:
    needed(values, **{"from": "its first day", "until": "its last day"})


def _share(values: Mapping[str, str]) -> None:
    needed(values, policy="whose next version it is to be")
    changed_policy(Policy(values["policy"]), {"max_share": values["max share"]})


def _period(its: Volume) -> str:
    return f"from {said(its.from_ms)[:-10]} until {said(its.until_ms - DAY_MS)[:-10]}"
