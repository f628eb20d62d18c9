"""Mail with files, and reports that are asked of the mail server."""

from collections.abc import Iterator

import pytest

from actors.desk.core import Desk
from actors.desk.mail import MailService
from actors.desk.mailing import Mailing
from domain.errors import InputError, NotFoundError
from protos import operators_pb2 as pb
from store.catalog.mail import Draft, Mail, message_id
from tests.actors.desk.test_mailing import TO, put, sender, states
from tests.actors.desk.test_sheets import NOBODY
from tests.post_office import PostOffice, post_office

SHEET = b"code;rate\r\n44;0,01\r\n\xff"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def put_files(desk: Desk, *names: str, kind: str = "rates", path: str = "sheets/sent/{}", address: str = TO) -> Mail:
    files = tuple((name, path.format(number)) for number, name in enumerate(names))
    draft = Draft(f"notice {len(states(desk))} {address}", kind, address, "Our rates", "Find them here.\n", files=files)
    return desk.catalog.mail.add(draft, at_ms=desk.now_ms())


def keep(desk: Desk, number: int, data: bytes = SHEET) -> None:
    folder = desk.home.data / "sheets" / "sent"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(number)).write_bytes(data)


async def test_files_go_out_byte_for_byte_under_their_names_and_kinds(desk: Desk, office: PostOffice) -> None:
    names = ("rates.xlsx", "Preise für Ärzte, 2026.CSV", "тариф.pdf", "rates")
    for number in range(len(names)):
        keep(desk, number)
    mail = put_files(desk, *names)
    assert [name for name, _ in desk.catalog.mail.list()[0].files] == list(names) and mail.files[0][
        1
    ] == "sheets/sent/0"
    await sender(desk, office.port).send()
    assert states(desk) == [("sent", 1, "")]
    parts = list(office.taken[0].iter_attachments())
    assert [part.get_filename() for part in parts] == list(names)
    assert [part.get_payload(decode=True) for part in parts] == [SHEET] * 4
    assert [part.get_content_type() for part in parts] == [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/csv",
        "application/pdf",
        "application/octet-stream",
    ]
    body = office.taken[0].get_body()
    assert body is not None and body.get_content() == "Find them here.\r\n"


@pytest.mark.parametrize("path", ["sheets/sent/{}", "sheets", "../outside", "/etc/hostname"])
async def test_a_mail_whose_file_is_gone_fails_in_words_and_the_rest_goes(
    desk: Desk, office: PostOffice, path: str
) -> None:
    (desk.home.data / "sheets").mkdir(exist_ok=True)
    put_files(desk, "rates.xlsx", path=path)
    put(desk)
    await sender(desk, office.port).send()
    (state, tries, error), other = states(desk)
    assert (state, tries, other[0]) == ("failed", 1, "sent") and "rates.xlsx" in error
    keep(desk, 0)  # a backup brought it back
    desk.catalog.mail.retry(None, who="ada", at_ms=1)
    await sender(desk, office.port).send()
    assert states(desk)[0][0] == ("sent" if path.startswith("sheets/") else "failed")


async def test_a_mail_that_is_longer_than_the_server_takes_fails_before_it_is_sent(desk: Desk) -> None:
    with post_office(most=60_000) as office:
        for number, size in enumerate((30_000, 50_000)):
            keep(desk, number, b"x" * size)
        put_files(desk, "short.csv")
        put_files(desk, "none.csv", "long.csv")
        await sender(desk, office.port).send()
        assert [state for state, *_ in states(desk)] == ["sent", "failed"]
        assert states(desk)[1][2].endswith("MB with its files, and the mail server takes 0.06 at most")


async def test_a_length_that_the_server_refuses_at_the_sender_holds_up_nobody(desk: Desk) -> None:
    with post_office(most=400) as office:
        desk.catalog.mail.add(Draft("long", "warned", TO, "Long", "x\n" * 400), at_ms=desk.now_ms())
        put(desk)
        office.reports = False
        await sender(desk, office.port).send()
        assert states(desk)[0][0] == "failed" and "552" in states(desk)[0][2]


async def test_reports_are_asked_for_of_notices_where_the_server_offers_them(desk: Desk, office: PostOffice) -> None:
    mail = put_files(desk, address="a+b=c@orbita.example")
    put(desk)
    mailing = sender(desk, office.port, sender="rates@house.example", reply_to="answers@house.example")
    await mailing.send()
    known_by = message_id(mail, "rates@house.example")
    assert str(office.taken[0]["Message-ID"]) == known_by
    assert {str(taken["Reply-To"]) for taken in office.taken} == {"answers@house.example"}
    of_notice = {
        "RET": "HDRS",
        "ENVID": known_by[1:-1],
        "NOTIFY": "SUCCESS,FAILURE,DELAY",
        "ORCPT": "rfc822;a+2Bb+3Dc@orbita.example",
    }
    assert office.asked == [of_notice, {}]
    office.reports = False
    put_files(desk)
    await mailing.send()
    assert office.asked[2] == {} and len(office.taken) == 3


async def test_a_mail_is_shown_with_the_names_of_its_files(desk: Desk) -> None:
    service = MailService(desk, Mailing(desk))
    mail = put_files(desk, "rates.xlsx", "more.csv")
    shown = await service.Show(pb.Named(name=str(mail.id)), NOBODY)
    assert (shown.address, shown.state, list(shown.files)) == (TO, "waiting", ["rates.xlsx", "more.csv"])
    assert list((await service.List(pb.PageRequest(), NOBODY)).mails[0].files) == ["rates.xlsx", "more.csv"]
    with pytest.raises(NotFoundError, match="there is no mail 99"):
        await service.Show(pb.Named(name="99"), NOBODY)
    with pytest.raises(InputError, match="'x' is no mail"):
        await service.Show(pb.Named(name="x"), NOBODY)
