"""The audit trail: who changed what, when, from what to what."""

import json
from typing import Any

from textual.content import Content

from domain.audit_text import changes, everything
from protos import operators_pb2
from tui import formats
from tui.link import Link, LinkError
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word

_WORDS = ("noun", "key", "who")


class AuditTab(Tab):
    """One row per change, the newest first, with the fields that it changed; below it every field of one."""

    name = "Audit"
    columns = (
        Column("when", 14),
        Column("who", 9),
        Column("action", 9),
        Column("noun", 9, above=84),
        Column("key", 14),
        Column("change", 30, flex=1),
    )
    empty = "nothing was changed yet"
    every_s = 5.0
    filter_hint = "noun:switch key:gw1 who:ada"
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of changes."""
        query = operators_pb2.AuditQuery(limit=ask.limit, offset=ask.offset)
        for each in ask.filter.split():
            name, _, value = each.rpartition(":")
            if name not in ("", *_WORDS):
                raise LinkError(f"{name}: is no filter; there is {', '.join(f'{word}:' for word in _WORDS)}")
            setattr(query, name or "key", value)
        reply = await link.ask(lambda services: services.audit.List, query)
        return Listed([_row(entry) for entry in reply.entries], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show what one change changed, then every field that there was."""
        entry = _entry(row)
        before, after = _values(entry)
        changed = list(changes(before, after))
        rest = [each for each in everything(before, after) if each not in changed]
        head = f"{entry.action} {entry.noun} {entry.key}, by {entry.who}\n"
        return Content.assemble(
            (formats.plain(head), "bold $accent"),
            *((f"{formats.plain(each)}\n", "$strong") for each in changed),
            *((f"{formats.plain(each)}\n", "$dim") for each in rest),
        )


def _entry(row: Row) -> operators_pb2.AuditEntry:
    assert isinstance(row.item, operators_pb2.AuditEntry)
    return row.item


def _values(entry: operators_pb2.AuditEntry) -> tuple[Any, Any]:
    before, after = (json.loads(text) if text else None for text in (entry.before, entry.after))
    return before, after


def _row(entry: operators_pb2.AuditEntry) -> Row:
    return Row(
        str(entry.id),
        (
            number(formats.stamp(entry.at_ms), entry.at_ms, "dim"),
            word(entry.who, "hue"),
            word(entry.action),
            word(entry.noun, "dim"),
            word(entry.key, "strong"),
            word(", ".join(changes(*_values(entry)))),
        ),
        entry,
    )
