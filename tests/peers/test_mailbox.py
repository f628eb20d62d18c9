"""The mailbox: a real IMAP server and the twin in memory pass the same tests."""

import imaplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from actors.desk.mailbox import ImapMailbox, Mailbox, MailboxError, MemoryMailbox
from actors.tls import own_certificate
from domain.source_settings import MailboxSettings
from tests.peers.dovecot import PASSWORD, USER, Dovecot, dovecot

pytestmark = pytest.mark.peers
LETTER = b"From: a@b.c\r\nSubject: rates\r\n\r\nCode,Rate\r\n44,0.01\r\n"
AT_S = 1_793_606_400


@dataclass
class Post:
    """A mailbox, and how mail gets into it."""

    open_box: Callable[[], Mailbox]
    deliver: Callable[[bytes, int], None]

    def box(self) -> Mailbox:
        box = self.open_box()
        box.open()
        return box


class OldServer(ImapMailbox):
    """A server that can neither move mail nor remove one alone."""

    def _open(self) -> None:
        super()._open()
        self._can = frozenset()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    certificate, key = own_certificate(tmp_path_factory.mktemp("dovecot"))
    with dovecot(certificate, key) as running:
        yield running


def settings_of(server: Dovecot, **more: object) -> MailboxSettings:
    plain = {
        "host": "localhost",
        "port": server.imaps,
        "user": USER,
        "password": SecretStr(PASSWORD),
        "ca_file": str(server.certificate),
        "wait_s": 5,
    }
    return MailboxSettings.model_validate(plain | more)


@pytest.fixture(params=["memory", "moved", "copied", "marked"])
def post(request: pytest.FixtureRequest) -> Post:
    if request.param == "memory":
        box = MemoryMailbox(MailboxSettings(mail_mb=1))
        return Post(lambda: box, lambda raw, at_s: box.deliver(raw, at_s * 1000))
    taken = "" if request.param == "marked" else "Taken Sheets"
    kind = OldServer if request.param == "copied" else ImapMailbox
    settings = settings_of(request.getfixturevalue("server"), mail_mb=1, taken=taken)
    with logged_in(settings) as imap:
        imap.select()
        imap.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        imap.expunge()
    return Post(lambda: kind(settings), lambda raw, at_s: append(settings, raw, at_s))


def logged_in(settings: MailboxSettings) -> imaplib.IMAP4:
    imap = ImapMailbox(settings)
    imap.open()
    assert imap._imap is not None
    return imap._imap


def append(settings: MailboxSettings, raw: bytes, at_s: int) -> None:
    with logged_in(settings) as imap:
        imap.append("INBOX", "", imaplib.Time2Internaldate(at_s), raw)


def test_mail_is_there_until_it_is_marked(post: Post) -> None:
    post.deliver(LETTER, AT_S)
    post.deliver(LETTER.replace(b"rates", b"more"), AT_S + 5)
    box = post.box()
    first, second = box.letters(10)
    assert (first.size, first.at_ms, second.at_ms) == (len(LETTER), AT_S * 1000, (AT_S + 5) * 1000)
    assert box.body(first) == LETTER and box.head(first) == LETTER.partition(b"Code")[0]
    assert [one.key for one in box.letters(1)] == [first.key]
    assert [one.key for one in box.letters(10, {first.key})] == [second.key]
    box.mark(first)
    assert [one.key for one in box.letters(10)] == [second.key]
    box.close()
    again = post.box()
    assert [one.key for one in again.letters(10)] == [second.key], "also over another connection"
    again.close()


def test_a_mail_is_fetched_up_to_a_bound(post: Post) -> None:
    post.deliver(LETTER + b"x" * (2 << 20), AT_S)
    box = post.box()
    (letter,) = box.letters(10)
    assert letter.size > 2 << 20 and len(box.body(letter)) == 1 << 20 and len(box.head(letter)) < 100
    box.close()


def test_an_empty_mailbox_has_no_letters(post: Post) -> None:
    box = post.box()
    assert box.letters(10) == []
    box.close()


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_server_is_reached_as_the_settings_say(server: Dovecot, security: str) -> None:
    port = server.imaps if security == "tls" else server.imap
    box = ImapMailbox(settings_of(server, security=security, port=port))
    box.open()
    box.close()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"password": SecretStr("wrong")}, "Authentication failed"),
        ({"ca_file": ""}, "certificate verify failed"),
        ({"host": "127.0.0.1", "port": 1}, "Connection refused"),
        ({"folder": "Nowhere"}, "folder Nowhere: .*exist"),
        ({"password": SecretStr(""), "password_file": "/nowhere"}, "No such file"),
        ({"ca_file": "/nowhere"}, "No such file"),
    ],
)
def test_what_is_wrong_is_said_and_no_password(server: Dovecot, more: dict[str, object], said: str) -> None:
    box = ImapMailbox(settings_of(server, **more))
    with pytest.raises(MailboxError, match=said) as caught:
        box.open()
    assert "wrong" not in str(caught.value) and PASSWORD not in str(caught.value)
    box.close()


def test_a_password_may_be_in_a_file(server: Dovecot, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    box = ImapMailbox(settings_of(server, password=SecretStr(""), password_file=str(tmp_path / "password")))
    box.open()
    box.close()


def test_a_wait_for_the_server_can_be_cut_short() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = ImapMailbox(MailboxSettings(host="127.0.0.1", port=silent.getsockname()[1], security="none", wait_s=60))
        greeted = threading.Thread(target=lambda: silent.accept()[0].sendall(b"* OK here\r\n"))
        greeted.start()
        threading.Timer(0.3, box.abort).start()
        began_s = time.monotonic()
        with pytest.raises(MailboxError):
            box.open()
        assert time.monotonic() - began_s < 10
        greeted.join()


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        box = ImapMailbox(MailboxSettings(host="127.0.0.1", port=port, security="none", wait_s=1))
        with pytest.raises(MailboxError, match="timed out"):
            box.open()
