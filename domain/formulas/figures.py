"""The figures that a formula may name, with what they mean; and its functions.

Shares are in per cent, times in seconds, talk in minutes, money in the base currency: a formula is read by people. The
floats are for order alone: what is charged, and whether a call loses money, is reckoned in whole units elsewhere. A
price of whole units (10^-8) below 2^53 keeps its order and its equality as a float.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from domain.errors import InputError
from domain.formulas.tree import Kind


class Source(StrEnum):
    """Where a figure comes from, which is how long it stays the same."""

    RATE = "rates"
    QUALITY = "quality"
    QUANTITY = "quantity"
    VOLUME = "volume"
    CAPACITY = "capacity"
    VENDOR = "vendor"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by its name. `better`: 1 where more is better, -1 where less is, 0 where neither.

    `windowed`: it may be asked over a window of its own. `example` is what a formula is tried with when it is written.
    """

    name: str
    source: Source
    better: int
    words: str
    example: float | bool | str
    windowed: bool = False

    @property
    def kind(self) -> Kind:
        """What it is."""
        if isinstance(self.example, bool):
            return Kind.TRUTH
        return Kind.TEXT if isinstance(self.example, str) else Kind.NUMBER


def _rates() -> Iterable[Figure]:
    source = Source.RATE
    yield Figure(
        "price", source, -1, "what the vendor asks for a minute after the first interval, base currency", 0.0246
    )
    yield Figure("connect_fee", source, -1, "what an answered call costs before any second, base currency", 0.0)
    yield Figure("cost", source, -1, "what an answered call costs on the average, base currency", 0.062)
    yield Figure(
        "real_cost", source, -1, "cost of a real minute over the destination's durations, base currency", 0.024768
    )
    yield Figure("margin", source, 1, "what a real minute earns, base currency", 0.004632)
    yield Figure("margin_pct", source, 1, "margin, per cent of revenue", 15.76)
    yield Figure("sell_price", source, 0, "what the client pays for a minute, base currency", 0.0294)


def _quality() -> Iterable[Figure]:
    source = Source.QUALITY
    for prefix, of in (
        ("", "the vendor to the destination"),
        ("vendor_", "the vendor to all destinations"),
        ("country_", "the vendor to the country"),
        ("destination_", "all vendors to the destination"),
        ("client_", "the client to the destination"),
    ):
        yield Figure(
            f"{prefix}asr",
            source,
            1,
            f"answer-seizure ratio of {of}, per cent (E.425), leaning on what is known",
            42.0,
            True,
        )
        yield Figure(f"{prefix}ner", source, 1, f"network effectiveness ratio of {of}, per cent (E.425)", 96.0, True)
        yield Figure(f"{prefix}acd", source, 1, f"mean talk of an answered call of {of}, s (E.437)", 150.0, True)
        yield Figure(
            f"{prefix}pdd_p50", source, -1, f"post-dial delay that half of the calls of {of} do not pass, s", 2.4, True
        )
        yield Figure(
            f"{prefix}pdd_p95", source, -1, f"post-dial delay that 95 of 100 calls of {of} do not pass, s", 6.0, True
        )
        yield Figure(f"{prefix}short_pct", source, -1, f"answered calls of {of} up to 6 s, per cent", 3.0, True)
        yield Figure(f"{prefix}attempts", source, 0, f"calls tried by {of}", 812.0, True)
        yield Figure(f"{prefix}minutes", source, 0, f"minutes talked by {of}", 853.0, True)
    yield Figure("asr_low", source, 1, "lower bound of the asr, Wilson 95 %, per cent", 38.6, True)
    yield Figure("asr_high", source, 1, "upper bound of the asr, Wilson 95 %, per cent", 45.4, True)


def _quantity() -> Iterable[Figure]:
    source = Source.QUANTITY
    yield Figure("minutes_today", source, 0, "minutes that the vendor had today", 1_200.0)
    yield Figure("minutes_month", source, 0, "minutes that the vendor had this month", 30_000.0)
    yield Figure("concurrent", source, -1, "calls open with the vendor", 31.0)
    yield Figure("share", source, 0, "the vendor's part of the destination's calls of the last hour, per cent", 40.0)


