"""A past call decided anew, by what was known then and by what is known now. Reads the catalog and changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from actors.home import Home
from actors.route_work import PastAnswer, PastOrder, PastVendor
from actors.world_files import load_world
from cluster.tasks.batch_world import open_catalog
from domain.attribution import DirectoryIndex
from domain.decisions import Decision, LeftOut, Route, explain, why_behind
from domain.directory import Directory
from domain.errors import BrokenWorldError, NotFoundError
from domain.ids import PlanId
from domain.intervals import ColumnPlan, flatten
from domain.past_calls import Kept, KeptRoute, kept_of
from domain.policies.trying import tried
from domain.rates import PlanTable
from domain.redeciding import Anew, as_asked, decided_anew, differences
from domain.routing import decide
from domain.world import World
from store.catalog import Catalog
from store.catalog.snapshots import DIRECTORY, PLAN
from store.directory_file import read_directory
from store.publication import ALL

HEARD_MS = 5_000
"""So long after a change a node may have decided by what was before."""


def decide_past(home: Home, order: PastOrder) -> PastAnswer:
    """Decide a call anew as its record asks. Raises NotFoundError, InputError for a policy that cannot be."""
    kept = kept_of(bytes.fromhex(order.key), order.at_ms, order.asked, order.why)
    manifest = home.manifest()
    if manifest is None:
        raise NotFoundError("nothing is published yet", mend="Add partners, plans and trunks first.")
    present = load_world(home.snapshots, manifest, order.board)
    catalog = open_catalog(home)
    try:
        found, missing = _anew(home, catalog, kept, present, order)
    finally:
        catalog.close()
    setup = replace(kept.setup, at_ms=order.now_ms)
    now = as_asked(kept, decide(setup, tried(present, order.trial) if order.trial is not None else present))
    told = differences(kept, found.decision)
    return PastAnswer(
        same=not told,
        differences=told,
        missing=(*missing, *found.missing),
        vendors=_vendors(kept, found.decision, now),
        anew=tuple(explain(found.decision)),
        now=tuple(explain(now)),
        policies=(kept.policy, found.decision.policy, now.policy),
        verdicts=(_verdict(kept.refusal, kept.detail), _said(found.decision), _said(now)),
        explained=found.explained,
        wins=found.wins,
    )


def _anew(home: Home, catalog: Catalog, kept: Kept, present: World, order: PastOrder) -> tuple[Anew, tuple[str, ...]]:
    """Decide by what held at the call's moment; where that differs, by what held just before a change, as nodes may."""
    at_ms = kept.setup.at_ms
    first: tuple[Anew, tuple[str, ...]] | None = None
    for moment in (at_ms, *_changed(catalog, at_ms)):
        world, missing = _world_at(home, catalog, kept, present, moment)
        found = decided_anew(kept, world, order.trial, with_terms=order.with_terms)
        first = first or (found, missing)
        if order.trial is not None or not differences(kept, found.decision):
            return found, missing
    assert first is not None, "there is one moment at least"
    return first


def _changed(catalog: Catalog, at_ms: int) -> Iterator[int]:
    """Yield moments before the changes of the last seconds, the last one first."""
    history = catalog.snapshots.history(DIRECTORY, ALL)
    yield from (one.published_ms - 1 for one in history if at_ms - HEARD_MS < one.published_ms <= at_ms)


def _world_at(home: Home, catalog: Catalog, kept: Kept, present: World, at_ms: int) -> tuple[World, tuple[str, ...]]:
    missing: list[str] = []
    directory = _directory_at(home, catalog, at_ms)
    if directory is None:
        directory = replace(present.index.directory, policies=catalog.policies.at(at_ms))
        changed = _changes(catalog, kept, at_ms)
        if changed:
            missing.append(f"{', '.join(changed)} as they were then: they are those of now")
    index = DirectoryIndex(replace(directory, end_users=present.index.directory.end_users))
    plans = _Plans(catalog, kept, at_ms)
    return replace(present, index=index, plans=plans), tuple(missing)


