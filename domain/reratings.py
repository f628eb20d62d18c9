"""Reratings: calls that rates known later would charge otherwise, proposed for an operator to decide about.

A proposal names the calls of one plan whose charge differs between the version that charged them and a newer one. It
changes nothing: calls are charged anew by whoever runs it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.ids import PlanId
from domain.money import Currency, decimal_text

MOST_GROUPS = 500
"""So many sums a proposal itself has; what is beyond the largest is one sum without a name."""
OTHERS = "others"
"""The partner of the sum of what is beyond MOST_GROUPS."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [since, until) of validity, UTC ms, and what holds in it: any value that equals its like."""

    since: int
    until: int
    what: object


@dataclass(frozen=True, slots=True)
class GroupSum:
    """Calls of one partner and destination whose charge differs, and what they come to before and after, units."""

    partner: str
    destination: int
    calls: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What counting found: calls whose charge differs, those that it leaves as they are (`equal`), and those that the
    newer version cannot rate (`unrated`). `before` and `after`: of the calls that differ, units.

    `place`: the folder of the list of calls; "": nothing is listed. `from_ms`: since when versions say other things.
    `seqs`: up to which seq of each book legs were looked at.
    """

    calls: int
    before: int
    after: int
    equal: int
    unrated: int
    groups: tuple[GroupSum, ...]
    place: str
    from_ms: int = 0
    seqs: Mapping[int, int] = field(default_factory=dict)

    @property
    def difference(self) -> int:
        """What rating by the newer version changes, units; negative where calls become cheaper."""
        return self.after - self.before

    @property
    def is_nothing(self) -> bool:
        """Whether no call is concerned."""
        return not (self.calls or self.unrated)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Calls of a plan in [from_ms, until_ms), by the moment that rates them, that were charged before `to_version` was
    known: since `from_version` all changes are looked at. `sheets`: that brought them, or were taken back. `settled`:
    only legs up to these seqs of the books were looked at with changes up to `from_version`; of others all are."""

    plan: PlanId
    side: str
    currency: Currency
    from_version: int
    to_version: int
    sheets: tuple[int, ...]
    from_ms: int
    until_ms: int
    counted: Counted
    settled: Mapping[int, int] = field(default_factory=dict)

    def counted_again(self, until_ms: int, counted: Counted) -> "Proposal":
        """Return it with what was counted anew, up to another moment."""
        return replace(self, until_ms=until_ms, counted=counted)

    @property
    def words(self) -> str:
        """Say it in one line."""
        one, found = self, self.counted
        money = decimal_text(found.difference)
        sign = "" if money.startswith("-") else "+"
        unrated = f", {found.unrated:,} cannot be rated" if found.unrated else ""
        what = "call" if found.calls == 1 else "calls"
        return f"{one.plan} version {one.to_version}: {found.calls:,} {what}, {sign}{money} {one.currency}{unrated}"


def first_difference(before: Iterable[Span], after: Iterable[Span], until_ms: int) -> int | None:
    """Return the first moment before `until_ms` at which two timelines say different things; None: there is none.

    Spans of one timeline do not overlap. What says nothing differs from whatever something says.
    """
    one, other = (sorted(spans, key=lambda span: span.since) for spans in (before, after))
    edges = {edge for span in (*one, *other) for edge in (span.since, span.until)}
    for at in sorted(edge for edge in edges if edge < until_ms):
        if _at(one, at) != _at(other, at):
            return at
    return None


def summed(groups: Iterable[GroupSum]) -> tuple[GroupSum, ...]:
    """Put sums in order, the largest difference first, and those beyond MOST_GROUPS into one."""
    ordered = sorted(groups, key=lambda one: (-abs(one.after - one.before), one.partner, one.destination))
    kept, rest = ordered[:MOST_GROUPS], ordered[MOST_GROUPS:]
    if rest:
        whole = GroupSum(OTHERS, 0, 0, 0, 0)
        for one in rest:
            whole = replace(
                whole, calls=whole.calls + one.calls, before=whole.before + one.before, after=whole.after + one.after
            )
        kept.append(whole)
    return tuple(kept)


def proposal_args(proposal: Proposal) -> dict[str, object]:
    """Return a proposal as the plain JSON of a job's arguments."""
    counted = proposal.counted
    return {
        "plan": proposal.plan,
        "side": proposal.side,
        "currency": proposal.currency,
        "from_version": proposal.from_version,
        "to_version": proposal.to_version,
        "sheets": list(proposal.sheets),
        "from_ms": proposal.from_ms,
        "until_ms": proposal.until_ms,
        "calls": counted.calls,
        "before": counted.before,
        "after": counted.after,
        "difference": counted.difference,
        "equal": counted.equal,
        "unrated": counted.unrated,
        "groups": [[one.partner, one.destination, one.calls, one.before, one.after] for one in counted.groups],
        "place": counted.place,
        "settled": [list(pair) for pair in sorted(proposal.settled.items())],
    }


def proposal_of(args: Mapping[str, Any]) -> Proposal:
    """Read a proposal from a job's arguments."""
    counted = Counted(
        calls=args["calls"],
        before=args["before"],
        after=args["after"],
        equal=args["equal"],
        unrated=args["unrated"],
        groups=tuple(GroupSum(*line) for line in args["groups"]),
        place=args["place"],
        from_ms=args["from_ms"],
    )
    return Proposal(
        plan=PlanId(args["plan"]),
        side=args["side"],
        currency=Currency(args["currency"]),
        from_version=args["from_version"],
        to_version=args["to_version"],
        sheets=tuple(args["sheets"]),
        from_ms=args["from_ms"],
        until_ms=args["until_ms"],
        counted=counted,
        settled=dict(args["settled"]),
    )


def _at(ordered: Sequence[Span], at: int) -> object:
    return next((span.what for span in ordered if span.since <= at < span.until), None)
