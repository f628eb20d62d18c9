"""The 36 checks of a rate sheet (domain.sheets.findings): one module for each kind of thing that they look at."""

import polars as pl

from domain.sheet_frames.case import Case
from domain.sheet_frames.checks.found import frame_of
from domain.sheet_frames.checks.look import Look
from domain.sheet_frames.checks.of_callers import of_callers
from domain.sheet_frames.checks.of_codes import of_codes
from domain.sheet_frames.checks.of_file import of_file
from domain.sheet_frames.checks.of_file import unmapped as unmapped
from domain.sheet_frames.checks.of_file import unreadable as unreadable
from domain.sheet_frames.checks.of_function import of_function
from domain.sheet_frames.checks.of_margin import of_margin
from domain.sheet_frames.checks.of_prices import of_prices
from domain.sheet_frames.checks.of_sold import of_sold
from domain.sheet_frames.checks.of_times import of_times

_KINDS = (of_file, of_codes, of_prices, of_times, of_function, of_callers, of_margin, of_sold)


def check(case: Case) -> pl.DataFrame:
    """Return FINDINGS of a sheet that was read and compared: open ones first, of these blocking ones, most money first.

    R01 and R04 are not among them: there are no lines then (`unreadable`, `unmapped`). Of one check found.LISTED are
    listed at most, and one more counts the rest. `money` is what a finding means for us a week, negative where it
    costs us: the calls of the last terms.traffic_days through the plan before and after; of R34 it is what rerating
    the calls billed since would change, once.
    """
    look = Look(case)
    return frame_of((one for kind in _KINDS for one in kind(look)), case.contract.corrections)