def _directory_at(home: Home, catalog: Catalog, at_ms: int) -> Directory | None:
    """Return the directory that was in force, where its file is kept."""
    history = catalog.snapshots.history(DIRECTORY, ALL)
    entry = next((one for one in history if one.published_ms <= at_ms), None)
    if entry is None:
        return None
    try:
        return read_directory(home.snapshots / entry.file)
    except BrokenWorldError:
        return None


def _changes(catalog: Catalog, kept: Kept, at_ms: int) -> list[str]:
    """Name what changed since and is not kept: a partner, a trunk, static entries, limits."""
    nouns = {"partner": "partners", "trunk": "trunks", "static": "static entries", "fx": "exchange rates"}
    return [
        words
        for noun, words in nouns.items()
        if any(change.at_ms > at_ms for change in catalog.audit.list(noun, limit=1))
    ]


@dataclass(frozen=True, slots=True)
class _Plans(Mapping[PlanId, PlanTable]):
    """Plans in the versions that were in force at a moment, as far as one number needs them; read once."""

    catalog: Catalog
    kept: Kept
    at_ms: int
    read: dict[PlanId, PlanTable] = field(default_factory=dict)

    def __getitem__(self, plan: PlanId) -> PlanTable:
        if plan not in self.read:
            self.read[plan] = self._table(plan)
        return self.read[plan]

    def __iter__(self) -> Iterator[PlanId]:
        return iter([plan.id for plan in self.catalog.plans.list()])

    def __len__(self) -> int:
        return len(self.catalog.plans.list())

    def _table(self, plan: PlanId) -> PlanTable:
        try:
            entry = self.catalog.plans.get(plan)
            version = self._version(plan, entry.version)
            known_ms = self.catalog.plans.known_ms_of(plan, version)
        except NotFoundError:
            raise KeyError(plan) from None
        rows = [
            row
            for number in dict.fromkeys(self._numbers())
            for row in self.catalog.plans.rates_for(plan, number, known_ms)
        ]
        codes = self.catalog.origins.of(plan, version)
        return ColumnPlan(flatten(tuple(dict.fromkeys(rows))), entry.rules, version, origin_codes=codes)

    def _version(self, plan: PlanId, newest: int) -> int:
        """Return the version that nodes had; one that was published before any entry is the first."""
        history = self.catalog.snapshots.history(PLAN, plan)
        entry = next((one for one in history if one.published_ms <= self.at_ms), None)
        return entry.version if entry is not None else newest

    def _numbers(self) -> Sequence[str]:
        """Return the numbers by which the call may be rated: that of the record, and that of a ported one."""
        head = self.kept.words[0] if self.kept.words else ""
        b = head.rpartition(" to ")[2].partition(" (")[0]
        ported = next((line.rpartition(" by ")[2] for line in self.kept.words if line.startswith("ported: ")), "")
        return [number.partition(",")[0] for number in (b, ported) if number]


def _vendors(kept: Kept, anew: Decision, now: Decision) -> tuple[PastVendor, ...]:
    """Lay the three lists side by side: those of the record first, in its order."""
    then = _listed(kept.routes, kept.last)
    then |= {(str(out.vendor), str(out.trunk or "")): (0, out.reason) for out in kept.left_out}
    sides: list[dict[tuple[str, str], tuple[int, str]]] = [then, _places(anew), _places(now)]
    names = dict.fromkeys(name for side in sides for name in side)
    nothing = (0, "")
    return tuple(PastVendor(*name, *(side.get(name, nothing) for side in sides)) for name in names)


def _places(decision: Decision) -> dict[tuple[str, str], tuple[int, str]]:
    found = _listed(decision.routes, decision.last)
    return found | {(str(out.vendor), str(out.trunk or "")): (0, out.reason) for out in decision.left_out}


def _listed(routes: Sequence[Route | KeptRoute], last: Sequence[LeftOut]) -> dict[tuple[str, str], tuple[int, str]]:
    behind = why_behind(last)
    return {(str(one.vendor), str(one.trunk)): (at, behind.get(one.trunk, "")) for at, one in enumerate(routes, 1)}


def _said(decision: Decision) -> str:
    return _verdict(str(decision.refusal or ""), decision.detail)


def _verdict(refusal: str, detail: str) -> str:
    if not refusal:
        return "may go"
    return f"refused: {refusal}" + (f", {detail}" if detail else "")
