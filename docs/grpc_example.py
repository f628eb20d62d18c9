"""A switch over gRPC: asks about a call, reports its legs, then many at once. Run it against a switchboard:

python docs/grpc_example.py 127.0.0.1:50052 TOKEN SWITCH CALLED [CA]
"""

import asyncio
import sys
import time
import uuid

from protos.client import Switchboard
from protos.switch_pb2 import CallRequest, Decision, Report, Route


async def one_call(switchboard: Switchboard, switch: str, called: str) -> Decision:
    """Ask about a call, report it as answered on its first route, and as ended after a minute."""
    call = str(uuid.uuid4())
    request = CallRequest(switch_id=switch, call_id=call, caller="254722000001", called=called)
    decision = await switchboard.authorize(request)
    if not decision.admitted:
        print(f"refused: {decision.cause}")
        return decision
    route = decision.routes[0]
    print(
        f"{decision.destination}: {len(decision.routes)} routes, {decision.granted_s} s; dial {route.user}@{route.host}"
    )
    for leg in legs(request, route):
        begun = Report()
        begun.CopyFrom(leg)
        begun.ClearField("disconnect_ms")
        begun.ClearField("duration_ms")
        await switchboard.start(begun)
        reply = await switchboard.stop(leg)  # durable when this returns
        print(f"{Report.Side.Name(leg.side).lower()} leg: {reply.charge.units / 10**8} {reply.charge.currency}")
    return decision


async def many_calls(switchboard: Switchboard, switch: str, called: str, count: int) -> int:
    """Ask about many calls over one stream, report them over another; return how many were admitted."""
    run = uuid.uuid4().hex[:8]
    asked = (
        CallRequest(switch_id=switch, call_id=f"{run}-{number}", caller="254722000001", called=called)
        for number in range(count)
    )
    reports: list[Report] = []
    async for request, decision in switchboard.authorize_all(asked):
        if decision.admitted:
            reports += legs(request, decision.routes[0])
    async for report, reply in switchboard.report_all(reports):
        if not reply.recorded or reply.parked:
            print(f"{report.call_id}: {reply.cause} {reply.detail}")
    return len(reports) // 2


def legs(request: CallRequest, route: Route) -> list[Report]:
    """Return what a switch reports of both legs of a call that was answered a minute ago and has ended."""
    now_ms = time.time_ns() // 1_000_000
    ended = Report(
        kind=Report.STOP,
        switch_id=request.switch_id,
        call_id=request.call_id,
        caller=request.caller,
        called=request.called,
        setup_ms=now_ms - 63_000,
        connect_ms=now_ms - 60_000,
        disconnect_ms=now_ms,
        duration_ms=60_000,
        cause=16,
    )
    client, vendor = Report(side=Report.CLIENT, session_id="in"), Report(side=Report.VENDOR, session_id="out")
    client.MergeFrom(ended)
    vendor.MergeFrom(ended)
    vendor.mark, vendor.remote, vendor.remote_port = route.mark, route.host, route.port
    return [client, vendor]


async def main(target: str, token: str, switch: str, called: str, ca: str | None = None) -> None:
    """Make one call, then a hundred."""
    async with Switchboard.connect(target, token, ca) as switchboard:
        await one_call(switchboard, switch, called)
        print(f"{await many_calls(switchboard, switch, called, 100)} of 100 calls went over a stream")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
