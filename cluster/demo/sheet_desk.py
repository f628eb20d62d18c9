"""What an analyst does with a sheet at the desk, over gRPC."""

import asyncio

from cluster.demo.rates import at_rest
from cluster.demo.stage import Operator
from domain.errors import BrokenWorldError
from protos import notices_pb2
from protos import sheets_pb2 as pb
from protos.notices_pb2_grpc import NoticesServiceStub
from protos.sheets_pb2_grpc import SheetsServiceStub

_LOOKS, _LOOK_S = 300, 0.2


class SheetDesk:
    """The desk's service of sheets, as one operator uses it."""

    def __init__(self, operator: Operator) -> None:
        self._channel, self._token = operator.channel, operator.token
        self._sheets, self._notices = SheetsServiceStub(operator.channel), NoticesServiceStub(operator.channel)

    async def came(self, plan: str, sender: str) -> pb.Sheet:
        """Wait for a sheet of that sender, and until it was read. Raises BrokenWorldError where none comes."""
        for _ in range(_LOOKS):
            page = await self._sheets.List(pb.SheetQuery(plan=plan), metadata=self._token)
            if found := [one for one in page.sheets if one.sender == sender]:
                return await self.rest(found[0].id)
            await asyncio.sleep(_LOOK_S)
        raise BrokenWorldError(f"no sheet of {sender} came for {plan}")

    async def rest(self, sheet: int) -> pb.Sheet:
        """Wait until a sheet was read. Raises BrokenWorldError where it could not be."""
        found = await at_rest(self._channel, self._token, sheet)
        if found.state != "checked":
            raise BrokenWorldError(f"sheet {sheet} is {found.state}: {found.words}")
        return found

    async def show(self, sheet: int) -> pb.Sheet:
        """Return a sheet as it is now."""
        return await self._sheets.Show(pb.SheetRef(id=sheet), metadata=self._token)

    async def findings(self, sheet: int, check: str) -> list[pb.SheetFinding]:
        """Return the first findings of a check."""
        query = pb.SheetRowsQuery(id=sheet, check=check)
        return list((await self._sheets.Findings(query, metadata=self._token)).findings)

    async def change(self, sheet: int, code: str) -> pb.SheetChange:
        """Return what becomes of a code."""
        page = await self._sheets.Changes(pb.SheetRowsQuery(id=sheet, code=code), metadata=self._token)
        return next(one for one in page.changes if one.code == code)

    async def decide(self, verdict: pb.SheetVerdict) -> pb.Sheet:
        """Decide about findings, and wait until the sheet was read anew."""
        await self._sheets.Decide(verdict, metadata=self._token)
        return await self.rest(verdict.id)

    async def apply(self, sheet: pb.Sheet, comment: str) -> pb.Sheet:
        """Approve a sheet with the warnings that were seen, and apply it."""
        approval = pb.SheetApproval(id=sheet.id, apply=True, comment=comment, warnings_seen=sheet.warnings)
        await self._sheets.Approve(approval, metadata=self._token)
        return await self.show(sheet.id)

    async def answer(self, sheet: int, comment: str) -> notices_pb2.RateNotice:
        """Let the answer to an applied sheet go out. Raises BrokenWorldError where there is none."""
        for _ in range(_LOOKS):
            page = await self._notices.List(notices_pb2.NoticeQuery(kind="answer"), metadata=self._token)
            if found := [one for one in page.notices if one.sheet == sheet]:
                approval = notices_pb2.NoticeApproval(ids=[found[0].id], comment=comment)
                await self._notices.Approve(approval, metadata=self._token)
                return found[0]
            await asyncio.sleep(_LOOK_S)
        raise BrokenWorldError(f"there is no answer to sheet {sheet}")
