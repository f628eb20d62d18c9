"""Policies, by which routes are chosen, and all that each of them ever said."""

from collections.abc import Mapping

from textual.content import Content

from domain.policies.fields import POLICY_FIELDS
from domain.policies.policy import DEFAULT
from protos import operators_pb2
from protos import policies_pb2 as pb
from tui import formats
from tui.forms.policies import policy_form
from tui.link import Link, LinkError
from tui.screens.form import FormScreen
from tui.tabs.places import place_words
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Column, Row, number, word

_NOTE = "note"
"""Beside the fields: why, for the history."""


class PoliciesTab(Tab):
    """One row per policy as it is in force; below it, for which calls. `+` adds one, `=` sets fields, Enter shows
    versions and places."""

    name = "Policies"
    columns = (
        Column("policy", 14, flex=1),
        Column("v", 4, right=True),
        Column("says", 30, flex=4),
        Column("since", 14, above=96),
        Column("by", 10, above=96),
    )
    empty = "no policy has such a name"
    filter_hint = "part of a name"
    every_s = 10.0
    adds = ("policy",)
    has_fields = True
    has_drill = True
    deeds = ("remove",)
    detail_share = (2, 1)
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of policies."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.policies.List, page)
        return Listed([_row(one) for one in reply.policies], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show every field that is said, one a line, and for which calls."""
        return _detail(_of(row))

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new one."""
        return policy_form(link)

    def hindrance(self, deed: str, row: Row) -> str:
        """Keep the one below all others, and those that hold for any calls."""
        one = _of(row)
        if one.name == DEFAULT:
            return "it is below all others"
        return "it holds for calls: take it away from them first" if one.clients or one.attached else ""

    def question(self, deed: str, row: Row) -> str:
        """Ask before one is removed."""
        return f"Remove policy {row.key}? Its versions stay, and go on where it is set again."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove it."""
        return (await link.ask(lambda services: services.policies.Remove, operators_pb2.Named(name=row.key))).what

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the policy under the cursor."""
        if row is None:
            raise LinkError("there is no policy to change")
        found = await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=row.key))
        return f"policy {row.key}", {name: found.values.get(name, "") for name in (*POLICY_FIELDS, _NOTE)}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Make another version of the policy under the cursor."""
        assert row is not None, "its fields were shown"
        said = {name: text for name, text in values.items() if name != _NOTE}
        change = pb.PolicyChange(name=row.key, values=said, note=values.get(_NOTE, ""))
        return (await link.ask(lambda services: services.policies.Set, change)).what


class VersionsTab(Tab):
    """One row per version, the last first. `b` makes what it says the next version."""

    name = "Versions"
    columns = (
        Column("v", 4, right=True),
        Column("since", 14),
        Column("by", 10),
        Column("note", 12, flex=1),
        Column("says", 24, flex=3),
    )
    empty = "no versions"
    deeds = noted = ("back",)
    detail_share = (2, 1)
    detail_below = True

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self._newest = 0

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of versions."""
        query = pb.PolicyVersionsQuery(name=self.policy, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.policies.Versions, query)
        self._newest = reply.total
        return Listed([_version_row(one) for one in reply.policies], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show every field that was said, one a line."""
        return _detail(_of(row))

    def hindrance(self, deed: str, row: Row) -> str:
        """Say that the last one is in force."""
        return "it is in force" if _of(row).version == self._newest else ""

    def question(self, deed: str, row: Row) -> str:
        """Ask before routes are chosen otherwise."""
        version = _of(row).version
        return f"Make version {version} of policy {self.policy} its version {self._newest + 1}? It holds at once."

    async def do_noted(self, deed: str, link: Link, row: Row, note: str) -> str:
        """Go back to the version."""
        order = pb.PolicyBack(name=self.policy, version=_of(row).version, note=note)
        return (await link.ask(lambda services: services.policies.Back, order)).what


def _row(policy: pb.RoutePolicy) -> Row:
    return Row(
        policy.name,
        (
            word(policy.name, "strong"),
            number(f"{policy.version}", policy.version),
            word(_said(policy.values)),
            word(formats.stamp(policy.at_ms), "dim"),
            word(policy.who, "dim"),
        ),
        policy,
    )


def _version_row(policy: pb.RoutePolicy) -> Row:
    return Row(
        f"{policy.version}",
        (
            number(f"{policy.version}", policy.version, "strong"),
            word(formats.stamp(policy.at_ms), "dim"),
            word(policy.who),
            word(policy.note),
            word(_said(policy.values)),
        ),
        policy,
    )


def _of(row: Row) -> pb.RoutePolicy:
    assert isinstance(row.item, pb.RoutePolicy), "rows of policies are made here"
    return row.item


def _said(values: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {values[name]}" for name in POLICY_FIELDS if name in values) or formats.NOTHING


def _detail(policy: pb.RoutePolicy) -> Content:
    lines = [(name, policy.values[name]) for name in POLICY_FIELDS if name in policy.values]
    lines = lines or [("says", "nothing: it leaves all to those below it, or to the least real cost")]
    lines += [("holds for", f"{policy.clients:,} by contract")] if policy.clients else []
    lines += [("holds for", place_words(place)) for place in policy.places]
    more = policy.attached - len(policy.places)
    lines += [("", f"and {more:,} more")] if more > 0 else []
    parts: list[tuple[str, str]] = []
    for name, text in lines:
        parts += [(f"{name:<14} ", "$dim"), (f"{formats.plain(text)}\n", "$foreground")]
    return Content.assemble(*parts)
