"""How a number would be routed for a client now, and why: screen 4, `/` and the number, or `w` on a destination."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Static

from protos import explaining_pb2, operators_pb2, switch_pb2
from tui import formats
from tui.holding import DEFAULT, holding
from tui.link import LinkError
from tui.screens.backtest import ask_for_backtest
from tui.screens.formula import FormulaScreen
from tui.screens.frame import Frame
from tui.screens.policies import PoliciesScreen
from tui.widgets.cells import Cell, Column, Row, number, word
from tui.widgets.field import Field
from tui.widgets.listing import Listing

_BAR = 14
_ROUTES = (
    Column("#", 2, right=True),
    Column("vendor", 10, flex=1),
    Column("trunk", 12, flex=1),
    Column("code", 7),
    Column("price", 9, right=True, point=True),
    Column("cur", 3),
    Column("real cost", 10, right=True, point=True),
    Column("margin", 9, right=True, point=True),
    Column("%", 7, right=True),
)
_FIRST_AT = Column("first up to", 11, right=True, point=True, above=92)
_COST = Column("cost of price", _BAR, above=140)
_TERMS = 3
"""Terms of the order that have a column of their own; all stand in the explanation."""
_FIELDS = (("client", "client[/trunk]"), ("number", "called[;rn=number]"), ("caller", "caller, if it matters"))
_LEFT_OUT = (Column("left out", 11), Column("trunk", 12, above=48), Column("reason", 16, flex=1))
_TRIAL = "a formula to try: price, then asr * acd; empty: as it is"


class NumberScreen(Frame):
    """Client and number above; routes in order with what each term of it is worth, vendors left out, and why.

    A formula that is tried is asked with, and changes nothing.
    """

    title_text = "Route of a number"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back"),
        Binding("slash", "number", "number"),
        Binding("C", "client", "client"),
        Binding("enter", "ask", "route it", show=False),
        Binding("m", "simulate", "simulate"),
        Binding("f", "formula", "formula"),
        Binding("v", "policies", "policies"),
        Binding("s", "sort", "sort"),
        Binding("w", "why", "why"),
        Binding("y", "copy", "copy"),
        Binding("ctrl+r", "ask", "ask again"),
    ]

    def __init__(self, client: str = "", number: str = "", *, trial: bool = False, formula: str = "") -> None:
        super().__init__()
        self._given = {"client": client, "number": number}
        self._tries, self._formula = trial, formula
        self._asked_s = 0.0
        self._headline = Content("")

    def compose_body(self) -> Iterable[Widget]:
        """Yield the question's line, the verdict, and the lists."""
        with Container(id="question"):
            for name, hint in _FIELDS:
                yield Static(name, classes="label")
                yield Field(self._given.get(name, ""), placeholder=hint, id=name, compact=True)
        with Container(id="trial-line"):
            yield Static("try", classes="label")
            yield Field(self._formula, placeholder=_TRIAL, id="trial", compact=True)
        yield Static(id="verdict")
        yield Listing(_ROUTES, id="routes")
        with Container(id="reasons"):
            yield Listing(_LEFT_OUT, id="left-out")
            with VerticalScroll(id="why"):
                yield Static(id="why-text")

    def on_mount(self) -> None:
        """Say what to give."""
        self.query_one("#routes", Listing).show([], note="give a client and a number, then Enter")
        self.query_one("#left-out", Listing).show([], note="")
        for listing in self.query(Listing):
            listing.opens = False
        self.set_focus(self.query_one("#client" if not self._given["client"] else "#number"))
        if self._given["client"] and self._given["number"] and not self.state.trouble:
            self.action_ask()
        if self._tries:
            self.action_simulate()

    def show_link(self) -> None:
        """Learn the clients' names, for completion."""
        if not self.state.trouble:
            self._learn_clients()

    @work(group="clients", exclusive=True)
    async def _learn_clients(self) -> None:
        try:
            page = operators_pb2.PageRequest(limit=200)
            reply = await self.console.link.ask(lambda services: services.partners.List, page)
        except LinkError:
            return  # names are a convenience: without them the field takes what is typed
        names = [balance.partner.id for balance in reply.partners if balance.partner.sell_plan]
        self.query_one("#client", Field).suggester = SuggestFromList(names, case_sensitive=False)

    def show_second(self) -> None:
        """Let the verdict's age grow."""
        self._verdict_shown()

    @on(Field.Submitted)
    def _submitted(self, message: Field.Submitted) -> None:
        client, called = self.query_one("#client", Field), self.query_one("#number", Field)
        if client.value.strip() and called.value.strip():
            self.action_ask()
        else:
            self.set_focus(called if client.value.strip() else client)

    def action_ask(self) -> None:
        """Route the number."""
        self._ask()

    @work(group="route", exclusive=True)
    async def _ask(self) -> None:
        typed = self._typed()
        client, _, trunk = self.query_one("#client", Field).value.strip().lower().partition("/")
        number, _, ported = self.query_one("#number", Field).value.strip().partition(";")
        call = operators_pb2.RouteRequest(
            client=client,
            trunk=trunk,
            to=number,
            routing_number=ported.removeprefix("rn="),
            caller=self.query_one("#caller", Field).value.strip(),
        )
        formula = self.query_one("#trial", Field).value.strip()
        trial = explaining_pb2.TrialPolicy(order=formula) if formula else None
        request = explaining_pb2.ExplainRequest(call=call, trial=trial)
        try:
            found = await self.console.link.ask(lambda services: services.explaining.Explain, request)
        except LinkError as failed:
            self._headline = Content.assemble((" ✕ ", "bold $error"), (formats.plain(str(failed)), "$foreground"))
            self._asked_s = self.state.clock()
            self._verdict_shown()
            return
        self._asked_s = self.state.clock()
        self._show(found)
        if self._typed() == typed and (not self._tries or formula):
            self.set_focus(self.query_one("#routes"))  # unless another question is being typed

    def _typed(self) -> list[str]:
        return [line.value for line in self.query(Field)]

    def _show(self, found: explaining_pb2.ExplainedRoutes) -> None:
        decision, ranks = found.decision, {one.trunk: one for one in found.vendors}
        routes = [_route(rank, route, ranks.get(route.trunk), found) for rank, route in enumerate(decision.routes, 1)]
        note = f"refused: {decision.cause}" if decision.cause else "no route"
        self.query_one("#routes", Listing).show(routes, columns=_columns(found), note=note)
        left_out = [_left_out(index, vendor) for index, vendor in enumerate(decision.left_out)]
        self.query_one("#left-out", Listing).show(left_out, note="no vendor was left out")
        lines = [(f"{formats.plain(line)}\n", "$foreground") for line in (*_ordered(found), *decision.explanation)]
        self.query_one("#why-text", Static).update(Content.assemble(("why\n", "$dim"), *lines))
        self._headline = _verdict(decision, tried=bool(self.query_one("#trial", Field).value.strip()))
        self._verdict_shown()

    def _verdict_shown(self) -> None:
        age = Content("")
        if self._asked_s:
            age_s = self.state.clock() - self._asked_s
            age = Content.styled("just now " if age_s < 0.05 else f"{formats.age(age_s)} old ", "$dim")
        widget = self.query_one("#verdict", Static)
        gap = max(2, widget.size.width - self._headline.cell_length - age.cell_length)
        widget.update(Content.assemble(self._headline, " " * gap, age))

    def action_number(self) -> None:
        """Type another number."""
        self.set_focus(self.query_one("#number"))

    def action_client(self) -> None:
        """Type another client."""
        self.set_focus(self.query_one("#client"))

    def action_simulate(self) -> None:
        """Type a formula to be tried on the call; an empty one, and it is routed as it is."""
        self.query_one("#trial-line").add_class("-open")
        self.set_focus(self.query_one("#trial"))

    @work(group="question")
    async def action_formula(self) -> None:
        """Write a formula, and try it here or on past calls, or save it."""
        client, number = (self.query_one(f"#{line}", Field).value.strip() for line in ("client", "number"))
        whose, called = client.lower().partition("/")[0], number.partition(";")[0]
        policy = partial(holding, self.console.link, whose, called) if whose else DEFAULT
        written = await self.app.push_screen_wait(FormulaScreen(policy))
        if written.said:
            self.notify(formats.plain(written.said))
            self.action_ask()
        elif written.use == "backtest":
            await ask_for_backtest(self.console, order=written.formula)
        elif written.use == "try":
            self.action_simulate()
            self.query_one("#trial", Field).value = written.formula
            self.action_ask()

    def action_policies(self) -> None:
        """Show the policies that say how routes are chosen, to change them or to go back."""
        self.app.push_screen(PoliciesScreen())

    def action_why(self) -> None:
        """Go to the explanation, to scroll in it."""
        self.set_focus(self.query_one("#why"))

    def action_leave(self) -> None:
        """Leave the fields, so that letters are keys again; then the screen."""
        if isinstance(self.focused, Field):
            self.set_focus(self.query_one("#routes"))
        else:
            self.app.pop_screen()

    def action_sort(self) -> None:
        """Sort the routes by the next column."""
        self.query_one("#routes", Listing).sort_next()

    def action_copy(self) -> None:
        """Copy the verdict with its routes to the terminal's clipboard."""
        rows = self.query_one("#routes", Listing).rows
        lines = ["\t".join(cell.text.strip() for cell in row.cells) for row in rows]
        self.app.copy_to_clipboard("\n".join([self._headline.plain.strip(), *lines]))
        self.notify("routes copied", timeout=2)


