"""End users of one partner: who they are, and what of their limits is in use."""

from domain.end_user_fields import END_USER_FIELDS
from protos import end_users_pb2, operators_pb2
from tui import formats
from tui.link import Link, LinkError
from tui.tabs.limits import used_share
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_BAR = 8


class EndUsersTab(Tab):
    """One row per end user; the bar is of what is used up most of his own limit. `=` sets fields, `D` removes one."""

    name = "End users"
    columns = (
        Column("id", 14, flex=2),
        Column("name", 14, above=104, flex=1),
        Column("keys", 18, flex=2),
        Column("state", 9),
        Column("calls", 8, right=True),
        Column("minutes", 15, right=True, above=92),
        Column("money", 18, right=True),
        Column("per", 5),
        Column("", _BAR),
        Column("refused", 7, right=True, above=112),
    )
    empty = "no end users: add one with `switchboard end-users add`, or many with `import`"
    every_s = 5.0
    filter_hint = "part of an id, a name or a key"
    has_fields = True
    deeds = ("remove",)

    def __init__(self, partner: str) -> None:
        self._partner = partner

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of end users."""
        query = end_users_pb2.EndUserQuery(partner=self._partner, filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.end_users.List, query)
        away = formats.away([away for user in reply.users for away in user.away], "what they use now")
        return Listed([_row(user) for user in reply.users], reply.total, away)

    async def fields(self, link: Link, row: Row | None) -> tuple[str, dict[str, str]]:
        """Return the fields of the end user under the cursor."""
        if row is None:
            raise LinkError("there is no end user to change")
        named = end_users_pb2.EndUserRef(partner=self._partner, id=row.key)
        values = (await link.ask(lambda services: services.end_users.Fields, named)).values
        return f"end user {row.key}", {name: values[name] for name in END_USER_FIELDS if name in values}

    async def set_fields(self, link: Link, row: Row | None, values: dict[str, str]) -> str:
        """Change fields of the end user under the cursor."""
        assert row is not None, "its fields were shown"
        changes = end_users_pb2.EndUserFields(partner=self._partner, id=row.key, values=values)
        return (await link.ask(lambda services: services.end_users.Set, changes)).what

    def question(self, deed: str, row: Row) -> str:
        """Ask before the end user is removed."""
        return f"Remove end user {row.key}? His calls are nobody's then; what he used stays in the CDRs."

    async def do(self, deed: str, link: Link, row: Row) -> str:
        """Remove the end user."""
        named = end_users_pb2.EndUserRef(partner=self._partner, id=row.key)
        return (await link.ask(lambda services: services.end_users.Remove, named)).what


def _row(user: end_users_pb2.EndUser) -> Row:
    own = next((use for use in user.limits if use.limit.id.startswith("user ")), operators_pb2.LimitUse())
    limit, used, active = own.limit, used_share(own), user.status == "active"
    metered = limit.HasField("max_minutes") or limit.HasField("max_units")
    return Row(
        user.id,
        (
            word(user.id, "strong" if active else "dim"),
            word(user.name),
            word(", ".join([*user.user_names, *user.callers]), "dim"),
            word(user.status, "good" if active else "bad"),
            _of(_calls(user), limit.max_calls if limit.HasField("max_calls") else None, user.open_calls),
            _of(f"{own.seconds // 60:,}", limit.max_minutes, own.seconds)
            if limit.HasField("max_minutes")
            else word(""),
            _money(own) if limit.HasField("max_units") else word(""),
            word(limit.period if metered else "", "dim"),
            Cell(formats.bar(used, 1000, _BAR, "·"), _tone(used), used),
            number(formats.count(own.refused), own.refused, "warn" if own.refused else "dim"),
        ),
        user,
    )


def _calls(user: end_users_pb2.EndUser) -> str:
    return f"{user.open_calls:,}" if user.use_known else formats.NOTHING


def _of(used: str, most: int | None, order: int) -> Cell:
    return number(used if most is None else f"{used} of {most:,}", order, "plain" if most is not None else "dim")


def _money(use: operators_pb2.LimitUse) -> Cell:
    used, most = formats.limit(use.used_units), formats.limit(use.limit.max_units)
    return number(f"{used} of {most} {use.limit.currency}", use.used_units)


def _tone(used: int) -> Tone:
    return "bad" if used >= 900 else "warn" if used >= 700 else "good"
