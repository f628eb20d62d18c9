"""`switchboard quality causes`, `buckets` and `margins`: how legs of any period went, from the books."""

from decimal import Decimal
from typing import Annotated

import typer

from cli import output
from cli.parsing import AsJson, OpenFrom, OpenTo, checked_period
from cli.reach import desk
from domain.cause_classes import CauseClass
from domain.money import decimal_text, half_away
from domain.quality_periods import EFFECTIVE
from domain.route_tree import NOT_IN_THE_BOOK
from protos.quality_pb2 import (
    CauseCount,
    QualityBuckets,
    QualityCauses,
    QualityMargin,
    QualityMargins,
    QualityPeriod,
    QualitySums,
)
from protos.quality_pb2_grpc import QualityServiceStub
from protos.switch_pb2 import Money

Vendor = Annotated[str, typer.Option(help="Legs of this vendor; default: of all.", show_default=False)]
Client = Annotated[str, typer.Option(help="Legs of this client, or `*` for all clients'.", show_default=False)]
Where = Annotated[
    str,
    typer.Option("--destination", help="Only to this destination: its name, a code or a number.", show_default=False),
]
OfTrunk = Annotated[str, typer.Option("--trunk", help="Only by this trunk.", show_default=False)]
Over = Annotated[
    str,
    typer.Option("--window", help="5m, 15m, 1h, 24h or 7d up to now; 1h where no period is given.", show_default=False),
]


def period_of(
    vendor: str, client: str, destination: str, trunk: str, window: str, start: int | None, end: int | None
) -> QualityPeriod:
    """Return what is asked for; ends the command as wrong usage where two things exclude each other."""
    if vendor and client:
        raise typer.BadParameter("give a vendor or a client", param_hint="--client")
    if window and not (start is None and end is None):
        raise typer.BadParameter("give a window or a period", param_hint="--window")
    asked = QualityPeriod(
        side="client" if client else "vendor",
        partner=vendor or client.strip("*"),
        destination=destination,
        trunk=trunk,
        window=window,
    )
    if not (start is None and end is None):
        if start is None:
            raise typer.BadParameter("say where the period begins", param_hint="--from")
        asked.from_ms, asked.until_ms = checked_period(start, end)
    return asked


def causes(
    vendor: Vendor = "",
    client: Client = "",
    destination: Where = "",
    trunk: OfTrunk = "",
    window: Over = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    as_json: AsJson = False,
) -> None:
    """Show how calls ended: classes of causes with their share, the causes in each, and the NER that they make."""
    asked = period_of(vendor, client, destination, trunk, window, start, end)
    with desk() as channel:
        reply = QualityServiceStub(channel).Causes(asked)
    output.answer(reply, as_json, _write_causes)


