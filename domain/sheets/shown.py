"""How a column is named to people: by its letter, its heading and what it holds."""

from domain.sheets.header_rows import Table

_EXAMPLES = 3
_LONGEST = 24


def letter(place: int) -> str:
    """Return the name that spreadsheets give the column: A for 0, AA for 26."""
    name, left = "", place + 1
    while left:
        left, digit = divmod(left - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def shown(table: Table, place: int) -> str:
    """Return for example: column C "Dial Prefix" (61, 611, 614)."""
    heading = table.headings[place] if place < len(table.headings) else ""
    cells = list(dict.fromkeys(table.cells(place)))[:_EXAMPLES]
    held = ", ".join(cell if len(cell) <= _LONGEST else cell[: _LONGEST - 1] + "…" for cell in cells)
    named = f"column {letter(place)}" + (f' "{heading}"' if heading else "")
    return f"{named} ({held})" if held else f"{named} (empty)"
