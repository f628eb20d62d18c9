"""Notices of rates as messages of the contract."""

from collections.abc import AsyncIterator, Mapping, Sequence

from actors.notice_work import DueSum
from protos import notices_pb2 as pb
from store.catalog.notice_values import NoticeContact, NoticeEvent, RateNotice
from store.catalog.rate_clients import RateClient

PIECE = 1 << 20


def notice_message(notice: RateNotice) -> pb.RateNotice:
    """Return a notice with its contacts, as lists show it."""
    message = pb.RateNotice(
        id=notice.id,
        kind=notice.kind.value,
        partner=notice.partner,
        plan=notice.plan,
        plan_version=notice.plan_version,
        sheet=notice.sheet or 0,
        state=notice.state.value,
        form=notice.form_name,
        scope=notice.form.scope.value,
        subject=notice.subject,
        file_name=notice.file_name,
        size=notice.size,
        rows=notice.rows,
        kinds=notice.counts,
        late=notice.late,
        first_ms=notice.first_ms,
        tell_by_ms=notice.tell_by_ms,
        made_ms=notice.made_ms,
        made_by=notice.made_by,
        told_ms=notice.told_ms,
    )
    message.contacts.extend(_contact(one) for one in notice.contacts)
    return message


def whole_notice(notice: RateNotice, events: Sequence[NoticeEvent]) -> pb.RateNotice:
    """Return a notice with its mail and history."""
    message = notice_message(notice)
    message.body = notice.body
    message.events.extend(
        pb.NoticeEvent(at_ms=one.at_ms, address=one.address, what=one.what, words=one.words, who=one.who)
        for one in events
    )
    return message


def due_message(
    client: RateClient, due: DueSum, told: RateNotice | None, queued: RateNotice | None, words: str
) -> pb.DueNotice:
    """Return what a client has yet to be told, and what keeps it from being told."""
    return pb.DueNotice(
        partner=client.partner,
        plan=client.plan,
        kinds=due.kinds,
        first_ms=due.first_ms,
        tell_by_ms=due.tell_by_ms,
        late=due.late,
        notice=told.id if told else 0,
        told_ms=told.told_ms if told else None,
        queued=queued.id if queued else 0,
        words=words,
    )


async def pieces(file_name: str, rows: int, kinds: Mapping[str, int], data: bytes) -> AsyncIterator[pb.ExportChunk]:
    """Return a file in pieces; the first has everything but bytes."""
    yield pb.ExportChunk(file_name=file_name, rows=rows, kinds=kinds)
    for at in range(0, len(data), PIECE):
        yield pb.ExportChunk(data=data[at : at + PIECE])


def _contact(one: NoticeContact) -> pb.NoticeContact:
    return pb.NoticeContact(address=one.address, name=one.name, state=one.state.value, words=one.words, at_ms=one.at_ms)
