"""Screen 1: how the business is doing right now."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from domain.money import Currency, Money
from protos import operators_pb2, switch_pb2
from tui import formats
from tui.screens.frame import Frame
from tui.tabs.switches import last_record
from tui.widgets.cells import Cell, Column, Row, Tone, number, word
from tui.widgets.listing import Listing
from tui.widgets.tile import Tile
from tui.widgets.trace import Trace

_SEVERITIES: dict[str, tuple[str, Tone]] = {
    "critical": ("▲ CRIT", "bad"), "error": ("▲ ERR", "bad"), "warning": ("△ WARN", "warn"),
}  # fmt: skip
_BAR = 8
_SPANS_S = (300, 120, 60)
_ALARMS = (Column("alarm", 6), Column("since", 7, right=True), Column("what", 10, flex=1))
_SWITCHES = (
    Column("switch", 9, flex=1),
    Column("last record", 12, right=True),
    Column("asked", 7, right=True),
    Column("errors", 6, right=True),
)
_REFUSALS = (Column("refused", 13, flex=1), Column("calls", 7, right=True), Column("", _BAR))


class BoardScreen(Frame):
    """Figures of the last hour, the last minutes as pictures, what is wrong, and who is silent."""

    title_text = "Board"
    AUTO_FOCUS = "#alarms"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "window", "window"),
        Binding("tab", "app.focus_next", "next list"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._span = 0

    def compose_body(self) -> Iterable[Widget]:
        """Yield tiles, traces and the lists below."""
        with Container(id="tiles"):
            yield Tile("CPS", id="cps")
            yield Tile("OPEN CALLS", id="open")
            yield Tile("ASR 1h", id="asr")
            yield Tile("NER 1h", id="ner")
            yield Tile("ACD 1h", id="acd")
            yield Tile("PDD 1h", id="pdd")
            yield Tile("REVENUE 1h", id="revenue")
            yield Tile("COST 1h", id="cost")
            yield Tile("MARGIN 1h", id="margin")
            yield Tile("MARGIN % 1h", id="share")
            yield Tile("REFUSED 1h", id="refused")
            yield Tile("PARKED", id="parked")
        with Container(id="traces"):
            for name in ("cps", "open"):
                with Container(classes="pane"):
                    yield Static(id=f"{name}-rule", classes="rule")
                    yield Trace(id=f"{name}-trace")
            yield Listing(_REFUSALS, id="refusals")
        with Container(id="lists"):
            with Container(id="alarm-pane"):
                yield Listing(_ALARMS, id="alarms")
                yield Static(id="alarm-text")
            yield Listing(_SWITCHES, id="switches")

    def on_mount(self) -> None:
        """Say that figures are awaited."""
        for listing in self.query(Listing):
            listing.show([], note="connecting…")
        self._rules()

    def show_status(self, status: operators_pb2.Status) -> None:
        """Show the board."""
        board = status.board
        self._traffic(board)
        self._money(board)
        self._traces(board)
        alarms = [_alarm(alarm, board.now_ms) for alarm in board.alarms]
        self.query_one("#alarms", Listing).show(alarms, note="no alarms")
        switches = [_switch(switch, board.now_ms) for switch in board.switches]
        self.query_one("#switches", Listing).show(switches, note="no switch has spoken yet")
        self.query_one("#refusals", Listing).show(_refusals(board), note="none refused")

    def _traffic(self, board: operators_pb2.Board) -> None:
        attempts, answered = board.attempts_1h, board.answered_1h
        self._tile("cps", f"{board.cps:,.1f}", f"peak {max(board.cps_history, default=0.0):,.0f}")
        away = ", ".join(one.shard for one in board.away)  # its calls are counted as they were when it was last heard
        peak = f"peak {max(board.open_history, default=0.0):,.0f}"
        self._tile(
            "open", formats.count(board.open_calls), f"{away} away" if away else peak, "$warning" if away else "$strong"
        )
        self._tile("asr", formats.ratio(answered, attempts), f"of {formats.count(attempts)}")
        self._tile("ner", formats.ratio(answered + board.user_failed_1h, attempts), "ok or busy")
        acd = formats.span(board.seconds_1h * 1000 // answered) if answered else formats.NOTHING
        self._tile("acd", acd, f"{board.seconds_1h // 60:,} min")
        pdd = formats.seconds(board.pdd_ms_sum_1h // board.pdd_count_1h) if board.pdd_count_1h else formats.NOTHING
        self._tile("pdd", pdd, "mean")

    def _money(self, board: operators_pb2.Board) -> None:
        revenue, cost = board.revenue_1h, board.cost_1h
        currency = revenue.currency or cost.currency
        self._tile("revenue", formats.amount(revenue), currency)
        self._tile("cost", formats.amount(cost), currency)
        margin = _margin(revenue, cost)
        loses = margin is not None and margin.units < 0
        tone = "$error" if loses else "$success" if margin else "$strong"
        self._tile("margin", formats.amount(margin) if margin else formats.NOTHING, "LOSS" if loses else currency, tone)
        share = formats.ratio(margin.units, revenue.units) if margin else formats.NOTHING
        self._tile("share", share, "of revenue", tone)
        worst = max(board.refusals.items(), key=lambda each: (each[1], each[0]), default=("", 0))[0]
        self._tile("refused", formats.count(board.refused_1h), worst, "$strong" if not board.refused_1h else "$warning")
        self._tile(
            "parked", formats.count(board.parked), "see 8 CDRs" if board.parked else "all rated",
            "$error" if board.parked else "$strong",
        )  # fmt: skip

    def _tile(self, name: str, figure: str, note: str, tone: str = "$strong") -> None:
        self.query_one(f"#{name}", Tile).show(figure, note, tone)

    def _traces(self, board: operators_pb2.Board) -> None:
        span_s = _SPANS_S[self._span]
        self.query_one("#cps-trace", Trace).values = tuple(board.cps_history[-span_s:])
        self.query_one("#open-trace", Trace).values = tuple(board.open_history[-span_s:])

    def _rules(self) -> None:
        minutes = _SPANS_S[self._span] // 60
        for name, text in (("cps", "calls a second"), ("open", "open calls")):
            self.query_one(f"#{name}-rule", Static).update(f"{text}, last {minutes} min")

    def action_window(self) -> None:
        """Look back over five minutes, two, or one."""
        self._span = (self._span + 1) % len(_SPANS_S)
        self._rules()
        self._traces(self.state.status.board)

    @on(Listing.Moved)
    def _moved(self, message: Listing.Moved) -> None:
        """Show the whole text of an alarm that its line has no room for."""
        alarm = message.row.item if message.row else None
        if message.listing.id == "alarms":
            line = self.query_one("#alarm-text", Static)
            room = message.listing.fits()[-1][1]
            line.display = isinstance(alarm, operators_pb2.Alarm) and len(alarm.text) > room
            line.update(Content(formats.plain(alarm.text)) if isinstance(alarm, operators_pb2.Alarm) else "")

    @on(Listing.Chosen)
    def _chosen(self, message: Listing.Chosen) -> None:
        """A parked record leads to the CDRs, a switch to the cluster, all else to the open calls."""
        if message.listing.id == "switches":
            self.app.switch_mode("cluster")
        elif isinstance(message.row.item, operators_pb2.Alarm) and "park" in message.row.key:
            self.app.switch_mode("cdrs")
        else:
            self.app.switch_mode("calls")


def _margin(revenue: switch_pb2.Money, cost: switch_pb2.Money) -> switch_pb2.Money | None:
    """Return revenue minus cost; None where there is nothing to compare."""
    if not revenue.currency or revenue.currency != cost.currency:
        return None
    base = Currency(revenue.currency)
    left = Money(revenue.units, base) - Money(cost.units, base)
    return switch_pb2.Money(units=left.units, currency=left.currency)


def _alarm(alarm: operators_pb2.Alarm, now_ms: int) -> Row:
    mark, tone = _SEVERITIES.get(alarm.severity.lower(), ("· info", "plain"))
    age_ms = max(0, now_ms - alarm.since_ms)
    return Row(
        alarm.key, (Cell(mark, tone), number(formats.age(age_ms / 1000), age_ms, "dim"), word(alarm.text)), alarm
    )


def _switch(switch: operators_pb2.SwitchState, now_ms: int) -> Row:
    return Row(
        switch.switch_id,
        (
            word(switch.switch_id, "strong"),
            last_record(switch, now_ms),
            number(formats.count(switch.asked), switch.asked),
            number(formats.count(switch.errors), switch.errors, "bad" if switch.errors else "dim"),
        ),
        switch,
    )


def _refusals(board: operators_pb2.Board) -> list[Row]:
    """Return the causes, the most frequent first."""
    causes = sorted(board.refusals.items(), key=lambda each: (-each[1], each[0]))
    most = causes[0][1] if causes else 0
    return [
        Row(cause, (word(cause), number(formats.count(calls), calls, "strong"),
                    Cell(formats.bar(calls, most, _BAR), "warn", calls)))
        for cause, calls in causes
    ]  # fmt: skip
