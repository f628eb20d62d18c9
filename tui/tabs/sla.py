"""What clients are promised: how it goes now, what buckets of a period come to, every bucket, and what was broken."""

from textual.content import Content

from protos import sla_pb2 as pb
from tui import formats
from tui.forms.policies import promise_form
from tui.link import Link
from tui.screens.form import FormScreen
from tui.screens.lists import ListScreen
from tui.tabs.tab import Ask, Drill, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word
from tui.widgets.interval import interval
from tui.windows import DAY_MS, Window

_BAR = 12
_WHOSE = (Column("client", 8, flex=1), Column("product", 7, drop=4), Column("destination", 10, flex=2))
_TONES: dict[str, Tone] = {"kept": "good", "not kept": "bad"}
PERIODS = (Window("last 24 hours", DAY_MS), Window("last 7 days", 7 * DAY_MS), Window("last 31 days", 31 * DAY_MS))


class PromisedTab(Tab):
    """The running bucket of each promise, the broken ones first."""

    name = "Now"
    columns = (
        *_WHOSE,
        Column("promised", 9, flex=1),
        Column("since", 11, drop=3, whole=True),
        Column("calls", 5, right=True),
        Column("ASR", 4, right=True),
        Column("0  ASR ± 100", _BAR, drop=2, whole=True),
        Column("so far", 8, whole=True),
    )
    empty = "nothing is promised for any call that is counted: + promises something"
    every_s = 5.0
    adds = ("promise",)
    has_drill = True
    detail_below = True
    detail_rows = 3

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of what is promised to clients."""
        return promise_form(link)

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page."""
        query = pb.SlaNowQuery(limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sla.Now, query)
        return Listed([_now(one) for one in reply.states], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Tell the whole promise with its figures, and since when it is broken."""
        one = row.item
        assert isinstance(one, pb.SlaNow)
        figures = ", ".join(f"{its.name} {its.value:.1f} ({its.low:.1f}–{its.high:.1f})" for its in one.figures)
        told = f" {formats.plain(one.promise)} by {formats.plain(one.policy)}: {figures or 'nothing yet'}\n"
        broken = f" broken since {formats.stamp(one.broken_since_ms)}Z: {formats.plain(one.why)}" if one.why else ""
        return Content.assemble((told, "$dim"), (broken, "bold $error"))

    def enter(self, row: Row) -> Drill | None:
        """Lead to all buckets of the client, product and destination."""
        one = row.item
        assert isinstance(one, pb.SlaNow)
        return buckets_of(one.whose)


class ReportTab(Tab):
    """What all buckets of a period come to, a row for each client, product and destination."""

    name = "Report"
    columns = (
        *_WHOSE,
        Column("kept", 5, right=True),
        Column("of", 4, right=True),
        Column("time %", 6, right=True),
        Column("few", 4, right=True, drop=6),
        Column("calls", 6, right=True),
        Column("ASR", 4, right=True),
        Column("unmet", 5, right=True, drop=2),
        Column("refused", 7, right=True, drop=3),
        Column("worst bucket", 16, drop=5, whole=True),
    )
    empty = "nothing was promised for any call of this period: try another with t"
    windows = PERIODS
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Have all buckets counted from the books."""
        query = pb.SlaQuery(from_ms=ask.from_ms, until_ms=ask.to_ms, summaries=True)
        pieces = await link.receive(lambda services: services.sla.Report, query)
        found = [one for piece in pieces for one in piece.summaries]
        return Listed([_summary(one) for one in found], len(found))

    def enter(self, row: Row) -> Drill | None:
        """Lead to all buckets of the row."""
        one = row.item
        assert isinstance(one, pb.SlaSummary)
        return buckets_of(one.whose)


class BucketsTab(Tab):
    """Every bucket of one client, product and destination, the newest first."""

    name = "Buckets"
    columns = (
        Column("from", 11, whole=True),
        Column("promised", 9, flex=1),
        Column("verdict", 13, whole=True),
        Column("calls", 6, right=True),
        Column("ASR", 4, right=True),
        Column("0  ASR ± 100", _BAR, drop=4, whole=True),
        Column("NER", 4, right=True, drop=3),
        Column("ACD", 5, right=True, drop=2),
        Column("unmet", 5, right=True, drop=1),
        Column("refused", 7, right=True, drop=5),
    )
    empty = "nothing was promised in this period: try another with t"
    windows = PERIODS

    def __init__(self, whose: pb.SlaWhose) -> None:
        self.whose = whose

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Have the buckets counted from the books."""
        its = self.whose
        query = pb.SlaQuery(
            client=its.client, product=its.product, destination=its.destination_name, from_ms=ask.from_ms,
            until_ms=ask.to_ms,
        )  # fmt: skip
        pieces = await link.receive(lambda services: services.sla.Report, query)
        rows = [_bucket(one) for piece in pieces for one in piece.buckets][::-1]
        return Listed(rows[ask.offset : ask.offset + ask.limit], len(rows))


class BreachesTab(Tab):
    """Promises that were surely broken, the last first, with their figures."""

    name = "Breaches"
    columns = (*_WHOSE, Column("since", 11, whole=True), Column("until", 11, whole=True), Column("why", 20, flex=4))
    empty = "no promise was ever surely broken"
    every_s = 5.0

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page."""
        query = pb.SlaBreachQuery(limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.sla.Breaches, query)
        return Listed([_breach(one) for one in reply.breaches], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Tell by what it began and ended."""
        one = row.item
        assert isinstance(one, pb.SlaBreach)
        over = f"\n over: {formats.plain(one.over)}" if one.over else ""
        return Content(f" {formats.plain(one.promise)}, {formats.plain(one.policy)}: {formats.plain(one.why)}{over}")

    detail_below = True
    detail_rows = 2


def promises_screen() -> ListScreen:
    """Return the lists about promises."""
    return ListScreen("SLA", (PromisedTab(), ReportTab(), BreachesTab()))


def buckets_of(whose: pb.SlaWhose) -> Drill:
    """Return where every bucket of a client, product and destination is."""
    product = f", {whose.product}" if whose.product else ""
    title = f"{whose.client} to {whose.destination_name or whose.destination}{product}"
    return Drill(title, (BucketsTab(whose),))


def _named(whose: pb.SlaWhose) -> tuple[Cell, ...]:
    where = whose.destination_name or str(whose.destination)
    return word(whose.client, "strong"), word(whose.product), word(where)


def _key(whose: pb.SlaWhose, *more: object) -> str:
    return "|".join(map(str, (whose.client, whose.product, whose.destination, *more)))


def _now(one: pb.SlaNow) -> Row:
    asr = next((its for its in one.figures if its.name == "asr"), None)
    broken = one.HasField("broken_since_ms")
    cells = (
        *_named(one.whose),
        word(one.promise),
        number(formats.stamp(one.bucket_ms), one.bucket_ms, "dim"),
        number(formats.count(one.attempts), one.attempts),
        number(f"{asr.value:.0f}" if asr else "", round(10 * asr.value) if asr else -1),
        Cell(interval(asr.low, asr.value, asr.high, _BAR) if asr and one.attempts else "", "dim", 0),
        Cell("broken" if broken else one.verdict, "bad" if broken else _TONES.get(one.verdict, "dim"), int(broken)),
    )
    return Row(_key(one.whose), cells, one)


def _summary(one: pb.SlaSummary) -> Row:
    told, time_ms = one.kept + one.broken, one.kept_ms + one.broken_ms
    share = 1000 * one.kept_ms // time_ms if time_ms else -1
    tone: Tone = "dim" if not told else "bad" if one.broken else "good"
    worst = f"{formats.stamp(one.worst.from_ms)} {_asr(one.worst)}" if one.HasField("worst") else ""
    cells = (
        *_named(one.whose),
        number(str(one.kept), one.kept, tone),
        number(str(told), told),
        number(f"{share / 10:.1f}" if time_ms else "", share, tone),
        number(str(one.few), one.few, "dim"),
        number(formats.count(one.attempts), one.attempts),
        number(f"{100 * one.answered / one.attempts:.0f}" if one.attempts else "", one.answered),
        number(str(one.unmet.routed), one.unmet.routed, "warn" if one.unmet.routed else "dim"),
        number(str(one.unmet.refused), one.unmet.refused, "warn" if one.unmet.refused else "dim"),
        word(worst),
    )
    return Row(_key(one.whose), cells, one)


def _bucket(one: pb.SlaBucket) -> Row:
    sums = one.sums
    ended = sums.answered - sums.open
    acd_ms = sums.talk_ms // ended if ended else 0
    middle = 100 * sums.answered / sums.attempts if sums.attempts else 0.0
    cells = (
        number(formats.stamp(one.from_ms), one.from_ms, "dim"),
        word(one.promise),
        Cell(one.verdict, _TONES.get(one.verdict, "dim"), one.verdict),
        number(formats.count(sums.attempts), sums.attempts),
        number(_asr(one), round(10 * middle)),
        Cell(interval(sums.asr_low, middle, sums.asr_high, _BAR) if sums.attempts else "", "dim", 0),
        number(f"{100 * sums.effective / sums.attempts:.0f}" if sums.attempts else "", sums.effective),
        number(formats.span(acd_ms) if ended else "", acd_ms),
        number(str(one.unmet.routed), one.unmet.routed, "warn" if one.unmet.routed else "dim"),
        number(str(one.unmet.refused), one.unmet.refused, "warn" if one.unmet.refused else "dim"),
    )
    return Row(_key(one.whose, one.from_ms), cells, one)


def _breach(one: pb.SlaBreach) -> Row:
    lasts = not one.HasField("until_ms")
    cells = (
        *_named(one.whose),
        number(formats.stamp(one.since_ms), one.since_ms, "dim"),
        Cell("lasts" if lasts else formats.stamp(one.until_ms), "bad" if lasts else "dim", one.until_ms),
        word(one.why),
    )
    return Row(str(one.number), cells, one)


def _asr(one: pb.SlaBucket) -> str:
    sums = one.sums
    return f"{100 * sums.answered / sums.attempts:.0f}" if sums.attempts else ""
