"""Builders of tabs for tests, and what is read from a proposal."""

from domain.sheets.headings import Meaning
from domain.sheets.proposal import Preview, Proposal
from domain.sheets.template import Template

IGNORED = (Meaning.UNUSED, Meaning.PREVIOUS, Meaning.COMMENT)


def tab(*lines: str, name: str = "sheet", hidden: bool = False) -> Preview:
    """Return a tab of lines whose cells are separated by bars."""
    rows = [line.split("|") for line in lines]
    return Preview(name, rows, len(rows), hidden)


def meant(template: Template, at: int = 0) -> dict[str, str]:
    """Return heading → meaning of the columns that are read, with rate type and origin behind it."""
    return {
        column.heading: " ".join(filter(None, (column.meaning.name.lower(), column.rate_type, column.origin)))
        for column in template.tabs[at].columns
        if column.meaning not in IGNORED
    }


def asked(proposal: Proposal) -> list[str]:
    """Return what is asked about."""
    return [question.about for question in proposal.questions]
