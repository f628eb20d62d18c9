"""Believable figures of the demo's partners on Monday 2026-11-02 at 09:41:07Z, the same at every run."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from google.protobuf.message import Message

from domain.money import units_of
from protos import operators_pb2 as op
from protos import switch_pb2 as sw


def ms(text: str) -> int:
    """Read a UTC time such as "2026-11-02T09:41:07"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW_MS = ms("2026-11-02T09:41:07")
CLIENTS = {"orbita": "Kenya Mobile", "callwell": "United Kingdom Mobile", "pampas": "Ecuador Mobile"}
VENDORS = {"orbita": "nordlink", "callwell": "kestrel", "pampas": "kestrel"}
NUMBERS = {"orbita": "254722", "callwell": "447911", "pampas": "593991"}
PRICES = {"orbita": "0.1050", "callwell": "0.0294", "pampas": "0.2000"}


def money(text: str, currency: str = "USD") -> sw.Money:
    return sw.Money(units=units_of(text), currency=currency)


def _wave(index: int, middle: float, swing: float) -> float:
    """Return a lively but repeatable course of a figure."""
    slow, fast = math.sin(index / 41), math.sin(index * 1.7) * math.sin(index / 3.1)
    return round(middle + swing * slow + swing * 0.35 * fast, 1)


def board() -> op.Board:
    cps = [_wave(index, 96, 24) for index in range(300)]
    calls = [_wave(index, 402, 71) for index in range(300)]
    return op.Board(
        now_ms=NOW_MS, clock_speed=20, cps=118.4, open_calls=412, attempts_1h=52_410, answered_1h=23_812,
        user_failed_1h=26_974, seconds_1h=3_571_800, pdd_ms_sum_1h=96_434_400, pdd_count_1h=52_410,
        revenue_1h=money("3676.0942"), cost_1h=money("2790.43118"), refused_1h=431,
        alarms=[
            op.Alarm(key="quality:nordlink:2547", severity="critical", since_ms=NOW_MS - 372_000,
                     text="Nordlink, Kenya Mobile: ASR 24.0 % over the last 100, out since 09:34:55"),
            op.Alarm(key="credit:minnow", severity="warning", since_ms=NOW_MS - 94_000,
                     text="Minnow has used its funds: calls are refused"),
            op.Alarm(key="parked", severity="warning", since_ms=NOW_MS - 1_260_000, text="3 records are parked"),
        ],
        switches=switches(), cps_history=cps, open_history=calls, parked=3, directory_version=41, age_ms=400,
        refusals={"no-credit": 212, "over-cps": 131, "no-route": 55, "bad-number": 24, "barred-code": 9},
    )  # fmt: skip


def switches() -> list[op.SwitchState]:
    return [
        op.SwitchState(switch_id="orbita-gw", address="127.0.0.2", recipe="cisco-two-legs", asked=21_944,
                       reported=43_102, last_record_ms=NOW_MS - 400),
        op.SwitchState(switch_id="callwell-sbc", address="127.0.0.3", recipe="sip302-radius", asked=30_466,
                       reported=71_809, last_record_ms=NOW_MS - 900, errors=2),
        op.SwitchState(switch_id="pampas-enum", address="127.0.0.4", recipe="enum-files", asked=8_120,
                       reported=16_240, last_record_ms=NOW_MS - 1_860_000),
        op.SwitchState(switch_id="minnow-pbx", address="127.0.0.5", recipe="cisco-two-legs", asked=4, reported=6,
                       last_record_ms=NOW_MS - 94_000),
    ]  # fmt: skip


def status() -> op.Status:
    started = ms("2026-11-02T08:58:41")
    actor = op.Actor
    return op.Status(version="0.1.0", data="demo-data", board=board(), actors=[
        actor(name="desk", kind="desk", state="alive", pid=21_406, started_ms=started, rss_mb=151.2, incarnation=1,
              figures={"consoles": 1, "watch messages": 2_466, "jobs done": 14, "announcements": 41}),
        actor(name="shard-0", kind="shard", state="alive", pid=22_871, started_ms=ms("2026-11-02T09:38:20"),
              rss_mb=138.9, incarnation=2, figures={
                  "commands a second": 311.4, "batch size mean": 6.2, "open holds": 412, "legs not sealed": 18_224,
                  "commit ms p99": 8.71, "queue": 3}),
        actor(name="quality-0", kind="shard", state="alive", pid=21_455, started_ms=started, rss_mb=96.4,
              incarnation=1, figures={"destinations": 118, "events a second": 233.0}),
        actor(name="node-0", kind="node", state="alive", pid=21_502, started_ms=started, rss_mb=121.7,
              incarnation=1, figures={
                  "sip redirects": 30_466, "sip retransmitted": 12, "radius access": 21_948,
                  "radius accounting": 114_917, "radius duplicates": 31, "enum queries": 8_120,
                  "decision us p99": 412.6, "last.orbita-gw": NOW_MS - 400,
                  "hold ms p99": 7.93, "snapshot version": 41}),
    ])  # fmt: skip


