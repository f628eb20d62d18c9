"""Finding the header row of a rate sheet and what its columns mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InputError
from domain.rates import Unit
from domain.units import PRICED

HEADER_ROWS = 100
"""The header is looked for in this many rows from the top."""


class Meaning(StrEnum):
    """What a column holds. PREVIOUS, COMMENT and UNUSED are known and not read."""

    CODE = "code"
    COUNTRY_CODE = "country code"
    DESTINATION = "destination"
    COUNTRY = "country"
    NETWORK = "network"
    PRICE = "price per minute"
    EFFECTIVE = "effective date"
    UNTIL = "end date"
    INCREMENTS = "increments"
    FIRST_S = "first interval"
    NEXT_S = "next interval"
    CONNECT_FEE = "connect fee"
    ATTEMPT_FEE = "attempt fee"
    MINIMUM = "minimum charge"
    GRACE_S = "grace seconds"
    STATUS = "status"
    CODE_FROM = "first code"
    CODE_TO = "last code"
    FIRST_PRICE = "price of the first interval"
    NEXT_PRICE = "price of the next intervals"
    FREE_S = "free seconds"
    CURRENCY = "currency"
    RATE_TYPE = "rate type"
    ORIGIN = "origin group"
    ORIGIN_CODE = "code of an origin group"
    SURCHARGE = "surcharge of an origin group"
    PREVIOUS = "previous price"
    COMMENT = "comment"
    UNUSED = "not used"


_ALIASES: dict[Meaning, str] = {
    Meaning.CODE: "code|codes|prefix|prefixes|dial code|dial codes|dialcode|dialcodes|dialing code|dialling code|"
    "dialing codes|dialling codes|dial prefix|area code|area codes|areacode|number prefix|destination code|"
    "destination codes|destination prefix|breakout|breakouts|dialed digits|digits|e164|e 164|code list|npanxx",
    Meaning.COUNTRY_CODE: "country code|country codes|cc|countrycode|country prefix|country dial code",
    Meaning.DESTINATION: "destination|destinations|destination name|dest|name|description|zone|zone name|area|route|"
    "location|code name|prefix name|area name|destination description|country destination|terminating area",
    Meaning.COUNTRY: "country|country name",
    Meaning.NETWORK: "network|operator|carrier|network name|operator name|mobile network",
    Meaning.PRICE: "rate|rates|price|prices|cost|per minute|rate min|rate minute|rate per minute|rate per min|"
    "price min|price minute|price per minute|price per min|cost min|cost per minute|cost minute|per min|new rate|"
    "new price|current rate|current price|net price|rate usd|usd rate|usd min|usd per minute|eur min|"
    "eur per minute|price usd|price eur|rate eur|tariff|charge|buy rate|sell rate|voice rate|per mb|price per mb|"
    "rate per mb|price mb|rate mb|usd per mb|eur per mb|per megabyte|price per megabyte|rate per megabyte|per event|"
    "price per event|rate per event|per message|price per message|rate per message|price per sms|"
    "rate per sms",
    Meaning.EFFECTIVE: "effective|effective date|effectivedate|eff date|effective from|valid|valid from|start|"
    "start date|from|date|date from|from date|startdate|begin date|activation date|date effective|"
    "rate effective date|validity",
    Meaning.UNTIL: "until|valid until|valid to|end|end date|to|to date|expiry|expiry date|expiration|expiration date|"
    "expires|date to|enddate",
    Meaning.INCREMENTS: "increment|increments|billing|billing increment|billing increments|billing interval|"
    "billing intervals|interval|intervals|rounding|billing terms|charging|pulse|billing cycle|min inc|billing method",
    Meaning.FIRST_S: "first interval|interval 1|interval1|initial increment|initial interval|minimum|min duration|"
    "first increment|minimum duration|min time|minimal time|first period|initial period|min charge seconds",
    Meaning.NEXT_S: "next interval|interval n|intervaln|interval 2|subsequent increment|subsequent interval|"
    "next increment|additional increment|additional interval|regular increment|recurring increment|following interval",
    Meaning.CONNECT_FEE: "connect fee|connection fee|connection|connect|connection cost|connect charge|"
    "connection charge|connect cost|setup fee|setup|set up fee|flag fall|call setup fee|setup charge",
    Meaning.ATTEMPT_FEE: "attempt fee|attempt charge|attempt cost|per attempt|fee per attempt|price per attempt|"
    "cost per attempt|attempt surcharge|dip fee",
    Meaning.MINIMUM: "minimum charge|min charge|minimum cost|min cost|minimum amount|minimum fee",
    Meaning.GRACE_S: "grace|grace time|grace period|grace seconds",
    Meaning.STATUS: "status|change|changes|rate change|rate status|type of change|action|code status|remark",
}
_MEANING_OF = {alias: meaning for meaning, aliases in _ALIASES.items() for alias in aliases.split("|")}
_OF_UNIT = {
    Unit.SECOND: re.compile(r"\bmin(ute)?\b", re.IGNORECASE),
    Unit.MEGABYTE: re.compile(r"\b(mb|megabyte)\b", re.IGNORECASE),
    Unit.EVENT: re.compile(r"\b(event|message|sms)\b", re.IGNORECASE),
}
_OTHER_UNIT = re.compile(r"per sec|/ ?s(ec|\b)|\bcents?\b|per hour|/ ?h(our|\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is (index of its row) and which column (index) holds what; `headings` maps text to meaning."""

    row: int
    columns: dict[Meaning, int]
    headings: dict[str, str]

    def column(self, meaning: Meaning) -> int | None:
        """Return the index of the column of that meaning."""
        return self.columns.get(meaning)


def find_header(rows: Sequence[Sequence[str]], unit: Unit = Unit.SECOND) -> Header | None:
    """Return the first row that names a code and a price column; None when the first HEADER_ROWS rows have none.

    Raises InputError when two columns could be the same thing, or when the price is not for the plan's unit.
    """
    for index, row in enumerate(rows[:HEADER_ROWS]):
        meanings = [_MEANING_OF.get(plain(cell)) for cell in row]
        if Meaning.PRICE in meanings and (Meaning.CODE in meanings or Meaning.COUNTRY_CODE in meanings):
            return _header(index, row, meanings, unit)
    return None


def plain(heading: str) -> str:
    """Return a heading as aliases are written: lower case, without what is in brackets, words by single blanks."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", " ", heading)
    return " ".join(re.sub(r"[^\w]+|_", " ", bare.casefold()).split())


def _header(index: int, row: Sequence[str], meanings: list[Meaning | None], unit: Unit) -> Header:
    columns: dict[Meaning, int] = {}
    for place, meaning in enumerate(meanings):
        if meaning is None or (meaning is Meaning.DESTINATION and meaning in columns):
            continue  # a second name, such as a description beside the destination, does no harm
        if meaning in columns:
            both = f"{row[columns[meaning]]!r} and {row[place]!r}"
            raise InputError(
                f"{both} could both be the {meaning}", where=f"row {index + 1}", mend="Rename or delete one of them."
            )
        columns[meaning] = place
    price = row[columns[Meaning.PRICE]]
    if _OTHER_UNIT.search(price) or any(said.search(price) for other, said in _OF_UNIT.items() if other is not unit):
        mend = "Convert the column." if unit is Unit.SECOND else "Convert the column, or import it into another plan."
        raise InputError(f"{price!r} is not a price {PRICED[unit]}", where=f"row {index + 1}", mend=mend)
    headings = {cell.strip(): str(meaning or "") for cell, meaning in zip(row, meanings, strict=True) if cell.strip()}
    return Header(index, columns, headings)
