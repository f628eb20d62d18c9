"""What an analyst decided about rows and cells, applied to the tabs of a sheet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import polars as pl

from domain.sheets.corrections import Corrected, Correction
from domain.sheets.findings import place_of


def mended(name: str, tab: pl.DataFrame, corrections: Iterable[Corrected]) -> pl.DataFrame:
    """Return the tab with other texts where cells were mended; what lies outside of it is passed over."""
    texts: dict[str, dict[int, str]] = defaultdict(dict)
    for one in corrections:
        column = str(one.column)
        if one.kind is Correction.MEND and _is_of(one, name) and column in tab.columns and 0 < one.row <= tab.height:
            texts[column][one.row - 1] = one.value
    if not texts:
        return tab
    return tab.with_columns(
        tab[column].scatter(list(values), list(values.values())).alias(column) for column, values in texts.items()
    )


def placed_mends(
    tabs: Mapping[str, pl.DataFrame], corrections: Iterable[Corrected]
) -> tuple[tuple[Corrected, ...], list[str]]:
    """Return the corrections without those that mend no cell of the tabs that are read, and a note on each of these.

    One that names no tab is for the only one; where there are several it mends nothing.
    """
    kept, notes = [], []
    for one in corrections:
        meant = [tab for name, tab in tabs.items() if _is_of(one, name)] if one.kind is Correction.MEND else []
        cell = f"{one.tab} row {one.row}, column {one.column + 1}".strip()
        if one.kind is not Correction.MEND:
            kept.append(one)
        elif len(meant) > 1:
            notes.append(f"{cell} was not mended: {len(meant)} tabs are read, and none is named.")
        elif not any(0 < one.row <= tab.height and str(one.column) in tab.columns for tab in meant):
            notes.append(f"{cell} was not mended: there is no such cell in a tab that is read.")
        else:
            kept.append(one)
    return tuple(kept), notes


def dropped(name: str, corrections: Iterable[Corrected]) -> list[int]:
    """Return the rows (from 1) of a tab that are left out."""
    return sorted({row for one in corrections if one.kind is Correction.DROP and (row := _row(one, name))})


def dropped_checks(corrections: Iterable[Corrected]) -> list[str]:
    """Return the checks all of whose rejected rows are left out."""
    return sorted({one.check for one in corrections if one.kind is Correction.DROP and one.check and not one.key})


def moments(name: str, corrections: Iterable[Corrected]) -> Mapping[int, int]:
    """Return the moment (UTC ms) at which rows of a tab begin, by row; not those that the notice is to decide."""
    said = ((_row(one, name), one.value) for one in corrections if one.kind is Correction.DATE)
    return {row: int(value) for row, value in said if row and value}


def moment_of_unread(corrections: Iterable[Corrected], check: str) -> int | None:
    """Return when all rows begin that have a fault of this check, if that was decided."""
    for one in corrections:
        if one.kind is Correction.DATE and one.check == check and one.value and not one.row and not one.key:
            return int(one.value)
    return None


def _row(one: Corrected, name: str) -> int:
    """Return the row of this tab that a decision names, itself or by the key of a finding; 0: none."""
    if one.row:
        return one.row if _is_of(one, name) else 0
    place = place_of(one.key) if one.key else None
    return place.row if place and place.tab.casefold() == name.casefold() else 0


def _is_of(one: Corrected, name: str) -> bool:
    return not one.tab or one.tab.casefold() == name.casefold()