def audit_page(query: op.AuditQuery) -> op.AuditPage:
    """One change of one field of a recipe of sixty, as a person made it."""
    recipe = {f"field_{index}": index for index in range(60)}
    entry = op.AuditEntry(
        id=7, at_ms=NOW_MS - 90_000, who=query.who or "ada", noun="switch", key="orbita-gw", action="change",
        before=json.dumps({"recipe": recipe | {"cause_base": 16}}),
        after=json.dumps({"recipe": recipe | {"cause_base": 10}}),
    )  # fmt: skip
    return op.AuditPage(entries=[entry], total=1)


def open_calls(query: op.CallQuery) -> op.OpenCalls:
    calls = [open_call(index) for index in range(412)]
    found = [
        call for call in calls
        if query.number in f"{call.a} {call.b}" and call.client.startswith(query.client.rstrip("*"))
        and query.vendor in call.vendor and query.state in ("", "started" if call.started else "asked")
    ]  # fmt: skip
    part = found[query.offset : query.offset + query.limit]
    return op.OpenCalls(calls=part, total=len(found), now_ms=NOW_MS)


def open_call(index: int) -> op.OpenCall:
    client = list(CLIENTS)[(index * 7) % 11 % 3]
    since = NOW_MS - 3_000 - index * 1_370
    vendor = VENDORS[client] if index % 6 else "savanna"
    return op.OpenCall(
        hold_id=index.to_bytes(16, "big"), call_key=(index + 1).to_bytes(16, "big"), client=client,
        trunk=f"{client}-in", a=f"2010{5_550_000 + index * 37}",
        b=f"{NUMBERS[client]}{100_000 + index * 911 % 899_999}", destination=CLIENTS[client], started=index % 8 > 1,
        since_ms=since, expires_ms=NOW_MS + 600_000 - index * 1_370, vendor=vendor if index % 8 else "",
        held=money(PRICES[client] if index % 8 < 2 else f"{index % 7}.{index % 9}25"),
        pdd_ms=1_200 + index * 53 % 2_400 if index % 8 > 1 else 0,
        switch_id=f"{client}-gw", granted_s=600, can_disconnect=client == "orbita",
        limit_ms=NOW_MS + 540_000 - index * 1_370 if client != "callwell" else None,
    )  # fmt: skip


def legs(query: op.CdrQuery) -> op.CdrPage:
    found = [
        leg for leg in map(_leg, range(1_284))
        if query.partner in leg.partner and query.side in leg.side and query.number in leg.b
        and (not query.answered_only or leg.HasField("connect_ms"))
    ]  # fmt: skip
    return op.CdrPage(legs=found[query.offset : query.offset + query.limit], total=len(found))


