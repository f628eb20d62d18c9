"""A sheet as PDF, A4, by Typst: for people; nobody can read it back.

Data goes to the template as JSON, so that no name can be taken for markup.
"""

from importlib.resources import files
from typing import Any

import orjson
import typst

from domain.errors import InputError
from domain.notice_frames.rows import MONEY, WHOLE, SheetRows
from domain.notice_frames.texts import text_cells
from domain.notices.form import Field, SheetForm
from domain.notices.words import title_word
from store.notices.title import Title

ROWS_MOST = 5_000
"""Some 100 pages, which take 0.7 GB to lay out; nobody reads more."""
_WIDE = 8
"""More columns than this are printed across."""
_STRETCH = (Field.DESTINATION, Field.COMMENT)


def write_pdf(sheet: SheetRows, form: SheetForm, title: Title) -> bytes:
    """Return the document; the same sheet gives the same pages. Raises InputError for too many rows."""
    if sheet.rows.height > ROWS_MOST:
        mend = "Let the form list or range its codes (codes=ranged), tell changes only (scope=changes), or be xlsx."
        raise InputError(f"the sheet has {sheet.rows.height:,} rows, more than {ROWS_MOST:,}", where="PDF", mend=mend)
    # tags would make the file fifteen times as large
    pdf = typst.compile(template(), sys_inputs=template_inputs(sheet, form, title), pdf_tags=False)
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


def template() -> bytes:
    """Return the Typst source of a sheet."""
    return files("store").joinpath("templates/sheet.typ").read_bytes()


def template_inputs(sheet: SheetRows, form: SheetForm, title: Title) -> dict[str, str]:
    """Return what the template gets: `data`, a JSON object of texts in the shape that sheet.typ reads."""
    cells = text_cells(sheet, form, title.zone)
    names = [one.name for one in sheet.columns]
    data: dict[str, Any] = {
        "company": title.company,
        "plan": title.plan,
        "facts": [list(line) for line in title.lines(form) if line[1] and line[1] != title.plan],
        "what": title_word("plan", form.language),
        "page": title_word("page", form.language),
        "lang": form.language,
        "wide": len(names) > _WIDE,
        "heads": [one.heading for one in sheet.columns],
        "right": [one in MONEY or one in WHOLE for one in names],
        "stretch": [one in _STRETCH for one in names] if set(_STRETCH) & set(names) else [True, *[False] * len(names)],
        "cells": [cell for row in cells.iter_rows() for cell in row],
    }
    return {"data": orjson.dumps(data).decode()}
