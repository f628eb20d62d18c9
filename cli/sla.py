"""`switchboard sla`: what clients are promised, whether they get it, bucket by bucket, and where it was broken."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.downloads import Force
from cli.parsing import PAGE, AsJson, From, Offset, To, checked_period
from cli.quality_causes import seconds, share
from cli.reach import desk, fail
from protos.quality_pb2 import QualitySums
from protos.sla_pb2 import (
    SlaBreach,
    SlaBreaches,
    SlaBreachQuery,
    SlaBucket,
    SlaNow,
    SlaNowQuery,
    SlaPiece,
    SlaQuery,
    SlaStates,
    SlaSummary,
    SlaWhose,
)
from protos.sla_pb2_grpc import SlaServiceStub

app = typer.Typer(add_completion=False, no_args_is_help=True)
BUCKETS = {"15m": 900, "1h": 3_600, "24h": 86_400}
ENDINGS = (".csv", ".xlsx")
SHOWN = 100
_FIGURES = "attempts|ASR %|ASR low|ASR high|NER %|ACD s|PDD p50 s|PDD p95 s|short|minutes|unmet|refused".split("|")
SUMMARIES = (
    "client|product|destination|>buckets kept|>of|>% of time|>few calls|>none|>attempts|>ASR %|>unmet|>refused|worst"
).split("|")
LINES = (
    "client|product|destination|from|promised|verdict|>attempts|>ASR %|95 %|>NER %|>ACD|>p50|>p95|>short|>minutes"
    "|>unmet|>refused"
).split("|")
TITLES = ("client", "product", "destination", "from", "until", "promised", "policy", "verdict", *_FIGURES)
Client = Annotated[str, typer.Option(help="Only this client's.", show_default=False)]
File = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write all buckets as .csv or .xlsx.", show_default=False),
]


@app.callback()
def sla() -> None:
    """See what clients are promised, and whether they get it."""


@app.command()
def report(
    start: From,
    end: To,
    client: Client = "",
    product: Annotated[
        str | None, typer.Option(help="Only calls by trunks of this product; '' of none.", show_default=False)
    ] = None,
    destination: Annotated[
        str, typer.Option(help="Only to this destination: its name, a code or a number.", show_default=False)
    ] = "",
    bucket: Annotated[str, typer.Option(help="15m, 1h or 24h; else as each policy says.", show_default=False)] = "",
    summary: Annotated[bool, typer.Option("--summary", help="No buckets, only what they come to.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Buckets that are shown; a file, and JSON, have all.")] = SHOWN,
    file: File = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Report every bucket of what clients are promised: what they got, and whether it was kept."""
    if bucket and bucket not in BUCKETS:
        raise typer.BadParameter(f"{bucket!r} is no bucket; take one of {', '.join(BUCKETS)}", param_hint="--bucket")
    if file is not None and file.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(f"{file} is neither .csv nor .xlsx", param_hint="--output")
    if file is not None and file.exists() and not force:
        fail(f"{file} is there already: write over it with --force, or name another file with -o")
    from_ms, until_ms = checked_period(start, end)
    query = SlaQuery(
        client=client,
        product=product,
        destination=destination,
        from_ms=from_ms,
        until_ms=until_ms,
        bucket_s=BUCKETS.get(bucket, 0),
        summaries=summary,
    )
    found = SlaPiece()
    with desk() as channel:
        for piece in SlaServiceStub(channel).Report(query):
            found.MergeFrom(piece)
    if file is not None:
        _save(file, found.buckets)
        output.lines([f"wrote {file}: {output.count(len(found.buckets))} buckets"])
        return
    output.answer(found, as_json, lambda its: _write(its, limit))


@app.command()
def now(
    client: Client = "",
    limit: Annotated[int, typer.Option(min=1, max=PAGE, help="Lines of a page.")] = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
) -> None:
    """Show what is promised now and how the running buckets go, the broken ones first."""
    with desk() as channel:
        reply = SlaServiceStub(channel).Now(SlaNowQuery(client=client, limit=limit, offset=offset))
    output.answer(reply, as_json, lambda found: _write_now(found, offset))


@app.command()
def breaches(
    client: Client = "",
    limit: Annotated[int, typer.Option(min=1, max=PAGE, help="Lines of a page.")] = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
) -> None:
    """List promises that were surely broken, the last first, with their figures."""
    with desk() as channel:
        reply = SlaServiceStub(channel).Breaches(SlaBreachQuery(client=client, limit=limit, offset=offset))
    output.answer(reply, as_json, lambda found: _write_breaches(found, offset))


def _write(found: SlaPiece, limit: int) -> None:
    output.table(
        SUMMARIES,
        (_summary(one) for one in found.summaries),
        "nothing was promised for any call of this period",
    )
    if found.buckets:
        output.section("buckets")
        output.table(LINES, (_bucket(one) for one in found.buckets[:limit]), "")
        if len(found.buckets) > limit:
            output.lines([f"{limit} of {output.count(len(found.buckets))} buckets; more with --limit, all with -o"])


