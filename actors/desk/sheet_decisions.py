"""What may be decided about a sheet: moments that its terms allow, cells of tabs that are read, kinds of findings."""

from domain.days import local_day
from domain.errors import InputError
from domain.sheets.findings import Check
from domain.sheets.template import Template, Use
from domain.sheets.terms import RateTerms


def check_moment(at_ms: int, now_ms: int, terms: RateTerms, zone: str) -> None:
    """Raise InputError for a moment (UTC ms) to which nothing may be moved: as for dates of sheets, but from today."""
    days = (local_day(at_ms, zone) - local_day(now_ms, zone)).days
    if -terms.past_days <= days <= terms.ahead_days:
        return
    where = "before" if days < 0 else "after"
    raise InputError(
        f"that is {abs(days):,} days {where} today; {-terms.past_days} to {terms.ahead_days} are allowed",
        mend="Give a day within these, or change past_days and ahead_days of the plan's terms.",
    )


def check_tab(tab: str, template: Template | None, where: str) -> None:
    """Raise InputError for a tab that a template does not read, and for none ("") where it reads several."""
    read = [one.name for one in template.tabs if one.use is not Use.SKIP] if template else []
    names = ", ".join(repr(name) for name in read if name)
    if not tab and len(read) > 1:
        raise InputError(
            f"{len(read)} tabs of it are read", where=where, mend=f"Say which one the cell is in: {names}."
        )
    if tab and read and "" not in read and tab.casefold() not in [name.casefold() for name in read]:
        raise InputError(f"it has no tab {tab!r} that is read", where=where, mend=f"Give one of these: {names}.")


OF_ROWS = (Check.MANY_REJECTS, Check.BAD_CODE, Check.BAD_RANGE, Check.TWO_PRICES, Check.BAD_PRICE)
"""Checks that say nothing that blocks but of rows that do not go in."""
ALSO_OF_ROWS = (Check.BAD_INCREMENTS, Check.UNKNOWN_RATE_TYPE, Check.BAD_DATE)
"""Checks that say it of rows, and of what goes in or of whole columns besides."""
