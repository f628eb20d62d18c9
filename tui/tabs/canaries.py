"""Versions of policies that are tried on a part of the calls, and how they do beside those in force."""

from textual.content import Content

from protos import policies_pb2 as pb
from tui import formats
from tui.forms.canaries import canary_form
from tui.link import Link
from tui.screens.form import FormScreen
from tui.tabs.quality_cells import percent
from tui.tabs.tab import Ask, Listed, Tab
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_WORDS = {"asr": "ASR %", "ner": "NER %", "acd": "ACD s", "pdd": "PDD s", "margin": "margin of a call"}
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


class Ending(Tab):
    """Base of lists on which a trial is ended: `p` promotes, `D` drops."""

    deeds = noted = ("promote", "drop")

    def trial(self, row: Row) -> pb.Canary:
        """Return the trial that a row is of."""
        raise NotImplementedError

    def hindrance(self, deed: str, row: Row) -> str:
        """Say that it is over."""
        one = self.trial(row)
        return f"it is over: {one.outcome}" if one.outcome else ""

    def question(self, deed: str, row: Row) -> str:
        """Ask before calls go otherwise."""
        one = self.trial(row)
        if deed == "promote":
            return f"Promote version {one.version} of policy {one.policy}? It holds for all of its calls at once."
        return f"Drop the trial of version {one.version} of policy {one.policy}? All calls go by version {one.against}."

    async def do_noted(self, deed: str, link: Link, row: Row, note: str) -> str:
        """Promote or drop it."""
        end = pb.CanaryEnd(policy=self.trial(row).policy, note=note)
        if deed == "promote":
            return (await link.ask(lambda services: services.canaries.Promote, end)).what
        return (await link.ask(lambda services: services.canaries.Drop, end)).what


class CanariesTab(Ending):
    """One row per trial, those that run first. `+` begins one, `p` promotes it, `D` drops it."""

    name = "Canaries"
    columns = (
        Column("policy", 14, flex=1),
        Column("v", 4, right=True),
        Column("against", 7, right=True),
        Column("share", 8, right=True),
        Column("since", 14),
        Column("until", 14, above=90),
        Column("state", 10),
        Column("by", 10, above=104),
        Column("note", 12, flex=2, above=84),
    )
    empty = "no version is tried on a part of the calls: + begins it"
    filter_hint = "a policy's name"
    adds = ("canary",)
    every_s = 5.0
    has_drill = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of trials."""
        query = pb.CanariesQuery(policy=ask.filter, all=True, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.canaries.List, query)
        return Listed([_row(one) for one in reply.canaries], reply.total)

    def form(self, kind: str, link: Link, now_ms: int, row: Row | None) -> FormScreen:
        """Return the form of a new trial: of the policy under the cursor, or with what runs for it as it is."""
        one = canary_of(row) if row is not None else pb.Canary()
        return canary_form(link, now_ms, one.policy, former=None if one.outcome or not one.policy else one)

    def trial(self, row: Row) -> pb.Canary:
        """Return the trial of the row."""
        return canary_of(row)


class ArmsTab(Ending):
    """One row per figure: by the version in force, by the one that is tried, how they differ and what that says."""

    name = "Arms"
    columns = (
        Column("", 16, flex=1, whole=True),
        Column("in force", 10, right=True, point=True),
        Column("95 %", 6, whole=True, drop=2),
        Column("tried", 10, right=True, point=True),
        Column("95 %", 6, whole=True, drop=2),
        Column("difference", 10, right=True, point=True),
        Column("95 %", 6, whole=True, drop=1),
        Column("verdict", 8, whole=True),
    )
    every_s = 5.0
    empty = "nothing was counted yet"

    def __init__(self, trial: pb.Canary) -> None:
        self._trial = trial

    def trial(self, row: Row) -> pb.Canary:
        """Return the one trial of the screen."""
        return self._trial

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Have both arms compared."""
        query = pb.ArmsQuery(policy=self._trial.policy, id=self._trial.id)
        found = await link.ask(lambda services: services.canaries.Compare, query)
        self._trial = found.canary
        rows = _arms(found)
        return Listed(rows, len(rows), _head(found))


def canary_of(row: Row) -> pb.Canary:
    """Return the trial of a row."""
    assert isinstance(row.item, pb.Canary), "rows of trials are made here"
    return row.item