def _summary(one: SlaSummary) -> list[str]:
    told, time_ms = one.kept + one.broken, one.kept_ms + one.broken_ms
    worst = one.worst
    named = f"{output.when(worst.from_ms)} {share(worst.sums.answered, worst.sums.attempts)} %"
    return [
        *_whose(one.whose),
        output.count(one.kept),
        output.count(told),
        share(one.kept_ms, time_ms),
        output.count(one.few),
        output.count(one.empty),
        output.count(one.attempts),
        share(one.answered, one.attempts),
        output.count(one.unmet.routed),
        output.count(one.unmet.refused),
        f"{named} {worst.verdict}" if one.HasField("worst") else "",
    ]


def _bucket(one: SlaBucket) -> list[str]:
    sums = one.sums
    ended = sums.answered - sums.open
    return [
        *_whose(one.whose),
        output.when(one.from_ms),
        one.promise,
        one.verdict,
        output.count(sums.attempts),
        share(sums.answered, sums.attempts),
        f"{sums.asr_low:.0f}–{sums.asr_high:.0f}" if sums.attempts else "",
        share(sums.effective, sums.attempts),
        output.clock(round(sums.talk_ms / ended / 1000)) if ended else "",
        *_delays(sums),
        output.count(sums.short),
        f"{sums.talk_ms / 60_000:,.1f}",
        output.count(one.unmet.routed),
        output.count(one.unmet.refused),
    ]


def _write_now(found: SlaStates, offset: int) -> None:
    output.table(
        "client|product|destination|promised|bucket since|>attempts|so far|verdict so far|broken since".split("|"),
        (_state(one) for one in found.states),
        "nothing is promised for any call that is counted",
    )
    output.paged(len(found.states), found.total, offset)


def _state(one: SlaNow) -> list[str]:
    figures = ", ".join(f"{its.name} {its.value:.1f} ({its.low:.1f}–{its.high:.1f})" for its in one.figures)
    broken = f"{output.when(one.broken_since_ms)}: {one.why}" if one.HasField("broken_since_ms") else ""
    since = output.when(one.bucket_ms)
    return [*_whose(one.whose), one.promise, since, output.count(one.attempts), figures, one.verdict, broken]


def _write_breaches(found: SlaBreaches, offset: int) -> None:
    output.table(
        ("#", "client", "product", "destination", "bucket", "since", "until", "promised", "why", "over"),
        (_breach(one) for one in found.breaches),
        "no promise was ever surely broken",
    )
    output.paged(len(found.breaches), found.total, offset)


def _breach(one: SlaBreach) -> list[str]:
    until = output.when(one.until_ms) if one.HasField("until_ms") else "lasts"
    times = output.when(one.bucket_ms), output.when(one.since_ms), until
    return [str(one.number), *_whose(one.whose), *times, one.promise, one.why, one.over]


def _whose(whose: SlaWhose) -> tuple[str, str, str]:
    return whose.client, whose.product, whose.destination_name or str(whose.destination)


def _delays(sums: QualitySums) -> tuple[str, str]:
    return (
        seconds(sums.pdd_p50_ms) if sums.HasField("pdd_p50_ms") else "",
        seconds(sums.pdd_p95_ms) if sums.HasField("pdd_p95_ms") else "",
    )


def _save(file: Path, buckets: Iterable[SlaBucket]) -> None:
    """Write all buckets, whole or not at all."""
    rows = [_cells(one) for one in buckets]
    partial = file.with_name(f"{file.name}.part")
    try:
        if file.suffix.lower() == ".csv":
            with partial.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([TITLES, *rows])
        else:
            _workbook(partial, rows)
        partial.replace(file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}; name another file with -o")
    finally:
        partial.unlink(missing_ok=True)


def _cells(one: SlaBucket) -> list[str]:
    sums = one.sums
    ended, known = sums.answered - sums.open, bool(sums.attempts)
    return [
        *_whose(one.whose),
        output.iso(one.from_ms),
        output.iso(one.until_ms),
        one.promise,
        one.policy,
        one.verdict,
        str(sums.attempts),
        share(sums.answered, sums.attempts),
        f"{sums.asr_low:.1f}" if known else "",
        f"{sums.asr_high:.1f}" if known else "",
        share(sums.effective, sums.attempts),
        f"{sums.talk_ms / ended / 1000:.1f}" if ended else "",
        *_delays(sums),
        str(sums.short),
        f"{sums.talk_ms / 60_000:.2f}",
        str(one.unmet.routed),
        str(one.unmet.refused),
    ]


def _workbook(file: Path, rows: list[list[str]]) -> None:
    import xlsxwriter  # 40 ms that no other command needs

    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        tab = book.add_worksheet("sla")
        tab.freeze_panes(1, 3)
        bold = book.add_format({"bold": True, "bottom": 1})
        for place, title in enumerate(TITLES):
            tab.write_string(0, place, title, bold)
        for line, row in enumerate(rows, 1):
            for place, text in enumerate(row):
                if text and TITLES[place] in _FIGURES:
                    tab.write_number(line, place, float(text))
                else:
                    tab.write_string(line, place, text)
