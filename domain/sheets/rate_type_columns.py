"""Asking what prices of a rate type are that the plan has no time profile for."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from domain.rates import ANY_TIME
from domain.sheets.header_rows import Table
from domain.sheets.price_columns import PRICES
from domain.sheets.questions import RATE_TYPE, Effect, Question, unused
from domain.sheets.rate_types import rate_type_of
from domain.sheets.shown import shown
from domain.sheets.template import Column
from domain.sheets.whole_file import Used

ANY_CHOICE, OUT_CHOICE = "they hold at any time", "leave them out"


def unknown_types(used: Sequence[Used], types: Collection[str]) -> list[Question]:
    """Ask for each rate type in headings (or names of tabs) that none of the plan's `types` is, what its prices are.

    The answer names columns, so that the template remembers it.
    """
    own = sorted(set(types) - {ANY_TIME})
    questions = []
    for one in used:
        priced = [column for column in one.picked.columns.values() if column.meaning in PRICES]
        strange = [column for column in priced if rate_type_of(column.rate_type, own) is None]
        known = [column for column in priced if column not in strange]
        for name in dict.fromkeys(column.rate_type for column in strange):
            mine = [column for column in strange if column.rate_type == name]
            questions.append(_question(one, name, mine, _free(mine, known, own), own))
    return questions


def _free(mine: Sequence[Column], known: Sequence[Column], own: Sequence[str]) -> list[str]:
    """Return the rate types, "" any time, of which the tab has no prices yet for the same callers."""
    taken = {(column.meaning, _kind(column, own), column.origin) for column in known}
    return [kind for kind in (*own, "") if not any((one.meaning, kind, one.origin) in taken for one in mine)]


def _kind(column: Column, own: Sequence[str]) -> str:
    kind = rate_type_of(column.rate_type, own) or ""
    return "" if kind == ANY_TIME else kind


def _question(one: Used, name: str, mine: Sequence[Column], free: Sequence[str], own: Sequence[str]) -> Question:
    choices = {
        f"they are the plan's rate type {kind}" if kind else ANY_CHOICE: Effect(
            tuple(replace(column, rate_type=kind) for column in mine)
        )
        for kind in free
    }
    choices[OUT_CHOICE] = Effect(tuple(unused(column.place, column.heading) for column in mine))
    tab = one.table.preview.name
    return Question(
        tab, RATE_TYPE + name, _words(one.table, name, mine, own), tuple(choices), tuple(choices.values()), one.layout
    )


def _words(table: Table, name: str, mine: Sequence[Column], own: Sequence[str]) -> str:
    columns = ", ".join(shown(table, column.place) for column in mine)
    has = f"has {', '.join(own)}" if own else "has none"
    return (
        f"The plan has no time profile {name!r} (it {has}), whose prices stand in {columns}. What are they? "
        f'To have it in the plan, `switchboard plans set PLAN windows="{name} mon-fri 08:00-18:00"` before, then '
        "`switchboard sheets retry`."
    )
