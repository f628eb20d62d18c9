"""A version that is to be tried on a part of the calls."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from textual.content import Content

from domain.policies.fields import POLICY_FIELDS, changed_policy, policy_texts
from domain.policies.policy import Policy
from protos import policies_pb2 as pb
from tui import formats, known_names
from tui.forms.reading import assigned, good, hundredths, needed, read, standing_in, whole
from tui.formula_words import FIELDS, meaning
from tui.link import Link, UnknownError
from tui.moments import moment_of, said
from tui.screens.form import FormScreen, Line, WrongLineError

_WORDS = "Drawn by the calls' keys, at once. D drops it, p puts it in force."
_MOST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be tried, as it was understood; the version in force, and the trial that it takes the place of."""

    order: pb.CanaryOrder
    standing: pb.RoutePolicy
    tried: Mapping[str, str]
    former: pb.Canary | None


def canary_form(
    link: Link, now_ms: int, policy: str = "", version: int = 0, former: pb.Canary | None = None
) -> FormScreen:
    """Return the form of a new trial, of a policy and a version of it where they are known, or of another one in the
    place of a trial that runs. Moments are counted from `now_ms`, business time, UTC ms."""

    async def done(values: Mapping[str, str]) -> str:
        order = (await _asked(link, values, now_ms)).order
        return (await link.ask(lambda services: services.canaries.Begin, order)).what

    async def judge(values: Mapping[str, str]) -> Content:
        asked = await _asked(link, values, now_ms)
        return Content("\n").join([_told(asked), *[one async for one in _meanings(link, asked)]])

    lines = (
        Line("policy", policy, "of which a version is tried", suggester=known_names.policies(link)),
        Line("version", f"{version or ''}", "one that there is; empty: that in force with these fields:"),
        Line("fields", hint='order="price, then asr" max_routes=3 only='),
        Line("share", _share(former) if former else "10", "of its calls, per cent"),
        Line("until", hint="+2h, +1d, 2026-12-01 06:00 (UTC); empty: no end of its own"),
        Line("worse asr", _points(former.guard_asr_bp if former else 500), "points: it drops itself beyond; 0: not"),
        Line("worse margin", _points(former.guard_margin_bp if former else 1_000), "per cent of a call's; 0: not"),
        Line("least", f"{former.least_calls if former else 200}", "calls of each arm before anything is said"),
        Line("note", hint="why; it stays with the version"),
    )
    return FormScreen("Try a version on a part of the calls", _WORDS, lines, done, judge)


async def _asked(link: Link, values: Mapping[str, str], now_ms: int) -> _Asked:
    """Return what the lines say. Raises LinkError, ValueError, InputError."""
    needed(values, policy="of which a version is tried", share="per cent of its calls")
    needed(values, **{"worse asr": "points; 0: not", "worse margin": "per cent; 0: not", "least": "calls of each arm"})
    policy = values["policy"]
    order = pb.CanaryOrder(
        policy=policy,
        values=read(values, "fields", assigned(POLICY_FIELDS, f"policy {policy}")),
        version=read(values, "version", whole(1, _MOST_VERSION)),
        share_bp=read(values, "share", hundredths(1, 9_999, "per cent")) or 0,
        until_ms=read(values, "until", lambda text: _to_come(text, now_ms)),
        note=values["note"],
        guard_asr_bp=read(values, "worse asr", hundredths(0, 10_000, "points")),
        guard_margin_bp=read(values, "worse margin", hundredths(0, 1_000_000, "per cent")),
        least_calls=read(values, "least", whole(20, 1_000_000)),
    )
    try:
        standing = await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=policy))
    except UnknownError as unknown:
        raise WrongLineError("policy", str(unknown)) from None
    running = await link.ask(lambda services: services.canaries.List, pb.CanariesQuery(policy=policy, limit=1))
    former = next((one for one in running.canaries if not one.outcome), None)
    return _Asked(order, standing, await _tried(link, order, standing, former), former)


async def _tried(
    link: Link, order: pb.CanaryOrder, standing: pb.RoutePolicy, former: pb.Canary | None
) -> Mapping[str, str]:
    """Return what is to be tried, by field. Raises LinkError, ValueError, InputError."""
    if order.HasField("version"):
        if order.values:
            raise WrongLineError("fields", "a version is given, too: leave one of them empty")
        if order.version == standing.version:
            raise WrongLineError("version", f"{order.version} is in force: name another one, or give fields")
        ref = pb.PolicyRef(name=order.policy, version=order.version)
        try:
            return (await link.ask(lambda services: services.policies.Get, ref)).values
        except UnknownError as unknown:
            raise WrongLineError("version", str(unknown)) from None
    if order.values:
        with standing_in("fields"):
            after = changed_policy(changed_policy(Policy(order.policy), dict(standing.values)), dict(order.values))
        texts = {name: text for name, text in policy_texts(after).items() if text}
        if texts == dict(standing.values):
            raise WrongLineError("fields", f"that is what version {standing.version} says, which is in force")
        return texts
    if former is None:
        raise ValueError("nothing is said yet that could be tried: give a version, or fields")
    return former.values


def _told(asked: _Asked) -> Content:
    """Say which calls go by what from then on."""
    order, standing, former = asked.order, asked.standing, asked.former
    differ = [name for name in POLICY_FIELDS if asked.tried.get(name, "") != standing.values.get(name, "")]
    fields = [
        f"{name}: {standing.values.get(name) or formats.NOTHING} → {asked.tried.get(name) or formats.NOTHING}"
        for name in differ
    ]
    share = f"{order.share_bp / 100:g} %"
    ends_by = next((one for one in (order, former) if one is not None and one.HasField("until_ms")), None)
    until = f"until {said(ends_by.until_ms)}" if ends_by else "until somebody ends it"
    ends = [
        bool(order.guard_asr_bp) and f"its ASR is surely worse by {order.guard_asr_bp / 100:g} points",
        bool(order.guard_margin_bp) and f"its margin of a call by {order.guard_margin_bp / 100:g} %",
    ]
    guard = " or ".join(one for one in ends if one)
    words = f"{share} of the calls of {order.policy} {until}; the others by v{standing.version}, which is in force"
    return good(
        words,
        f"it drops itself where {guard}" if guard else "nothing ends it however its calls go",
        f"it takes the place of the trial of v{former.version} ({former.share_bp / 100:g} %)" if former else "",
        *fields,
    )


async def _meanings(link: Link, asked: _Asked) -> AsyncIterator[Content]:
    for field in FIELDS:
        text = asked.order.values.get(field, "")
        if text:
            query = pb.FormulaQuery(text=text, field=field)
            yield meaning(text, field, await link.ask(lambda services: services.policies.Check, query))


def _to_come(text: str, now_ms: int) -> int | None:
    at_ms = moment_of(text, now_ms)
    if at_ms is None or at_ms <= now_ms:
        raise ValueError(f"{text!r} is over already: give a moment to come")
    return at_ms


def _share(former: pb.Canary) -> str:
    return f"{former.share_bp / 100:g}"


def _points(bp: int) -> str:
    return f"{bp / 100:g}"
