"""A notice of rates by real mail: it goes out with its file, and what comes back by IMAP marks one contact each."""

import imaplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from actors.tls import own_certificate
from tests.live.market import Price, enter_client, switch_of
from tests.live.running import Running, running
from tests.live.waiting import until
from tests.peers.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.post_office import PostOffice, post_office

pytestmark = [pytest.mark.live, pytest.mark.peers, pytest.mark.timeout(600)]
CODE = "256941"
ANN, BOB, CEM = "ann@heron.example", "bob@heron.example", "cem@heron.example"
SETTINGS = """
[mail]
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "rates@house.example"

[sheets.mailbox]
host = "localhost"
port = {imaps}
user = "{user}"
password_file = "{password}"
ca_file = "{certificate}"
every_s = 1
"""


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with dovecot(*own_certificate(tmp_path_factory.mktemp("certificate"))) as box:
        yield box


@pytest.fixture(scope="module")
def board(office: PostOffice, box: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("mailed")
    password = folder / "mailbox.password"
    password.write_text(PASSWORD, "utf-8")
    settings = SETTINGS.format(
        smtp=office.port, imaps=box.imaps, user=USER, password=password, certificate=box.certificate
    )
    with running(folder, settings) as board:
        yield board


def deliver(box: Dovecot, raw: bytes) -> None:
    """Put a mail into the mailbox, as the house's own mail server does."""
    with imaplib.IMAP4("127.0.0.1", box.imap) as imap:
        imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        imap.append("INBOX", "", "", raw.replace(b"\n", b"\r\n"))


def answered(office: PostOffice, who: str, text: str) -> bytes:
    """Return what somebody writes back to the last mail."""
    mail = next(mail for mail in reversed(office.taken) if mail["To"] == who)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = who, "rates@house.example", f"Re: {mail['Subject']}"
    message["In-Reply-To"] = message["References"] = str(mail["Message-ID"])
    message.set_content(f"{text}\n\nOn Thu, 5 Nov 2026 at 10:12, Switchboard <rates@house.example> wrote:\n> Reject?\n")
    return message.as_bytes()


def contacts(board: Running, notice: str) -> dict[str, str]:
    return {one["address"]: one["state"] for one in board.told("notices", "show", notice)["contacts"]}


def come_to(board: Running, notice: str, states: dict[str, str]) -> Callable[[], bool]:
    return lambda: contacts(board, notice) == states


def queued(board: Running) -> list[dict[str, Any]]:
    return list(board.told("notices", "list", "--partner", "heron", "--state", "queued")["notices"])


def test_a_notice_goes_out_with_its_file_and_what_comes_back_marks_its_contact(
    board: Running, office: PostOffice, box: Dovecot
) -> None:
    enter_client(board, switch_of("heron", "127.0.62.1", "plain"), Price(CODE, "0.5"), "--credit-limit", "100")
    board.sb("partners", "set", "heron", f"rates_emails={ANN},{BOB},{CEM}")
    (notice,) = until(lambda: queued(board), "the desk makes a notice", 60)
    number = str(notice["id"])
    board.sb("notices", "approve", number, "--late", str(notice["late"]))
    until(come_to(board, number, dict.fromkeys((ANN, BOB, CEM), "sent")), "all three are sent", 60)
    files = [[part.get_filename() for part in mail.iter_attachments()] for mail in office.taken]
    assert files == [[notice["file_name"]]] * 3
    kept = board.folder / "kept.xlsx"
    board.sb("notices", "file", number, "-o", str(kept))
    (part,) = office.taken[0].iter_attachments()
    assert part.get_payload(decode=True) == kept.read_bytes()
    deliver(box, office.report(BOB, "failed", "550 5.1.1 no such user"))
    until(come_to(board, number, {ANN: "sent", BOB: "bounced", CEM: "sent"}), "Bob's bounced", 60)
    deliver(box, answered(office, ANN, "Accepted, thanks"))
    deliver(box, office.report(CEM, "delivered", "250 2.0.0 Ok"))
    until(come_to(board, number, {ANN: "accepted", BOB: "bounced", CEM: "delivered"}), "all have their states", 60)
    said = {one["address"]: one["words"] for one in board.told("notices", "show", number)["contacts"]}
    assert said[BOB] == "550 5.1.1 no such user" and said[ANN].startswith("Accepted, thanks")
    assert board.told("sheets", "inbox")["items"] == [], "none of it is a sheet"
    board.sb("notices", "resend", number)
    until(come_to(board, number, {ANN: "accepted", BOB: "sent", CEM: "delivered"}), "Bob's is sent again", 60)
    assert len(office.taken) == 4 and len(office.ids) == 4
