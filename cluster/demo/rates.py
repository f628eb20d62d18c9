"""Rate sheets entered at the desk as `switchboard rates import` does: sent, watched, approved, applied."""

from collections.abc import Iterator

import grpc

from domain.errors import ConflictError
from protos import sheets_pb2 as pb
from protos import sheets_pb2_grpc as services

Token = list[tuple[str, str]]
"""What every call carries."""
_PIECE_BYTES = 1 << 20


async def import_rates(channel: grpc.aio.Channel, token: Token, plan: str, name: str, data: bytes) -> pb.Sheet:
    """Bring a clean sheet into a plan and return it, applied. Raises ConflictError for one that is not clean."""
    desk = services.SheetsServiceStub(channel)
    (sent,) = (await desk.Send(_pieces(plan, name, data), metadata=token)).sheets
    sheet = await at_rest(channel, token, sent.id)
    if sheet.state != "checked" or sheet.blocking or sheet.rejected:
        open_ones = ", ".join(f"{one.check} {one.rule} ({one.open})" for one in sheet.checks if one.open)
        raise ConflictError(f"sheet {sheet.id} is {sheet.state}: {sheet.words or open_ones}", where=name)
    approval = pb.SheetApproval(id=sheet.id, apply=True, warnings_seen=sheet.warnings)
    await desk.Approve(approval, metadata=token)
    return await at_rest(channel, token, sheet.id)


async def at_rest(channel: grpc.aio.Channel, token: Token, sheet: int) -> pb.Sheet:
    """Watch a sheet until it rests."""
    last = pb.Sheet(id=sheet)
    async for step in services.SheetsServiceStub(channel).Watch(pb.SheetRef(id=sheet), metadata=token):
        last = step
    return last


def _pieces(plan: str, name: str, data: bytes) -> Iterator[pb.SheetChunk]:
    """Yield a file as messages that gRPC takes."""
    yield pb.SheetChunk(plan=plan, file_name=name)
    for at in range(0, len(data), _PIECE_BYTES):
        yield pb.SheetChunk(data=data[at : at + _PIECE_BYTES])