def buckets(
    vendor: Vendor = "",
    client: Client = "",
    destination: Where = "",
    trunk: OfTrunk = "",
    window: Over = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    bucket: Annotated[
        str,
        typer.Option(
            help="How long one is: 5m, 15m, 1h, 24h. Default: so that there are 96 at most.", show_default=False
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show how calls went, bucket by bucket of the time they were set up in."""
    asked = period_of(vendor, client, destination, trunk, window, start, end)
    asked.bucket_s = bucket_seconds(bucket) if bucket else 0
    with desk() as channel:
        reply = QualityServiceStub(channel).Buckets(asked)
    output.answer(reply, as_json, _write_buckets)


def margins(
    vendor: Vendor = "",
    client: Client = "",
    destination: Where = "",
    trunk: OfTrunk = "",
    window: Over = "",
    start: OpenFrom = None,
    end: OpenTo = None,
    as_json: AsJson = False,
) -> None:
    """Show what the calls of vendors, or clients, to each destination earned: revenue, cost and margin."""
    asked = period_of(vendor, client, destination, trunk, window, start, end)
    with desk() as channel:
        reply = QualityServiceStub(channel).Margins(asked)
    output.answer(reply, as_json, _write_margins)


def _write_margins(found: QualityMargins) -> None:
    rows = [_margin(one, one.partner, _named(one)) for one in found.margins]
    rows += [_margin(found.whole, "all", "")] if rows else []
    titles = "partner|destination|>legs|>answered|>minutes|>revenue|>cost|>margin|>%|>cost a minute|>unpaired"
    output.table(titles.split("|"), rows, "no calls in this period")
    output.paged(len(found.margins), found.total, 0)


def _named(one: QualityMargin) -> str:
    return one.destination_name or (str(one.destination) if one.destination else NOT_IN_THE_BOOK)


def _margin(one: QualityMargin, partner: str, destination: str) -> list[str]:
    part = f"{Decimal(100 * one.margin.units) / Decimal(one.revenue.units):.2f}" if one.revenue.units else ""
    return [
        partner,
        destination,
        output.count(one.legs),
        output.count(one.answered),
        f"{one.talk_ms / 60_000:,.1f}",
        output.money(one.revenue),
        output.money(one.cost),
        output.money(one.margin),
        part,
        minute_price(one.cost, one.talk_ms),
        output.count(one.unpaired) if one.unpaired else "",
    ]


def minute_price(cost: Money, talk_ms: int) -> str:
    """Write what a minute of talk cost, six decimals; nothing without talk."""
    return decimal_text(half_away(cost.units * 60_000, talk_ms * 100) * 100, 6) if talk_ms else ""


def bucket_seconds(text: str) -> int:
    """Return how long a bucket is, seconds; ends the command as wrong usage where the text is none."""
    known = {"1m": 60, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "6h": 21_600, "24h": 86_400}
    if text not in known:
        raise typer.BadParameter(f"{text!r} is no bucket; take one of {', '.join(known)}", param_hint="--bucket")
    return known[text]


def _write_causes(found: QualityCauses) -> None:
    sums = found.total
    bounds = f" ({sums.asr_low:.1f} to {sums.asr_high:.1f})" if sums.attempts else ""
    output.pairs(
        [
            ("period", f"{output.when(found.from_ms)} to {output.when(found.until_ms)} UTC"),
            (
                "attempts",
                output.count(sums.attempts) + (f", {output.count(sums.open)} of them open" if sums.open else ""),
            ),
            ("ASR", f"{share(sums.answered, sums.attempts)} %{bounds}" if sums.attempts else ""),
            ("ASR without number errors", percent(sums.answered, sums.attempts - sums.number_errors)),
            ("NER", percent(sums.effective, sums.attempts)),
        ]
    )
    output.section("classes of causes")
    output.table(
        ("class", "in NER", ">calls", ">share %", "causes"), (_class(sums, one) for one in sums.classes), "no calls"
    )


def _class(sums: QualitySums, one: CauseCount) -> list[str]:
    name, calls = one.cause_class, one.calls
    behind = [f"{its.cause} {its.words} {output.count(its.calls)}" for its in sums.causes if its.cause_class == name]
    counts = "yes" if CauseClass(name) in EFFECTIVE else "no"
    return [name, counts, output.count(calls), share(calls, sums.attempts), ", ".join(behind)]


def _write_buckets(found: QualityBuckets) -> None:
    rows = [_bucket(output.when(one.from_ms), one.sums) for one in found.buckets]
    rows.append(_bucket("all", found.total))
    output.table("from|>attempts|>ASR %|95 %|>NER %|>ACD|>p50|>p95|>short %|>minutes|>charge".split("|"), rows, "")


def _bucket(named: str, sums: QualitySums) -> list[str]:
    ended = sums.answered - sums.open
    return [
        named,
        output.count(sums.attempts),
        share(sums.answered, sums.attempts),
        f"{sums.asr_low:.0f}–{sums.asr_high:.0f}" if sums.attempts else "",
        share(sums.effective, sums.attempts),
        output.clock(round(sums.talk_ms / ended / 1000)) if ended else "",
        seconds(sums.pdd_p50_ms) if sums.HasField("pdd_p50_ms") else "",
        seconds(sums.pdd_p95_ms) if sums.HasField("pdd_p95_ms") else "",
        share(sums.short, ended),
        f"{sums.talk_ms / 60_000:,.1f}",
        output.money(sums.charge),
    ]


def share(part: int, of_all: int) -> str:
    """Write a share in per cent, nothing of nothing."""
    return f"{100 * part / of_all:.1f}" if of_all else ""


def percent(part: int, of_all: int) -> str:
    """Write a share with its sign, nothing of nothing."""
    return f"{share(part, of_all)} %" if of_all > 0 else ""


def seconds(ms: int) -> str:
    """Write milliseconds as seconds."""
    return f"{ms / 1000:.1f}"
