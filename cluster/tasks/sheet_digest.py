"""One digestion of a rate sheet, step by step, from its bytes to findings: the domain decides, this only sequences."""

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from actors import sheet_work
from actors.home import Home
from actors.sheet_work import Asked, CheckSum, Digest, DigestOrder
from cluster.tasks.sheet_change import packed_change
from cluster.tasks.sheet_telling import Teller
from cluster.tasks.sheet_traffic import CallsQuery, plan_calls
from cluster.tasks.sheet_world import SheetWorld, read_world
from domain.days import local_day
from domain.errors import InputError, NotFoundError
from domain.sheet_frames.caller_moves import caller_moves
from domain.sheet_frames.case import Case, Comparison, Lists, Reading
from domain.sheet_frames.checks import check, unmapped, unreadable
from domain.sheet_frames.columns import ORIGINS, PLACE
from domain.sheet_frames.compare import compare
from domain.sheet_frames.depth import leaks
from domain.sheet_frames.lines import read_lines
from domain.sheet_frames.notice import CALLERS, UNCHANGED
from domain.sheet_frames.regrouped import listed, lists_after
from domain.sheet_frames.week_cost import week_cost
from domain.sheets.findings import Check, Severity, Standing
from domain.sheets.fit import fit
from domain.sheets.proposal import Preview, Proposal, answered, propose
from domain.sheets.steps import SheetState, Step
from domain.sheets.template import Template
from domain.sheets.terms import Semantics
from store.sheets.files import Opened, open_file
from store.sheets.folder import CHANGE

PREVIEW_ROWS = 1_000
CALLED_DAYS = 90
"""As long as it counts that a number was called."""
DAY_MS = 86_400_000


