"""Draw the board as a picture for the README: `python -m tests.tui.picture [OUT.png] [SCREEN]`."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import resvg_py

from tests.tui.console import console, until_loaded
from tests.tui.desk import Desk

ROOT = Path(__file__).resolve().parents[2]


def png(svg: str) -> bytes:
    """Render a screen in a font that is found on a bare Debian with fonts-dejavu-core."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg.replace("Fira Code", "DejaVu Sans Mono")))


async def screenshot(keys: Sequence[str], size: tuple[int, int], theme: str = "") -> str:
    """Return the SVG of the console after some keys."""
    desk = Desk()
    await desk.start()
    app = console(desk)
    async with app.run_test(size=size) as pilot:
        await until_loaded(pilot)
        if theme:
            app.theme = theme
            await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await until_loaded(pilot)
        svg = app.export_screenshot(title="switchboard console")
    await desk.stop()
    return svg


def main() -> None:
    """Write the picture."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "console.png"
    keys = [key for key in (sys.argv[2] if len(sys.argv) > 2 else "").split(",") if key]
    width, height = (int(part) for part in (sys.argv[3] if len(sys.argv) > 3 else "112x34").split("x"))
    theme = sys.argv[4] if len(sys.argv) > 4 else ""
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(png(asyncio.run(screenshot(keys, (width, height), theme))))


if __name__ == "__main__":
    main()
