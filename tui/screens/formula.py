"""The formula editor: a formula of a policy, told what it means with each letter that is typed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Static

from protos import operators_pb2
from protos import policies_pb2 as pb
from tui import formats
from tui.formula_words import FIELDS, FigureNames, meaning, offer
from tui.holding import DEFAULT, Held
from tui.link import LinkError, UnknownError
from tui.widgets.field import Field

if TYPE_CHECKING:
    from tui.app import Console

_LINES = (
    ("policy", "whose next version it is to be"),
    ("field", "order, only or keep"),
    ("formula", "price, then asr * acd / pdd_p50"),
    ("note", "why, for the history"),
)
_KEYS = "^S save   ^B back-test   ^T try on a call   → complete   Esc leave"
QUIET_S = 0.15
"""So long after the last letter it is checked."""
MOST_POLICIES = 200


@dataclass(frozen=True, slots=True)
class Written:
    """What becomes of a formula: saved (`said`: in words), or to be tried by `use` ("try", "backtest")."""

    said: str = ""
    use: str = ""
    formula: str = ""


class FormulaScreen(ModalScreen[Written]):
    """A card over the screen. Enter goes to the next line; what is wrong is told with its column and never saved.

    Which policy is meant may still be asked for: what is typed meanwhile stays, and nothing is saved before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", priority=True),
        Binding("enter,down", "step(1)", "next line", priority=True),
        Binding("up", "step(-1)", "line before", show=False, priority=True),
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("ctrl+t", "use('try')", "try on a call", priority=True),
        Binding("ctrl+b", "use('backtest')", "back-test", priority=True),
    ]

    def __init__(self, policy: str | Callable[[], Awaitable[Held]] = DEFAULT, field: str = "order") -> None:
        super().__init__()
        self._learn_policy = policy if callable(policy) else None
        self._policy, self._field = "" if callable(policy) else policy, field
        self._meant_is_known = asyncio.Event()
        self._names = FigureNames()
        self._loaded = ("", "")
        self._doing = False

    @property
    def console(self) -> "Console":
        """The application, by its own type."""
        return cast("Console", self.app)

    def compose(self) -> ComposeResult:
        """Put the lines in a card, what the formula means below them."""
        with Vertical(id="form"):
            yield Static(_title(""), id="formula-title")
            for name, hint in _LINES:
                with Horizontal():
                    yield Static(Content.styled(f"{name:<8} ", "$dim"))
                    yield Field(placeholder=hint, id=f"line-{name}", compact=True)
            with VerticalScroll(id="meaning", can_focus=False):
                yield Static(id="meaning-text")
            yield Static(id="offered")
            yield Static(Content.styled(f"\n{_KEYS}", "$dim"))
            yield Static(id="wrong")

    def on_mount(self) -> None:
        """Begin with the policy's formula, the cursor at its end."""
        self._line("formula").suggester = self._names
        self._line("field").suggester = SuggestFromList(FIELDS)
        self._line("policy").value, self._line("field").value = self._policy, self._field
        self.set_focus(self._line("formula"))
        self._learn()
        self._find_policy()

    @work(group="learn")
    async def _learn(self) -> None:
        link = self.console.link
        try:
            figures = await link.ask(lambda services: services.policies.Figures, operators_pb2.Empty())
            self._names.learn(figures)
            page = operators_pb2.PageRequest(limit=MOST_POLICIES)
            policies = await link.ask(lambda services: services.policies.List, page)
            self._line("policy").suggester = SuggestFromList([one.name for one in policies.policies])
        except LinkError as failed:
            self._tell(str(failed))

    @work(group="policy")
    async def _find_policy(self) -> None:
        """Put in the policy that is meant, unless another was typed meanwhile."""
        if self._learn_policy is not None:
            try:
                held = await self._learn_policy()
            except LinkError as failed:
                held = Held(policy="")  # a guess might be changed for everybody
                self._tell(f"which policy holds there is not known: {failed}")
            self.query_one("#formula-title", Static).update(_title(held.words))
            line = self._line("policy")
            line.value = line.value or held.policy
        self._meant_is_known.set()

    @on(Field.Changed)
    def _typed(self, message: Field.Changed) -> None:
        if message.input.id in ("line-policy", "line-field"):
            self._load()
        elif message.input.id == "line-formula":
            self._offer()
            self._check()

    @on(Field.Blurred)
    def _offer(self) -> None:
        """Say what may be meant by the word that is typed, as long as it is typed."""
        line = self._line("formula")
        known = self._names.offered(line.value[: line.cursor_position]) if line is self.focused else ()
        told = self.query_one("#offered", Static)
        told.display = bool(known)
        told.update(offer(known))

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        """Show what the policy says, unless something else was typed meanwhile."""
        await asyncio.sleep(QUIET_S)
        policy, field, line = self._value("policy"), self._value("field"), self._line("formula")
        if (
            not policy
            or field not in FIELDS
            or (line.value and line.value != self._loaded[1])
            or self._loaded[0] == f"{policy} {field}"
        ):
            self._check()
            return
        before = line.value
        try:
            found = await self.console.link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=policy))
            said = found.values.get(field, "")
        except UnknownError:  # a new one
            said = ""
        except LinkError as failed:
            self._tell(str(failed))
            return
        if line.value == before:
            self._loaded = (f"{policy} {field}", said)
            line.value = said
            line.cursor_position = len(said)
        self._check()

    @work(group="check", exclusive=True)
    async def _check(self) -> None:
        await asyncio.sleep(QUIET_S)
        told = self.query_one("#meaning-text", Static)
        try:
            _, words = await self._meant(self._value("field"), self._value("formula"))
        except LinkError as failed:
            self._tell(str(failed))
        else:
            told.update(words)

    async def _meant(self, field: str, text: str) -> tuple[bool, Content]:
        """Return whether a formula means anything, and what, in words. Raises LinkError."""
        if field not in FIELDS:
            return False, Content.styled(f"a formula is an {', '.join(FIELDS[:-1])} or {FIELDS[-1]}", "$error")
        if not text:
            return True, Content.styled("nothing: it is left to the policies below this one", "$dim")
        found = await self.console.link.ask(
            lambda services: services.policies.Check, pb.FormulaQuery(text=text, field=field)
        )
        return not found.error, meaning(text, field, found)

    def action_leave(self) -> None:
        """Leave all as it is; not while it is being kept, of which nobody would hear then."""
        if not self._doing:
            self.dismiss(Written())

    def action_step(self, way: int) -> None:
        """Go to the line before or after."""
        inputs = list(self.query(Field))
        at = next((at for at, line in enumerate(inputs) if line is self.focused), 0) + way
        self.set_focus(inputs[at % len(inputs)])

    def action_use(self, use: str) -> None:
        """Close, and have an order tried."""
        self._do(self._used(use))

    def action_save(self) -> None:
        """Make it the next version of the policy; what is wrong is told by the switchboard, with its column."""
        self._do(self._saved())

    def _do(self, deed: Coroutine[None, None, Written | str]) -> None:
        if self._doing:
            deed.close()
        else:
            self._doing = True
            self._done(deed)

    @work(group="change")
    async def _done(self, deed: Coroutine[None, None, Written | str]) -> None:
        self._tell("")
        try:
            came = await deed
        except LinkError as refused:
            came = str(refused)
        self._doing = False
        if isinstance(came, Written):
            self.dismiss(came)
        else:
            self._tell(came)

    async def _used(self, use: str) -> Written | str:
        lines = await self._lines()
        if lines["field"] != "order" or not lines["formula"]:
            return "only an order is tried: give one"
        means_something, words = await self._meant(lines["field"], lines["formula"])
        self.query_one("#meaning-text", Static).update(words)
        return Written(use=use, formula=lines["formula"]) if means_something else "mend it first"

    async def _saved(self) -> Written | str:
        lines = await self._lines()
        if not lines["formula"] and self._loaded[0] != f"{lines['policy']} {lines['field']}":
            self._load()
            return "what the policy says is not known yet: an empty line would take it back unseen"
        change = pb.PolicyChange(name=lines["policy"], values={lines["field"]: lines["formula"]}, note=lines["note"])
        return Written(said=(await self.console.link.ask(lambda services: services.policies.Set, change)).what)

    async def _lines(self) -> dict[str, str]:
        """Return what stands in the lines once they have taken all that was typed before, and the policy is known."""
        await self._meant_is_known.wait()
        return {name: await self._line(name).settled() for name, _ in _LINES}

    def _tell(self, wrong: str) -> None:
        self.query_one("#wrong", Static).update(Content.styled(formats.plain(f"✕ {wrong}" if wrong else ""), "$error"))

    def _line(self, name: str) -> Field:
        return self.query_one(f"#line-{name}", Field)

    def _value(self, name: str) -> str:
        return self._line(name).value.strip()


def _title(words: str) -> Content:
    return Content.assemble(("Formula", "bold $accent"), (f"   {formats.plain(words)}" if words else "", "$dim"), "\n")