class Digestion:
    """Reads one sheet. Its steps are told as they begin and end; `run` once."""

    def __init__(self, home: Home, order: DigestOrder, told: Teller) -> None:
        self._home, self._order, self._told = home, order, told

    def run(self) -> Digest:
        """Return what became of the sheet. Raises what is not its fault: NotFoundError where the plan is gone."""
        with ThreadPoolExecutor(1) as pool:  # the catalog is read while the file is
            reading_world = pool.submit(read_world, self._home, self._order)
            try:
                opened = self._detect()
            except InputError as error:
                return _refused(Check.UNREADABLE, str(error), unreadable(error))
            world = reading_world.result()
        proposal, drift, known = self._map(opened, world)
        if proposal.questions or not proposal.template.tabs:
            return _asking(proposal)
        try:
            reading = self._read(opened, proposal.template, world)
        except InputError as error:
            return _refused(Check.COLUMN_MISSING, str(error), unmapped([Asked("", error.where, "", str(error), ())]))
        if not reading.rows:
            empty = InputError("it has no rows of rates", where=self._order.name)
            return replace(_refused(Check.UNREADABLE, str(empty), unreadable(empty)), notes=reading.notes)
        comparison = self._compare(reading, world)
        case = Case(
            contract=world.contract,
            template=proposal.template,
            reading=reading,
            rates=world.rates,
            comparison=comparison,
            sha256=world.sha256,
            content=content_of(reading.lines),
            drift=drift,
            former=world.former,
            reference=world.reference,
            calls=self._calls(world, comparison),
            sells=world.sells,
            buys=world.buys,
            rules=world.rules,
            lists=_lists(reading, world),
        )
        findings = self._check(case)
        week = self._impact(case)
        self._told.tick(0)
        return replace(_digest(case, findings, world, proposal), known=known, week=week)

    def _detect(self) -> Opened:
        self._told.begin(Step.DETECT)
        opened = open_file(self._order.name, self._order.data, self._home.settings.limits.sheet_mb)
        rows = sum(tab.rows.height for tab in opened.tabs)
        self._told.end(rows, f"{opened.kind}, {_many(len(opened.tabs), 'tab')}")
        return opened

    def _map(self, opened: Opened, world: SheetWorld) -> tuple[Proposal, tuple[str, ...], bool]:
        """Return how to read it, what differs from its template, and whether that is known."""
        self._told.begin(Step.MAP)
        previews = [
            Preview(tab.name, tab.rows.head(PREVIEW_ROWS).rows(), tab.rows.height, tab.hidden) for tab in opened.tabs
        ]
        rules = world.plan.rules
        types = sorted({window.rate_type for window in rules.windows})
        named = self._named(world)
        found = fit(previews, [named] if named else world.templates, rules.unit, types)
        if found.template is not None and not self._order.answers:
            columns = sum(len(tab.columns) for tab in found.template.tabs)
            self._told.end(columns, f"template {found.template.name}, version {found.template.version}")
            return Proposal(found.template), found.drift, found.known
        if named is not None:
            mend = "Leave the template out: then it is read by its own headings."
            raise InputError(f"the template {named.name!r} does not fit it", where=self._order.name, mend=mend)
        proposal = propose(previews, rules.unit, types, rules.currency)
        if self._order.answers:
            proposal = answered(proposal, self._order.answers)
        columns = sum(len(tab.columns) for tab in proposal.template.tabs)
        self._told.end(columns, _many(len(proposal.questions), "question") if proposal.questions else "by its headings")
        return proposal, (), False

    def _named(self, world: SheetWorld) -> Template | None:
        wanted = self._order.template
        if not wanted:
            return None
        named = next((one for one in world.templates if one.name == wanted), None)
        if named is None:
            mend = "`switchboard templates list` shows them."
            raise NotFoundError(f"there is no template {wanted!r} for this plan's sheets", mend=mend)
        return named

    def _read(self, opened: Opened, template: Template, world: SheetWorld) -> Reading:
        self._told.begin(Step.PARSE)
        tabs = {tab.name: tab.rows for tab in opened.tabs}
        reading = read_lines(tabs, template, world.contract, self._told.tick, date_1904=opened.date_1904)
        self._told.end(reading.rows, f"{_many(reading.rejects.height, 'reject')}")
        self._told.begin(Step.NORMALISE)
        notes = (*opened.notes, *reading.notes, *_of_origins(reading, world))
        self._told.end(reading.lines.height, f"{_many(reading.lines['code'].n_unique(), 'code')}")
        return replace(reading, notes=notes, date_1904=opened.date_1904)

    def _compare(self, reading: Reading, world: SheetWorld) -> Comparison:
        self._told.begin(Step.COMPARE)
        comparison = compare(reading, world.rates, world.contract, world.reference, self._told.tick)
        kinds = _kinds(comparison)
        self._told.end(comparison.changes.height, ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
        return comparison

    def _calls(self, world: SheetWorld, comparison: Comparison) -> pl.DataFrame:
        """Return every call from the first moment that the sheet or a week's money is about; of older ones that a
        number was called."""
        to_ms, plan, terms = self._order.now_ms, world.plan, world.contract.terms
        first = comparison.changes["from_ms"].min()
        begins_ms = first if isinstance(first, int) else to_ms
        # a first sheet may begin long ago: whether the plan billed calls of that time otherwise must be known of all;
        # what another plan billed stays so, and years of a partner's calls would fill the memory
        past_ms = to_ms - max(terms.past_days, CALLED_DAYS) * DAY_MS
        oldest_ms = begins_ms if world.contract.first else to_ms - terms.past_days * DAY_MS
        whole_ms = min(world.contract.week_ms[0], max(begins_ms, oldest_ms))
        asked = CallsQuery(plan.id, plan.side, world.partners, plan.rules.currency, others_ms=past_ms)
        return plan_calls(self._home, asked, min(whole_ms, to_ms - CALLED_DAYS * DAY_MS), whole_ms, to_ms)

    def _check(self, case: Case) -> pl.DataFrame:
        self._told.begin(Step.CHECK)
        findings = check(case)
        open_ones = findings.filter(pl.col("standing") == Standing.OPEN.value).height
        self._told.end(findings.height, f"{open_ones} open")
        return findings

    def _impact(self, case: Case) -> tuple[int, int] | None:
        self._told.begin(Step.IMPACT)
        cost, days = week_cost(case), case.contract.terms.traffic_days
        rest = f", {cost.unrated:,} of them without a rate then" if cost.unrated else ""
        self._told.end(cost.calls, f"calls of the last {_many(days, 'day')}{rest}")
        return (cost.before, cost.after) if cost.calls else None


def content_of(lines: pl.DataFrame) -> str:
    """Return a digest of what a sheet says, whatever its form and order: the same for one version of the program."""
    said = lines.select(pl.exclude(*PLACE, "name", "status"))
    rows = said.hash_rows(seed=302)
    return f"{said.height:x}-{int(rows.cast(pl.Int128).sum() or 0):x}"


def _lists(reading: Reading, world: SheetWorld) -> Lists:
    asked = listed(reading.origins, reading.lines, world.contract)
    return replace(world.lists, after=lists_after(world.lists.before, asked))


def _dated_origins(case: Case) -> pl.DataFrame:
    """Return the ORIGINS of a sheet that go in, with the moment from which they do."""
    asked = listed(case.reading.origins, case.reading.lines, case.contract)
    rows = [(one.group, one.code, one.valid_from_ms) for one in asked]
    return pl.DataFrame(rows, schema=ORIGINS | {"from_ms": pl.Int64}, orient="row")


def _of_origins(reading: Reading, world: SheetWorld) -> list[str]:
    """Say what origin groups the sheet lists, and from when on they are so."""
    groups = reading.origins.group_by("origin").len().sort("origin")
    named = ", ".join(f"{origin} ({_many(count, 'code')})" for origin, count in groups.iter_rows())
    if not named:
        return []
    asked = listed(reading.origins, reading.lines, world.contract)
    if not asked:
        return [f"It lists origin groups: {named}. They are left out."]
    from_day = local_day(asked[0].valid_from_ms, world.contract.zone)
    return [f"It lists origin groups: {named}. From {from_day} on they are so in the plan, once the sheet is applied."]


def _asking(proposal: Proposal) -> Digest:
    """Return what must be answered first."""
    asked = tuple(Asked(one.key, one.tab, str(one.about), one.words, one.choices) for one in proposal.questions)
    hopeless = [one.words for one in asked if not one.choices]
    if hopeless or not asked:
        words = hopeless[0] if hopeless else "nothing in it looks like rates"
        return replace(_refused(Check.COLUMN_MISSING, words, unmapped(asked)), notes=proposal.notes)
    words = f"{_many(len(asked), 'question')} to answer"
    return replace(
        _with_findings(Digest(SheetState.ASKING, words, questions=asked, notes=proposal.notes), unmapped(asked)),
        template=proposal.template,
    )


def _refused(check: Check, words: str, findings: pl.DataFrame) -> Digest:
    return _with_findings(Digest(SheetState.REFUSED, f"{check.value}: {words}"), findings)


def _with_findings(digest: Digest, findings: pl.DataFrame) -> Digest:
    """Return a digest that has nothing but findings."""
    sums = _sums(findings)
    parts = {sheet_work.FINDINGS: _parquet(findings)}
    return replace(digest, checks=sums, blocking=_blocking(sums), parts=parts)


def _digest(case: Case, findings: pl.DataFrame, world: SheetWorld, proposal: Proposal) -> Digest:
    reading, comparison = case.reading, case.comparison
    sums, moves, origins = _sums(findings), caller_moves(case), _dated_origins(case)
    parts = {
        sheet_work.LINES: reading.lines,
        sheet_work.REJECTS: reading.rejects,
        sheet_work.CHANGES: comparison.changes,
        sheet_work.MOVES: moves,
        sheet_work.IMPLICIT: comparison.implicit,
        sheet_work.FINDINGS: findings,
        sheet_work.ADDED: comparison.added,
        sheet_work.ORIGINS: origins,
        sheet_work.LEFT_OUT: reading.left_out,
        sheet_work.LEAKS: leaks(case),
    }
    change = packed_change(case, world.plan.version, origins)
    return Digest(
        SheetState.CHECKED,
        template=case.template,
        notes=(*proposal.notes, *reading.notes),
        rows=reading.rows,
        lines=reading.lines.height,
        codes=reading.lines["code"].n_unique(),
        rejects=reading.rejects.height,
        rejected=reading.rejects.select("tab", "row").n_unique(),
        kinds=_kinds(comparison) | ({CALLERS: moves.height} if moves.height else {}),
        implicit=comparison.implicit.height,
        checks=sums,
        blocking=_blocking(sums),
        content=case.content,
        full=case.contract.terms.semantics is Semantics.FULL,
        plan_version=world.plan.version,
        rest_from_ms=comparison.rest_from_ms,
        read_ms=case.contract.now_ms,
        due_ms=_due_ms(comparison, case.contract.now_ms),
        parts={name: _parquet(frame) for name, frame in parts.items()} | {CHANGE: change},
    )


def _due_ms(comparison: Comparison, now_ms: int) -> int | None:
    """Return when the first change begins that lies ahead: from then on other things may be said of it."""
    ahead = comparison.changes.filter(pl.col("from_ms") > now_ms, pl.col("kind") != UNCHANGED)
    first = ahead["from_ms"].min()
    return first if isinstance(first, int) else None


def _blocking(sums: Iterable[CheckSum]) -> int:
    return sum(one.open for one in sums if one.severity == Severity.BLOCK.value)


def _kinds(comparison: Comparison) -> dict[str, int]:
    counted = comparison.changes.group_by("kind").len().sort("kind")
    return {str(kind): int(count) for kind, count in counted.iter_rows()}


def _sums(findings: pl.DataFrame) -> tuple[CheckSum, ...]:
    counted = (
        findings.group_by("check", "severity")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            (pl.col("standing") == Standing.OPEN.value).sum().cast(pl.Int64).alias("open"),
            pl.col("money").sum().alias("money"),
            pl.col("money").is_not_null().any().alias("known"),
        )
        .sort("check", "severity")
    )
    return tuple(
        CheckSum(check, severity, count, still, money if known else None)
        for check, severity, count, still, money, known in counted.iter_rows()
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, compression="lz4", statistics=False)
    return file.getvalue()


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