def _columns(found: explaining_pb2.ExplainedRoutes) -> tuple[Column, ...]:
    terms = [Column(term.text, 9, right=True, above=90, drop=2 + place) for place, term in enumerate(_own(found))]
    return (*_ROUTES, *terms, _FIRST_AT, _COST)


def _own(found: explaining_pb2.ExplainedRoutes) -> list[explaining_pb2.OrderTerm]:
    """Return the terms that no other column shows."""
    return [term for term in found.terms if term.text not in ("price", "real_cost", "margin")][:_TERMS]


def _ordered(found: explaining_pb2.ExplainedRoutes) -> list[str]:
    """Say what routes are sorted by, and of each vendor what was asked and what each term is worth."""
    if not found.vendors:
        return []
    order = ", then ".join(f"{'most' if term.most else 'least'} {term.text}" for term in found.terms)
    lines = [f"order: {order}"]
    lines += [f"promised: {found.keep}" + (", which no vendor keeps" if found.unmet else "")] if found.keep else []
    for one in found.vendors:
        told = {figure.name: figure.text for figure in (*one.figures, *one.worth)}
        if told:
            first = f", first up to {formats.price(one.wins_units)}" if one.HasField("wins_units") else ""
            lines.append(f"{one.vendor} by {one.trunk}: {', '.join(f'{n} {v}' for n, v in told.items())}{first}")
    return lines


