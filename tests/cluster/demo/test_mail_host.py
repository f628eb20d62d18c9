"""The demo's mail server: what is sent to the switchboard becomes a file of a watched folder, the rest is kept."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from cluster.demo.mail_host import OURS, MailHost
from cluster.demo.stage import fresh_folder
from store.settings_file import load_settings
from store.sheets.mails import read_mail
from tests.live.running import free_ports

RATES = "rates@savanna.example"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[MailHost]:
    made = MailHost(free_ports("smtp")["smtp"], tmp_path / "mail")
    made.open()
    yield made
    made.close()


async def test_a_mail_with_a_sheet_becomes_a_file_as_it_was_sent(host: MailHost, tmp_path: Path) -> None:
    sheet = tmp_path / "new.csv"
    sheet.write_text("Code,Rate\n" + "2547,0.0890\n" * 10_000)
    await host.send(RATES, "New rates", "Please find our rates attached.", sheet)
    [path] = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    mail = read_mail(path.read_bytes(), 50)
    assert (mail.sender, mail.subject) == (RATES, "New rates")
    assert mail.files == (("new.csv", sheet.read_bytes()),)
    assert mail.received_ms is not None and mail.sent_ms is not None


async def test_mail_to_others_lies_in_their_mailbox(host: MailHost, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OURS, RATES, "Your rates"
    mail.set_content("Received.")
    with smtplib.SMTP("127.0.0.1", host.port) as server:
        server.send_message(mail)
    arrived = await host.arrived(RATES, 5.0)
    assert arrived is not None and arrived["Subject"] == "Your rates"
    assert await host.arrived("noc@savanna.example", 0.0) is None
    assert not list((tmp_path / "mail").iterdir())


def test_the_demos_settings_name_it_and_the_folder(host: MailHost, tmp_path: Path) -> None:
    settings = load_settings(fresh_folder(tmp_path / "demo", host.settings))
    assert (settings.mail.host, settings.mail.port, settings.mail.security) == ("127.0.0.1", host.port, "none")
    assert [one.path for one in settings.sheets.folder] == [str(tmp_path / "mail")]
