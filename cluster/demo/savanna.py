"""The scene of Savanna's sheet: it comes by mail, is read beside the traffic, decided about, applied and answered."""

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from io import StringIO
from pathlib import Path

from cluster.demo.mail_host import MailHost
from cluster.demo.sheet_desk import SheetDesk
from cluster.demo.stage import Operator
from cluster.demo.world import KENYA, RATES_MAIL, SAVANNA, USD
from domain.money import Money, decimal_text
from protos import sheets_pb2 as pb

PLAN = f"{SAVANNA}-buy"
SUBJECT = "Savanna: our rates from 4 November"
_TEXT = (
    "Dear partners,\n\nplease find our new rates attached. They replace all former ones.\n\nSavanna Carrier Services\n"
)
MOVED = "the contract gives 7 days of notice of increases"
REJECTED = "they stay as they are, and Savanna is told"
OTHERS = (
    "in time for 9 November; where it costs more than it brings nothing is sent: Nordlink has these numbers for less"
)
APPROVED = "with the increases on 9 November"
ANSWERED = "what went in, what did not, and what begins later"
_ANSWER_S = 60.0
_ORDER = ("unchanged", "decrease", "increase", "new", "closed")

Say = Callable[[str], None]


@dataclass(slots=True)
class SheetFacts:
    """What the scene showed. `checks`: by check how many findings, and their money, units a week;
    `kenya_ms`: when its increase was to begin, when it may, and when it does; `week`: what the traffic of a week costs
    before and after, units; `read_s`: from the mail's sending until it was checked, `live_s`: from the first decision
    until it was applied; `answer`: the subject of the mail that Savanna got, "" for none, with the rows of its file."""

    sheet: int = 0
    sender: str = ""
    rows: int = 0
    rejects: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    checks: dict[str, tuple[int, int]] = field(default_factory=dict)
    at_risk: tuple[str, ...] = ()
    kenya_ms: tuple[int, int, int] = (0, 0, 0)
    week: tuple[int, int] = (0, 0)
    steps_ms: dict[str, int] = field(default_factory=dict)
    read_s: float = 0.0
    live_s: float = 0.0
    state: str = ""
    answer: str = ""
    answer_rows: int = 0


async def savannas_sheet(operator: Operator, host: MailHost, file: Path, say: Say) -> SheetFacts:
    """Play the scene from the mail to the answer, and return what was seen."""
    desk, sender = SheetDesk(operator), RATES_MAIL[SAVANNA]
    began = time.monotonic()
    await host.send(sender, SUBJECT, _TEXT, file)
    say(f"Savanna mails {file.name}")
    sheet = await desk.came(PLAN, sender)
    told = _noted(sheet, time.monotonic() - began)
    kenya, at_risk = await desk.change(sheet.id, KENYA), await desk.findings(sheet.id, "R36")
    told.at_risk = tuple(one.words for one in at_risk)
    for line in _lines(told, kenya):
        say(line)
    began = time.monotonic()
    sheet = await desk.apply(await _decided(desk, sheet.id), APPROVED)
    told.live_s, told.state = time.monotonic() - began, sheet.state
    begins_ms = (await desk.change(sheet.id, KENYA)).from_ms
    told.kenya_ms = (kenya.said_ms, kenya.earliest_ms, begins_ms)
    say(f"  increases moved to {_day(begins_ms)}, the rest accepted: {sheet.state} after {told.live_s:.1f} s")
    await desk.answer(sheet.id, ANSWERED)
    _note_answer(told, await host.arrived(sender, _ANSWER_S))
    say(f"  Savanna gets {told.answer!r}, {told.answer_rows} rows in its file")
    return told


async def _decided(desk: SheetDesk, sheet: int) -> pb.Sheet:
    """Decide as an analyst does: move the increases, leave rejected rows out, accept the rest with its reason."""
    await desk.decide(pb.SheetVerdict(id=sheet, what="move", check="R28", comment=MOVED))
    await desk.decide(pb.SheetVerdict(id=sheet, what="accept", which="rejects", comment=REJECTED))
    return await desk.decide(pb.SheetVerdict(id=sheet, what="accept", which="open", comment=OTHERS))


def _note_answer(told: SheetFacts, mail: EmailMessage | None) -> None:
    if mail is not None:
        told.answer = str(mail["Subject"])
        files = [part.get_content() for part in mail.iter_attachments()]
        told.answer_rows = sum(len(list(csv.reader(StringIO(file)))) - 1 for file in files if isinstance(file, str))


def _noted(sheet: pb.Sheet, read_s: float) -> SheetFacts:
    return SheetFacts(
        sheet=sheet.id,
        sender=sheet.sender,
        rows=sheet.rows,
        rejects=sheet.rejected,
        kinds=dict(sheet.kinds),
        checks={one.check: (one.count, one.money.units) for one in sheet.checks},
        week=(sheet.week_before.units, sheet.week_after.units),
        steps_ms={one.step: one.ended_ms - one.began_ms for one in sheet.steps if one.ended_ms},
        read_s=read_s,
    )


def _lines(told: SheetFacts, kenya: pb.SheetChange) -> Iterator[str]:
    """Tell what was found."""
    steps = ", ".join(f"{step} {ms:,}" for step, ms in told.steps_ms.items())
    yield f"sheet {told.sheet} of {told.sender} is read after {told.read_s:.1f} s; ms: {steps}"
    count, money = ({check: its[at] for check, its in told.checks.items()} for at in (0, 1))
    why = ", ".join(f"{count.get(check, 0)} {check}" for check in ("R09", "R26"))
    kinds = ", ".join(f"{told.kinds.get(kind, 0):,} {kind}" for kind in _ORDER)
    yield f"  {told.rows:,} rows, {told.rejects} rejected ({why}); {sum(told.kinds.values()):,} codes: {kinds}"
    said, earliest = _day(kenya.said_ms), _day(kenya.earliest_ms)
    yield f"  R28: {count.get('R28', 0)} increases dated {said}, earliest allowed {earliest}"
    yield f"  R31: {count.get('R31', 0)} codes, R32: {count.get('R32', 0)}"
    yield from (f"  R36: {words}" for words in told.at_risk)
    explicit, implicit, lost = (cents(-money.get(check, 0)) for check in ("R28", "R31", "R36"))
    yield f"  Kenya a week: explicit +{explicit}, implicit +{implicit}, of which -{lost} under water"


def cents(units: int) -> str:
    """Write an amount rounded to cents: each call's charge was rounded to 10^-8 before."""
    return decimal_text(Money(units, USD).to_minor().units)


def _day(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at.day} {at:%b}"
