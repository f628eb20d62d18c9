"""What comes back to mail of ours: reports, bounces and answers of many makes, and mail that breaks readers."""

from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.notices.states import ContactState
from store.mail_replies import read_reply
from tests.store import mail_in_words
from tests.store import returned_mail as sent
from tests.store.returned_mail import OURS, TO, mail

BOUNCES = {
    "postfix": (sent.POSTFIX, "550 5.1.1 <noc@kestrel.example>: Recipient address rejected: User unknown"),
    "exim": (sent.EXIM, "550 No such user here"),
    "old exim": (mail_in_words.EXIM_OLD, "host mx.kestrel.example [192.0.2.7]: 550 5.1.1 unknown user"),
    "qmail": (mail_in_words.QMAIL, "Sorry, no mailbox here by that name. (#5.1.1)"),
    "exchange": (
        sent.EXCHANGE,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient noc@kestrel.example not found",
    ),
    "gmail": (sent.GMAIL, "550-5.1.1 The email account that you tried to reach does not exist."),
}


@pytest.mark.parametrize("make", BOUNCES)
def test_a_bounce_is_known_by_the_mail_that_it_sends_back(make: str) -> None:
    text, words = BOUNCES[make]
    reply = read_reply(mail(text))
    assert reply is not None and reply.is_report
    assert (reply.about[0], reply.state, reply.address, reply.words) == (OURS, ContactState.BOUNCED, TO, words)


@pytest.mark.parametrize("make", BOUNCES)
def test_a_bounce_that_names_our_mail_in_its_text_alone_says_who_wrote_it(make: str) -> None:
    reply = read_reply(mail(BOUNCES[make][0]))
    writers = {"old exim": "mailer-daemon@mail.house.example", "qmail": "mailer-daemon@kestrel.example"}
    assert reply is not None and reply.by_text == writers.get(make)


def test_a_report_in_another_frame_that_sends_nothing_back_says_who_wrote_it() -> None:
    text = sent.POSTFIX_SUCCESS.replace("multipart/report", "multipart/mixed").replace("delivered\n", "failed\n")
    reply = read_reply(mail(text))
    assert reply is not None and reply.by_text == "mailer-daemon@mx.house.example"


def test_a_bounce_of_old_exchange_does_not_say_of_whom_in_a_form_that_is_certain() -> None:
    reply = read_reply(mail(mail_in_words.EXCHANGE_OLD))
    assert reply is not None
    assert (reply.about, reply.state, reply.address) == ((OURS,), ContactState.BOUNCED, "")
    assert "did not reach the following recipient(s)" in reply.words


def test_delivery_is_known_by_the_envelope_alone_and_by_the_address_that_we_gave() -> None:
    reply = read_reply(mail(sent.POSTFIX_SUCCESS))
    assert reply is not None
    assert (reply.about, reply.state, reply.address) == ((OURS,), ContactState.DELIVERED, TO)
    assert reply.words == "delivered 250 2.0.0 Ok: queued as 7F2C1"


@pytest.mark.parametrize(
    ("action", "state"),
    [("expanded", ContactState.DELIVERED), ("relayed", ContactState.SENT), ("Failed (5.1.1)", ContactState.BOUNCED)],
)
def test_what_became_of_it_is_as_the_report_says(action: str, state: ContactState) -> None:
    reply = read_reply(mail(sent.POSTFIX_SUCCESS.replace("delivered\n", f"{action}\n")))
    assert reply is not None and reply.state is state


@pytest.mark.parametrize(
    ("text", "words"), [(sent.DELAYED, "Connection timed out"), (mail_in_words.EXIM_WARNING, "delayed")]
)
def test_a_delay_says_nothing_that_was_not_known(text: str, words: str) -> None:
    reply = read_reply(mail(text))
    assert reply is not None and reply.is_report
    assert (reply.about, reply.state) == ((OURS,), ContactState.SENT) and "delayed" in reply.words.lower() + words


def test_of_several_recipients_who_did_not_get_it_counts() -> None:
    more = "Status: 2.0.0\n\n    Final-Recipient: rfc822; b@kestrel.example\n    Action: failed\n    Status: 5.2.2\n"
    reply = read_reply(mail(sent.POSTFIX_SUCCESS.replace("Status: 2.0.0\n", more, 1)))
    assert reply is not None and (reply.state, reply.address) == (ContactState.BOUNCED, "b@kestrel.example")


def test_who_has_read_it_has_got_it() -> None:
    reply = read_reply(mail(sent.READ))
    assert reply is not None and reply.is_report
    assert (reply.about, reply.state, reply.words) == ((OURS,), ContactState.DELIVERED, "displayed")


def test_what_a_server_says_without_giving_up_is_for_people() -> None:
    reply = read_reply(mail(mail_in_words.SERVER_UNSURE))
    assert reply is not None and (reply.about, reply.state) == ((OURS,), ContactState.ANSWERED)
    assert reply.words == "Somebody will look at it."
    without = mail_in_words.QMAIL.replace("Message-ID: {id}", "Subject: none").replace(
        "To: rates", "In-Reply-To: {id}\n    To: x"
    )
    reply = read_reply(mail(without))
    assert reply is not None and reply.state is ContactState.ANSWERED, "it sends back no mail that is ours"


