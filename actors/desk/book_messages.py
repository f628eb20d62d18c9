"""The reference book as messages."""

from collections.abc import Callable, Sequence

from domain.code_times import CodeDifference, Difference
from domain.codes import CodeMatch, Destination
from domain.ids import DestinationId
from protos import codes_pb2 as pb
from store.catalog.code_changes import CodeDraft
from store.catalog.code_edits import BookChange
from store.catalog.codes import BookVersion, KnownEntry

Names = Callable[[DestinationId], str]


def code_message(match: CodeMatch) -> pb.BookCode:
    """Write a code and where it belongs."""
    its = match.destination
    return pb.BookCode(
        code=match.code,
        destination=its.name,
        destination_id=its.id,
        country=its.country,
        kind=its.kind,
        valid_from_ms=match.valid_from_ms,
        valid_until_ms=match.valid_until_ms,
    )


def entry_message(known: KnownEntry) -> pb.BookCode:
    """Write what was known of a code, and from which version until which."""
    entry = known.entry
    message = code_message(CodeMatch(entry.code, known.destination, entry.valid_from_ms, entry.valid_until_ms))
    message.from_version = known.from_version
    if known.until_version is not None:
        message.until_version = known.until_version
    return message


def version_message(one: BookVersion) -> pb.BookVersion:
    """Write a change of the book."""
    return pb.BookVersion(
        version=one.version, known_ms=one.known_ms, source=one.source, who=one.who, begun=one.begun, ended=one.ended
    )


def differences_message(found: Sequence[CodeDifference], page: slice, name_of: Names) -> pb.BookDifferences:
    """Write a page of differences, and how many codes they are of."""
    counts = {kind: len({one.code for one in found if one.kind is kind}) for kind in Difference}
    return pb.BookDifferences(
        differences=[_difference(one, name_of) for one in found[page]],
        total=len(found),
        added=counts[Difference.ADDED],
        moved=counts[Difference.MOVED],
        ended=counts[Difference.ENDED],
    )


def draft_message(one: CodeDraft, under: CodeMatch | None) -> pb.CodeDraft:
    """Write a draft and under which code it is."""
    return pb.CodeDraft(
        code=one.code,
        name=one.name,
        parent=under.code if under else "",
        destination=under.destination.name if under else "",
        partner=one.partner,
        plan=one.plan,
        sheet=one.sheet,
        valid_from_ms=one.valid_from_ms,
        entered_ms=one.entered_ms,
        state=one.state,
        decided_by=one.decided_by,
    )


def told(change: BookChange) -> str:
    """Say what a change did."""
    parts = [
        f"{count:,} {one if count == 1 else many} {done}"
        for count, one, many, done in (
            (change.destinations, "destination", "destinations", "made"),
            (change.codes, "code", "codes", "added"),
            (change.moved, "code", "codes", "moved"),
            (change.ended, "code", "codes", "ended"),
        )
        if count
    ]
    return f"{', '.join(parts)}: version {change.version} of the book" if parts else "the book says that already"


def naming(destinations: dict[DestinationId, Destination]) -> Names:
    """Return how destinations are named."""
    return lambda one: destinations[one].name if one in destinations else f"destination {one}"


def _difference(one: CodeDifference, name_of: Names) -> pb.BookDifference:
    message = pb.BookDifference(code=one.code, kind=one.kind.value, from_ms=one.from_ms)
    message.before = "" if one.before is None else name_of(one.before)
    message.after = "" if one.after is None else name_of(one.after)
    if one.until_ms is not None:
        message.until_ms = one.until_ms
    return message
