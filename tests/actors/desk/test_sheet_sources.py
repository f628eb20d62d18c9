"""Sheets that come by themselves: from watched folders and from a mailbox, each once, whatever happens meanwhile."""

import os
from collections.abc import Awaitable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from actors.desk.core import Desk
from actors.desk.mailbox import MailboxError, MemoryMailbox
from actors.desk.sheet_digests import INTERRUPTED, Digests
from actors.desk.sheet_folders import FolderSource
from actors.desk.sheet_intake import SheetIntake
from actors.desk.sheet_mailbox import MailboxSource
from actors.desk.sheet_sources import SheetSources, SheetSourcesService
from cluster.tasks.sheets import mail_files
from domain.errors import ConflictError, InputError
from domain.ids import PlanId
from domain.sheets.rate_mail import RateMail
from domain.sheets.steps import SheetState
from domain.sheets.terms import RateTerms
from domain.source_settings import MailboxSettings, SheetFolderSettings, SheetsSettings
from protos import operators_pb2 as op
from protos import sheets_pb2 as pb
from store.catalog.sheet_items import ItemState
from tests.actors.desk.test_sheets import NOBODY, PLAN, SHEET, Digesting
from tests.cluster.tasks.places import BY, NOW

SENDER = "rates@kestrel.example"
BOX = MailboxSettings(host="mail", user="rates")


class Reading(Digesting):
    """Digestion and the reading of mail without Ray; a mail with `deadly` in it kills its reader."""

    async def mail_files(self, raw: bytes) -> RateMail:
        if b"deadly" in raw:
            raise RuntimeError("the worker died")
        return mail_files(self.home, raw)


