"""Files that come in as a stream of chunks."""

from collections.abc import AsyncIterator

from domain.errors import InputError
from protos import operators_pb2 as pb


async def receive(chunks: AsyncIterator[pb.ImportChunk], most_mb: int) -> tuple[pb.ImportChunk, bytes]:
    """Return the first message, which names the file, and all bytes. Raises InputError for an oversized file."""
    head: pb.ImportChunk | None = None
    data = bytearray()
    async for chunk in chunks:
        head = head or chunk
        data += chunk.data
        if len(data) > most_mb * 2**20:
            raise InputError(f"the file is larger than {most_mb} MB", where=head.file_name, mend="Split it.")
    if head is None:
        raise InputError("no file was sent", mend="Name a file.")
    return head, bytes(data)
