"""What commitments and swaps have in common on the command line: their options, and how amounts are shown."""

from typing import Annotated

import typer

from domain.money import decimal_text

Destination = Annotated[str, typer.Option(help="Calls to this destination, by its name.", show_default=False)]
Country = Annotated[
    str, typer.Option(metavar="CC", help="Calls to this country, by its two letters.", show_default=False)
]
Code = Annotated[
    str, typer.Option(metavar="PREFIX", help="Calls to numbers that begin so; nothing: all calls.", show_default=False)
]
FirstDay = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First day or moment, in the partner's zone.", show_default=False)
]
LastDay = Annotated[
    str, typer.Option("--until", metavar="DATE", help="Last day, or the moment after the last.", show_default=False)
]
Note = Annotated[str, typer.Option(help="What it is about, in one line.", show_default=False)]


def fields_of(**given: object) -> dict[str, str]:
    """Return what was given as fields by their names, as text."""
    return {name.strip("_"): str(value) for name, value in given.items() if value not in (None, "")}


def amount(value: int, *, in_money: bool, currency: str) -> str:
    """Show minutes to a second's hundredth part of one, or money."""
    if in_money:
        return f"{decimal_text(value)} {currency}"
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 60:,}.{abs(value) % 60 * 100 // 60:02d} min"


def where_words(destination: str, country: str, code: str) -> str:
    """Say which calls count."""
    parts = [(destination, "to"), (country, "country"), (code, "code")]
    return ", ".join(f"{word} {name}" for name, word in parts if name) or "all calls"
