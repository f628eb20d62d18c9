"""How the console writes figures: money, counts, ratios, times and ages. Integers only where money is meant."""

from collections.abc import Iterable
from datetime import UTC, datetime

from textual.content import Content

from domain.money import UNITS_PER_ONE, Currency, Money, decimal_text, half_away, minor_digits
from protos import operators_pb2, switch_pb2

NOTHING = "–"
"""Stands where there is no figure: never a zero that was not measured."""
_LAST_MS = 253_402_300_799_000
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def count(number: int) -> str:
    """Write a count with separators: 52410 -> "52,410"."""
    return f"{number:,}"


def grouped(text: str) -> str:
    """Put separators between the thousands of a decimal: "-1234.5" -> "-1,234.5"."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, fraction = digits.partition(".")
    return f"{sign}{int(whole):,}{dot}{fraction}"


def amount(money: switch_pb2.Money) -> str:
    """Write an amount to the currency's minor unit, without the currency; no currency at all means no amount."""
    if not money.currency:
        return NOTHING
    exact = Money(money.units, Currency(money.currency))
    return grouped(decimal_text(exact.to_minor().units, minor_digits(exact.currency)))


def exact_amount(money: switch_pb2.Money) -> str:
    """Write an amount with all its decimals, two at least."""
    return grouped(decimal_text(money.units)) if money.currency else NOTHING


def price(units: int) -> str:
    """Write a price per minute: four decimals at least, eight at most."""
    return grouped(decimal_text(units, 4))


def limit(units: int) -> str:
    """Write a credit limit without decimals that are zero: 30,000."""
    return grouped(decimal_text(units, 0))


def ratio(part: int, whole: int) -> str:
    """Write part of whole in per cent with one decimal; no whole, no ratio."""
    if whole <= 0:
        return NOTHING
    tenths = half_away(part * 1000, whole)
    return f"{decimal_text(tenths * UNITS_PER_ONE // 10, 1)} %"


def span(milliseconds: int) -> str:
    """Write a duration as minutes and seconds, with hours where there are any: 150000 -> "2:30"."""
    seconds = max(0, milliseconds) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def seconds(milliseconds: int) -> str:
    """Write a short time in seconds with one decimal: 1840 -> "1.8 s"."""
    return f"{milliseconds / 1000:.1f} s"


def minutes(total_s: int) -> str:
    """Write seconds as minutes with one decimal: 20460000 s -> "341,000.0"."""
    return f"{total_s / 60:,.1f}"


def age(age_s: float) -> str:
    """Write how old a figure is, in at most six characters: "0.4 s", "12 s", "3 min", "5 h", "4 d"."""
    if age_s < 0.05:
        return "now"
    if age_s < 10:
        return f"{age_s:.1f} s"
    whole_s = int(age_s)
    if whole_s < 120:
        return f"{whole_s} s"
    if whole_s < 7_200:
        return f"{whole_s // 60} min"
    return f"{whole_s // 3_600} h" if whole_s < 172_800 else f"{whole_s // 86_400} d"


def moment(at_ms: int) -> datetime:
    """Return the UTC time of milliseconds; what no calendar knows is moved to its edge."""
    return datetime.fromtimestamp(min(max(at_ms, 0), _LAST_MS) / 1000, UTC)


def clock(at_ms: int) -> str:
    """Write the time of day: 09:41:07."""
    return f"{moment(at_ms):%H:%M:%S}" if at_ms else NOTHING


def day(at_ms: int) -> str:
    """Write the day: 2026-11-02."""
    return f"{moment(at_ms):%Y-%m-%d}" if at_ms else NOTHING


def stamp(at_ms: int) -> str:
    """Write day and time without the year, for lists: 11-02 09:41:07."""
    return f"{moment(at_ms):%m-%d %H:%M:%S}" if at_ms else NOTHING


def exact_time(at_ms: int) -> str:
    """Write a time to the millisecond: 2026-11-02 09:41:07.250Z."""
    return f"{moment(at_ms):%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03d}Z" if at_ms else NOTHING


def fixed_amount(money: switch_pb2.Money, decimals: int) -> str:
    """Write an amount rounded to so many decimals, for a column of small charges."""
    if not money.currency:
        return NOTHING
    rounded = Money(money.units, Currency(money.currency)).rounded(decimals)
    return grouped(decimal_text(rounded.units, decimals))


def decimals_of(text: str) -> int:
    """Return how many characters a number has from its point on, the point counted; 0 without one."""
    _whole, dot, fraction = text.partition(".")
    return len(dot) + len(fraction)


def bar(part: int, whole: int, width: int, track: str = " ") -> str:
    """Draw part of whole as a bar of `width` cells in steps of an eighth; more than the whole is a full bar.

    `track` fills what the bar leaves free, where the whole is something to reach.
    """
    if whole <= 0 or part <= 0:
        return (track if whole > 0 else " ") * width
    eighths = min(width * 8, max(1, part * width * 8 // whole))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width, track)


def plain(text: str) -> str:
    """Replace what is not printable, save line ends: wire data must not steer the reader's terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


def away(missing: Iterable[operators_pb2.ShardAway], what: str) -> Content | None:
    """Write which shards do not answer, and what is therefore not known; None where all did."""
    since = {one.shard: f"{one.shard} is away since {stamp(one.since_ms)}Z" for one in missing}
    if not since:
        return None
    said = ", ".join(since[shard] for shard in sorted(since))
    return Content.styled(plain(f"✕ {said}: {what}, shown as {NOTHING}"), "$error")
