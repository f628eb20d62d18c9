"""Reading one heading: what it means, and for a price of what, for whom, in which currency, new or old."""

import re
from dataclasses import dataclass
from functools import lru_cache

from domain.sheets import heading_words as known
from domain.sheets.headings import Meaning
from domain.sheets.origin_names import origin_name
from domain.sheets.template import Per

_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_PLURAL = re.compile(r"(?<=\w)\((s|es|en|n)\)", re.IGNORECASE)
_SLASH_UNIT = re.compile(
    r"/\s*(?=(?:min|mins|minute|minuten|sec|secs|second|s|sek|сек|мин|mb|sms|h|hr|hour|pulse|incr\w*)\b)", re.IGNORECASE
)
_PER_UNIT = re.compile(r"\b(?:per|pro|je|par|por|al|за|в) (?:(\d{1,2}) )?(\w+)\b")
_AMOUNT = r"\d[\d.,]*\s*(?:(?:k|m|mio|min(?:ute)?s?)\b)?"
_TIER = re.compile(
    rf"{_AMOUNT}\s*(?:[-–—]|to|bis)\s*(?:{_AMOUNT}|∞)"
    rf"|(?:[<>≤≥]=?|\b(?:up to|over|above|below|under|bis|ab|über))\s*{_AMOUNT}|\b{_AMOUNT}\s*\+(?!\d)"
    r"|\b(?:tier|band|step|level|stufe|volume)\s*\d\b",
    re.IGNORECASE,
)
_TIER_SIGN = re.compile(r"\d\s*(?:k|m|mio)\b|\d\s*\+|[<>≤≥]", re.IGNORECASE)
_DAY = re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
_LONGEST_PHRASE = 4
_MOST_UNKNOWN = 3
"""A heading with more words that are not known is a sentence, not a price."""
_NOISE = frozenset("in the of utc gmt cet zone time dd mm yyyy yy yyyymmdd sec secs second seconds s d m y".split())


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says. `rank`: of two columns of one meaning the lower one is meant. `age` is "new", "old",
    "current" or "". `rest`: words that are not known. `sure`: it names a price, not only its rate type or currency.

    `other_unit`: what a price is for, when it is none of Per ("megabyte", "10 seconds"); `jurisdiction` is interstate
    and the like. Whether it is in cents is not said here (domain.sheets.cents).
    """

    meaning: Meaning | None = None
    rank: int = 0
    rate_type: str = ""
    origin: str = ""
    currency: str = ""
    per: Per | None = None
    other_unit: str = ""
    age: str = ""
    tier: str = ""
    jurisdiction: str = ""
    rest: str = ""
    sure: bool = True


@lru_cache(maxsize=8192)
def read_heading(text: str, rate_types: frozenset[str] = frozenset()) -> Heading:
    """Read a heading. `rate_types`: names of those that the plan has time profiles for, known beside the usual ones."""
    full = known.words(text)
    told = set(full.split())
    own = any(told.issuperset(known.words(name).split()) for name in rate_types)
    if not own and told.isdisjoint(known.TELLING) and full not in known.ALIASES and not _TIER_SIGN.search(text):
        return Heading()
    text = _SLASH_UNIT.sub(" per ", _PLURAL.sub("", text))
    bare, full = known.words(_BRACKETS.sub(" ", text)), known.words(text)
    for form in (bare, full):
        if form in known.ALIASES:
            meaning, rank = known.ALIASES[form]
            return Heading(meaning, rank)
    plain, age = _plain(bare or full)
    money_a_minute = plain in known.MINUTE and not known.CURRENCIES.isdisjoint(full.split())  # "USD min"
    if plain in known.ALIASES and plain not in known.PRICE and not money_a_minute:
        meaning, rank = known.ALIASES[plain]
        return Heading(Meaning.UNUSED if age == "old" else meaning, rank, age=age)
    return _price(text, rate_types)


def _plain(form: str) -> tuple[str, str]:
    """Return the words without currency, zone and age, and the age that they told."""
    kept, age = [], ""
    for word in form.split():
        if word in known.NEW or word in known.OLD:
            age = "new" if word in known.NEW else "old"
        elif word not in known.CURRENCIES and word not in _NOISE and not word.isdigit():
            kept.append(word)
    return " ".join(kept), age


class _Words:
    """The words of a heading that are not explained yet."""

    def __init__(self, form: str) -> None:
        self.left = form.split()

    def take(self, phrases: frozenset[str]) -> list[str]:
        """Take out all phrases of that set, longest first, and return them in the order of the heading."""
        if _parts(phrases).isdisjoint(self.left):
            return []
        found: list[tuple[int, str]] = []
        for length in range(_LONGEST_PHRASE, 0, -1):
            for at in range(len(self.left) - length + 1):
                phrase = " ".join(self.left[at : at + length])
                if phrase in phrases:
                    found.append((at, phrase))
                    self.left[at : at + length] = [_TAKEN] * length
        self.left = [word for word in self.left if word != _TAKEN]
        return [phrase for _, phrase in sorted(found)]


_TAKEN = "|"


@lru_cache(maxsize=256)
def _parts(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in phrase.split())


def _price(text: str, rate_types: frozenset[str]) -> Heading:
    text = _DAY.sub(" ", text)
    tier = _TIER.search(text)
    form = known.words(_TIER.sub(" ", text, count=1))
    per, other, form = _unit(form)
    left = _Words(form)
    origin = "-".join(group.replace(" ", "-") for group in left.take(known.ORIGINS))
    jurisdiction = "" if origin else next(iter(left.take(_JURISDICTIONS)), "")
    rate_type = _rate_type(left, rate_types)
    surcharge = bool(left.take(known.SURCHARGE))
    ages = [("new", left.take(known.NEW)), ("old", left.take(known.OLD)), ("current", left.take(known.CURRENT))]
    first, following = bool(left.take(known.FIRST)), bool(left.take(known.NEXT))
    priced = bool(left.take(known.PRICE))
    if left.take(known.NO_PRICE):
        short = len(left.left) <= _MOST_UNKNOWN
        return Heading(Meaning.UNUSED if short and (priced or surcharge) else None)
    currency = next((known.CURRENCY_WORDS.get(c, c) for c in left.take(_MONEY)), "")
    left.take(known.CENTS)
    minutes = bool(left.take(known.MINUTE))
    left.take(known.PRICE_DRESS)
    if origin or surcharge or priced:
        origin = _origin(left, origin)
    says = Heading(
        meaning=_kind(surcharge=surcharge, first=first, following=following),
        rate_type=rate_type,
        origin=origin_name(origin),
        currency=currency,
        per=per or (Per.MINUTE if minutes else None),
        other_unit=other,
        age=next((age for age, found in ages if found), ""),
        tier=known.words(tier[0]) if tier else "",
        jurisdiction=_JURISDICTION_OF.get(jurisdiction, ""),
        rest=" ".join(left.left),
        sure=priced or surcharge,
    )
    told = rate_type or origin or currency or jurisdiction or per or (tier and not left.left) or (minutes and not first)
    told = told or bool(other and _PER_UNIT.match(known.words(text)))
    is_price = len(left.left) <= _MOST_UNKNOWN if says.sure else bool(told) and not left.left
    return says if is_price else Heading()


def _origin(left: _Words, origin: str) -> str:
    """Return the origin group; what stands beside the word origin is one, known or not."""
    if not left.take(known.ORIGIN_DRESS) or origin or not left.left:
        return origin
    origin, left.left = "-".join(left.left), []
    return origin


_JURISDICTION_OF = {phrase: name for name, ones in known.JURISDICTIONS.items() for phrase in ones.split("|")}
_RATE_TYPE_OF = {known.words(p): name for name, phrases in known.RATE_TYPES.items() for p in phrases.split("|")}
_JURISDICTIONS, _RATE_TYPES = frozenset(_JURISDICTION_OF), frozenset(_RATE_TYPE_OF)
_MONEY = known.CURRENCIES.union(known.CURRENCY_WORDS)
_OTHER_UNIT_OF = {known.words(u): name for name, units in known.OTHER_UNITS.items() for u in units.split("|")}


def _kind(*, surcharge: bool, first: bool, following: bool) -> Meaning:
    if surcharge:
        return Meaning.SURCHARGE
    if first != following:
        return Meaning.FIRST_PRICE if first else Meaning.NEXT_PRICE
    return Meaning.PRICE


def _unit(form: str) -> tuple[Per | None, str, str]:
    """Return what a price is for, "" or the unit that we have no word for, and the heading without it."""
    per: Per | None = None
    other = ""

    def taken(match: re.Match[str]) -> str:
        nonlocal per, other
        count, unit = int(match[1] or 1), match[2]
        if unit in known.MINUTE and count == 1:
            per = Per.MINUTE
        elif unit in known.SECOND and count in (1, 60):
            per = Per.SECOND if count == 1 else Per.MINUTE
        elif unit in known.INCREMENT:
            per = Per.INCREMENT
        elif unit in known.HOUR:
            per, other = (Per.HOUR, "") if count == 1 else (None, f"{count} hours")
        elif unit in known.SECOND or unit in known.MINUTE:
            other = f"{count} {'seconds' if unit in known.SECOND else 'minutes'}"
        elif unit in _OTHER_UNIT_OF:
            other = _OTHER_UNIT_OF[unit]
        else:
            return match[0]
        return " "

    form = " ".join(_PER_UNIT.sub(taken, form).split())
    kept = []
    for at, word in enumerate(form.split()):
        if word in _LONE_SECOND and per is None and at:
            per = Per.SECOND
        elif word in _LONE_UNIT and not other:
            other = _OTHER_UNIT_OF[word]
        else:
            kept.append(word)
    return per, other, " ".join(kept)


_LONE_SECOND = known.SECOND - {"s", "second"}
_LONE_UNIT = frozenset(("mb", "megabyte", "sms"))


def _rate_type(left: _Words, rate_types: frozenset[str]) -> str:
    """Take the words of rate types; the name is theirs, or that of the plan's own rate type that means the same."""
    own = {known.words(name): name for name in rate_types}
    left.take(_ANY_TIME)
    found = left.take(_RATE_TYPES.union(own))
    if not found:
        return ""
    joined = " ".join(found)
    meant = "-".join(_RATE_TYPE_OF.get(phrase, phrase.replace(" ", "-")) for phrase in found)
    if joined in own:
        return own[joined]
    spelled = meant if joined.replace(" ", "") == meant.replace("-", "") else joined.replace(" ", "-")
    return meant if meant in rate_types else spelled


_ANY_TIME = known.phrases(("all day", "anytime", "any time", "24 h", "24 7", "flat"))
