"""Structured logs: one line per event, JSON or text, in `<data>/logs/<actor>.log`, bounded by rotation.

Lines about a call carry its key as `call`, which `switchboard cdrs show` takes. At most one line per call, and only
for what an operator should see; what happens thousands of times a second is a counter instead.
"""

import logging
from collections.abc import Mapping
from functools import cache
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import orjson
import structlog

from actors.home import Home

FILE_BYTES, FILES_KEPT = 10_000_000, 5
Log = structlog.typing.FilteringBoundLogger


def open_log(home: Home, name: str) -> Log:
    """Open the log of this process; every logger of it writes there from now on."""
    folder = home.data / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    sink = _sink(folder / f"{name}.log")
    settings = home.settings.log
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if settings.format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.level.upper()]),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )
    log: Log = structlog.get_logger().bind(actor=name)
    return log


class _Sink(RotatingFileHandler):
    """A log file. On a full disk its lines are lost and nothing else: who logs does not fail by it, nor tell of it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name in the standard library
        """Let a line go."""


@cache
def _sink(path: Path) -> logging.Logger:
    """Open a file once: a node whose start fails opens its log again with each try."""
    handler = _Sink(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
    handler.setFormatter(logging.Formatter("%(message)s"))
    sink = logging.Logger("switchboard")  # our own: Ray sets the root as it likes
    sink.addHandler(handler)
    return sink


def _json(event: Mapping[str, Any], **_: object) -> str:
    """Write an event as JSON, whatever it names: what is logged must never be what fails."""
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
