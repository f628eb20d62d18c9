"""Mail leaves for a real mail server: once, later, or never, and what it says."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.desk import mailing
from actors.desk.core import Desk
from actors.desk.mail_server import MailServerError
from actors.desk.mailing import Mailing, pause_s
from actors.tls import own_certificate
from domain.errors import ConflictError, InputError, NotFoundError
from domain.settings import MailSettings
from store.catalog.mail import Draft, Mail
from tests.post_office import PostOffice, post_office

TO = "noc@orbita.example"
NOON_MS = 1_800_000_000_000
MARKED: dict[str, Any] = {"sender": "switchboard@localhost", "who": "switchboard", "at_ms": NOON_MS}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


class Clock:
    """Machine time that a test moves."""

    def __init__(self) -> None:
        self.ms = NOON_MS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(mailing, "machine_ms", lambda: clock.ms)
    return clock


def sender(desk: Desk, port: int, **more: Any) -> Mailing:
    """A sender to a port of loopback, as a desk that has just started."""
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "wait_s": 5} | more
    desk.home = replace(desk.home, settings=desk.home.settings.model_copy(update={"mail": MailSettings(**given)}))
    return Mailing(desk)


def put(desk: Desk, cause: str = "0-1", address: str = TO, subject: str = "Orbita owes much") -> Mail:
    draft = Draft(f"{cause} {address}", "warned", address, subject, "It does.\n")
    return desk.catalog.mail.add(draft, at_ms=desk.now_ms())


def states(desk: Desk) -> list[tuple[str, int, str]]:
    return [(mail.state, mail.tries, mail.error) for mail in reversed(desk.catalog.mail.list())]


async def test_mail_that_waits_is_sent_once_and_says_who_and_what(desk: Desk, office: PostOffice) -> None:
    for _ in range(2):
        put(desk)  # of one cause there is one
    mailing = sender(desk, office.port)
    await mailing.send()
    await mailing.send()
    [taken] = office.taken
    assert (taken["To"], taken["Subject"], taken["From"]) == (
        TO,
        "Orbita owes much",
        "Switchboard <switchboard@localhost>",
    )
    assert taken["Auto-Submitted"] == "auto-generated" and taken.get_content() == "It does.\r\n"
    assert states(desk) == [("sent", 1, "")]


async def test_a_mail_that_is_sent_twice_is_seen_to_be_the_same(desk: Desk, office: PostOffice) -> None:
    mail = put(desk)
    await sender(desk, office.port).send()
    desk.catalog.mail.mark(mail.id, "waiting", **MARKED)  # as after a crash between sending and marking
    await sender(desk, office.port).send()
    assert list(office.ids.values()) == [2]


async def test_mail_that_is_put_off_is_tried_after_growing_pauses_and_then_given_up(
    desk: Desk, office: PostOffice, clock: Clock
) -> None:
    put(desk)
    office.refuse[TO] = ["451 later"] * 3
    mailing = sender(desk, office.port, tries=3)
    waited: list[int] = []
    for tries in range(3):
        await mailing.send()
        assert states(desk)[0][:2] == ("failed" if tries == 2 else "waiting", tries + 1)
        waited.append(desk.catalog.mail.list()[0].next_ms - clock.ms)
        clock.ms += 1000 * pause_s(tries) - 1
        await mailing.send()
        clock.ms += 1
    assert waited == [30_000, 60_000, 120_000]
    assert states(desk) == [("failed", 3, "451 later")]
    assert mailing.given_up() == 1
    assert desk.catalog.mail.retry(None, who="ada", at_ms=clock.ms) == 1
    await mailing.send()
    assert office.to(TO) == ["Orbita owes much"]


async def test_what_the_server_will_never_take_is_given_up_at_once_and_the_rest_goes(
    desk: Desk, office: PostOffice
) -> None:
    office.refuse["gone@orbita.example"] = ["550 no such user"]
    for cause, address in (("0-1", "gone@orbita.example"), ("0-2", "not an address"), ("0-3", TO)):
        put(desk, cause, address)
    await sender(desk, office.port).send()
    assert [state for state, _, _ in states(desk)] == ["failed", "failed", "sent"]
    assert states(desk)[0][2] == "550 no such user"
    assert office.to(TO) == ["Orbita owes much"]


@pytest.mark.parametrize("address", ["a@", "noc@[10.0.0.1", "a@["])
async def test_an_address_that_cannot_be_is_given_up_and_holds_up_nobody(
    desk: Desk, office: PostOffice, address: str
) -> None:
    put(desk, "0-1", address)  # entered before anybody looked
    put(desk, "0-2")
    mailing = sender(desk, office.port)
    await mailing.send()
    assert [state for state, *_ in states(desk)] == ["failed", "sent"]
    with pytest.raises(InputError, match="is no mail address"):
        await mailing.test(address)
    assert len(states(desk)) == 2


async def test_while_the_server_is_away_mail_waits_and_nothing_is_counted(desk: Desk, office: PostOffice) -> None:
    put(desk)
    away = sender(desk, 1)
    for _ in range(3):
        with pytest.raises(MailServerError, match=r"127\.0\.0\.1:1"):
            await away.send()
    [(state, tries, error)] = states(desk)
    assert (state, tries) == ("waiting", 0) and "refused" in error
    await sender(desk, office.port).send()
    assert states(desk) == [("sent", 1, "")]


async def test_no_more_goes_out_in_a_minute_than_the_settings_say(desk: Desk, office: PostOffice, clock: Clock) -> None:
    for number in range(5):
        put(desk, f"0-{number}", f"n{number}@orbita.example")
    mailing = sender(desk, office.port, a_minute=2)
    counts = []
    for step_ms in (0, 59_999, 1, 60_000):
        clock.ms += step_ms
        await mailing.send()
        counts.append(len(office.taken))
    assert counts == [2, 2, 4, 5]


async def test_without_a_server_mail_is_kept_and_not_sent(desk: Desk) -> None:
    put(desk)
    mailing = Mailing(desk)
    await mailing.send()
    assert states(desk) == [("waiting", 0, "")]
    with pytest.raises(InputError, match="no mail server is set"):
        await mailing.test(TO)


async def test_who_tries_the_server_hears_what_it_made_of_it(desk: Desk, office: PostOffice) -> None:
    mailing = sender(desk, office.port)
    assert await mailing.test(TO) == f"127.0.0.1 has taken a mail to {TO}"
    office.refuse[TO] = ["550 go away"]
    with pytest.raises(InputError, match="550 go away"):
        await mailing.test(TO)
    await mailing.send()  # who asked knows; it is not tried again by itself
    assert [state for state, _, _ in states(desk)] == ["sent", "failed"]


async def test_the_connection_is_encrypted_and_the_sender_proves_itself(desk: Desk, tmp_path: Path) -> None:
    cert, key = own_certificate(tmp_path / "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    secret = tmp_path / "mail.secret"
    secret.write_text("hush\n")
    put(desk)
    with post_office(context, ("bill", "hush")) as office:
        given = {"security": "starttls", "user": "bill", "password_file": str(secret)}
        with pytest.raises(MailServerError, match="certificate"):
            await sender(desk, office.port, **given).send()
        with pytest.raises(MailServerError, match="5"):
            await sender(desk, office.port, **given | {"ca_file": str(cert), "user": "ann"}).send()
        assert states(desk)[0][:2] == ("waiting", 0)
        await sender(desk, office.port, **given | {"ca_file": str(cert)}).send()
        assert office.to(TO) == ["Orbita owes much"]


async def test_old_mail_is_forgotten(desk: Desk, office: PostOffice) -> None:
    desk.catalog.mail.add(Draft("0-0 x", "warned", TO, "old", "old"), at_ms=desk.now_ms() - 91 * 86_400_000)
    put(desk)
    await sender(desk, office.port).tidy()
    assert [mail.subject for mail in desk.catalog.mail.list()] == ["Orbita owes much"]


def test_mail_is_found_by_state_address_partner_or_subject_and_retried_by_number(desk: Desk) -> None:
    first, other = put(desk), put(desk, "0-2", "Pay@minnow.example", "Minnow may call again")
    desk.catalog.mail.mark(other.id, "sent", **MARKED)
    found = {text: [mail.id for mail in desk.catalog.mail.list(text)] for text in ("sent", "MINNOW", "owes", "%")}
    assert found == {"sent": [other.id], "MINNOW": [other.id], "owes": [first.id], "%": []}
    assert [desk.catalog.mail.count(text) for text in ("", "waiting")] == [2, 1]
    with pytest.raises(ConflictError, match="was sent"):
        desk.catalog.mail.retry(other.id, who="ada", at_ms=1)
    with pytest.raises(NotFoundError, match="there is no mail 99"):
        desk.catalog.mail.retry(99, who="ada", at_ms=1)