def _verdict(decision: switch_pb2.Decision, *, tried: bool) -> Content:
    sign = (" ✓ ", "bold $success") if decision.admitted else (" ✕ ", "bold $error")
    outcome = "admitted" if decision.admitted else f"refused: {decision.cause}"
    sold = f"{formats.price(decision.sell_price_units)} {decision.sell_currency}" if decision.sell_currency else ""
    return Content.assemble(
        sign, ("on trial  " if tried else "", "bold $warning"), (f"{outcome}  ", "bold $strong"),
        (f"{formats.plain(decision.detail)}  " if decision.detail else "", "$error"),
        (decision.destination, "bold $primary"),
        (f"  code {decision.code}" if decision.code and not tried else "", "$dim"),
        ("  sold at " if sold else "", "$dim"), (sold, "bold $strong"),
    )  # fmt: skip


def _route(
    rank: int,
    route: switch_pb2.Route,
    terms: explaining_pb2.VendorRank | None,
    found: explaining_pb2.ExplainedRoutes,
) -> Row:
    sold_units = route.real_cost_units + route.margin_units
    loses = route.margin_units < 0
    worth = {one.name: one.text for one in terms.worth} if terms is not None else {}
    wins = terms.wins_units if terms is not None and terms.HasField("wins_units") else None
    return Row(
        f"{rank} {route.trunk}",
        (
            number(str(rank), rank, "dim"),
            word(route.vendor, "strong"),
            word(route.trunk, "dim"),
            word(route.code),
            number(formats.price(route.price_units), route.price_units),
            word(route.currency, "dim"),
            number(formats.price(route.real_cost_units), route.real_cost_units, "strong"),
            number(formats.price(route.margin_units), route.margin_units, "bad" if loses else "good"),
            number(formats.ratio(route.margin_units, sold_units), route.margin_units * 1000 // max(1, sold_units)),
            *(word(worth.get(term.text, "")) for term in _own(found)),
            number(formats.price(wins) if wins is not None else "", wins or 0, "hue"),
            Cell(formats.bar(route.real_cost_units, sold_units, _BAR, "·"), "warn", route.real_cost_units),
        ),
        route,
    )


def _left_out(index: int, vendor: switch_pb2.LeftOut) -> Row:
    cells = (word(vendor.vendor, "strong"), word(vendor.trunk, "dim"), word(vendor.reason, "warn"))
    return Row(f"{index} {vendor.vendor}", cells, vendor)
