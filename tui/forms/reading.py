"""Lines of forms, read; what cannot be is told with the line it stands in, what is wanted yet without one."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from textual.content import Content

from domain.errors import InputError
from domain.field_text import unknown_field
from domain.money import decimal_text, units_of
from tui import formats
from tui.screens.form import WrongLineError

Value = TypeVar("Value")
MOST_UNITS = 2**63 - 1


def needed(values: Mapping[str, str], **lines: str) -> None:
    """Raise ValueError for a line without anything in it: `vendor="whom it was promised to"`."""
    for name, words in lines.items():
        if not values[name]:
            raise ValueError(f"{name} is wanted: {words}")


def read(values: Mapping[str, str], line: str, reader: Callable[[str], Value]) -> Value | None:
    """Return what a line says, None where it says nothing. Raises WrongLineError."""
    if not values[line]:
        return None
    with standing_in(line):
        return reader(values[line])


@contextmanager
def standing_in(line: str) -> Iterator[None]:
    """Say of what is wrong that it stands in a line: raise WrongLineError instead."""
    try:
        yield
    except InputError as wrong:
        raise WrongLineError(line, f"{wrong.what}. {wrong.mend}") from None
    except ValueError as wrong:
        raise WrongLineError(line, str(wrong)) from None


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""

    def reader(text: str) -> int:
        bare = text.replace(",", "").replace("_", "")
        if not (bare.isascii() and bare.isdigit() and len(bare) <= 18 and least <= int(bare) <= most):
            raise ValueError(f"{text!r} is no whole number from {least:,} to {most:,}")
        return int(bare)

    return reader


def hundredths(least: int, most: int, what: str) -> Callable[[str], int]:
    """Return a reader of decimals into hundredths, of per cent or points; bounds are in hundredths, too."""

    def reader(text: str) -> int:
        bare = text.removesuffix("%").strip()
        units = units_of(bare)
        if units % 10**6 or not least <= units // 10**6 <= most:
            raise ValueError(f"{text!r} is none: give {least / 100:g} to {most / 100:,g} {what}, two decimals at most")
        return units // 10**6

    return reader


def price(text: str) -> int:
    """Read an amount that is not negative into units of 10^-8. Raises ValueError, InputError."""
    units = units_of(text)
    if not 0 <= units <= MOST_UNITS:
        raise ValueError(f"{text} cannot be: give 0 to 92 billion")
    return units


def money(units: int) -> str:
    """Write an amount."""
    return formats.grouped(decimal_text(units))


def assigned(known: Iterable[str], where: str) -> Callable[[str], dict[str, str]]:
    """Return a reader of FIELD=VALUE words; the fields are those known. Raises InputError, ValueError."""

    def reader(text: str) -> dict[str, str]:
        values: dict[str, str] = {}
        for word in shlex.split(text):
            name, sign, value = word.partition("=")
            if not sign:
                raise ValueError(f"{word!r} is not FIELD=VALUE")
            if name not in known:
                raise unknown_field(name, known, where)
            values[name] = value
        return values

    return reader


def calls_of(values: Mapping[str, str]) -> str:
    """Say which calls are meant by the lines that name them."""
    named = [
        ("client", "of"), ("end user", "of end user"), ("product", "of product"), ("destination", "to"),
        ("country", "to country"), ("code", "to numbers that begin with"), ("profile", "in"),
    ]  # fmt: skip
    parts = [f"{word} {values[line]}" for line, word in named if values.get(line)]
    return " ".join(["calls", *parts]) if parts else "all calls"


def good(words: str, *more: str) -> Content:
    """Write what would come of it, and on lines below what else is to be known."""
    below = [("\n  " + formats.plain(line), "$dim") for line in more if line]
    return Content.assemble(("✓ ", "bold $success"), (formats.plain(words), "$foreground"), *below)
