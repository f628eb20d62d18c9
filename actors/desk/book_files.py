"""The reference book as files: written whole, and taken row by row."""

import asyncio
from collections.abc import AsyncIterator

from actors.desk.book_messages import differences_message, naming
from actors.desk.core import Desk
from actors.desk.uploads import receive
from actors.tokens import caller
from domain.book_files import BookFile, read_book, write_book
from domain.codes import CodeMatch
from domain.errors import InputError
from protos import codes_pb2 as pb
from protos.operators_pb2 import RejectedRow
from store.catalog import Catalog
from store.catalog.code_edits import BookChange

PIECE = 256 * 1024
REJECTS_SHOWN, CHANGES_SHOWN = 200, 200


class BookFiles:
    """Writes and takes files of the book; reading and writing them is work of a thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def written(self, request: pb.BookExport) -> AsyncIterator[pb.BookPiece]:
        """Write the book of a moment and version."""
        at_ms = request.at_ms if request.HasField("at_ms") else self._desk.now_ms()
        version = request.version if request.HasField("version") else None

        def text(catalog: Catalog) -> bytes:
            book = catalog.codes.book(at_ms, version)
            codes = (CodeMatch(code, book.destinations[owner]) for code, owner in book.codes())
            return write_book(codes, listed=request.listed).encode()

        data = await self._desk.read(text)
        for at in range(0, len(data), PIECE):
            yield pb.BookPiece(file_name="codes.csv", data=data[at : at + PIECE])

    async def taken(self, pieces: AsyncIterator[pb.BookPiece]) -> pb.BookReport:
        """Put a file into the book, or say what it would do. A full file with a wrong row is refused: its codes would
        end."""
        head, data = await receive(pieces, self._desk.home.settings.limits.sheet_mb)
        file = await asyncio.to_thread(read_book, data, head.file_name)
        if head.full and file.rejects and not head.dry_run:
            first = file.rejects[0]
            mend = "Mend it, or look at all of them with --dry-run."
            raise InputError(f"row {first.row}: {first.reason}", where=f"{head.file_name}, which is full", mend=mend)
        async with self._desk.jobs.running("codes", head.file_name):
            change = await self._put(head, file)
        names = naming(await self._desk.read(lambda catalog: catalog.codes.destinations()))
        report = _report(head, file, change)
        report.changes.CopyFrom(differences_message(change.found, slice(CHANGES_SHOWN), names))
        return report

    async def _put(self, head: pb.BookPiece, file: BookFile) -> BookChange:
        def order(catalog: Catalog, at_ms: int) -> BookChange:
            from_ms = head.at_ms if head.HasField("at_ms") else at_ms
            return catalog.code_changes.replace(
                file.codes, head.file_name, from_ms, full=head.full, who=caller(), at_ms=at_ms, dry=head.dry_run
            )

        if head.dry_run:
            now_ms = self._desk.now_ms()
            return await self._desk.write(lambda catalog: order(catalog, now_ms))
        return await self._desk.change(order)


def _report(head: pb.BookPiece, file: BookFile, change: BookChange) -> pb.BookReport:
    return pb.BookReport(
        rows=file.rows,
        codes=len(file.codes),
        destinations=change.destinations,
        rejects=[RejectedRow(row=one.row, reason=one.reason, raw=one.raw) for one in file.rejects[:REJECTS_SHOWN]],
        rejected=len(file.rejects),
        version=change.version,
        dry_run=head.dry_run,
    )
