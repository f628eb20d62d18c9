"""Decisions, refusals included, in day files that are found by call key."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import orjson
import structlog

from domain.calls import CallSetup
from domain.decisions import Decision, explain
from domain.ids import CallKey
from domain.numbers import printable

DAY_MS = 86_400_000
UNWRITTEN = 20_000
"""Decisions that may wait for the disk: some seconds of the highest load."""
KEY_DIGITS = 32
"""Hex digits of a whole call key."""
_BEGIN = b'{"key":"'
"""How what is written of each decision begins; quotes inside of it are escaped."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision as it was written: `why` in words, `asked` the question as it came, the grant where there is one."""

    key: str
    at_ms: int
    why: tuple[str, ...]
    asked: dict[str, str] = field(default_factory=dict)
    granted_s: int = 0
    held: int = 0
    currency: str = ""


class DecisionLog:
    """Lines `<day>-<node>.jsonl` appended in batches. A crash loses the last second's lines.

    `lost` counts decisions that no file has: too many waited for the disk, or it took none. That ends no node, since
    what is not explained is charged all the same.
    """

    def __init__(self, folder: Path, node: str) -> None:
        self._folder, self._node = folder, node
        self._unwritten: deque[tuple[Decision, CallSetup | None, int, int] | Logged] = deque(maxlen=UNWRITTEN)
        self.lost = 0
        self._failing = False

    def add(self, decision: Decision, setup: CallSetup | None = None, granted_s: int = 0, held: int = 0) -> None:
        """Keep a decision, what was asked, and what was granted: seconds, and units held."""
        self.lost += len(self._unwritten) == UNWRITTEN
        self._unwritten.append((decision, setup, granted_s, held))

    def note(self, call_key: CallKey, at_ms: int, *why: str) -> None:
        """Keep what was done about a call after its decision."""
        self.lost += len(self._unwritten) == UNWRITTEN
        self._unwritten.append(Logged(call_key.hex(), at_ms, why))

    def flush(self, most: int = UNWRITTEN) -> int:
        """Append what is new to the day files, `most` lines at most; return how many it was. Runs in a thread."""
        lines: dict[int, list[bytes]] = {}
        count = 0
        while self._unwritten and count < most:
            entry = self._unwritten.popleft()
            at_ms, line = (entry.at_ms, _note(entry)) if isinstance(entry, Logged) else (entry[0].at_ms, _line(*entry))
            lines.setdefault(at_ms // DAY_MS, []).append(line)
            count += 1
        if count:
            self._write(lines)
        return count

    def _write(self, lines: dict[int, list[bytes]]) -> None:
        for day, some in lines.items():
            try:
                self._append(self._folder / f"{day}-{self._node}.jsonl", b"".join(some))
            except OSError as error:  # a full disk, a folder that is gone: told when it begins, and when it is over
                self.lost += len(some)
                if not self._failing:
                    log = structlog.get_logger()
                    log.error("decisions not written", folder=str(self._folder), why=str(error), mend="free the disk")
                self._failing = True
                continue
            if self._failing:
                structlog.get_logger().info("decisions written again", lost=self.lost)
            self._failing = False

    def _append(self, path: Path, text: bytes) -> None:
        try:
            file = path.open("ab")
        except FileNotFoundError:  # nothing was written yet, or somebody took the folder away
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.open("ab")
        with file:
            file.write(text)


def old_days(folder: Path, before_day: int) -> list[Path]:
    """Return the files of days (since 1970) before one."""
    days = ((path, path.name.partition("-")[0]) for path in folder.glob("*.jsonl"))
    return [path for path, day in days if day.isdecimal() and int(day) < before_day]


def read_decisions(folder: Path, call_key: bytes, days: range) -> list[list[str]]:
    """Return the explanations of the decisions about a call in the files of some days (since 1970)."""
    return [list(found.why) for day in days for found in decisions_of_day(folder, call_key.hex(), day)]


def decisions_of_day(folder: Path, key: str, day: int) -> list[Logged]:
    """Return the decisions of one day about the calls whose key, in hex, begins so; by time. Runs in a thread."""
    return _of_day(folder, _BEGIN + key.encode() + (b'"' if len(key) in (0, KEY_DIGITS) else b""), day)


def decisions_with_id(folder: Path, call_ids: Iterable[bytes], day: int) -> list[Logged]:
    """Return the decisions of one day about questions that had one of these call ids; by time. Runs in a thread."""
    texts = dict.fromkeys(_text_of(call_id) for call_id in call_ids)
    found = [one for text in texts for one in _of_day(folder, b'"call_id":' + orjson.dumps(text), day)]
    return sorted(found, key=lambda one: one.at_ms)


def _of_day(folder: Path, needle: bytes, day: int) -> list[Logged]:
    found = [logged for path in sorted(folder.glob(f"{day}-*.jsonl")) for logged in _found(path, needle)]
    return sorted(found, key=lambda one: one.at_ms)


def _found(path: Path, needle: bytes) -> Iterator[Logged]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap(file.fileno(), 0, access=ACCESS_READ) as text:  # a day may be gigabytes: memory is not for that
            at = text.find(needle)
            while at >= 0:
                end = text.find(b"\n", at)
                begin = text.rfind(_BEGIN, 0, at + len(_BEGIN))  # not the line's: one before may have been cut short
                plain = _plain(text[begin:end]) if end > 0 else None
                if plain is not None:
                    yield Logged(**plain | {"why": tuple(plain["why"])})
                at = text.find(needle, end) if end > 0 else -1


def _plain(line: bytes) -> dict[str, Any] | None:
    """Read a line; one that was being written when its node was killed is cut short, or runs into the next."""
    try:
        plain: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return plain


def _line(decision: Decision, setup: CallSetup | None, granted_s: int, held: int) -> bytes:
    said: dict[str, Any] = {"key": decision.call_key.hex(), "at_ms": decision.at_ms, "why": explain(decision)}
    if setup is not None:
        said["asked"] = {
            "door": setup.door,
            "switch": setup.switch,
            "source": printable(setup.source),
            "caller": printable(setup.caller),
            "called": printable(setup.called),
            "attempt": str(setup.attempt),
            "call_id": _text_of(setup.call_id),
            "client": decision.client or "",
            "trunk": decision.trunk or "",
        } | _beyond(setup)
    if granted_s and decision.sell is not None:
        said |= {"granted_s": granted_s, "held": held, "currency": decision.sell.currency}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _beyond(setup: CallSetup) -> dict[str, str]:
    """Return what few questions say: without it a call could not be decided anew."""
    said = {
        "trunk_hint": setup.trunk_hint,
        "user": setup.user,
        "user_name": setup.user_name,
        "routing_number": setup.routing_number,
        "dipped": "yes" if setup.dipped else "",
        "carrier": setup.carrier,
        "service": setup.service or "",
        "tried": ",".join(setup.tried),
        "asked": str(setup.asked) if setup.asked > 1 else "",
        "last_cause": str(setup.last_cause or ""),
        "last_status": str(setup.last_status or ""),
    }
    beyond = {name: printable(text) for name, text in said.items() if text}
    if any(number != setup.caller for _, number in setup.callers):  # then the trunk says which of them counts
        beyond["callers"] = "\n".join(f"{name}={printable(number)}" for name, number in setup.callers)
    return beyond


def _text_of(call_id: bytes) -> str:
    return printable(call_id.decode("utf-8", "replace"))


def _note(logged: Logged) -> bytes:
    return orjson.dumps({"key": logged.key, "at_ms": logged.at_ms, "why": logged.why}, option=orjson.OPT_APPEND_NEWLINE)
