"""Mail with rate sheets is read as far as it can be, whatever somebody sends."""

import io
import zipfile
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.sheets.mails import read_mail

CSV = b"Code,Rate\n44,0.01\n447,0.02\n"
HEAD = "From: Rates <Rates@Kestrel.example>\nMessage-ID: <1@kestrel>\n"


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def mail(*files: tuple[str, bytes], **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "Rates <Rates@Kestrel.example>", "Subject": "New rates", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content("Dear partner,\nplease find our rates.\n")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def names(raw: bytes) -> list[str]:
    return [name for name, _ in read_mail(raw, 50).files]


def test_files_of_a_mail_and_of_its_zips_come_one_by_one() -> None:
    raw = mail(("a.csv", CSV), ("b.zip", zipped(c_csv=CSV, readme_txt=b"hello"))).as_bytes()
    found = read_mail(raw, 50)
    assert (found.sender, found.subject) == ("rates@kestrel.example", "New rates")
    assert found.files == (("a.csv", CSV), ("c.csv", CSV))
    assert (found.letters, found.left_out) == (("readme.txt",), ())


def test_a_mail_that_is_passed_on_is_looked_into() -> None:
    outer, inner = mail(), mail(("a.csv", CSV))
    outer.add_attachment(inner)
    assert names(outer.as_bytes()) == ["a.csv"]
    assert names(mail(("passed on.eml", inner.as_bytes())).as_bytes()) == ["a.csv"]
    nested = inner.as_bytes()
    for _ in range(5):
        nested = mail(("more.eml", nested)).as_bytes()
    assert "too deep" in read_mail(nested, 50).left_out[0]


def test_pictures_letters_and_signatures_are_no_sheets() -> None:
    message = mail(("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(50)), ("rates.pdf", b"%PDF-1.7 x"), ("winmail.dat", b"x"))
    message.add_attachment("BEGIN:VCARD\n", subtype="vcard", filename="me.vcf")
    found = read_mail(message.as_bytes(), 50)
    assert found.files == () and found.letters == ("logo.png", "rates.pdf") and "Outlook" in found.left_out[0]
    assert read_mail(mail().as_bytes(), 50).left_out == ()


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("Subject: =?utf-8?B?UsOhdGVz?=\n =?utf-8?Q?_2026?=", "Rátes 2026"),
        ("Subject: =?utf-8?Q?a=0D=0ABcc:_b@c.d=00?=", "a Bcc: b@c.d"),
        ("Subject: new\n\trates", "new rates"),
        ("Subject: =?no-such-set?Q?=41?=", "=?no-such-set?Q?=41?="),
        ("Subject: =?utf-8?B?x?=", "=?utf-8?B?x?="),
        ("Subject: r\u00e9", "r\ufffd\ufffd"),
    ],
)
def test_a_subject_is_one_line_of_text(header: str, read: str) -> None:
    assert read_mail(f"{HEAD}{header}\n\nhello\n".encode(), 50).subject == read


def test_a_file_name_comes_as_any_standard_writes_it() -> None:
    kinds = (
        "filename*=utf-8''r%C3%A1tes.csv",
        'filename="=?utf-8?Q?r=C3=A1tes.csv?="',
        'filename="c:\\\\x\\\\rátes.csv"',
    )
    for kind in kinds:
        raw = f"{HEAD}Content-Type: text/csv\nContent-Disposition: attachment; {kind}\n\n".encode() + CSV
        assert names(raw)[0].endswith("tes.csv") and "/" not in names(raw)[0] and "\\" not in names(raw)[0]


def test_it_came_when_the_last_server_says() -> None:
    stamped = (
        "Received: from a by b; Mon, 2 Nov 2026 09:00:00 +0100\nReceived: from c by a; Sun, 1 Nov 2026 00:00:00 +0000\n"
    )
    found = read_mail(f"{stamped}{HEAD}Date: Sat, 31 Oct 2026 00:00:00 -0000\n\n".encode(), 50)
    assert found.received_ms == 1_793_606_400_000 and found.sent_ms == 1_793_404_800_000
    for odd in (
        "",
        "tomorrow",
        "Mon, 99 Nov 2026 09:00:00",
        "Mon, 2 Nov 99999 09:00:00 +0000",
        "Thu, 1 Jan 1970 00:00 +0000",
    ):
        assert read_mail(f"Date: {odd}\nReceived: x; {odd}\n\n".encode(), 50).received_ms is None


def test_a_bomb_in_a_mail_is_left_out_with_its_reason() -> None:
    found = read_mail(mail(("b.zip", zipped(c_csv=bytes(3 << 20)))).as_bytes(), 1)
    assert found.files == () and "more than" in found.left_out[0]


PARTS = [
    b"--b",
    b"\n",
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Subject: =?utf-8?b?",
    b"From: <@\n",
]


@given(st.binary(max_size=300), st.lists(st.sampled_from(PARTS), max_size=12))
@settings(max_examples=50, deadline=None)
def test_whatever_comes_is_read(noise: bytes, parts: list[bytes]) -> None:
    found: Any = read_mail(b"".join(parts) + noise, 1)
    assert found.subject.isprintable() and found.sender.isprintable()


def test_a_mail_nested_without_end_is_left_out() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (depth, depth) for depth in range(2000))
    assert read_mail(raw, 1).files == ()
