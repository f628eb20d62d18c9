"""Files of call records that are not in our plain CSV form: how each kind is laid out, as data.

A layout says how the file and its lines begin, where in a line each thing stands, and what the trailer promises, so
that a file which was cut off, or whose sums are others, is told from a whole one. Facts: cdr §13.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.directory import Switch
from domain.errors import InputError, NotFoundError
from domain.ids import SwitchId

HEAD = 64
"""Octets of a file by which its layout is known."""
_HHMMSS = 6


class Equipment(StrEnum):
    """What wrote the records."""

    TDM = "tdm"


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in a line: `start` counts from 0; blanks around it are no part of it."""

    start: int
    width: int

    def of(self, line: str) -> str:
        """Return what stands there."""
        return line[self.start : self.start + self.width].strip()


@dataclass(frozen=True, slots=True)
class Total:
    """A sum that the trailer gives as a whole number. `clock`: records write it as hhmmss, the sum is of seconds."""

    what: str
    unit: str
    in_record: Span
    in_trailer: Span
    clock: bool = False


@dataclass(frozen=True, slots=True)
class FileLayout:
    """One form of file: header, records and trailer, a line each of fixed columns, told apart by how they begin.

    `width`: characters of a whole record. `setup`: yyyymmddhhmmss in the zone of the switch; `duration`: hhmmss.
    `trunk_names`: what may be the name of the client's trunk, the nearest first. Numbers begin with the `international`
    prefix, or they are of the `country`, with its `national` prefix or (short ones) without. `number` tells records of
    a file apart, `file_number` files.
    """

    name: str
    equipment: Equipment
    encoding: str
    header: str
    record: str
    trailer: str
    width: int
    file_number: Span
    number: Span
    setup: Span
    duration: Span
    caller: Span
    called: Span
    trunk_names: tuple[Span, ...]
    international: str
    national: str
    country: str
    count: Span
    totals: tuple[Total, ...]

    def dialled(self, text: str) -> str:
        """Return a number with + and its country, whatever the trunk that it came by; "" where there is none."""
        if not text:
            return ""
        if text.startswith(self.international):
            return "+" + text.removeprefix(self.international)
        return f"+{self.country}{text.removeprefix(self.national)}"


_DURATION = Span(127, _HHMMSS)
DDB = FileLayout(
    # A Dutch exchange's file of what its ISDN and PSTN lines called, one line a call, priced by the exchange.
    # Behind the numbers: 133 hundredths of the duration, 135 product, 201 place, 203 price, 211 VAT in percent.
    name="ddb",
    equipment=Equipment.TDM,
    encoding="latin-1",
    header="HDR0001DDB",
    record="CDR",
    trailer="TRL",
    width=223,
    file_number=Span(135, 6),
    number=Span(3, 7),
    setup=Span(14, 14),
    duration=_DURATION,
    caller=Span(30, 19),
    called=Span(52, 28),
    trunk_names=(Span(30, 19), Span(151, 6), Span(145, 6)),  # the line's own number, customer group, kind of line
    international="00",
    national="0",
    country="31",
    count=Span(141, 8),
    totals=(
        Total("duration", "s", _DURATION, Span(149, 10), clock=True),
        Total("amount", "cents", Span(213, 10), Span(171, 10)),
    ),
)

LAYOUTS: dict[str, FileLayout] = {one.name: one for one in (DDB,)}
"""All layouts by name: what a recipe's `file_layout` may be."""


def layout_named(name: str) -> FileLayout:
    """Return a layout. Raises NotFoundError, which lists those that exist."""
    if name not in LAYOUTS:
        raise NotFoundError(f"no file layout is named {name}", mend=f"Take one of {', '.join(LAYOUTS)}.")
    return LAYOUTS[name]


def layout_beginning(head: bytes) -> FileLayout | None:
    """Return the layout of a file that begins so; None: it may be in our plain CSV form."""
    return next((one for one in LAYOUTS.values() if head.startswith(one.header.encode(one.encoding))), None)


def equipment_of(switch: Switch | None) -> str:
    """Return what kind of equipment a switch's files come from; "" where it delivers none of its own form."""
    return LAYOUTS[switch.recipe.file_layout].equipment if switch and switch.recipe.file_layout in LAYOUTS else ""


