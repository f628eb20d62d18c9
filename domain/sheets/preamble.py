"""What a sheet says above its header, for all of it: since when it holds, when it was issued, its zone and currency."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.days import zone
from domain.errors import InputError
from domain.sheets.dates import DateOrder, read_date
from domain.sheets.day_words import AT_ONCE, folded

_EFFECTIVE = re.compile(
    r"(?:.*\b)?(?:effective|effect|in force|valid|applicable|gultig|giltig|en vigueur|valable|vigente|vigencia|"
    r"efectiva|in vigore|valido|geldig|действует|действительно)\b"
    r"(?: (?:date|from|as|of|on|since|ab|vom|von|a|partir|du|le|desde|dal|da|с|от)\b)*"
)
_ISSUED = re.compile(
    r"(?:date of issue|issue date|issued(?: on)?|issuing date|date issued|date|sent(?: on)?|notification date|"
    r"notice date|created(?: on)?|date created|generated(?: on)?|ausgabedatum|datum|stand|"
    r"date d'emission|fecha|fecha de emision|data|data di emissione|дата)\b"
)
_ZONE = re.compile(
    r"\b(UTC|GMT|CET|CEST|EET|EEST|WET|BST|EST|EDT|PST|PDT|MSK)\b(?: ?([+-]) ?0?(\d{1,2})(?::?(\d{2}))?)?"
)
_DATES_ZONE = re.compile(
    r"\((?:(?:time zone|zeitzone|zona horaria|fuseau horaire|fuso horário|часовой пояс) ([\w+-]+)"
    r"|(\w+(?:/[\w+-]+)+))\)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:[(;]|\b(?:to|until|till|bis|au|hasta|al|до)\b).*", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{3}\b")
_MAJOR = frozenset(
    "USD EUR GBP CHF AUD CAD NZD JPY CNY HKD SGD SEK NOK DKK PLN CZK HUF RON BGN RUB UAH KZT AED SAR QAR KWD INR PKR "
    "BDT ZAR NGN KES GHS EGP ILS BRL MXN ARS CLP".split()
)
_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "₽": "RUB", "₹": "INR", "₺": "TRY"}
_NAMES = {"euro": "EUR", "euros": "EUR", "us dollar": "USD", "us dollars": "USD", "dollar": "USD", "dollars": "USD"}


@dataclass(frozen=True, slots=True)
class Preamble:
    """`effective_ms` holds for rows that name no date; all are None or "" where the sheet is silent.

    `unclear`: what it says of its beginning that cannot be read, or is said in two ways: none of it is taken.
    """

    effective_ms: int | None = None
    issued_ms: int | None = None
    zone: str = ""
    currency: str = ""
    unclear: tuple[str, ...] = ()


def dates_in(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts that stand for dates: they help to tell day from month."""
    return [value for _, value in _dated(rows)]


def read_preamble(
    rows: Sequence[Sequence[str]], headings: Sequence[str], order: DateOrder, zone_name: str, received_ms: int
) -> Preamble:
    """Read the rows above a header; `headings` may name zone and currency too."""
    moments: dict[str, dict[int, str]] = {"effective": {}, "issued": {}}
    unclear = []
    for what, value in _dated(rows):
        try:
            at_once = folded(value) in AT_ONCE
            moments[what][received_ms if at_once else read_date(value, order, zone_name, received_ms)] = value
        except InputError:
            unclear.extend([value] if what == "effective" else [])
    if len(moments["effective"]) > 1:
        unclear.extend(moments["effective"].values())
    cells = [cell for row in rows for cell in row if cell.strip()]
    return Preamble(
        None if unclear else next(iter(moments["effective"]), None),
        next(iter(moments["issued"]), None),
        next((name for cell in (*cells, *headings) if (name := zone_in(cell))), ""),
        _labelled_currency(rows) or next((code for cell in (*cells, *headings) if (code := currency_in(cell))), ""),
        tuple(dict.fromkeys(unclear)),
    )


def zone_in(text: str) -> str:
    """Return the zone that a text names, as UTC, CET or GMT+2; "" for none."""
    found = _ZONE.search(text)
    if found is None:
        return ""
    name, sign, hours, minutes = found.groups()
    return name + (f"{sign}{int(hours)}" + (f":{minutes}" if minutes else "") if sign else "")


def dates_zone_in(heading: str) -> str:
    """Return the zone that the heading of a column of dates names as such, by its IANA name: (America/New_York), (Time
    zone UTC); "" for none. Offsets and abbreviations alone are no zone that dates could be read by."""
    found = _DATES_ZONE.search(heading)
    name = (found[1] or found[2]) if found else ""
    try:
        return zone(name).key if name else ""
    except InputError:
        return ""


def currency_in(text: str) -> str:
    """Return the usual currency that a text names by code or sign; "" for none, or for several."""
    found = {code for code in _CODE.findall(text) if code in _MAJOR}
    found |= {code for sign, code in _SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else ""


def currency_of(cell: str) -> str:
    """Return the code that a cell of a currency column says; a text that is none stays as it is."""
    text = cell.strip()
    if not text:
        return ""
    own = _CODE.search(text.upper()) if len(text) == 3 else None
    return own[0] if own else currency_in(text) or _NAMES.get(folded(text), text)


def _dated(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip()]
        for place, cell in enumerate(cells):
            said = folded(cell)
            label = _EFFECTIVE.match(said) or _ISSUED.match(said)
            if label is None:
                continue
            value = _after(said[label.end() :])
            if not value and place + 1 < len(cells):
                value = _TAIL.sub("", cells[place + 1])
            if value and (folded(value) in AT_ONCE or any(char.isdigit() for char in value)):
                yield ("effective" if label.re is _EFFECTIVE else "issued"), value


def _after(rest: str) -> str:
    """Return what follows a label in its own cell."""
    words = rest.strip(" :=-–.\t")
    return (
        "" if words.startswith("(") or not words else words if any(map(str.isdigit, words)) or words in AT_ONCE else ""
    )


def _labelled_currency(rows: Sequence[Sequence[str]]) -> str:
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip()]
        for place, cell in enumerate(cells):
            if not folded(cell).startswith(("currency", "wahrung", "devise", "moneda", "valuta", "moeda", "валюта")):
                continue
            said = f"{cell.partition(':')[2]} {cells[place + 1] if place + 1 < len(cells) else ''}"
            found = _CODE.search(said)
            if found:
                return found[0]
    return ""
