"""The plain import of a rate sheet: rows of text cells in, rates and reasons out. Files: store.sheets.plain_files.

Wrong rows are listed with their number and reason, the others go in. What a whole file decides (decimal mark, order
of day and month, what the columns mean) is decided once and told in `notes`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from domain.errors import InputError
from domain.rates import RateRow, Terms, Unit
from domain.sheets.codes import read_codes
from domain.sheets.dates import DateOrder, date_order, read_date
from domain.sheets.headings import Header, Meaning, find_header
from domain.sheets.numbers import decimal_mark, read_increments, read_price, read_seconds

_CLOSED = frozenset("closed close closing deleted delete removed withdrawn discontinued terminated".split())
_BLOCKED = frozenset("blocked block barred b".split())
_AT_ONCE = frozenset(("immediate", "immediately", "now", "asap"))


_LONGEST = {Unit.SECOND: 3600, Unit.MEGABYTE: 1 << 20, Unit.EVENT: 1 << 20}
"""The longest interval: an hour, a gigabyte, as many events."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A sheet as rows of text, as the file has them: rows may be ragged or empty; row 1 of the file is rows[0]."""

    name: str
    rows: Sequence[Sequence[str]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What the importer says about the sheet. `effective_ms` dates rows without a date (UTC ms); `zone` is the plan's.

    `unit`: what its prices are for, which is what the plan is sold by; intervals are seconds, kilobytes or events.
    `increments` are first and next interval where the sheet has none; `decimal` ("." or ",") and
    `dates` ("dmy" or "mdy") settle what the file leaves open; "": the file decides.
    """

    effective_ms: int | None = None
    zone: str = "UTC"
    increments: tuple[int, int] = (1, 1)
    decimal: str = ""
    dates: str = ""
    range_codes: int = 10_000
    unit: Unit = Unit.SECOND


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that does not go in. `row` counts from 1 as spreadsheets do; `raw` is the row as it came."""

    row: int
    reason: str
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """A code that ends at a moment (UTC ms): from then on its numbers fall to the next shorter code, if any."""

    code: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """What a sheet says. `names`: code → destination name. `columns`: heading → meaning, "" when not used.

    Invariant: (code, valid_from_ms) is unique over rows and closings. `rows_read` counts the data rows, those that were
    rejected included.
    """

    rows: list[RateRow]
    closings: list[Closing]
    names: dict[str, str]
    rejects: list[Reject]
    columns: dict[str, str]
    notes: list[str]
    rows_read: int


def parse_sheet(cells: Cells, options: SheetOptions) -> ParsedSheet:
    """Read a sheet. Raises InputError when no row goes: no header, an undecidable decimal mark, an unknown zone."""
    header = find_header(cells.rows, options.unit)
    if header is None:
        seen = next(
            (", ".join(c for c in row if c.strip()) for row in cells.rows if any(map(str.strip, row))), "nothing"
        )
        raise InputError(
            "no row names a code and a price column",
            where=cells.name,
            mend=f"Give the columns headings such as Code, Destination, Rate. The file begins with: {seen[:120]}",
        )
    reader = _Reader(cells, header, options)
    for number, row in enumerate(cells.rows[header.row + 1 :], start=header.row + 2):
        reader.take(number, row)
    return reader.result()


@dataclass(slots=True)
class _Gathered:
    rows: list[RateRow] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    first_row: dict[tuple[str, int], tuple[int, RateRow | None]] = field(default_factory=dict)
    rows_read: int = 0
    texts: int = 0
    doubles: int = 0


_PRICES = (Meaning.PRICE, Meaning.CONNECT_FEE, Meaning.ATTEMPT_FEE, Meaning.MINIMUM)


class _Row(NamedTuple):
    """The cells of one row, named as their meanings are; "" where there is none."""

    code: str
    country_code: str
    destination: str
    country: str
    network: str
    price: str
    effective: str
    until: str
    increments: str
    first_s: str
    next_s: str
    connect_fee: str
    attempt_fee: str
    minimum: str
    grace_s: str
    status: str


_MEANINGS = tuple(Meaning[name.upper()] for name in _Row._fields)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row, read: a closing has no terms."""

    codes: list[str]
    name: str
    terms: Terms | None
    from_ms: int
    until_ms: int | None
    blocked: bool


class _Reader:
    """Reads row by row under the decisions made for the file; texts that repeat are read once."""

    def __init__(self, cells: Cells, header: Header, options: SheetOptions) -> None:
        self._header, self._options, self._out = header, options, _Gathered()
        body = cells.rows[header.row + 1 :]
        prices = [cell for meaning in _PRICES for cell in _column(body, header, meaning)]
        self._mark, why_mark = decimal_mark(prices, options.decimal)
        preamble = (cell for row in cells.rows[: header.row] for cell in row)
        dates = [*_column(body, header, Meaning.EFFECTIVE), *_column(body, header, Meaning.UNTIL), *preamble]
        self._order: DateOrder = date_order(dates, options.dates)
        self._join = _area_codes(body, header)
        self._notes = [*cells.notes, f"Header in row {header.row + 1}.", why_mark, self._order.why, self._join_note()]
        self._pick = itemgetter(*(header.columns.get(Meaning[name.upper()], -1) for name in _Row._fields))
        self._width = max(header.columns.values()) + 1
        self._dates: dict[str, int] = {}
        self._terms: dict[tuple[str, ...], Terms] = {}

    def take(self, number: int, raw: Sequence[str]) -> None:
        """Read one row into the result: rates, a closing, a reject, or a text line that is passed over."""
        row = self._row(raw)
        if not row.price:
            filled = sum(1 for cell in raw if cell and not cell.isspace())
            if filled <= 2:  # nothing, a heading between blocks, a footer
                self._out.texts += filled > 0
                return
        self._out.rows_read += 1
        try:
            line = self._line(row)
            fresh = [code for code in line.codes if self._is_new(code, line)]
        except InputError as fault:
            self._out.rejects.append(Reject(number, str(fault), tuple(raw)))
            return
        for code in fresh:
            self._keep(code, number, line)

    def result(self) -> ParsedSheet:
        """Return what was gathered."""
        out = self._out
        notes = [note for note in self._notes if note]
        if out.texts:
            notes.append(f"{out.texts} lines of text without a price were passed over.")
        if out.doubles:
            notes.append(f"{out.doubles} codes were given twice with the same rate and date; one of each is kept.")
        return ParsedSheet(
            out.rows, out.closings, out.names, out.rejects, self._header.headings, notes, rows_read=out.rows_read
        )

    def _row(self, raw: Sequence[str]) -> _Row:
        padded = [*raw, *[""] * (self._width - len(raw)), ""]  # the last one stands for columns that are not there
        return _Row._make(map(str.strip, self._pick(padded)))

    def _line(self, row: _Row) -> _Line:
        lead = row.country_code if self._join or not row.code else ""
        codes = read_codes(row.code, lead, self._options.range_codes)
        price = row.price.casefold()
        words = {row.status.casefold(), price}
        from_ms = self._date(row.effective, self._options.effective_ms)
        until_ms = self._date(row.until, None) if row.until else None
        if until_ms is not None and until_ms <= from_ms:
            raise InputError("it ends before it begins")
        terms = None
        if not words & _CLOSED:
            terms = self._read_terms(row._replace(price="0") if price in _BLOCKED else row)
        return _Line(codes, _name(row), terms, from_ms, until_ms, blocked=bool(words & _BLOCKED))

    def _is_new(self, code: str, line: _Line) -> bool:
        known = self._out.first_row.get((code, line.from_ms))
        if known is None:
            return True
        if known[1] == _rate(code, line):
            self._out.doubles += 1
            return False
        raise InputError(f"code {code} already has another rate from that date in row {known[0]}")

    def _keep(self, code: str, number: int, line: _Line) -> None:
        rate = _rate(code, line)
        if rate is None:
            self._out.closings.append(Closing(code, line.from_ms))
        else:
            self._out.rows.append(rate)
            self._out.names[code] = line.name
        self._out.first_row[code, line.from_ms] = (number, rate)

    def _read_terms(self, row: _Row) -> Terms:
        fees = (row.connect_fee, row.attempt_fee, row.minimum)
        texts = (row.price, row.increments, row.first_s, row.next_s, row.grace_s, *fees)
        terms = self._terms.get(texts)
        if terms is None:
            if not row.price:
                raise InputError("no price")
            most = _LONGEST[self._options.unit]
            first_s, next_s = read_increments(row.increments, most) if row.increments else self._options.increments
            each = read_price(row.price, self._mark)
            connect, attempt, minimum = (read_price(fee, self._mark) if fee else 0 for fee in fees)
            terms = self._terms[texts] = Terms(
                first_price=each,
                next_price=each,
                first_s=read_seconds(row.first_s, most=most) if row.first_s else first_s,
                next_s=read_seconds(row.next_s, most=most) if row.next_s else next_s,
                connect_fee=connect,
                attempt_fee=attempt,
                minimum_charge=minimum,
                grace_s=read_seconds(row.grace_s, least=0, most=most) if row.grace_s else 0,
            )
        return terms

    def _date(self, text: str, default_ms: int | None) -> int:
        if not text or text.casefold() in _AT_ONCE:
            if default_ms is None:
                raise InputError("no effective date", mend="Give one for the whole sheet: --effective DATE.")
            return default_ms
        at_ms = self._dates.get(text)
        if at_ms is None:
            at_ms = self._dates[text] = read_date(text, self._order, self._options.zone)
        return at_ms

    def _join_note(self) -> str:
        if Meaning.COUNTRY_CODE not in self._header.columns:
            return ""
        return "Codes follow their country code." if self._join else "Codes hold their country code already."


def _name(row: _Row) -> str:
    """Join country, network and destination, without saying a part twice ("Germany" beside "Germany Mobile")."""
    if row.destination and not row.country and not row.network:
        return row.destination
    said: list[str] = [row.destination] if row.destination else []
    for part in (row.network, row.country):
        if part and not any(part.casefold() in text.casefold() for text in said):
            said.insert(0, part)
    return " ".join(said)


def _rate(code: str, line: _Line) -> RateRow | None:
    if line.terms is None:
        return None
    return RateRow(code, line.terms, line.from_ms, line.until_ms, blocked=line.blocked)


def _column(body: Sequence[Sequence[str]], header: Header, meaning: Meaning) -> Iterator[str]:
    place = header.column(meaning)
    return (row[place] for row in body if place < len(row)) if place is not None else iter(())


def _area_codes(body: Sequence[Sequence[str]], header: Header) -> bool:
    """Return whether codes must be put behind the country code of their row. Raises InputError when it is not clear."""
    country, code = header.column(Meaning.COUNTRY_CODE), header.column(Meaning.CODE)
    if country is None:
        return False
    if code is None:
        return True
    places = max(country, code)
    pairs = {(row[country].strip().lstrip("+0"), row[code].strip().lstrip("+0")) for row in body if places < len(row)}
    pairs = {(lead, full) for lead, full in pairs if lead and full}
    if not pairs or any(not full.startswith(lead) for lead, full in pairs):
        return True
    if len({lead for lead, _ in pairs}) == 1 and len(pairs) > 1:
        raise InputError(
            "it is not clear whether the codes hold their country code",
            where="code column",
            mend="Delete the country code column if they do.",
        )
    return False
