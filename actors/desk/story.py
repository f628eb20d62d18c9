"""A call's story: request, decision, hold, attempts, charges and postings as lines in the order they happened."""

from collections.abc import Iterator
from datetime import UTC, datetime

from actors.decision_log import Logged
from actors.desk.call_lookup import FoundCall
from domain.calls import Leg, LegState, Side
from domain.directory import Switch
from domain.holds import Hold, HoldMode
from domain.ledger import Transfer, payable, receivable
from domain.lost_ends import told
from domain.money import decimal_text
from domain.q850 import words
from domain.rates import Unit
from protos import operators_pb2 as pb

MODES = {
    HoldMode.WHOLE: "the whole grant is held",
    HoldMode.PIECES: "held piece by piece",
    HoldMode.FIXED: "one piece is held, the time is not enforced",
    HoldMode.EVENT: "the event is held",
}
NO_QUOTA = "the quota is held, and not enforced: the switch's recipe answers with no attribute that tells it"


def tell(call: FoundCall, why: list[list[str]], switch: Switch | None) -> pb.CallStory:
    """Return the story; `why` has the charge of each leg in words, in the order of the legs."""
    legs = [found.leg for found in call.legs]
    client = next((leg for leg in legs if leg.side is Side.CLIENT), None)
    hold = call.holds[0] if call.holds else None
    asked = next((logged.asked for logged in reversed(call.decisions) if logged.asked), {})
    known = hold or client
    lines = [*_asked_and_decided(call), *_holds(call), *_legs(call, switch), *_charges(call, why), *_postings(call)]
    return pb.CallStory(
        call_key=call.key.hex(),
        switch_id=switch.id if switch else asked.get("switch", ""),
        client=hold.partner if hold else client.partner if client else asked.get("client", ""),
        a=known.a if known else asked.get("caller", ""),
        b=known.b if known else asked.get("called", ""),
        state=_state(call),
        lines=lines,
        can_disconnect=bool(hold and switch and switch.recipe.can_disconnect),
    )


def switch_of(call: FoundCall) -> str:
    """Return the id of the call's switch, "" where nothing says it."""
    asked = [logged.asked["switch"] for logged in call.decisions if "switch" in logged.asked]
    return next(
        (hold.switch for hold in call.holds), next((f.leg.switch for f in call.legs), asked[0] if asked else "")
    )


def _state(call: FoundCall) -> str:
    if any(hold.started for hold in call.holds) or any(f.leg.state is LegState.OPEN for f in call.legs):
        return "started"
    if call.holds:
        return "asked"
    if call.legs:
        return "ended"
    if call.parked:
        return "parked"
    decided = [logged for logged in call.decisions if _is_decision(logged)]
    return "refused" if decided and _refusal(decided[-1]) else "lapsed"


def _asked_and_decided(call: FoundCall) -> Iterator[pb.StoryLine]:
    for logged in filter(_is_decision, call.decisions):
        if asked := logged.asked:
            text = f"{asked['switch']} asks over {asked['door']}: {asked['caller'] or 'no caller'} to {asked['called']}"
            details = [f"source {asked['source']}, attempt {asked['attempt']}", f"call id {asked['call_id']}"]
            yield pb.StoryLine(at_ms=logged.at_ms, kind="request", text=text, details=details)
        yield from _decision(logged)


def _decision(logged: Logged) -> Iterator[pb.StoryLine]:
    routes = [line for line in logged.why if line.split(".")[0].isdigit()]
    out = [line.removeprefix("out: ") for line in logged.why if line.startswith("out: ")]
    refusal = _refusal(logged)
    said = [line for line in logged.why if line not in routes and not line.startswith(("out: ", "refused: "))]
    admitted = f"admitted with {len(routes)} route{'s' * (len(routes) != 1)}" if routes else "admitted"
    text = f"refused: {refusal}" if refusal else admitted
    yield pb.StoryLine(at_ms=logged.at_ms, kind="decision", text=text, details=said)
    for kind, lines in (("route", routes), ("out", out)):
        for line in lines:
            yield pb.StoryLine(at_ms=logged.at_ms, kind=kind, text=line)
    if logged.granted_s:
        granted = f"{logged.granted_s:,} s granted, {decimal_text(logged.held)} {logged.currency} held"
        yield pb.StoryLine(at_ms=logged.at_ms, kind="hold", text=granted)


def _is_decision(logged: Logged) -> bool:
    """Tell a decision from what was noted of a call afterwards: that was not asked, and names no route or refusal.

    A session or message that is admitted has no routes, but a question and a grant.
    """
    return bool(
        logged.asked or logged.granted_s or _refusal(logged) or any(line.startswith("1. ") for line in logged.why)
    )


def _refusal(logged: Logged) -> str:
    return next((line.removeprefix("refused: ") for line in logged.why if line.startswith("refused: ")), "")


def _holds(call: FoundCall) -> Iterator[pb.StoryLine]:
    for hold in call.holds:
        yield pb.StoryLine(at_ms=hold.placed_ms, kind="hold", text=_hold_text(hold), details=[_how_held(hold)])
    if not call.holds and any(logged.granted_s for logged in call.decisions):
        ended = any(f.leg.side is Side.CLIENT and f.leg.state is not LegState.OPEN for f in call.legs)
        text = "released: the client's leg has ended" if ended else "gone: released, or lapsed without a report"
        yield pb.StoryLine(kind="hold", text=text)


