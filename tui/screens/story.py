"""One call from its request to its postings, as it is told by the switchboard; live while the call runs."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from protos import operators_pb2
from tui import formats
from tui.link import LinkError
from tui.screens.frame import Frame
from tui.screens.past import PastScreen
from tui.screens.question import QuestionScreen
from tui.widgets.caption import Caption

EVERY_S = 2.0
RUNNING = ("asked", "started")
DECISION = ("request", "decision", "route", "out", "note")
_TONES = {
    "request": "$accent", "decision": "bold $strong", "route": "$success", "out": "$dim", "hold": "$warning",
    "leg": "$primary", "charge": "$success", "posting": "$foreground", "note": "$warning",
}  # fmt: skip
_TIME, _KIND = 12, 9
_SIGNS = {"asked": ("○ asked", "$warning"), "started": ("● talking", "$success"), "ended": ("■ ended", "$foreground")}


class StoryScreen(Frame):
    """Asks for the story again every two seconds while the call runs. `w` leaves the decision record alone in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("w", "decision", "decision/all"),
        Binding("a", "anew", "decide anew"),
        Binding("k", "end", "end the call"),
        Binding("y", "copy", "copy"),
        Binding("ctrl+r", "again", "Ask again", show=False),
    ]

    def __init__(self, call: str, title: str, *, decision_only: bool = False) -> None:
        super().__init__()
        self.title_text = title
        self._call, self._decision_only = call, decision_only
        self._story: operators_pb2.CallStory | None = None
        self._trouble = ""
        self._asked_s = 0.0

    def compose_body(self) -> Iterable[Widget]:
        """Yield caption, the call in two lines, and the trace."""
        yield Caption(id="caption")
        yield Static(id="summary")
        with VerticalScroll(id="story"):
            yield Static(id="story-text")

    def on_mount(self) -> None:
        """Ask at once."""
        self.set_focus(self.query_one("#story"))
        self._show()
        self._load()

    def show_second(self) -> None:
        """Ask again while the call runs; the age grows in any case."""
        running = self._story is None or self._story.state in RUNNING
        if running and not self.state.trouble and self.state.clock() - self._asked_s >= EVERY_S:
            self._load()
        self._captioned()

    def show_link(self) -> None:
        """Ask as soon as there is somebody to ask."""
        if not self.state.trouble and self._story is None:
            self._load()

    def on_resize(self) -> None:
        """Wrap anew."""
        if self.is_mounted:
            self.call_after_refresh(self._show)

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        self._asked_s = self.state.clock()
        try:
            ref = operators_pb2.CallRef(call=self._call)
            self._story = await self.console.link.ask(lambda services: services.calls.Story, ref)
            self._trouble = ""
        except LinkError as failed:
            self._trouble = str(failed)
        with self.if_there():
            self._show()

    # ---- drawing

    def _show(self) -> None:
        story = self._story
        if story is not None:
            self.query_one("#summary", Static).update(_head(story))
            width = max(40, self.query_one("#story").size.width - 3)
            lines = [line for line in story.lines if line.kind in DECISION or not self._decision_only]
            self.query_one("#story-text", Static).update(Content.assemble(*_trace(lines, width)))
        else:
            waiting = self._trouble or "asking…"
            self.query_one("#story-text", Static).update(Content.styled(formats.plain(waiting), "$dim"))
        self._captioned()
        self.refresh_bindings()

    def _captioned(self) -> None:
        right = ""
        if self._story is not None:
            age_s = self.state.clock() - self._asked_s
            right = "just now" if age_s < 0.05 else f"{formats.age(age_s)} old"
        name = "Decision" if self._decision_only else "Story"
        self.query_one(Caption).show([name], 0, right, self._trouble)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey the end of a call that is over, or whose switch cannot be told."""
        if action == "end":
            story = self._story
            return True if story and story.can_disconnect and story.state in RUNNING else None
        return True

    def action_back(self) -> None:
        """Leave the screen."""
        self.app.pop_screen()

    def action_decision(self) -> None:
        """Show the decision record alone, or all again."""
        self._decision_only = not self._decision_only
        self._show()
        self.query_one("#story").scroll_home(animate=False)

    def action_anew(self) -> None:
        """Decide the call anew by what was known then, and by what is known now."""
        self.app.push_screen(PastScreen(self._story.call_key if self._story is not None else self._call))

    def action_again(self) -> None:
        """Ask again now."""
        self._load()

    def action_copy(self) -> None:
        """Copy the story to the terminal's clipboard."""
        if self._story is not None:
            lines = [
                "\n".join([f"{formats.exact_time(line.at_ms)} {line.kind} {line.text}", *line.details])
                for line in self._story.lines
            ]
            self.app.copy_to_clipboard(formats.plain("\n".join([f"call {self._story.call_key}", *lines])))
            self.notify("story copied", timeout=2)

    @work(group="question")
    async def action_end(self) -> None:
        """Ask, and have the switch told to end the call."""
        story = self._story
        if story is None or not await self.app.push_screen_wait(QuestionScreen(end_question(story.client, story.b))):
            return
        ref = operators_pb2.CallRef(call=story.call_key)
        try:
            changed = await self.console.link.ask(lambda services: services.calls.Disconnect, ref)
            self.notify(formats.plain(changed.what))
        except LinkError as failed:
            self.notify(formats.plain(str(failed)), severity="error")
        self._load()


def end_question(client: str, b: str) -> str:
    """Return the question before a call is ended."""
    return f"End the call of {client} to {b}? Its switch is told to cut it now; what was talked is charged."


def _head(story: operators_pb2.CallStory) -> Content:
    sign, tone = _SIGNS.get(story.state, (f"▲ {story.state}", "$warning"))
    return Content.assemble(
        (f" {sign}", f"bold {tone}"), (f"   {formats.plain(story.client)}", "bold $strong"),
        (f"   {formats.plain(story.a) or formats.NOTHING} → ", "$dim"), (formats.plain(story.b), "bold $strong"),
        ("   at ", "$dim"), (formats.plain(story.switch_id), "$foreground"), (f"\n call {story.call_key}", "$dim"),
    )  # fmt: skip


def _trace(lines: Iterable[operators_pb2.StoryLine], width: int) -> Iterator[tuple[str, str]]:
    """Yield the trace: time and kind stand where they change, long texts hang below their own beginning."""
    room = max(20, width - _TIME - _KIND - 2)
    hang = " " * (_TIME + _KIND + 2)
    time_before = kind_before = ""
    for line in lines:
        at = formats.exact_time(line.at_ms)[11:23] if line.at_ms else ""
        kind = line.kind if line.kind != kind_before else ""
        if kind and kind_before and line.kind in ("request", "leg", "charge", "posting"):
            yield "\n", ""
        yield f"{at if at != time_before or kind == 'request' else '':<{_TIME}} ", "$dim"
        yield f"{kind:<{_KIND}} ", _TONES.get(line.kind, "$foreground")
        tone = "$dim" if line.kind == "out" else "$strong"
        first, *rest = wrap(formats.plain(line.text), room) or [""]
        yield f"{first}\n", tone
        for more in rest:
            yield f"{hang}{more}\n", tone
        for detail in line.details:
            for more in wrap(formats.plain(detail), room):
                yield f"{hang}{more}\n", "$dim"
        time_before, kind_before = at or time_before, line.kind