def _row(one: pb.Canary) -> Row:
    running = not one.outcome
    return Row(
        f"{one.id}",
        (
            word(one.policy, "strong"),
            number(f"{one.version}", one.version),
            number(f"{one.against}", one.against, "dim"),
            number(formats.ratio(one.share_bp, 10_000), one.share_bp),
            word(formats.stamp(one.begun_ms), "dim"),
            word(formats.stamp(one.until_ms) if one.HasField("until_ms") else formats.NOTHING, "dim"),
            word("running" if running else one.outcome, _state_tone(one.outcome)),
            word(one.who, "dim"),
            word(one.ended_note or one.note),
        ),
        one,
    )


def _state_tone(outcome: str) -> Tone:
    return {"": "hue", "promoted": "good", "worse": "bad"}.get(outcome, "dim")  # type: ignore[return-value]  # tones


def _head(found: pb.CanaryComparison) -> Content:
    one = found.canary
    return Content.assemble(
        (f" version {one.version} ", "bold $strong"),
        (f"on {formats.ratio(one.share_bp, 10_000)} of the calls, beside version {one.against}", "$foreground"),
        (f"\n calls from {formats.stamp(one.counted_ms)} to {formats.stamp(found.until_ms)}", "$dim"),
        *_outcome(one),
    )


def _outcome(one: pb.Canary) -> tuple[tuple[str, str], ...]:
    if not one.outcome:
        return ()
    by = f" by {one.ended_by}" if one.ended_by else ""
    why = f": {one.ended_note}" if one.ended_note else ""
    tone = {"good": "$success", "bad": "$error"}.get(_state_tone(one.outcome), "$strong")
    return (f"\n {one.outcome}", f"bold {tone}"), (
        formats.plain(f" {formats.stamp(one.ended_ms)}{by}{why}"),
        "$foreground",
    )


def _arms(found: pb.CanaryComparison) -> list[Row]:
    now, tried = found.current, found.tried
    told = {one.what: one for one in found.differences}
    money = f", {now.margin.currency or tried.margin.currency}".rstrip(", ")
    rows = [
        _plain("calls", formats.count(now.calls), formats.count(tried.calls)),
        _plain("attempts", formats.count(now.attempts), formats.count(tried.attempts)),
        _plain("answered", formats.count(now.answered), formats.count(tried.answered)),
    ]
    for what in ("asr", "ner", "acd", "pdd", "margin"):
        field = "margin_call" if what == "margin" else what
        difference = told.get(what)
        verdict = difference.verdict if difference is not None else ""
        sides = getattr(now, field), getattr(tried, field), difference.difference if difference is not None else None
        cells = (
            word(f"{_WORDS[what]}{money if what == 'margin' else ''}"),
            *(cell for side in sides for cell in _between(side)),
            word({"few": "too few"}.get(verdict, verdict), _TONES.get(verdict, "dim")),
        )
        rows.append(Row(what, cells))
    rows += [
        _plain("minutes", f"{now.minutes:,.1f}", f"{tried.minutes:,.1f}"),
        _plain("by first vendor", f"{now.first_minutes:,.1f}", f"{tried.first_minutes:,.1f}"),
        *(
            _plain(f"{name}{money}", *(formats.price(getattr(arm, name).units) for arm in (now, tried)))
            for name in ("revenue", "cost", "margin")
        ),
        _plain("refused %", *(percent(arm.refused, arm.decided) for arm in (now, tried))),
        _plain("without a route", formats.count(now.no_route), formats.count(tried.no_route)),
    ]
    return rows


def _plain(name: str, now: str, tried: str) -> Row:
    none = Cell("")
    return Row(name, (word(name), Cell(now), none, Cell(tried), none, none, none, none))


def _between(one: pb.Between | None) -> tuple[Cell, Cell]:
    if one is None or not one.HasField("value"):
        return Cell(formats.NOTHING if one is not None else "", "dim"), Cell("")
    bounded = one.HasField("low") and one.HasField("high")
    bounds = f"{one.low:,.4g} to {one.high:,.4g}" if bounded else ""
    return Cell(f"{one.value:,.4g}", "strong"), Cell(bounds, "dim")
