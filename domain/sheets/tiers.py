"""Prices by volume: one tier is read, the others stay in the sheet's file and are told; another may be chosen later."""

from collections.abc import Iterable
from dataclasses import replace

from domain.errors import InputError
from domain.sheets.heading_reading import read_heading
from domain.sheets.price_columns import PRICES
from domain.sheets.questions import unused, with_columns
from domain.sheets.template import Column, TabLayout, Template, Use


def tiers_of(columns: Iterable[Column]) -> tuple[list[Column], list[Column]]:
    """Return the columns whose heading names a tier: those that are read as prices, and those that are not."""
    named = [one for one in columns if one.heading and read_heading(one.heading).tier]
    return [one for one in named if one.meaning in PRICES], [one for one in named if one.meaning not in PRICES]


def retiered(template: Template, tier: str) -> Template:
    """Return the template that reads this tier, named by its heading or a part of it, instead of the one it reads.

    Raises InputError where no tab has it, where several columns could be it, or where several tiers are read.
    """
    tabs, found = [], False
    for layout in template.tabs:
        read, others = tiers_of(layout.columns) if layout.use is Use.RATES else ([], [])
        fit = [one for one in others if _plain(tier) == _plain(one.heading)]
        fit = fit or [one for one in others if _plain(tier) and _plain(tier) in _plain(one.heading)]
        if not fit:
            tabs.append(layout)
            continue
        if len(fit) > 1 or len(read) != 1:
            mend = "Name the whole heading." if len(fit) > 1 else "Point at the columns in the console (T)."
            raise InputError(f"{tier!r} is more than one column of tab {layout.name!r}", mend=mend)
        found = True
        tabs.append(_swapped(layout, read[0], fit[0]))
    if not found:
        listed = ", ".join(repr(one.heading) for layout in template.tabs for one in tiers_of(layout.columns)[1])
        raise InputError(
            f"no volume tier that is not read is called {tier!r}",
            mend=f"There are: {listed}." if listed else "The sheet has no other tiers.",
        )
    return replace(template, tabs=tuple(tabs))


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _swapped(layout: TabLayout, old: Column, new: Column) -> TabLayout:
    price = replace(old, place=new.place, heading=new.heading, cents=new.cents or old.cents)
    return with_columns(layout, (replace(unused(old.place, old.heading), cents=old.cents), price))
