"""The first rows of a rate sheet, and how it is read or would be: by these its columns are pointed at."""

from collections.abc import Sequence

from actors.home import Home
from actors.sheet_work import PreviewQuery, SheetLook, TabPreview
from domain.sheets.proposal import Preview, propose
from store.sheets.files import open_file

PREVIEW_ROWS = 1_000
"""Of a tab a proposal is made of so many rows, as when a sheet is read."""
SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_TABS = 60, 60, 30
"""More of a sheet is not looked at by a person; so an answer has a few hundred kilobytes at most."""
LONGEST_CELL = 60


def sheet_look(home: Home, query: PreviewQuery) -> SheetLook:
    """Return how a sheet begins. Without a template one is proposed from its headings. Raises InputError for a file
    that cannot be read."""
    opened = open_file(query.name, query.data, home.settings.limits.sheet_mb)
    previews = [
        Preview(tab.name, tab.rows.head(PREVIEW_ROWS).rows(), tab.rows.height, tab.hidden) for tab in opened.tabs
    ]
    template = query.template
    if template is None or len(template.tabs) != len(previews):
        template = propose(previews, query.unit, query.rate_types, query.currency).template
    tabs = tuple(
        TabPreview(one.name, tuple(_row(row) for row in one.rows[:SHOWN_ROWS]), one.total, one.hidden)
        for one in previews[:SHOWN_TABS]
    )
    return SheetLook(tabs, template)


def _row(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell[:LONGEST_CELL] for cell in row[:SHOWN_COLUMNS])