def test_holidays_are_no_answer() -> None:
    reply = read_reply(mail(mail_in_words.AWAY))
    assert reply is not None and (reply.state, reply.is_report) == (ContactState.SENT, False)
    reply = read_reply(answer("I accept no mail", Subject="Out of office: rates"))
    assert reply is not None and reply.state is ContactState.SENT


def answer(text: str, **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in {
        "From": "Ann <Ann@Kestrel.example>",
        "Subject": "Re: Our rates",
        "In-Reply-To": OURS,
        "References": f"<older@house.example> {OURS}",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def test_people_answer_in_their_own_words() -> None:
    text = "Accepted, thanks\n\nOn Thu, 5 Nov 2026 at 10:12, Switchboard wrote:\n> reject\n"
    reply = read_reply(answer(text))
    assert reply is not None and not reply.is_report
    assert (reply.about, reply.state) == ((OURS, "<older@house.example>"), ContactState.ACCEPTED)
    assert (reply.address, reply.words) == ("ann@kestrel.example", "Accepted, thanks")
    refused = read_reply(answer("We do not accept.\n"))
    assert refused is not None and refused.state is ContactState.REFUSED
    reply = read_reply(answer("Who are you?\n" + "x" * 500))
    assert reply is not None and (reply.state, len(reply.words)) == (ContactState.ANSWERED, 200)


def test_a_postmaster_may_answer_as_people_do() -> None:
    reply = read_reply(answer("Confirmed.\n", From="postmaster@kestrel.example"))
    assert reply is not None and (reply.state, reply.is_report) == (ContactState.ACCEPTED, False)


def test_an_answer_in_markup_alone_is_read_up_to_its_quote() -> None:
    reply = read_reply(mail(mail_in_words.HTML))
    assert reply is not None
    assert (reply.state, reply.address) == (ContactState.ACCEPTED, "juergen@kestrel.example")
    assert reply.about == (OURS, "<other@house.example>") and reply.words.startswith("Preise bestätigt")


def test_mail_that_names_no_mail_is_no_reply() -> None:
    assert read_reply(b"From: a@b.c\r\nSubject: New rates\r\n\r\nAccepted\r\n") is None
    assert read_reply(b"") is None
    assert read_reply(mail(sent.POSTFIX, "<no id>")) is None


def nested(depth: int) -> bytes:
    head = b"In-Reply-To: " + OURS.encode() + b"\r\nContent-Type: multipart/report; boundary=%d\r\n\r\n--%d\r\n"
    return b"".join(head % (level, level) for level in range(depth))


@pytest.mark.parametrize(
    "raw",
    [
        nested(5_000),
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        b"In-Reply-To: " + b"<" * 500_000,
        b"References: " + b"<a@b>" * 200_000 + b"\r\n\r\nok",
        b"Content-Type: text/html\r\nIn-Reply-To: <a@b>\r\n\r\n" + b"<![x" * 100_000,
        b"Content-Type: text/html\r\nIn-Reply-To: <a@b>\r\n\r\n" + b"<!--" * 100_000,
        b"Content-Type: text/plain; charset=punycode\r\nIn-Reply-To: <a@b>\r\n\r\n" + b"a-b" * 100_000,
        b"Content-Type: text/plain; charset=undefined\r\nIn-Reply-To: <a@b>\r\n\r\nok",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000,
        b"Content-Type: message/delivery-status\r\nIn-Reply-To: <a@b>\r\n\r\n" + b"Action: failed\r\n\r\n" * 50_000,
        b"From: postmaster\r\nIn-Reply-To: <a@b>\r\n\r\n" + b"Message-ID: <" * 80_000,
        b"In-Reply-To: <a@b>\r\n\r\n" + b"On " * 300_000,
        b"In-Reply-To: <a@b>\r\n\r\nOn " + b"wrote " * 300_000,
    ],
    ids=range(13),
)
def test_mail_that_wants_to_break_the_reader_is_read_in_bounds(raw: bytes) -> None:
    reply = read_reply(raw)
    assert reply is None or (len(reply.about) <= 50 and len(reply.words) <= 500)


PIECES = st.sampled_from(
    [
        *(line.encode() for line in sent.POSTFIX.replace("{id}", OURS).split("\n")),
        *(line.strip().encode() for line in sent.EXCHANGE.replace("{id}", OURS).split("\n")),
        *(line.strip().encode() for line in mail_in_words.HTML.replace("{id}", OURS).split("\n")),
        b"Content-Transfer-Encoding: base64",
        b"Content-Type: message/disposition-notification",
        b"\xff\x00=?utf-8?b?//8?=",
        b"",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=30), max_size=60))
@example([b"Content-Type: message/delivery-status", b"Action: failed"])
def test_any_bytes_are_read(lines: list[bytes]) -> None:
    reply = read_reply(b"\r\n".join(lines))
    assert reply is None or (reply.about and reply.state in ContactState)


@given(st.sampled_from([text for text, _ in BOUNCES.values()]), st.data())
def test_a_mail_that_is_cut_or_torn_never_breaks_the_reader(text: str, data: st.DataObject) -> None:
    raw = mail(text)
    at = data.draw(st.integers(0, len(raw)))
    torn = raw[:at] + data.draw(st.binary(max_size=5)) + raw[at + data.draw(st.integers(0, 50)) :]
    read_reply(torn)
    read_reply(raw[:at])
