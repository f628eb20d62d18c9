"""What operators do with notices of rates: each order says what it will do, asks, and tells what changed."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from domain.notices.form import FileKind, Scope
from domain.notices.shown import changes_of
from domain.notices.states import UNREACHED, ContactState, NoticeState
from protos import notices_pb2 as pb
from tui import saving
from tui.link import Link, LinkError
from tui.moments import HINT, moment_of
from tui.screens.choice import ChoiceScreen
from tui.screens.form import FormScreen, Line
from tui.screens.question import QuestionScreen
from tui.tabs.notice_words import kinds_text

ANSWERS = (ContactState.ACCEPTED, ContactState.REFUSED, ContactState.DELIVERED, ContactState.BOUNCED)
"""What somebody may write down by hand of a contact."""
_FORM_HINT = "empty: its own; or a name and fields: eu file=csv zone=UTC"
_COMMENT = Line("comment", hint="why; it is kept")


def hindrance(order: str, notice: pb.RateNotice) -> str:
    """Return why an order cannot be given to a notice as it is now, "" where it can."""
    queued, sent = notice.state == NoticeState.QUEUED, notice.state in (NoticeState.APPROVED, NoticeState.FAILED)
    fits = {"approve": queued, "cancel": queued, "resend": sent, "answer": sent, "save": bool(notice.file_name)}
    return "" if fits[order] else f"it is {notice.state}" if order != "save" else "it has no file"


def form_and_fields(text: str) -> tuple[str, dict[str, str]]:
    """Read the name of a form and fields that are otherwise: `eu language=de`. Raises ValueError."""
    words = shlex.split(text)
    names = [word for word in words if "=" not in word]
    if len(names) > 1:
        raise ValueError(f"one form only: {' '.join(names)}")
    return "".join(names), dict(word.split("=", 1) for word in words if "=" in word)


async def export(app: App[Any], link: Link, plan: str, partners: tuple[str, ...], folder: Path) -> str:
    """Ask for whom a plan is to be written and how, and write it on this machine. Raises LinkError."""
    lines = (
        Line("partner", partners[0] if len(partners) == 1 else "", "as it gets it; empty: as for nobody", partners),
        Line("form", hint=_FORM_HINT),
        Line("scope", hint="full or changes; empty: as the form says"),
        Line("file", hint="NAME.xlsx, .csv or .pdf; empty: named as clients get it"),
    )

    async def done(values: Mapping[str, str]) -> str:
        form, fields = form_and_fields(values["form"])
        path = saving.place(values["file"], folder)
        if values["scope"] and values["scope"].lower() not in list(Scope):
            raise ValueError(f"{values['scope']!r} is no scope: {' or '.join(Scope)}")
        if values["scope"]:
            fields["scope"] = values["scope"].lower()
        kind = path.suffix.lower().removeprefix(".") if path else ""
        if kind in list(FileKind):
            fields.setdefault("file", kind)
        query = pb.ExportQuery(plan=plan, partner=values["partner"], form=form, values=fields)
        pieces = await link.receive(lambda services: services.notices.Export, query)
        changes = kinds_text(pb.RateNotice(kinds=pieces[0].kinds)) if pieces else ""
        return f"{saving.write(pieces, path, folder)}" + f": {changes}" * bool(changes)

    words = "As a rate sheet, written on the machine of this console; nobody is told of it."
    return await app.push_screen_wait(FormScreen(f"Export {plan}", words, lines, done))


async def make(app: App[Any], link: Link, due: pb.DueNotice) -> str:
    """Ask for whom notices are to be made, and make them; an empty partner and plan: for all. Raises LinkError."""
    lines = (
        Line("partner", due.partner, "empty: everybody to whom something is due"),
        Line("plan", due.plan, "empty: every plan"),
        Line("form", hint=_FORM_HINT),
        Line("comment", hint="a paragraph of the mail; may be left out"),
    )

    async def done(values: Mapping[str, str]) -> str:
        form, fields = form_and_fields(values["form"])
        even = due.partner != "" and values["partner"] == due.partner and not changes_of(due.kinds)
        order = pb.NoticeOrder(
            partner=values["partner"],
            plan=values["plan"],
            form=form,
            values=fields,
            comment=values["comment"],
            even=even,
        )
        made = await link.ask(lambda services: services.notices.Make, order)
        if not made.notices:
            raise LinkError("nothing is due there: no notice was made")
        each = ", ".join(f"{one.id} to {one.partner}" for one in made.notices[:6])
        more = f" and {len(made.notices) - 6} more" if len(made.notices) > 6 else ""
        return f"made: notice {each}{more}; they wait for approval"

    words = "Made of what differs from what they know; sent when it is approved."
    return await app.push_screen_wait(FormScreen("Make notices", words, lines, done))


async def approve(app: App[Any], link: Link, notice: pb.RateNotice, waiting: Sequence[pb.RateNotice]) -> str:
    """Ask, let late changes be counted, and send one notice or all of `waiting` that are queued. Raises LinkError."""
    queued = [one for one in waiting if one.state == NoticeState.QUEUED]
    text = f"Send notice {notice.id} to {notice.partner}, {_people(notice)}: {_changes(notice)}?{_late([notice])}"
    answers = {"y": "yes, this one"}
    if len(queued) > 1:
        answers["a"] = f"yes, all {len(queued)} that wait here.{_late(queued)}"
    answer = await app.push_screen_wait(ChoiceScreen(text, answers))
    if not answer:
        return ""
    chosen = queued if answer == "a" else [notice]
    seen = max((one.id for one in queued), default=0) if answer == "a" else 0
    approval = pb.NoticeApproval(ids=[one.id for one in chosen], up_to=seen)
    late = sum(one.late for one in chosen)
    if not late:
        return (await link.ask(lambda services: services.notices.Approve, approval)).what

    async def done(values: Mapping[str, str]) -> str:
        if values["late"].strip() != str(late):
            raise LinkError(f"it is {late} that are told too late: write that number, or leave it with Esc")
        approval.late_seen, approval.comment = late, values["comment"]
        return (await link.ask(lambda services: services.notices.Approve, approval)).what

    begin = "1 change begins" if late == 1 else f"{late} changes begin"
    words = f"{begin} sooner than agreed. To send it all the same, write how many are late."
    lines = (Line("late", hint="how many changes are told too late"), _COMMENT)
    return await app.push_screen_wait(FormScreen("Told too late", words, lines, done))


async def cancel(app: App[Any], link: Link, notice: pb.RateNotice) -> str:
    """Give a notice up that waits. Raises LinkError."""
    text = f"Cancel notice {notice.id} to {notice.partner}? It is not sent; what it tells stays due."
    if not await app.push_screen_wait(QuestionScreen(text)):
        return ""
    return (await link.ask(lambda services: services.notices.Cancel, pb.NoticeRef(id=notice.id))).what


async def resend(app: App[Any], link: Link, notice: pb.RateNotice, address: str) -> str:
    """Ask to whom, and send a notice again. Raises LinkError."""
    known = tuple(one.address for one in notice.contacts)
    unreached = [one.address for one in notice.contacts if one.state in UNREACHED]
    hint = f"empty: {', '.join(unreached) or 'nobody was missed'}; another one is added to the contacts"

    async def done(values: Mapping[str, str]) -> str:
        order = pb.NoticeResend(id=notice.id, address=values["address"])
        return (await link.ask(lambda services: services.notices.Resend, order)).what

    words = "The same mail with the same file."
    card = FormScreen(f"Send notice {notice.id} again", words, (Line("address", address, hint, known),), done)
    return await app.push_screen_wait(card)


async def answer(app: App[Any], link: Link, notice: pb.RateNotice, address: str) -> str:
    """Ask what a contact said, and write it down. Raises LinkError."""
    known = tuple(one.address for one in notice.contacts)
    lines = (
        Line("address", address or (known[0] if len(known) == 1 else ""), "the contact", known),
        Line("answer", hint=" ".join(ANSWERS), choices=tuple(one.value for one in ANSWERS)),
        Line("comment", hint="in whose words; it is kept"),
    )

    async def done(values: Mapping[str, str]) -> str:
        said = values["answer"].lower()
        if said not in ANSWERS:
            raise LinkError(f"{said!r} is no answer: {', '.join(ANSWERS)}")
        order = pb.NoticeAnswer(id=notice.id, address=values["address"], state=said, comment=values["comment"])
        return (await link.ask(lambda services: services.notices.Answer, order)).what

    words = "What somebody said on the phone or elsewhere; mail is read by the switchboard itself."
    return await app.push_screen_wait(FormScreen(f"Answer to notice {notice.id}", words, lines, done))


async def told(app: App[Any], link: Link, partner: str, plan: str, now_ms: int) -> str:
    """Ask how a client knows its rates otherwise, and write it down. Raises LinkError."""
    lines = (
        Line("partner", partner, "who knows"),
        Line("plan", plan, "empty: all of its sell plans"),
        Line("at", hint=f"as known then: {HINT}"),
        Line("comment", hint="how it knows; it is kept"),
    )

    async def done(values: Mapping[str, str]) -> str:
        if not values["partner"] or not values["comment"]:
            raise LinkError("say who knows, and how")
        at_ms = moment_of(values["at"], now_ms)
        order = pb.ToldOtherwise(partner=values["partner"], plan=values["plan"], at_ms=at_ms, comment=values["comment"])
        return (await link.ask(lambda services: services.notices.Told, order)).what

    words = "Nothing is sent; changes are counted from there on."
    return await app.push_screen_wait(FormScreen("Told otherwise", words, lines, done))


async def save(app: App[Any], link: Link, notice: pb.RateNotice, folder: Path) -> str:
    """Ask where, and write the file of a notice there. Raises LinkError."""

    async def done(values: Mapping[str, str]) -> str:
        path = saving.place(values["file"], folder)
        pieces = await link.receive(lambda services: services.notices.File, pb.NoticeRef(id=notice.id))
        return saving.write(pieces, path, folder)

    line = Line("file", notice.file_name, "on the machine of this console")
    words = "As it is or was sent."
    return await app.push_screen_wait(FormScreen(f"Save the file of notice {notice.id}", words, (line,), done))


def _late(notices: Sequence[pb.RateNotice]) -> str:
    late = sum(one.late for one in notices)
    return f" {late:,} of them told too late." if late else ""


def _changes(notice: pb.RateNotice) -> str:
    count = changes_of(notice.kinds)
    return "1 change" if count == 1 else f"{count:,} changes"


def _people(notice: pb.RateNotice) -> str:
    count = len(notice.contacts)
    return "1 contact" if count == 1 else f"{count} contacts"
