"""How notices of rates are shown: what is due, lists of them, and one with its mail, contacts and history."""

from collections.abc import Mapping

from cli import output
from domain.notices.shown import changes_of, contact_state, kinds_words, states_text, time_left
from protos.notices_pb2 import DueNotice, DueNotices, NoticeContact, NoticeEvent, NoticePage, RateNotice

ALL = "all"
"""Whom an event without an address is about."""


def kinds_text(kinds: Mapping[str, int]) -> str:
    """Write how many changes there are of each kind."""
    return ", ".join(kinds_words(kinds))


def write_due(found: DueNotices) -> None:
    """Print what is due, and to whom."""
    titles = ("partner", "plan", "changes", "first (UTC)", "tell by (UTC)", "left", ">late", "knows since (UTC)", "")
    output.table(
        titles,
        (_due(one, found.now_ms) for one in found.due),
        "nothing is due: every client knows its rates",
    )


def write_list(page: NoticePage, empty: str) -> None:
    """Print a page of notices."""
    output.table(
        (">notice", "made (UTC)", "partner", "plan", "kind", "state", "changes", ">late", "tell by (UTC)", "contacts"),
        (
            [
                str(one.id),
                output.when(one.made_ms),
                one.partner,
                one.plan,
                one.kind,
                one.state,
                kinds_text(one.kinds),
                output.count(one.late) if one.late else "",
                output.when(one.tell_by_ms),
                states_text(contact_state(one.state, contact.state) for contact in one.contacts),
            ]
            for one in page.notices
        ),
        empty,
    )


def write_notice(one: RateNotice) -> None:
    """Print a notice: what it tells, how it stands, its contacts, its history and its mail."""
    output.pairs(
        [
            ("notice", f"{one.id}  {one.kind}"),
            ("to", one.partner),
            ("plan", f"{one.plan}, version {one.plan_version}" if one.plan_version else one.plan),
            ("about sheet", str(one.sheet) if one.sheet else ""),
            ("state", one.state),
            ("changes", kinds_text(one.kinds) if changes_of(one.kinds) else "none"),
            ("too late", f"{output.count(one.late)}: told after their notice began" if one.late else ""),
            ("first (UTC)", output.when(one.first_ms)),
            ("tell by (UTC)", output.when(one.tell_by_ms)),
            ("made (UTC)", f"{output.when(one.made_ms)}, by {one.made_by}"),
            ("told (UTC)", output.when(one.told_ms)),
            (
                "file",
                f"{one.file_name}: {output.count(one.rows)} rows, {output.count(one.size)} bytes" * bool(one.size),
            ),
            ("form", " ".join(filter(None, (one.form, one.scope)))),
        ]
    )
    output.section("contacts")
    output.table(
        ("address", "name", "state", "since (UTC)", "what"),
        (_contact(one.state, each) for each in one.contacts),
        "nobody: name some",
    )
    output.section("history")
    output.table(("at (UTC)", "what", "to", "by", "words"), map(_event, one.events), "nothing happened yet")
    if one.subject or one.body:
        output.section("mail")
        output.lines([f"Subject: {one.subject}", "", *one.body.splitlines()])


def _due(one: DueNotice, now_ms: int) -> list[str]:
    tell_by_ms = one.tell_by_ms if one.HasField("tell_by_ms") else None
    queued = f"notice {one.queued} waits for approval" if one.queued else ""
    return [
        one.partner,
        one.plan,
        kinds_text(one.kinds),
        output.when(one.first_ms),
        output.when(one.tell_by_ms),
        time_left(tell_by_ms, now_ms, one.late, now_ms),
        output.count(one.late) if one.late else "",
        output.when(one.told_ms) or "nothing was told yet",
        "; ".join(filter(None, (queued, one.words))),
    ]


def _contact(notice: str, one: NoticeContact) -> list[str]:
    return [one.address, one.name, contact_state(notice, one.state), output.when(one.at_ms), one.words]


def _event(one: NoticeEvent) -> list[str]:
    return [output.when(one.at_ms), one.what, one.address or ALL, one.who, one.words]
