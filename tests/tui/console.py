"""The console under test: a frozen clock, and waiting for what it shows instead of for time."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from rich.console import RenderableType
from textual import events
from textual._compositor import Compositor
from textual._context import active_app
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from tests.tui.desk import Desk
from tui.app import Console
from tui.link import Find, Patience

SOON = Patience(first_wait_s=0.02, longest_wait_s=0.05, silence_s=30.0)
PATIENCE_S = 30.0
"""How long a test waits for something that must come; only a failing test waits so long."""

_SOON_S = 0.02
"""What is due within this time belongs to what goes on: the next frame of a screen that changed."""
_FOR_EVER = ("link", "news")
"""Workers that run until the console ends, or while a screen is in sight."""
_draw = Compositor.render_update


def console(
    desk: Desk,
    *,
    clock: Callable[[], float] = lambda: 1000.0,
    exports: Path | None = None,
    find: Find | None = None,
) -> Console:
    folder = exports or Path(tempfile.gettempdir())
    return Console(find or desk.find, exports=folder, clock=clock, patience=SOON)


async def quiet(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the console has nothing to do: no question to the desk open, nothing ready, nothing due soon.

    Has the signature of Textual's `wait_for_idle`, in whose place it stands; gives up after `max_sleep` seconds, of
    which a tenth was our own: beside other work a second may be nothing.
    """
    loop = cast("Any", asyncio.get_running_loop())  # asyncio has no public way to what is ready and due
    deadline, own = loop.time() + max_sleep, time.process_time() + max_sleep / 10
    rounds = 0
    while rounds < 2 and (loop.time() < deadline or time.process_time() < own):
        await asyncio.sleep(0)
        due = [timer.when() - loop.time() for timer in loop._scheduled if not timer.cancelled()]
        if loop._ready:
            rounds = 0
        elif _works(active_app.get()) or min(due, default=1.0) < _SOON_S:
            rounds = 0
            await asyncio.sleep(0.001)
        else:
            rounds += 1


async def quiet_and_drawn(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the console has nothing to do, as `quiet` does, and draw what has changed since it was drawn last."""
    await quiet(min_sleep, max_sleep)
    app = active_app.get()
    if app.screen_stack and app.screen._compositor._dirty_regions:
        _draw(app.screen._compositor, screen_stack=app._background_screens)


def not_yet_drawn(
    compositor: Compositor, full: bool = False, screen_stack: list[Screen[Any]] | None = None, simplify: bool = False
) -> RenderableType | None:
    """Draw nothing between two stops of a test: without a terminal each frame is thrown away once it is drawn, and that
    took half of the time. Stands in the place of `Compositor.render_update`; whole pictures are drawn as ever."""
    return _draw(compositor, full, screen_stack, simplify) if full else None


def _works(app: App[Any]) -> bool:
    """Say whether anything is under way; a question waits for its reader once its card is there."""
    waits = (*_FOR_EVER, "question") if app.screen.is_modal else _FOR_EVER
    return any(worker.is_running for worker in app.workers if worker.group not in waits)


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Let the console work until something is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.01)
    await pilot.pause()


async def until_loaded(pilot: Pilot[None]) -> None:
    """Wait for the first figures and for every question that is still open."""
    app = pilot.app
    assert isinstance(app, Console)
    await pilot.pause()
    await until(pilot, lambda: app.state.received_s is not None and not app.state.trouble)
    await until(pilot, lambda: not _works(app))
    await pilot.pause()


async def burst(pilot: Pilot[None], *keys: str) -> None:
    """Press keys at once, as those of one packet come; wait for nothing between them."""
    app = pilot.app
    assert app._driver is not None  # Textual has no public way to more than one key at a time
    for key in keys:
        event = events.Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None)
        event.set_sender(app)
        app._driver.send_message(event)
    await pilot.pause()


def text(app: Console) -> str:
    """Return what stands on the screen, line by line."""
    strips = app.screen._compositor.render_strips()  # Textual has no public way to the text of a screen
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