def source_of(
    layout: FileLayout | None, named: str, switches: Mapping[SwitchId, Switch], where: str
) -> tuple[FileLayout, Switch] | None:
    """Return whose file it is: that of the switch that is named, else of the only one that delivers such files.

    `layout`: what the file begins like. None: it is in the plain form, whose rows name their switches. Raises
    InputError where the two do not fit, or several switches deliver such files.
    """
    if named:
        return _named(layout, named, switches, where)
    if layout is None:
        return None
    having = [switch for switch in switches.values() if switch.recipe.file_layout == layout.name]
    if len(having) == 1:
        return layout, having[0]
    if having:
        names = ", ".join(sorted(switch.id for switch in having))
        raise InputError(f"several switches deliver {layout.name} files", where=where, mend=f"Name one: {names}.")
    raise InputError(
        f"this is a {layout.name} file, and no switch delivers such files",
        where=where,
        mend=f"Add one of the recipe {layout.name}, or set a switch's file_layout={layout.name} and its zone.",
    )


def _named(
    layout: FileLayout | None, named: str, switches: Mapping[SwitchId, Switch], where: str
) -> tuple[FileLayout, Switch]:
    switch = switches.get(SwitchId(named))
    if switch is None:
        raise NotFoundError(f"there is no switch {named}", where=where, mend="See `switchboard switches list`.")
    if not switch.recipe.file_layout:
        mend = f"Set its file_layout, one of {', '.join(LAYOUTS)}; rows of the plain CSV form name their switch."
        raise InputError(f"switch {named} delivers no files of a form of its own", where=where, mend=mend)
    its = layout_named(switch.recipe.file_layout)
    if layout is not its:
        raise InputError(f"this does not begin as a {its.name} file does, with {its.header}", where=where)
    return its, switch


def seconds_of(clock: str) -> int | None:
    """Read hhmmss; None where it is none."""
    if len(clock) != _HHMMSS or not (clock.isascii() and clock.isdecimal()):
        return None
    hours, minutes, seconds = int(clock[:2]), int(clock[2:4]), int(clock[4:])
    return hours * 3600 + minutes * 60 + seconds if minutes < 60 and seconds < 60 else None


def amount_in(total: Total, record: str) -> int:
    """Return what a record adds to a sum; nothing where it cannot be read."""
    text = total.in_record.of(record)
    if total.clock:
        return seconds_of(text) or 0
    return int(text) if text.isascii() and text.isdecimal() else 0


def trailer_notes(layout: FileLayout, header: str, trailer: str, records: int, sums: Iterable[int]) -> list[str]:
    """Compare what header and trailer say with what was read; `records` and `sums` count all records between them.

    Returns sentences for a person. `trailer` "": there is none.
    """
    number = layout.file_number.of(header)
    if not trailer:
        return [f"file {number} has no trailer: it is cut off or not complete yet; records read: {records:,}"]
    notes = []
    if layout.file_number.of(trailer) != number:
        notes.append(f"the trailer is that of file {layout.file_number.of(trailer)}, the header that of {number}")
    said = layout.count.of(trailer)
    if said.isdecimal() and int(said) == records:
        notes.append(f"as many records as the trailer says: {records:,}")
    else:
        notes.append(f"records: the trailer says {_plain(said)}, the file has {records:,}")
    for total, found in zip(layout.totals, sums, strict=True):
        notes += _total_note(total, total.in_trailer.of(trailer), found)
    return notes


def _total_note(total: Total, said: str, found: int) -> list[str]:
    if said.isdecimal() and int(said) == found:
        return []
    note = f"{total.what}: the trailer says {_plain(said)}, the records add up to {found:,} {total.unit}"
    clock = f"{int(said):06d}" if said.isdecimal() else ""
    if total.clock and seconds_of(clock) == found:
        note += f" ({_plain(said)} is {clock[:2]}:{clock[2:4]}:{clock[4:]} read as hhmmss)"
    return [note]


def _plain(said: str) -> str:
    return str(int(said)) if said.isdecimal() else repr(said)
