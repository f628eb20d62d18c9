"""Notices of rates in words and figures, the same on all of their lists."""

from textual.content import Content

from domain.notices.shown import NOT_SENT, changes_of, contact_state, kinds_words, states_text, time_left
from domain.notices.states import UNREACHED, ContactState, NoticeKind, NoticeState
from protos import notices_pb2 as pb
from tui import formats
from tui.link import Link
from tui.widgets.cells import Cell, Column, Tone, number, word

COUNTED = ("new", "increase", "decrease", "closed", "blocked")
HEADS = {"new": "new", "increase": "↑", "decrease": "↓", "closed": "closed", "blocked": "blocked"}
COUNT_COLUMNS = (
    Column("new", 6, right=True),
    Column("↑", 6, right=True),
    Column("↓", 6, right=True),
    Column("closed", 6, right=True, drop=1),
    Column("blocked", 7, right=True, drop=2),
)
"""How many changes of each kind of COUNTED."""
LATE = "late"
_SIGNS: dict[str, tuple[str, str]] = {
    "queued": ("?", "$warning"), "approved": ("●", "$success"), "failed": ("✕", "$error"), "told": ("✓", "$success"),
    "superseded": ("–", "$dim"), "cancelled": ("–", "$dim"),
}  # fmt: skip
_TONES: dict[str, Tone] = {
    "queued": "warn", "approved": "good", "failed": "bad", "told": "good", "superseded": "dim", "cancelled": "dim",
}  # fmt: skip
_CONTACT_TONES: dict[str, Tone] = {
    "waiting": "dim", "sent": "plain", "delivered": "good", "answered": "warn", "accepted": "good", "refused": "bad",
    "bounced": "bad", "failed": "bad", NOT_SENT: "dim",
}  # fmt: skip


class Opened:
    """One notice as it was last heard of; the lists of its screen share it. `notice` None: not heard of yet."""

    def __init__(self, number: int, notice: pb.RateNotice | None = None) -> None:
        self.number, self.notice = number, notice

    async def hear(self, link: Link) -> pb.RateNotice:
        """Ask how it stands now. Raises LinkError."""
        self.notice = await link.ask(lambda services: services.notices.Show, pb.NoticeRef(id=self.number))
        return self.notice


def state_tone(state: str) -> Tone:
    """Return the tone of a notice's state; its word stands beside it."""
    return _TONES.get(state, "plain")


def contact_tone(state: str) -> Tone:
    """Return the tone of a contact's state."""
    return _CONTACT_TONES.get(state, "plain")


def counts(message: pb.RateNotice | pb.DueNotice) -> tuple[Cell, ...]:
    """Return a cell for each of COUNT_COLUMNS; colour is left to what is late."""
    return tuple(_count(message.kinds.get(kind, 0), "strong" if kind == "increase" else "plain") for kind in COUNTED)


def left(message: pb.RateNotice | pb.DueNotice, now_ms: int) -> Cell:
    """Return how long there is to tell in time; `late` where it is too late."""
    tell_by_ms = message.tell_by_ms if message.HasField("tell_by_ms") else None
    counted_ms = message.made_ms if isinstance(message, pb.RateNotice) else now_ms
    said = time_left(tell_by_ms, now_ms, message.late, counted_ms)
    tone: Tone = "bad" if said == LATE else "plain" if said.endswith("d") else "warn"
    return number(said or formats.NOTHING, tell_by_ms or 2**62, tone if said else "dim")


def moment(at_ms: int, tone: Tone = "plain") -> Cell:
    """Return day and time to the minute; a dash where there is none."""
    return number(formats.stamp(at_ms)[:11] if at_ms else formats.NOTHING, at_ms or 2**62, tone if at_ms else "dim")


def contacts(notice: pb.RateNotice) -> Cell:
    """Return how many contacts are in each state, the worst first."""
    states = states_of(notice)
    if not states:
        return Cell("nobody", "warn")
    unreached = any(state in UNREACHED or state == ContactState.REFUSED for state in states)
    answered = all(state in (ContactState.DELIVERED, ContactState.ACCEPTED) for state in states)
    return word(states_text(states), "bad" if unreached else "good" if answered else "plain")


def states_of(notice: pb.RateNotice) -> list[str]:
    """Return the state of each contact, in words."""
    return [contact_state(notice.state, one.state) for one in notice.contacts]


def kinds_text(message: pb.RateNotice | pb.DueNotice) -> str:
    """Write how many changes there are of each kind."""
    return "  ".join(kinds_words(message.kinds))


def head(notice: pb.RateNotice) -> Content:
    """Write in a line what a notice is and how it stands."""
    sign, colour = _SIGNS.get(notice.state, ("▲", "$warning"))
    about = f"  rates of {notice.plan} to {notice.partner}"
    if notice.kind == NoticeKind.ANSWER:
        about = f"  answer to {notice.partner} about sheet {notice.sheet} of {notice.plan}"
    return Content.assemble(
        (f" {sign} {notice.state}", f"bold {colour}"),
        (f"  {notice.id}", "$dim"), (formats.plain(about), "bold $strong"),
    )  # fmt: skip


def standing(notice: pb.RateNotice) -> Content:
    """Write in some lines more what a notice changes, by when it must be told, whom it reached, what goes with it."""
    changes = kinds_text(notice) if changes_of(notice.kinds) else "no changes"
    parts: list[tuple[str, str]] = [(f"\n {changes}", "$foreground")]
    if notice.HasField("tell_by_ms") or notice.HasField("first_ms"):
        parts += [(f"\n first {_minute(notice.first_ms)}, to be told by {_minute(notice.tell_by_ms)} UTC", "$dim")]
    if notice.late:
        parts += [(f"  {formats.count(notice.late)} told too late", "bold $error")]
    states = states_text(states_of(notice)) or "nobody to send it to"
    parts += [(f"\n {states}", "$foreground")]
    if notice.file_name:
        parts += [(f"   {formats.plain(notice.file_name)}, {formats.count(notice.rows)} rows", "$dim")]
    if notice.form:
        parts += [(f"  by form {formats.plain(notice.form)}", "$dim")]
    return Content.assemble(head(notice), *parts)


def waits(notice: pb.RateNotice) -> bool:
    """Return whether a notice waits for approval."""
    return notice.state == NoticeState.QUEUED


def _minute(at_ms: int) -> str:
    return formats.exact_time(at_ms)[:16]


def _count(count: int, tone: Tone) -> Cell:
    return number(formats.count(count) if count else formats.NOTHING, count, tone if count else "dim")