def _volumes() -> Iterable[Figure]:
    source = Source.VOLUME
    commitment = "of the vendor's commitment that the call counts for"
    yield Figure("commit_remaining", source, 1, f"minutes (or money) {commitment}, still to be sent", 50_000.0)
    yield Figure(
        "commit_behind_pct",
        source,
        1,
        f"how far behind {commitment} we are: so many per cent more than evenly are to be sent from now on; 0 of none, "
        "or one that is filled or ahead",
        12.0,
    )
    yield Figure("commit_run_rate", source, 0, f"minutes (or money) {commitment}, sent a day of late", 1_500.0)
    yield Figure("commit_needed", source, 0, f"minutes (or money) {commitment}, to be sent a day from now on", 1_680.0)
    swap = "of the swap with the vendor that the call counts for"
    yield Figure("swap_balance", source, 1, f"minutes (or money) {swap}: what it sent us less what we sent it", -400.0)
    yield Figure("swap_room", source, 1, f"minutes (or money) {swap} that we may send until its low end", 600.0)
    yield Figure(
        "swap_pct", source, 1, f"where the balance {swap} stands: -100 at the low end, 100 at the high, 0: none", -40.0
    )


def _capacity() -> Iterable[Figure]:
    source = Source.CAPACITY
    yield Figure("calls_free", source, 1, "calls that the vendor's limits leave for this call's route now", 69.0)
    yield Figure("load_pct", source, -1, "how full the tightest of these limits is, per cent; 0 without one", 31.0)


def _others() -> Iterable[Figure]:
    yield Figure("weight", Source.VENDOR, 1, "the vendor's weight in the split; 0: others are named, 1: none are", 1.0)
    yield Figure("vendor", Source.VENDOR, 0, "the vendor's name", "kestrel")
    yield Figure("vendor_class", Source.VENDOR, 0, "the vendor's class", "premium")
    yield Figure("cli_guaranteed", Source.VENDOR, 1, "whether the vendor guarantees the caller's number", True)
    yield Figure("hour", Source.CALL, 0, "hour of the day in the client's zone, 0 to 23", 14.0)
    yield Figure("weekday", Source.CALL, 0, "day of the week in the client's zone, Monday 1 to Sunday 7", 1.0)
    yield Figure("caller_country", Source.CALL, 0, "the caller's country, ISO 3166 alpha-2, empty where unknown", "DE")
    said = "the type of the caller's number: mobile, fixed, voip, toll-free …, other, or invalid for what is no number"
    yield Figure("caller_type", Source.CALL, 0, f"{said}; empty where unknown", "mobile")
    yield Figure("attestation", Source.CALL, 0, "what STIR says of the caller: A, B, C or none", "A")
    yield Figure("product", Source.CALL, 0, "the product that the client's trunk sells", "standard")


FIGURES = {one.name: one for one in (*_rates(), *_quality(), *_quantity(), *_volumes(), *_capacity(), *_others())}

FUNCTIONS = {
    "min": (2, 8, "the least of what is given"),
    "max": (2, 8, "the most of what is given"),
    "clamp": (3, 3, "clamp(x, low, high): x, but not below low or above high"),
    "abs": (1, 1, "the value without its sign"),
    "log": (1, 1, "the natural logarithm"),
    "round": (1, 2, "round(x) to a whole number, round(x, step) to a multiple of step"),
}
"""How many values each is given, at least and at most, and what it gives; all of numbers."""


def figure(name: str, where: str, column: int) -> Figure:
    """Return a figure by its name. Raises InputError with names that are alike."""
    found = FIGURES.get(name)
    if found is None:
        alike = get_close_matches(name, [*FIGURES, *FUNCTIONS], 3, 0.6)
        mend = f"Did you mean {' or '.join(alike)}?" if alike else "`switchboard policies figures` lists them."
        raise InputError(f"{name!r} in column {column} is no figure", where=where, mend=mend)
    return found
