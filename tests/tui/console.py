"""The console under test: a frozen clock, and waiting for what it shows instead of for time."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.tui.desk import Desk
from tui.app import Console
from tui.link import Find, Patience

SOON = Patience(first_wait_s=0.02, longest_wait_s=0.05, silence_s=30.0)
PATIENCE_S = 30.0
"""How long a test waits for something that must come; only a failing test waits so long."""


def console(
    desk: Desk,
    *,
    clock: Callable[[], float] = lambda: 1000.0,
    exports: Path | None = None,
    find: Find | None = None,
) -> Console:
    folder = exports or Path(tempfile.gettempdir())
    return Console(find or desk.find, exports=folder, clock=clock, patience=SOON)


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Let the console work until something is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.02)
    await pilot.pause()


async def until_loaded(pilot: Pilot[None]) -> None:
    """Wait for the first figures and for every question that is still open."""
    app = pilot.app
    assert isinstance(app, Console)
    await pilot.pause()
    await until(pilot, lambda: app.state.received_s is not None and not app.state.trouble)
    await until(
        pilot, lambda: not any(worker.is_running for worker in app.workers if worker.group not in ("link", "question"))
    )
    await pilot.pause()


def text(app: Console) -> str:
    """Return what stands on the screen, line by line."""
    strips = app.screen._compositor.render_strips()  # Textual has no public way to the text of a screen
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