class House:
    """A desk with one folder and one mailbox, its alarms by key."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder, self.alarms = desk, folder, dict[str, str]()
        self.box = MemoryMailbox(BOX)
        self.begin()

    def begin(self) -> None:
        """Let the desk begin anew: what it had in memory is gone."""
        folder = SheetFolderSettings(path=str(self.folder), sender=SENDER, settle_s=0)
        sheets = SheetsSettings(folder=(folder,), mailbox=BOX)
        settings = self.desk.home.settings.model_copy(update={"sheets": sheets})
        self.desk.home = replace(self.desk.home, settings=settings)
        self.digests = Digests(self.desk)
        intake = SheetIntake(self.desk, self.digests, self.alarm)
        self.sources = SheetSources(self.desk, intake, self.alarm)
        self.service = SheetSourcesService(self.desk, self.sources)
        first, second = self.sources.all
        assert isinstance(first, FolderSource) and isinstance(second, MailboxSource)
        self.watched, self.mailed = first, second
        self.mailed.mailbox = lambda _: self.box

    def alarm(self, key: str, text: str, severity: str) -> None:
        self.alarms[key] = text

    async def look(self) -> None:
        """Look into both, at once also after a failure."""
        for one in self.sources.all:
            one.state.not_before_s = 0
            await self.sources.look(one)
        await self.desk.at_rest(20)

    async def items(self, state: str = "") -> list[pb.SheetItem]:
        page = await self.service.Inbox(pb.SheetItemQuery(state=state), NOBODY)
        return list(reversed(page.items))


@pytest.fixture
def house(desk: Desk, tmp_path: Path) -> House:
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    (tmp_path / "in").mkdir()
    desk.tasks = Reading(desk.home)
    return House(desk, tmp_path / "in")


def expect(desk: Desk, plan: PlanId = PLAN, **terms: object) -> None:
    desk.catalog.rate_terms.set(plan, RateTerms(**({"senders": (SENDER,)} | terms)), **BY)  # type: ignore[arg-type]


def mail(*names: str, data: str = SHEET, **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in {
        "From": f"Kestrel <{SENDER}>",
        "Subject": "New rates",
        "Message-ID": "<1@k>",
        **headers,
    }.items():
        message[name] = value
    message.set_content("Please find our rates.\n")
    for name in names:
        message.add_attachment(data.encode(), maintype="text", subtype="csv", filename=name)
    return message.as_bytes()


async def test_mail_that_a_plan_expects_is_a_sheet_of_it_since_its_receipt(house: House) -> None:
    expect(house.desk)
    house.box.deliver(mail("a.csv", "b.csv"), 5)
    await house.look()
    first, second = await house.items()
    assert (first.state, first.plan, first.source) == ("taken", PLAN, "mailbox rates@mail")
    sheet = house.desk.catalog.sheets.get(first.sheet)
    assert (sheet.state, sheet.source, sheet.sender) == (SheetState.CHECKED, "mail", SENDER)
    assert sheet.received_ms == house.desk.clock.business_ms(5)
    assert house.digests.folder.raw(second.sheet) == SHEET.encode()
    assert house.box.marked == [1] and not house.box.is_open
    await house.look()
    assert len(await house.items()) == 2 and not any(house.alarms.values())


async def test_mail_that_no_plan_expects_waits_and_is_sent_on(house: House) -> None:
    house.box.deliver(mail("a.csv"), 5)
    await house.look()
    (item,) = await house.items("waiting")
    assert f"no plan expects mail from {SENDER}" in item.words and "plans terms PLAN senders=" in item.words
    assert item.words in house.alarms["sheets waiting"] and house.box.marked == [1]
    sheet = await house.service.Take(pb.SheetTake(id=item.id, plan=PLAN), NOBODY)
    await house.desk.at_rest(20)
    assert house.desk.catalog.sheets.get(sheet.id).state is SheetState.CHECKED
    assert house.alarms["sheets waiting"] == "" and not list((house.desk.home.data / "sheets" / "inbox").iterdir())
    (entry,) = house.desk.catalog.audit.list("sheet-item")
    assert (entry.action, entry.key) == ("take", str(item.id))
    with pytest.raises(ConflictError, match=f"it is sheet {sheet.id}"):
        await house.service.Take(pb.SheetTake(id=item.id, plan=PLAN), NOBODY)


async def test_mail_that_two_plans_expect_is_not_guessed(house: House) -> None:
    other = PlanId("buy-bluewire")
    expect(house.desk)
    expect(house.desk, other, subject="*rates*")
    house.box.deliver(mail("a.csv"), 5)
    house.box.deliver(mail("a.csv", **{"Message-ID": "<2@k>", "Subject": "prices"}), 6)
    await house.look()
    both, one = await house.items()
    assert both.state == "waiting" and f"{other}, {PLAN} all expect" in both.words
    assert one.plan == PLAN
    await house.service.Dismiss(pb.SheetItemRef(id=both.id), NOBODY)
    assert (await house.items("dismissed"))[0].id == both.id and house.alarms["sheets waiting"] == ""


async def test_whoever_is_killed_before_a_mail_is_marked_does_not_take_it_twice(house: House) -> None:
    expect(house.desk)
    house.box.deliver(mail("a.csv"), 5)
    house.box.fails["mark"] = [MailboxError("mail:993: it hung up")]
    await house.look()
    assert house.alarms["sheets from mailbox rates@mail"].endswith("mail:993: it hung up") and not house.box.marked
    house.begin()
    await house.look()
    assert house.box.marked == [1] and len(await house.items()) == 1 and house.desk.catalog.sheets.count() == 1
    house.box.deliver(mail("a.csv", To="another@way"), 9)
    await house.look()
    assert house.desk.catalog.sheets.count() == 1, "the same mail by another way"


async def test_what_cannot_be_kept_is_not_marked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    expect(house.desk)
    house.box.deliver(mail("a.csv"), 5)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("store.sheets.folder.SheetFolder.receive", full)
        with pytest.raises(OSError, match="no space"):
            await house.look()
    assert not house.box.marked and not await house.items() and house.desk.catalog.sheets.count() == 0
    await house.look()
    assert house.box.marked == [1] and house.desk.catalog.sheets.count() == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (mail(), "it has no file; mend: ask the sender"),
        (mail("a.csv", data="x" * (2 << 20)), "it has 2.7 MB, more than 1 (sheets.mailbox.mail_mb)"),
        (b"\xff\x00 no mail at all", "it has no file"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b--deadly", "it could not be read"),
    ],
    ids=["no file", "too long", "no mail", "deadly"],
)
async def test_mail_without_a_sheet_is_told_of_and_marked(house: House, raw: bytes, words: str) -> None:
    house.box.settings = small = BOX.model_copy(update={"mail_mb": 1})
    house.mailed.settings = small
    house.box.deliver(raw, 5)
    for _ in range(3):
        await house.look()
    (item,) = await house.items("refused")
    assert words in item.words and words in house.alarms["sheets refused"] and house.box.marked == [1]


async def test_a_server_that_refuses_us_is_told_and_asked_less_and_less(house: House) -> None:
    house.box.fails["open"] = [MailboxError("mail:993: authentication failed")] * 2
    await house.look()
    (source,) = [one for one in await listed(house) if one.kind == "mail"]
    assert source.error == "mail:993: authentication failed" and source.last_look_ms == NOW
    first_s = house.mailed.state.not_before_s
    await house.sources.look(house.mailed)
    assert len(house.box.fails["open"]) == 1, "it rests"
    await house.look()
    assert house.mailed.state.not_before_s > first_s and house.mailed.state.failures == 2
    await house.look()
    assert house.alarms["sheets from mailbox rates@mail"] == "" and house.mailed.state.failures == 0


async def listed(house: House) -> list[pb.SheetSource]:
    return list((await house.service.List(op.PageRequest(), NOBODY)).sources)


async def test_files_in_a_folder_are_taken_and_moved_away(house: House) -> None:
    expect(house.desk, subject="kestrel*")
    (house.folder / "kestrel.csv").write_text(SHEET)
    (house.folder / "other.csv").write_text(SHEET + "1,USA,0.1,2026-11-20,1/1\n")
    (house.folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(90))
    (house.folder / "kestrel.csv.part").write_text("half of it")
    os.symlink("/etc/passwd", house.folder / "link.csv")
    await house.look()
    told = {item.file_name: item.state for item in await house.items()}
    assert told == {"kestrel.csv": "taken", "logo.png": "refused", "other.csv": "waiting"}
    left = sorted(str(path.relative_to(house.folder)) for path in house.folder.rglob("*") if not path.is_dir())
    assert left == ["kestrel.csv.part", "link.csv", "refused/logo.png", "taken/kestrel.csv", "taken/other.csv"]
    (source,) = [one for one in await listed(house) if one.kind == "folder"]
    assert (source.taken, source.waiting, source.refused, source.error) == (1, 1, 1, "")
    (house.folder / "kestrel.csv").write_text(SHEET)
    await house.look()
    assert (house.folder / "taken" / "kestrel (2).csv").exists()
    assert house.desk.catalog.sheets.count() == 2, "sent again, it is a sheet again"


async def test_a_file_that_cannot_be_moved_is_taken_once(house: House) -> None:
    expect(house.desk)
    (house.folder / "kestrel.csv").write_text(SHEET)
    os.symlink("/nowhere", house.folder / "taken")
    for _ in range(2):
        await house.look()
        house.begin()
    assert "it is kept and cannot be moved" in house.alarms[f"sheets from folder {house.folder}"]
    assert [item.file_name for item in await house.items()] == ["kestrel.csv"]
    assert house.desk.catalog.sheets.count() == 1


async def test_a_file_that_is_being_written_waits(house: House) -> None:
    expect(house.desk)
    house.watched.settings = house.watched.settings.model_copy(update={"settle_s": 1})
    file = house.folder / "kestrel.csv"
    file.write_text("Code")
    await house.look()
    file.write_text(SHEET)
    await house.look()
    assert not await house.items() and file.exists()
    (found,) = house.watched._found()
    assert not house.watched._settled(found), "it changed just now"
    house.watched._last = {found.name: (old := replace(found, changed_ms=0))}
    assert house.watched._settled(old)


async def test_a_folder_that_is_gone_is_told(house: House) -> None:
    house.folder.rmdir()
    await house.look()
    assert "cannot be read: No such file" in house.alarms[f"sheets from folder {house.folder}"]


async def test_what_was_being_read_when_the_desk_ended_is_read_on(house: House) -> None:
    expect(house.desk)
    house.box.deliver(mail("a.csv"), 5)
    await house.look()
    number = (await house.items())[0].sheet
    await house.digests.move(number, SheetState.WORKING)
    await house.digests.interrupted()
    assert house.desk.catalog.sheets.get(number).error == INTERRUPTED.format(number)
    await house.sources.intake.resume()
    await house.desk.at_rest(20)
    assert house.desk.catalog.sheets.get(number).state is SheetState.CHECKED


async def test_too_many_that_wait_stay_where_they_are(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.desk.sheet_intake.WAITING_MOST", 1)
    for number in range(3):
        house.box.deliver(mail("a.csv", **{"Message-ID": f"<{number}@k>"}), 5)
    await house.look()
    assert house.box.marked == [1] and "too many files wait" in house.mailed.state.error


async def refused(answer: Awaitable[object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        await answer


async def test_what_is_not_there_is_refused(house: House) -> None:
    await refused(house.service.Take(pb.SheetTake(id=7, plan=PLAN), NOBODY), "there is no item 7")
    await refused(house.service.Dismiss(pb.SheetItemRef(id=7), NOBODY), "there is no item 7")
    await refused(house.service.Inbox(pb.SheetItemQuery(state="odd"), NOBODY), "no state 'odd'")
    assert (await house.service.Inbox(pb.SheetItemQuery(state=ItemState.WAITING), NOBODY)).total == 0
