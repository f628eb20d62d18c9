"""What comes back to notices by the mailbox and by folders, and mail that lies in folders."""

import os
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

from actors.desk.core import Desk
from store.catalog.notice_values import RateNotice
from tests.actors.desk.test_sheet_sources import House, Reading, expect, mail
from tests.actors.desk.test_sheets import PLAN, SHEET
from tests.store import returned_mail
from tests.store.catalog.test_rate_notices import ANN, BOB, made, sent, states

RECEIVED = "from mx by house; Thu, 5 Nov 2026 10:12:07 +0000"
RECEIVED_MS = 1_793_873_527_000
OURS = "code,rate\n44,0.02\n"


@pytest.fixture
def house(desk: Desk, tmp_path: Path) -> House:
    (desk.home.data / "snapshots").mkdir(exist_ok=True)
    (tmp_path / "in").mkdir()
    desk.tasks = Reading(desk.home)
    return House(desk, tmp_path / "in")


def notice_of(house: House) -> RateNotice:
    return sent(house.desk.catalog, sha256=sha256(OURS.encode()).hexdigest())


def about(notice: RateNotice, address: str) -> str:
    return next(contact.message_id for contact in notice.contacts if contact.address == address)


def now(house: House, notice: RateNotice) -> dict[str, str]:
    return states(house.desk.catalog.rate_notices.get(notice.id))


def answer(notice: RateNotice, text: str, *files: tuple[str, str], address: str = ANN) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = address, "Re: rates", "<9@orbita.example>"
    message["In-Reply-To"] = about(notice, address)
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data.encode(), maintype="text", subtype="csv", filename=name)
    return message.as_bytes()


async def test_a_bounce_and_an_answer_mark_one_contact_each_and_are_no_refused_sheets(house: House) -> None:
    notice, other = notice_of(house), sent(house.desk.catalog, plan="sell-b")
    house.box.deliver(returned_mail.mail(returned_mail.POSTFIX, about(notice, ANN)), 5)
    house.box.deliver(answer(notice, "Accepted, thanks\n", address=BOB), 6)
    await house.look()
    assert now(house, notice) == {ANN: "bounced", BOB: "accepted"} and set(now(house, other).values()) == {"waiting"}
    assert house.box.marked == [1, 2] and await house.items() == [] and not any(house.alarms.values())


async def test_an_answer_that_cannot_be_marked_is_entered_once(house: House) -> None:
    notice = notice_of(house)
    house.box.deliver(answer(notice, "Which Kenya?"), 5)
    house.box.fails["mark"] = [OSError("gone")]
    with pytest.raises(OSError, match="gone"):
        await house.look()
    house.begin()
    await house.look()
    events = [event.what for event in house.desk.catalog.rate_notices.events(notice.id)]
    assert events.count("answered") == 1 and house.box.marked == [1]


async def test_a_report_about_no_notice_is_told_of_as_ever(house: House) -> None:
    notice_of(house)
    house.box.deliver(returned_mail.mail(returned_mail.POSTFIX), 5)
    await house.look()
    (item,) = await house.items("refused")
    assert "it has no file" in item.words


async def test_our_file_that_comes_back_is_no_sheet_and_theirs_is(house: House) -> None:
    expect(house.desk, senders=(ANN,))
    notice = notice_of(house)
    back = returned_mail.EXIM.replace(
        "\n    Find them here.\n", "    Content-Type: text/csv; name=ours.csv\n\n    code,rate\n    44,0.02\n"
    )
    house.box.deliver(returned_mail.mail(back, about(notice, BOB)), 5)
    house.box.deliver(answer(notice, "We reject.\n", ("ours.csv", OURS), ("theirs.csv", SHEET)), 6)
    await house.look()
    assert now(house, notice) == {ANN: "refused", BOB: "bounced"}
    (item,) = await house.items()
    assert (item.file_name, item.plan, item.state) == ("theirs.csv", PLAN, "taken")


async def test_answers_that_lie_in_a_folder_count_too(house: House) -> None:
    notice = notice_of(house)
    (house.folder / "back.EML").write_bytes(answer(notice, "Accepted\n"))
    await house.look()
    assert now(house, notice) == {ANN: "accepted", BOB: "waiting"} and await house.items() == []
    assert (house.folder / "taken" / "back.EML").exists()


async def test_a_mail_in_a_folder_counts_by_its_own_sender_subject_and_receipt(house: House) -> None:
    expect(house.desk, senders=("new@kestrel.example",), subject="*wholesale*")
    raw = mail("a.csv", "b.csv", From="new@kestrel.example", Subject="Wholesale rates", Received=RECEIVED)
    (house.folder / "saved.eml").write_bytes(raw)
    (house.folder / "empty.eml").write_bytes(mail(Subject="Nothing"))
    (house.folder / "bad.eml").write_bytes(b"deadly")
    await house.look()
    items = {item.file_name or item.subject: item for item in await house.items()}
    assert {name: item.state for name, item in items.items()} == {
        "a.csv": "taken", "b.csv": "taken", "Nothing": "refused", "": "refused",
    }  # fmt: skip
    sheet = house.desk.catalog.sheets.get(items["a.csv"].sheet)
    assert (sheet.sender, sheet.subject, sheet.source) == ("new@kestrel.example", "Wholesale rates", "mail")
    assert sheet.received_ms == min(house.desk.clock.business_ms(RECEIVED_MS), house.desk.now_ms())
    left = sorted(str(path.relative_to(house.folder)) for path in house.folder.rglob("*") if not path.is_dir())
    assert left == ["refused/bad.eml", "refused/empty.eml", "taken/saved.eml"]
    house.box.deliver(raw, 7)
    await house.look()
    assert house.desk.catalog.sheets.count() == 2, "the same mail by another way"


async def test_a_maildir_is_a_folder_of_mail(house: House) -> None:
    expect(house.desk)
    for name in ("cur", "new", "tmp"):
        (house.folder / name).mkdir()
    notice = notice_of(house)
    (house.folder / "new" / "1793873527.M1P2.mx").write_bytes(mail("a.csv", Received=RECEIVED))
    (house.folder / "new" / "1793873528.M1P2.mx,S=9").write_bytes(answer(notice, "Refused\n"))
    (house.folder / "tmp" / "1793873529.M1P2.mx").write_bytes(b"half of it")
    (house.folder / "cur" / "1793873520.M1P2.mx:2,S").write_bytes(mail("old.csv"))
    await house.look()
    (item,) = await house.items()
    assert (item.file_name, item.state) == ("a.csv", "taken") and now(house, notice)[ANN] == "refused"
    await house.look()
    assert sorted(os.listdir(house.folder)) == ["cur", "new", "tmp"] and os.listdir(house.folder / "new") == []
    assert sorted(os.listdir(house.folder / "cur")) == [
        "1793873520.M1P2.mx:2,S",
        "1793873527.M1P2.mx:2,S",
        "1793873528.M1P2.mx,S=9:2,S",
    ]


async def test_a_notice_that_waits_hears_nothing(house: House) -> None:
    made(house.desk.catalog)
    house.box.deliver(returned_mail.mail(returned_mail.POSTFIX, "<>"), 5)
    await house.look()
    assert house.desk.catalog.rate_notices.list()[0].contacts[0].state == "waiting"