@cache
def _leg(index: int) -> op.Leg:
    client = list(CLIENTS)[index // 2 % 3]
    vendor_side = index % 2 == 1
    talked = (7, 37, 61, 125, 205, 318, 480, 31, 90, 146)[index // 2 % 10] if index // 2 % 9 not in (3, 4, 6) else 0
    setup = NOW_MS - 4_000 - index // 2 * 2_310
    currency = "EUR" if client == "pampas" and not vendor_side else "USD"
    price = "0.0720" if vendor_side else PRICES[client]
    leg = op.Leg(
        leg_id=(index + 9).to_bytes(16, "big"), call_key=(index // 2 + 1).to_bytes(16, "big"),
        side="vendor" if vendor_side else "client", state="closed", switch_id=f"{client}-gw",
        partner=VENDORS[client] if vendor_side else client, trunk=f"{VENDORS[client] if vendor_side else client}-1",
        attempt=1, a=f"2010{5_550_000 + index // 2 * 37}", b=f"{NUMBERS[client]}{100_000 + index // 2 * 911 % 899_999}",
        destination=CLIENTS[client], code=NUMBERS[client][:4], setup_ms=setup, duration_ms=talked * 1000,
        disconnect_ms=setup + 3_000 + talked * 1000, billed_s=talked, cause=16 if talked else (17, 19, 34)[index % 3],
        release="callee", plan=f"{VENDORS[client]}-buy" if vendor_side else f"{client}-sell", plan_version=12,
        rate_type="mobile", price_units=units_of(price), fx_units=units_of("1.10" if currency == "EUR" else "1"),
        charge=sw.Money(units=units_of(price) * talked // 60, currency=currency),
        base_charge=sw.Money(units=units_of(price) * talked // 60, currency="USD"), revision=1,
        segment="day=2026-11-02/0-18001-18400" if index > 700 else "",
    )  # fmt: skip
    if talked:
        leg.alert_ms, leg.connect_ms = setup + 1_840, setup + 3_000
    return leg


def shown(ref: op.CallRef) -> op.CdrExplanation:
    first = 2 * (int(ref.call, 16) - 1)
    return op.CdrExplanation(legs=[_leg(first), _leg(first + 1)], why=EXPLANATION)


EXPLANATION = [
    "trunk orbita-in (address 127.0.0.2) is Orbita's; number 254722100000 needs no change",
    "sell plan orbita-sell v12: code 2547 Kenya Mobile at 0.1050 USD, 1/1",
    "nordlink: code 254722 at 0.0720, 1/1: real cost 0.072 a minute, margin 0.033 (31.4 %)",
    "savanna: code 2547 at 0.0780, 1/1: real cost 0.078 a minute, margin 0.027 (25.7 %)",
    "kestrel is left out: no rate for this number in kestrel-buy v9",
    "order by policy cheapest: nordlink, savanna",
    "granted 600 s; held 1.05 USD of 1,871.34 available",
]


def parked(_query: op.ParkedQuery) -> op.ParkedPage:
    raw = (
        "RADIUS Accounting-Request from 127.0.0.3\nAcct-Status-Type = Stop\nAcct-Session-Id = 5f31c0aa\n"
        "Called-Station-Id = 447911400118\nSip-Translated-Request-URI = sip:447911400118@192.0.2.77:5060\n"
        "Acct-Session-Time = 61\nEvent-Timestamp = 2026-11-02T09:19:58Z"
    )
    records = [
        op.ParkedRecord(park_id=b"\x01" * 16, call_key=b"\x0a" * 16, cause="vendor-not-identified", raw=raw,
                        detail="no trunk has the address 192.0.2.77:5060", received_ms=NOW_MS - 1_260_000),
        op.ParkedRecord(park_id=b"\x02" * 16, call_key=b"\x0b" * 16, cause="no-rate", raw="pampas-2026-11-02.csv:118 …",
                        detail="pampas-sell has no code for 88213400771", received_ms=NOW_MS - 905_000),
        op.ParkedRecord(park_id=b"\x03" * 16, call_key=b"\x0c" * 16, cause="differs-from-first-report", raw="…",
                        detail="duration 61 s, first reported as 16 s", received_ms=NOW_MS - 61_000),
    ]  # fmt: skip
    return op.ParkedPage(records=records, total=len(records))


def retried(request: op.RetryRequest) -> op.RetryReport:
    """The first record has got its trunk meanwhile, the second still has no rate; all are two pages."""
    if request.park_ids:
        (park_id,) = request.park_ids
        if park_id == b"\x01" * 16:
            return op.RetryReport(retried=1, charged=1)
        return op.RetryReport(retried=1, still_parked=1, causes={"no-rate": 1})
    if not request.after:
        return op.RetryReport(retried=1, charged=1, next="1:01")
    return op.RetryReport(retried=1, still_parked=1, causes={"no-rate": 1})


def sources(_: op.Empty) -> op.SourceStates:
    state = op.SourceState
    return op.SourceStates(sources=[
        state(source="october files", files=31, accepted=616_000, duplicate=0, last_ms=ms("2026-11-01T00:00:11")),
        state(source="orbita-gw", accepted=43_102, duplicate=19, last_ms=NOW_MS - 400),
        state(source="callwell-sbc", accepted=71_809, duplicate=12, parked=2, last_ms=NOW_MS - 900),
        state(source="pampas files", files=2, accepted=16_240, rejected=4, parked=1, last_ms=NOW_MS - 1_860_000),
    ])  # fmt: skip


def partners(page: op.PageRequest) -> op.PartnerBalances:
    def one(name: str, owed: str, payable: str, currency: str = "USD", **terms: Any) -> op.PartnerBalance:
        held = money(terms.pop("held", "0"), currency)
        partner = op.Partner(id=name.lower(), name=name, currency=currency, status="active", zone="UTC")
        for key, value in terms.items():
            setattr(partner, key, value)
        owes = money(owed, currency)
        free = sw.Money(units=partner.credit_limit_units - owes.units - held.units, currency=currency)
        return op.PartnerBalance(partner=partner, owed=owes, held=held, available=free,
                                 payable=money(payable, currency),
                                 unbilled=owes if owes.units > 0 else money("0", currency),
                                 open_calls=137 if held.units else 0)  # fmt: skip

    every = [
        one("Orbita", "-1871.34", "0", prepaid=True, sell_plan="orbita-sell", held="143.85"),
        one(
            "Callwell", "23911.0525", "0", sell_plan="callwell-sell", credit_limit_units=units_of("30000"), held="91.14"
        ),
        one("Pampas", "1127.40", "0", "EUR", sell_plan="pampas-sell", credit_limit_units=units_of("10000"), held="12"),
        one("Minnow", "0", "0", prepaid=True, sell_plan="minnow-sell"),
        one("Nordlink", "0", "4611.2088", buy_plan="nordlink-buy"),
        one("Savanna", "0", "1302.66", buy_plan="savanna-buy"),
        one("Bluewire", "0", "2991.0016", buy_plan="bluewire-buy"),
        one("Kestrel", "0", "8204.91", buy_plan="kestrel-buy"),
    ]
    found = [each for each in every if page.filter.lower() in each.partner.id]
    return op.PartnerBalances(partners=found[page.offset : page.offset + page.limit], total=len(found))


def statement(request: op.StatementRequest) -> op.Statement:
    lines = [
        ("2026-10-12T10:02:00", "payment received, bank ref 88120", "-7500", "-8750"),
        ("2026-10-31T23:59:59", "usage in October, 25,400 calls, 63,500.0 min", "6667.50", "-2082.50"),
        ("2026-11-01T23:59:59", "usage, 804 calls, 2,011.0 min", "211.16", "-1871.34"),
    ]
    return op.Statement(
        partner=request.partner, account=f"receivable:{request.partner}", opening=money("-1250"),
        closing=money("-1871.34"),
        lines=[op.StatementLine(at_ms=ms(at), what=what, amount=money(amount), balance=money(balance))
               for at, what, amount, balance in lines],
    )  # fmt: skip


def invoices(page: op.PageRequest) -> op.Invoices:
    lines = [
        op.InvoiceLine(destination="United Kingdom Mobile", price_units=units_of("0.0294"), calls=72_000,
                       billed_s=10_800_000, amount=money("5292")),
        op.InvoiceLine(destination="India", price_units=units_of("0.0135"), calls=27_000, billed_s=4_050_000,
                       amount=money("911.25")),
    ]  # fmt: skip
    every = [
        op.Invoice(number="2026-10-0001", partner="callwell", lines=lines, total=money("6203.25"), state="sent",
                   due_ms=ms("2026-11-17T00:00:00"), pdf_file="invoices/2026-10-0001.pdf"),
        op.Invoice(number="2026-10-0002", partner="pampas", total=money("7440", "EUR"), state="issued",
                   due_ms=ms("2026-12-02T00:00:00")),
    ]  # fmt: skip
    for each in every:
        each.from_ms, each.to_ms = ms("2026-10-01T00:00:00"), ms("2026-11-01T00:00:00")
        each.issued_ms = NOW_MS - 900_000
    found = [each for each in every if page.filter in f"{each.partner} {each.number}"]
    return op.Invoices(invoices=found, total=len(found))


def check(_: op.Empty) -> op.LedgerCheck:
    accounts = [
        ("bank", "17650", "USD"), ("cost", "15981.90", "USD"), ("opening", "-8750", "USD"),
        ("payable:bluewire", "-2786.40", "USD"), ("payable:kestrel", "-7798.50", "USD"),
        ("payable:nordlink", "-4149", "USD"), ("payable:savanna", "-1248", "USD"),
        ("receivable:callwell", "6203.25", "USD"), ("receivable:orbita", "-2082.50", "USD"),
        ("receivable:pampas", "940", "EUR"), ("revenue", "-21054.75", "USD"),
    ]  # fmt: skip
    return op.LedgerCheck(
        accounts=[op.AccountBalance(account=name, balance=money(text, currency), base_balance=money(text))
                  for name, text, currency in accounts],
        trial_balance=money("0"), cdrs_minus_postings=money("0"), open_holds=412, open_calls=412, unrated=3,
        holds_add_up=True, balances_add_up=True, differences=["3 records are parked and not rated"],
    )  # fmt: skip


def transfers(query: op.LedgerQuery) -> op.Transfers:
    one = op.Transfer(transfer_id="5f" * 16, at_ms=ms("2026-10-31T23:59:59"), known_ms=NOW_MS, debit=query.account,
                      credit="revenue", amount=money("6667.50"), base_amount=money("6667.50"), kind="usage",
                      memo="segment 0-1-500000")  # fmt: skip
    return op.Transfers(transfers=[one], total=1)


def pnl(_: op.Period) -> op.Pnl:
    lines = [
        ("callwell", "client", "6203.25", "USD", "6203.25"), ("orbita", "client", "6667.50", "USD", "6667.50"),
        ("pampas", "client", "7440", "EUR", "8184"), ("bluewire", "vendor", "2786.40", "USD", "2786.40"),
        ("kestrel", "vendor", "7798.50", "USD", "7798.50"), ("nordlink", "vendor", "4149", "USD", "4149"),
        ("savanna", "vendor", "1248", "USD", "1248"),
    ]  # fmt: skip
    return op.Pnl(
        revenue=money("21054.75"), cost=money("15981.90"), margin=money("5072.85"),
        lines=[op.PnlLine(partner=name, side=side, amount=money(text, currency), base_amount=money(base))
               for name, side, text, currency, base in lines],
    )  # fmt: skip


def cash(_: op.Period) -> op.Cash:
    lines = [
        ("2026-10-09T11:20:00", "callwell", "5900", "USD", "5900"),
        ("2026-10-12T10:02:00", "orbita", "7500", "USD", "7500"),
        ("2026-10-20T09:00:00", "pampas", "6500", "EUR", "7150"),
        ("2026-10-28T15:10:00", "kestrel", "-6100", "USD", "-6100"),
        ("2026-10-28T15:12:00", "nordlink", "-6800", "USD", "-6800"),
    ]  # fmt: skip
    return op.Cash(
        opening=money("10000"), received=money("20550"), paid=money("12900"), closing=money("17650"),
        lines=[op.CashLine(at_ms=ms(at), partner=name, amount=money(text, currency), base_amount=money(base))
               for at, name, text, currency, base in lines],
    )  # fmt: skip


def traffic(_: op.Period) -> op.Traffic:
    lines = [
        ("orbita", "client", "Kenya Mobile", 60_000, 25_400, "6667.50"),
        ("callwell", "client", "United Kingdom Mobile", 150_000, 72_000, "5292"),
        ("callwell", "client", "India", 60_000, 27_000, "911.25"),
        ("nordlink", "vendor", "Kenya Mobile", 50_000, 19_000, "3420"),
        ("savanna", "vendor", "Kenya Mobile", 16_000, 6_400, "1248"),
    ]
    return op.Traffic(lines=[
        op.TrafficLine(partner=name, side=side, destination=where, attempts=attempts, answered=answered,
                       seconds=answered * 150, billed_s=answered * 150, charge=money(text), base_charge=money(text))
        for name, side, where, attempts, answered, text in lines
    ])  # fmt: skip


ANSWERS: dict[str, Callable[[Any], Message]] = {
    "StatusService/Get": lambda _: status(),
    "CallsService/Find": open_calls,
    "CdrsService/List": legs,
    "CdrsService/Show": shown,
    "CdrsService/Parked": parked,
    "CdrsService/Retry": retried,
    "CdrsService/Sources": sources,
    "PartnersService/List": partners,
    "FinanceService/GetStatement": statement,
    "FinanceService/GetPnl": pnl,
    "FinanceService/GetCash": cash,
    "FinanceService/GetTraffic": traffic,
    "InvoicesService/List": invoices,
    "AuditService/List": audit_page,
    "LedgerService/Check": check,
    "LedgerService/Show": transfers,
}
