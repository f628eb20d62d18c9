"""What the checks say of a rate sheet: check by check, and place by place."""

from textual.content import Content

from domain.sheets.findings import RULES, Check
from protos import sheets_pb2 as pb
from tui import formats
from tui.link import Link
from tui.tabs.sheet_changes import ChangesTab, ImplicitTab
from tui.tabs.sheet_lines import LinesTab
from tui.tabs.sheet_words import SEVERITIES, Opened, head, row_text, standing
from tui.tabs.tab import Ask, Drill, Listed, Tab, fields
from tui.widgets.cells import Cell, Column, Row, Tone, number, word

_CHECKS = tuple(check.value for check in Check)


class ChecksTab(Tab):
    """One row per check that found something, with its money a week; its rule in words."""

    name = "Checks"
    columns = (
        Column("check", 5),
        Column("severity", 8, whole=True),
        Column("found", 7, right=True),
        Column("open", 7, right=True),
        Column("a week", 13, right=True),
        Column("rule", 24, flex=1),
    )
    empty = "no check found anything"
    has_drill = True

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask how the sheet stands."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        self.empty = "being read: see Steps" if sheet.state == "working" else "no check found anything"
        return Listed([_check(one) for one in sheet.checks], len(sheet.checks), standing(sheet))

    def enter(self, row: Row) -> Drill | None:
        """Open the findings of the check."""
        check = row.key.split()[0]
        return Drill(f"Sheet {self._opened.number} · {check}", (FindingsTab(self._opened, check),))


class FindingsTab(Tab):
    """One row per place that a check speaks of; Enter shows its rows and the prices before and after."""

    columns = (
        Column("check", 5, drop=2),
        Column("standing", 8, whole=True),
        Column("row", 7, right=True),
        Column("code", 9, whole=True),
        Column("value", 10, drop=1),
        Column("a week", 11, right=True),
        Column("what", 20, flex=1),
    )
    empty = "no findings here: clear the filter with Esc"
    filter_hint = "254 (first digits of a code), open"
    has_drill = True
    detail_share = (3, 2)
    detail_below = True

    def __init__(self, opened: Opened, check: str) -> None:
        self._opened, self._check = opened, check
        self.name = f"{check} findings"

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for a page of findings of the check."""
        sheet = await self._opened.hear(link)
        self.every_s = self._opened.every_s
        words = ask.filter.lower().split()
        query = pb.SheetRowsQuery(
            id=sheet.id,
            check=self._check,
            code=next((one for one in words if one.isdecimal()), ""),
            open="open" in words,
            limit=ask.limit,
            offset=ask.offset,
        )
        reply = await link.ask(lambda services: services.sheets.Findings, query)
        rule = Content.styled(f"\n {self._check}: {RULES[Check(self._check)]}", "$dim")
        summary = Content.assemble(head(sheet), rule if self._check in _CHECKS else "")
        return Listed([_finding(one) for one in reply.findings], reply.total, summary)

    def detail(self, row: Row) -> Content | None:
        """Show the finding in full."""
        return finding_text(finding_of(row))

    def enter(self, row: Row) -> Drill | None:
        """Open what the sheet changes there: prices before and after, and its lines."""
        finding = finding_of(row)
        if not finding.code:
            return None
        tabs = (
            ChangesTab(self._opened, finding.code),
            ImplicitTab(self._opened, finding.code),
            LinesTab(self._opened, finding.code),
        )
        return Drill(f"Sheet {self._opened.number} · code {finding.code}", tabs)


def finding_of(row: Row) -> pb.SheetFinding:
    """Return the finding of a row."""
    assert isinstance(row.item, pb.SheetFinding)
    return row.item


def finding_text(finding: pb.SheetFinding) -> Content:
    """Write a finding in full: what it says, where, and the money of a week."""
    place = row_text(finding.tab, finding.row) if finding.row else "the whole sheet"
    about = fields(
        [
            ("where", f"{place}, column {finding.column}" if finding.column else place),
            ("code", finding.code),
            ("value", finding.value),
            (
                "a week",
                f"{formats.amount(finding.money)} {finding.money.currency}" if finding.HasField("money") else "",
            ),
            ("standing", finding.standing),
        ]
    )
    return Content.assemble((f"{formats.plain(finding.words)}\n", "bold $strong"), about)


def _check(one: pb.CheckCount) -> Row:
    words, found = SEVERITIES.get(one.severity, (one.severity, "plain"))
    return Row(
        f"{one.check} {one.severity}",
        (
            word(one.check, "strong"),
            Cell(words, found, "BWI".find(one.severity)),
            number(formats.count(one.count), one.count),
            number(formats.count(one.open) if one.open else formats.NOTHING, one.open, found if one.open else "dim"),
            _money(one),
            word(one.rule),
        ),
        one,
    )


def _finding(one: pb.SheetFinding) -> Row:
    still: Tone = SEVERITIES.get(one.severity, ("", "plain"))[1] if one.standing == "open" else "dim"
    return Row(
        one.key,
        (
            word(one.check, "dim"),
            word(one.standing, still),
            number(str(one.row) if one.row else "sheet", one.row, "dim"),
            word(one.code, "strong"),
            word(one.value),
            _money(one),
            word(one.words),
        ),
        one,
    )


def _money(one: pb.CheckCount | pb.SheetFinding) -> Cell:
    known = one.HasField("money")
    lost: Tone = "bad" if one.money.units < 0 else "plain"
    return number(formats.amount(one.money) if known else formats.NOTHING, one.money.units, lost if known else "dim")
