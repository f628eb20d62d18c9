"""What the desk of the tests says of one call, of gateways and bans, and of one partner."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from tests.tui.figures import NOW_MS, open_call, partners


def story(ref: op.CallRef) -> op.CallStory:
    index = int(ref.call, 16) - 1
    call = open_call(index)
    lines = [*_decided(call), *(_attempted(call) if call.started else [])]
    return op.CallStory(
        call_key=ref.call, switch_id=call.switch_id, client=call.client, a=call.a, b=call.b,
        state="started" if call.started else "asked", lines=lines, can_disconnect=call.can_disconnect,
    )  # fmt: skip


def _decided(call: op.OpenCall) -> list[op.StoryLine]:
    line, at = op.StoryLine, call.since_ms
    return [
        line(at_ms=at, kind="request", text=f"{call.switch_id} asks over radius: {call.a} to 00{call.b}", details=[
            "source 127.0.0.2, attempt 1", "call id 5f31c0aa 11d811b9 80010000 0a1b2c3d"]),
        line(at_ms=at, kind="decision", text="admitted with 2 routes", details=[
            f"{call.client} by {call.trunk}: {call.a} to {call.b} ({call.destination})",
            "sold at 0.1050 USD/min 1/1 (code 2547, any, plan orbita-sell version 12): 0.105000 USD a real minute"]),
        line(at_ms=at, kind="route", text="1. savanna by savanna-1: 0.0700 USD/min 1/1, code 2547; real cost 0.070000, "
             "margin 0.035000 USD/min"),
        line(at_ms=at, kind="route", text="2. nordlink by nordlink-1: 0.0720 USD/min 1/1, code 254722; real cost "
             "0.072000, margin 0.033000 USD/min"),
        line(at_ms=at, kind="out", text="kestrel: no rate for this number"),
        line(at_ms=at, kind="out", text="bluewire by bluewire-1: out since 09:34:55, ASR 24.0 % of the last 100"),
        line(at_ms=at, kind="hold", text="600 s granted, 1.05 USD held"),
        line(at_ms=at, kind="hold", text=f"{call.held.units / 10**8:.2f} USD of {call.client} held now, "
             f"{'the call has started' if call.started else 'asked, not started'}; lapses at 09:51:04.000",
             details=["the whole grant is held"]),
    ]  # fmt: skip


def _attempted(call: op.OpenCall) -> list[op.StoryLine]:
    line, at = op.StoryLine, call.since_ms
    return [
        line(at_ms=at + 20, kind="leg", text=f"client {call.client} by {call.trunk}, attempt 1: talking", details=[
            f"{call.a} to {call.b}", "leg 9f1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e"]),
        line(at_ms=at + 60, kind="leg", text="vendor savanna by savanna-1, attempt 1: not answered, cause 34 "
             "no circuit", details=["leg 00c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"]),
        line(at_ms=at + 410, kind="leg", text="vendor nordlink by nordlink-1, attempt 2: talking", details=[
            "PDD 1.840 s", "leg 11c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"]),
        line(at_ms=at + 300, kind="charge", text="vendor savanna: 0.00 USD for 0 s",
             details=["code 2547, attempt fee 0"]),
        line(kind="posting", text="0.00 USD to payable:savanna: in the book, not sealed yet"),
    ]  # fmt: skip


def gateways(_: op.Empty) -> op.GatewayStates:
    one = op.Gateway
    return op.GatewayStates(gateways=[
        one(node="node-0", name="sip udp", address="udp 127.0.0.1:5060", received=61_204, sent=60_932, errors=12,
            p50_ms=1.4, p99_ms=7.9, in_work=3, counts={"invite": 30_466, "ack": 30_454, "options": 284,
                                                       "retransmitted": 12, "malformed": 12, "banned": 812}),
        one(node="node-0", name="sip tls", address="tls 127.0.0.1:5061", received=812, sent=812, connections=4,
            p50_ms=1.8, p99_ms=11.2, counts={"invite": 406, "ack": 406}),
        one(node="node-0", name="radius acct", address="udp 127.0.0.1:1813", received=114_917, sent=114_880, errors=6,
            p50_ms=6.1, p99_ms=31.4, in_work=5, counts={"start": 38_214, "stop": 76_672, "duplicate": 31}),
        one(node="node-0", name="enum udp", address="udp 127.0.0.1:8053", received=8_120, sent=8_120, p50_ms=0.4,
            p99_ms=1.1, counts={"answered": 8_001, "no-route": 119}),
        one(node="node-1", away=True),
    ], bans=[
        op.Ban(node="node-0", source="203.0.113.9", reason="scanner: friendly-scanner", since_ms=NOW_MS - 61_000,
               until_ms=NOW_MS + 539_000, packets=812),
        op.Ban(node="node-0", source="198.51.100.44", reason="200 packets in 10 s", since_ms=NOW_MS - 400_000,
               until_ms=NOW_MS + 200_000, packets=2_310),
    ])  # fmt: skip


def partner_shown(named: op.Named) -> op.PartnerBalance:
    (found,) = partners(op.PageRequest(filter=named.name, limit=1)).partners
    found.partner.max_calls, found.partner.max_cps, found.partner.policy = 150, 30, "default"
    found.cps = 12.4
    use = op.TrunkUse
    found.trunks.extend([
        use(trunk=f"{named.name}-in", direction="in", address="127.0.0.2", open_calls=96, max_calls=100, cps=9.2,
            max_cps=20, use_known=True),
        use(trunk=f"{named.name}-backup", direction="in", address="", open_calls=41, use_known=True),
        use(trunk=f"{named.name}-old", direction="in", address="127.0.0.77", disabled=True, use_known=True),
        use(trunk=f"{named.name}-out", direction="out", address="192.0.2.10:5060"),
    ])  # fmt: skip
    return found


LIVE_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "CallsService/Story": story,
    "GatewaysService/List": gateways,
    "PartnersService/Show": partner_shown,
    "CallsService/Disconnect": lambda ref: op.Changed(what=f"orbita-gw was told to end call {ref.call[-4:]}"),
    "GatewaysService/Unban": lambda named: op.Changed(what=f"{named.name} is no longer banned on node-0"),
    "TrunksService/Set": lambda changes: op.Changed(what=f"trunk {changes.id}: enabled {changes.values['enabled']}"),
}