def _how_held(hold: Hold) -> str:
    return NO_QUOTA if hold.granted_kb and hold.mode is HoldMode.FIXED else MODES[hold.mode]


def _hold_text(hold: Hold) -> str:
    state = "the call has started" if hold.started else "asked, not started"
    amount = f"{decimal_text(hold.amount)} {hold.currency} of {hold.partner} held now"
    return f"{amount}, {state}; lapses at {_clock(hold.expires_ms)}"


def _legs(call: FoundCall, switch: Switch | None) -> Iterator[pb.StoryLine]:
    for found in call.legs:
        leg = found.leg
        head = f"{leg.side} {leg.partner} by {leg.trunk}, attempt {leg.attempt}: {_outcome(leg)}"
        yield pb.StoryLine(
            at_ms=leg.setup_ms, kind="leg", text=head, details=[*_course(leg), f"leg {leg.leg_id.hex()}"]
        )
    for logged in call.decisions:
        for line in logged.why if not _is_decision(logged) else ():
            yield pb.StoryLine(at_ms=logged.at_ms, kind="note", text=line)
    for parked in call.parked:
        text = f"a record is parked: {parked.cause}" + (f", {parked.detail}" if parked.detail else "")
        yield pb.StoryLine(at_ms=parked.received_ms, kind="note", text=text, details=["see `switchboard cdrs parked`"])
    if switch is not None and call.legs and not switch.recipe.reports_vendor_legs:
        text = f"{switch.id} ({switch.recipe.name}) reports no vendor legs: attempts at vendors are not seen"
        yield pb.StoryLine(kind="note", text=text)


def _outcome(leg: Leg) -> str:
    if leg.state is LegState.OPEN:
        return "talking" if leg.answered else "calling"
    if leg.state is LegState.PARTIAL:
        return f"talked {_seconds(leg.duration_ms)} at least; {told(leg.state, leg.revision, leg.duration_ms, '')}"
    cause = f"{leg.cause} {words(leg.cause)}".rstrip()
    if not leg.answered:
        return f"not answered, cause {cause}"
    real = "; closed by us before that" if leg.revision else ""
    return f"talked {_seconds(leg.duration_ms)}, ended by {leg.release}, cause {cause}{real}"


def _course(leg: Leg) -> Iterator[str]:
    """Tell the leg's times as they follow each other, from its setup."""
    steps = (("rang", leg.alert_ms), ("answered", leg.connect_ms), ("ended", leg.disconnect_ms))
    said = [f"{what} {_clock(at_ms)} (+{_seconds(at_ms - leg.setup_ms)})" for what, at_ms in steps if at_ms is not None]
    yield f"{leg.a or 'no caller'} to {leg.b}"
    yield "; ".join([f"setup {_clock(leg.setup_ms)}", *said])
    if leg.alert_ms is not None:
        yield f"PDD {_seconds(max(0, leg.alert_ms - leg.setup_ms))}"


def _charges(call: FoundCall, why: list[list[str]]) -> Iterator[pb.StoryLine]:
    for found, lines in zip(call.legs, why, strict=True):
        leg = found.leg
        if leg.state is LegState.OPEN:
            continue
        charge = f"{decimal_text(leg.charge)} {leg.currency}"
        text = f"{leg.side} {leg.partner}: {charge} for {_billed(leg)}"
        # the first line names the leg, which the text has done
        details = [line.strip() for line in lines[1:]]
        yield pb.StoryLine(at_ms=leg.disconnect_ms or leg.setup_ms, kind="charge", text=text, details=details)


def _billed(leg: Leg) -> str:
    return f"{leg.billed_s:,} s" if leg.unit is Unit.SECOND else f"{leg.billed_volume:,} of {leg.unit}"


def _postings(call: FoundCall) -> Iterator[pb.StoryLine]:
    for found in call.legs:
        leg = found.leg
        if leg.state is LegState.OPEN:
            continue
        account = receivable(leg.partner) if leg.side is Side.CLIENT else payable(leg.partner)
        if not found.segment:
            text = f"{decimal_text(leg.charge)} {leg.currency} to {account}: in the book, not sealed yet"
            yield pb.StoryLine(kind="posting", text=text)
            continue
        posted = [one for one in call.postings if one.ref == found.segment and account in (one.debit, one.credit)]
        for transfer in posted:
            yield _posting(transfer, leg)
        if not posted:
            yield pb.StoryLine(kind="posting", text=f"sealed in {found.segment}: it cost nothing, nothing is posted")


def _posting(transfer: Transfer, leg: Leg) -> pb.StoryLine:
    amount = f"{decimal_text(transfer.amount)} {transfer.currency}"
    text = f"{decimal_text(leg.charge)} {leg.currency} within {amount} from {transfer.credit} to {transfer.debit}"
    details = [f"transfer {transfer.transfer_id}", f"segment {transfer.ref}, {transfer.memo}"]
    return pb.StoryLine(at_ms=transfer.known_ms, kind="posting", text=text, details=details)


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%H:%M:%S") + f".{at_ms % 1000:03d}"


def _seconds(ms: int) -> str:
    return f"{ms // 1000:,}.{ms % 1000:03d} s"
