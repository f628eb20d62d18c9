"""What people type, read: amounts, rates, moments, periods, zones, and the options that many commands share.

Each parser raises ValueError with the reason; Typer makes a usage error (exit code 2) of it that names the option.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from domain.errors import InputError
from domain.money import units_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = 7_258_118_400_000
"""2200-01-01: the end of a period that was left open."""
MAX_UNITS = 2**63 - 1
PAGE = 200
"""The most rows of one page."""


def units(text: str) -> int:
    """Read a decimal such as 12.50 into units of 10^-8."""
    try:
        found = units_of(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    if abs(found) > MAX_UNITS:
        raise ValueError(f"{text} is too large; at most 92 billion can be kept")
    return found


def price(text: str) -> int:
    """Read a decimal that is not negative into units of 10^-8."""
    found = units(text)
    if found < 0:
        raise ValueError(f"{text} is negative; give 0 or more")
    return found


def amount(text: str) -> int:
    """Read a decimal above zero into units of 10^-8."""
    found = units(text)
    if found <= 0:
        raise ValueError(f"{text} is not above zero; the direction is an option of its own")
    return found


def currency(text: str) -> str:
    """Read an ISO 4217 code, in upper case."""
    if len(text) != 3 or not (text.isascii() and text.isalpha()):
        raise ValueError(f"{text!r} is not a currency; give its three letters, such as USD")
    return text.upper()


def zone(text: str) -> str:
    """Read the name of a time zone."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown, or no name at all: "", "../x", a folder
        raise ValueError(f"{text!r} is not a time zone; give a name such as UTC or Africa/Nairobi") from None
    return text


def local(text: str) -> datetime:
    """Read an ISO date or time, without a zone where none is written; a date is its midnight."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a date or time; write 2026-10-31, 2026-10-31T18:00 or 2026-10-31T18:00:00+03:00"
        ) from None


def in_zone(moment_read: datetime, where: tzinfo) -> int:
    """Return UTC ms of what `local` read; without a zone of its own it is a time of the place given."""
    aware = moment_read if moment_read.tzinfo else moment_read.replace(tzinfo=where)
    return (aware - EPOCH) // timedelta(milliseconds=1)


def moment(text: str) -> int:
    """Read an ISO date or time into UTC ms; without a zone it is UTC."""
    return in_zone(local(text), UTC)


def period_end(text: str) -> int:
    """Read the end of a period into UTC ms: a time as it is, a date with all of its day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return moment(text)
    return moment(day.isoformat()) + 86_400_000


def checked_period(from_ms: int | None, to_ms: int | None) -> tuple[int, int]:
    """Return the half-open period, open ends filled, or end the command as wrong usage when it is empty."""
    first, last = 0 if from_ms is None else from_ms, LAST_MS if to_ms is None else to_ms
    if first >= last:
        raise typer.BadParameter("--from is not before --to")
    return first, last


Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="SWITCHBOARD_DATA",
        metavar="FOLDER",
        help="The data folder: books, segments, switchboard.toml; made where there is none.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FROM = typer.Option("--from", parser=moment, metavar="DATE", help="First day or moment, UTC.", show_default=False)
_TO = typer.Option(
    "--to", parser=period_end, metavar="DATE", help="Last day, or the moment after the last, UTC.", show_default=False
)
From = Annotated[int, _FROM]
To = Annotated[int, _TO]
OpenFrom = Annotated[int | None, _FROM]
OpenTo = Annotated[int | None, _TO]
At = Annotated[
    int | None,
    typer.Option(
        "--at",
        parser=moment,
        metavar="TIME",
        help="ISO date or time, UTC unless it says; else now.",
        show_default=False,
    ),
]
Attestation = Annotated[
    str, typer.Option(metavar="A|B|C", help="As if a STIR identity proved the caller's number so.", show_default=False)
]
Currency = Annotated[str, typer.Option(parser=currency, metavar="CODE", help="Three letters, such as USD.")]
Zone = Annotated[str, typer.Option(parser=zone, metavar="ZONE", help="Time zone, such as Africa/Nairobi.")]
Filter = Annotated[str, typer.Argument(metavar="[FILTER]", help="Part of a name or number.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=PAGE, help="Rows to show.")]
Offset = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Rows to skip.")]
MaxCalls = Annotated[
    int | None, typer.Option(min=0, max=1_000_000, help="Most calls at a time; else no limit.", show_default=False)
]
MaxCps = Annotated[
    int | None, typer.Option(min=0, max=1_000_000, help="Most new calls a second; else no limit.", show_default=False)
]
OfCall = Annotated[
    str,
    typer.Option(
        "--call",
        metavar="ID",
        help="Of this call: its key, or the id that its switch shows (Call-ID, conf-id, Acct-Session-Id).",
        show_default=False,
    ),
]
AtSwitch = Annotated[
    str,
    typer.Option("--switch", metavar="NAME", help="The ID is this switch's.", show_default=False),
]
