"""A past call decided anew by what was known then, beside what was decided then and would be now: `a` on its story."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from protos import explaining_pb2, operators_pb2
from tui import formats
from tui.link import LinkError
from tui.screens.frame import Frame
from tui.widgets.caption import Caption
from tui.widgets.cells import Column, Row, Tone, number, word
from tui.widgets.listing import Listing

_ROUTES = (
    Column("then", 4, right=True),
    Column("anew", 4, right=True),
    Column("today", 5, right=True),
    Column("vendor", 10, flex=1),
    Column("trunk", 12, above=70),
    Column("price", 9, right=True, point=True),
    Column("real cost", 10, right=True, point=True, above=70),
    Column("margin", 9, right=True, point=True, above=100),
    Column("first up to", 11, right=True, point=True, above=100),
    Column("why", 16, flex=3, above=70),
)


class PastScreen(Frame):
    """Places of each vendor then, anew and today, with what each was worth; below, what differs and all figures."""

    title_text = "Call decided anew"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("tab", "text", "list/text"),
        Binding("s", "sort", "sort"),
        Binding("ctrl+r", "again", "ask again"),
    ]

    def __init__(self, call: str) -> None:
        super().__init__()
        self._call, self._trouble = call, ""
        self._asked_s = 0.0
        self._found: explaining_pb2.PastCall | None = None

    def compose_body(self) -> Iterable[Widget]:
        """Yield caption, the three decisions, the vendors, and the words."""
        yield Caption(id="caption")
        yield Static(id="summary")
        yield Listing(_ROUTES, id="routes")
        with VerticalScroll(id="story"):
            yield Static(id="story-text")

    def on_mount(self) -> None:
        """Ask at once."""
        listing = self.query_one("#routes", Listing)
        listing.opens = False
        listing.show([], note="deciding it anew…")
        self.set_focus(listing)
        self._load()

    def show_second(self) -> None:
        """Let the age grow."""
        self._captioned()

    def show_link(self) -> None:
        """Ask as soon as there is somebody to ask."""
        if not self.state.trouble and not self._asked_s:
            self._load()

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        query = explaining_pb2.PastCallQuery(call=operators_pb2.CallRef(call=self._call), with_terms=True)
        try:
            found = await self.console.link.ask(lambda services: services.explaining.Past, query)
        except LinkError as failed:
            self._trouble = str(failed)
            with self.if_there():
                self.query_one("#routes", Listing).show([], note=formats.plain(str(failed)))
                self._captioned()
            return
        self._trouble, self._asked_s = "", self.state.clock()
        with self.if_there():
            self._show(found)

    def _show(self, found: explaining_pb2.PastCall) -> None:
        self.query_one("#summary", Static).update(_head(found))
        ranks = {(one.vendor, one.trunk): one for one in found.explained.vendors}
        rows = [_row(one, ranks.get((one.vendor, one.trunk))) for one in found.routes]
        self.query_one("#routes", Listing).show(rows, note="nobody had a rate")
        self._found = found
        self._wrap()
        self._captioned()

    def on_resize(self) -> None:
        """Wrap the words anew."""
        if self.is_mounted:
            self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        if self._found is not None:
            width = max(40, self.query_one("#story").size.width - 3)
            self.query_one("#story-text", Static).update(Content.assemble(*_words(self._found, width)))

    def _captioned(self) -> None:
        age_s = self.state.clock() - self._asked_s
        right = ("just now" if age_s < 0.05 else f"{formats.age(age_s)} old") if self._asked_s else ""
        self.query_one(Caption).show(["Decided anew"], 0, right, self._trouble)

    def action_back(self) -> None:
        """Leave the screen."""
        self.app.pop_screen()

    def action_text(self) -> None:
        """Go to the words below the list, to scroll in them, and back."""
        listing = self.query_one("#routes", Listing)
        self.set_focus(self.query_one("#story") if listing.has_focus else listing)

    def action_sort(self) -> None:
        """Sort the vendors by the next column."""
        self.query_one("#routes", Listing).sort_next()

    def action_again(self) -> None:
        """Decide it again now."""
        self._load()


def _head(found: explaining_pb2.PastCall) -> Content:
    which = f", decision {found.decision} of {found.decisions}" if found.decisions > 1 else ""
    same = ("✓ the same", "bold $success") if found.same else ("▲ another one", "bold $warning")
    return Content.assemble(
        (f" call {found.call_key} at {formats.exact_time(found.at_ms)}{which}\n", "$dim"),
        (" then   ", "$dim"), (_side(found.then_verdict, found.then_policy), "$strong"),
        ("\n anew   ", "$dim"), same, (f"  {_side(found.anew_verdict, found.anew_policy)}", "$strong"),
        ("\n today  ", "$dim"), (_side(found.now_verdict, found.now_policy), "$foreground"),
    )  # fmt: skip


def _side(verdict: str, policy: str) -> str:
    return formats.plain(verdict + (f", by {policy}" if policy else ""))


def _row(one: explaining_pb2.PastRoute, rank: explaining_pb2.VendorRank | None) -> Row:
    why = "; ".join(dict.fromkeys(filter(None, (one.then_why, one.anew_why, one.now_why))))
    rated = rank is not None and rank.rated
    price, cost, margin = (rank.price_units, rank.real_cost_units, rank.margin_units) if rank and rated else (0, 0, 0)
    wins = rank.wins_units if rank is not None and rank.HasField("wins_units") else None
    tone: Tone = "strong" if one.then == one.anew else "warn"
    return Row(
        f"{one.vendor} {one.trunk}",
        (
            number(f"{one.then or formats.NOTHING}", one.then or 999, tone),
            number(f"{one.anew or formats.NOTHING}", one.anew or 999, tone),
            number(f"{one.now or formats.NOTHING}", one.now or 999, "dim"),
            word(one.vendor, "strong"),
            word(one.trunk, "dim"),
            number(formats.price(price) if rated else "", price),
            number(formats.price(cost) if rated else "", cost, "strong"),
            number(formats.price(margin) if rated else "", margin, "bad" if margin < 0 else "good"),
            number(formats.price(wins) if wins is not None else "", wins or 0, "hue"),
            word(why, "dim"),
        ),
        one,
    )


def _words(found: explaining_pb2.PastCall, width: int) -> Iterator[tuple[str, str]]:
    for title, lines in (("what differs", found.differences), ("kept no more", found.missing)):
        yield from _block(title, lines, width, "$warning")
    its = found.explained
    order = ", then ".join(f"{'most' if term.most else 'least'} {term.text}" for term in its.terms)
    ranked = [order] if order else []
    for one in its.vendors:
        told = {figure.name: figure.text for figure in (*one.figures, *one.worth)}
        if told:
            figures = ", ".join(f"{name} {text}" for name, text in told.items())
            ranked.append(f"{one.vendor} by {one.trunk}: {figures}")
    yield from _block("order", ranked, width)
    yield from _block("anew", found.anew, width)


def _block(title: str, lines: Sequence[str], width: int, tone: str = "$foreground") -> Iterator[tuple[str, str]]:
    """Yield lines below a title; what goes on in another one hangs below its own beginning."""
    if lines:
        yield f"{title}\n", "$dim"
    for line in lines:
        told = wrap(formats.plain(line), width, break_on_hyphens=False, initial_indent="  ", subsequent_indent="    ")
        yield "".join(f"{part}\n" for part in told), tone
