"""Files that come in as a stream of chunks."""

from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from domain.errors import InputError


class Chunk(Protocol):
    """A piece of a file; the first one names it."""

    file_name: str
    data: bytes


C = TypeVar("C", bound=Chunk)


async def receive(chunks: AsyncIterator[C], most_mb: int) -> tuple[C, bytes]:
    """Return the first message, which names the file, and all bytes. Raises InputError for an oversized file."""
    head: C | None = None
    data = bytearray()
    async for chunk in chunks:
        head = head or chunk
        data += chunk.data
        if len(data) > most_mb * 2**20:
            raise InputError(f"the file is larger than {most_mb} MB", where=head.file_name, mend="Split it.")
    if head is None:
        raise InputError("no file was sent", mend="Name a file.")
    return head, bytes(data)
