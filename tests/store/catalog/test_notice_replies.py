"""What becomes of the mails of notices: taken or refused by our server, and what comes back to them."""

from typing import Any

import pytest

from domain.errors import ConflictError
from domain.notices.replies import Reply
from domain.notices.states import ContactState, NoticeState
from store.catalog import Catalog
from store.catalog.mail import FAILED, SENT, WAITING, Draft, message_id
from store.catalog.notice_replies import NOTED, Heard
from store.catalog.notice_values import RateNotice
from tests.store.catalog.builders import BY
from tests.store.catalog.test_rate_notices import ANN, BOB, US, sent, states, what


def mark(catalog: Catalog, notice: RateNotice, address: str, state: str, error: str = "", sender: str = US) -> None:
    (mail,) = [mail for mail in catalog.mail.list() if mail.address == address][:1]
    catalog.mail.mark(mail.id, state, sender=sender, error=error, **BY)


def ids(catalog: Catalog, notice: RateNotice) -> dict[str, str]:
    return {contact.address: contact.message_id for contact in catalog.rate_notices.get(notice.id).contacts}


def take(catalog: Catalog, about: str, state: ContactState, words: str = "", **more: Any) -> Heard | None:
    return catalog.notice_replies.take(Reply((about,), state, words=words, **more), **BY)


def test_a_contact_comes_to_what_became_of_its_mail_and_no_other_does(catalog: Catalog) -> None:
    notice = sent(catalog)
    mark(catalog, notice, ANN, WAITING, "451 later")
    assert states(catalog.rate_notices.get(notice.id)) == {ANN: "waiting", BOB: "waiting"}
    mark(catalog, notice, ANN, SENT)
    mark(catalog, notice, BOB, FAILED, "550 no such user")
    now = catalog.rate_notices.get(notice.id)
    assert states(now) == {ANN: "sent", BOB: "failed"} and now.state is NoticeState.APPROVED
    assert now.contacts[1].words == "550 no such user"
    assert what(catalog, notice.id)[-2:] == [("sent", ANN), ("failed", BOB)]


def test_a_notice_whose_mails_all_fail_is_not_told_until_one_is_sent_after_all(catalog: Catalog) -> None:
    notice = sent(catalog)
    for address in (ANN, BOB):
        mark(catalog, notice, address, FAILED, "550")
    now = catalog.rate_notices.get(notice.id)
    assert (now.state, now.told_ms, catalog.rate_notices.told()) == (NoticeState.FAILED, None, {})
    catalog.mail.retry(None, **BY)
    mark(catalog, notice, BOB, SENT)
    now = catalog.rate_notices.get(notice.id)
    assert now.state is NoticeState.APPROVED and now.told_ms == BY["at_ms"]


def test_a_mail_that_went_out_from_another_sender_is_known_by_that(catalog: Catalog) -> None:
    notice = sent(catalog)
    mark(catalog, notice, ANN, SENT, sender="rates@new.example")
    mail = next(mail for mail in catalog.mail.list() if mail.address == ANN)
    assert ids(catalog, notice)[ANN] == message_id(mail, "rates@new.example")


def test_a_reply_moves_the_one_contact_whose_mail_it_names(catalog: Catalog) -> None:
    first, notice = sent(catalog, plan="sell-b"), sent(catalog, sha256="ab")
    its = ids(catalog, notice)
    assert take(catalog, its[ANN], ContactState.BOUNCED, "550 gone") == Heard(notice.id, "ab")
    assert take(catalog, its[BOB], ContactState.ACCEPTED, "ok", address=BOB) == Heard(notice.id, "ab")
    now = catalog.rate_notices.get(notice.id)
    assert {one.address: (one.state, one.words) for one in now.contacts} == {
        ANN: (ContactState.BOUNCED, "550 gone"),
        BOB: (ContactState.ACCEPTED, "ok"),
    }
    assert states(catalog.rate_notices.get(first.id)) == {ANN: "waiting", BOB: "waiting"}
    trail = [entry for entry in catalog.audit.list("rate-notice") if entry.key == str(notice.id)]
    assert {"bounced", "accepted"} <= {entry.action for entry in trail}


def test_mail_about_no_notice_is_nobodys(catalog: Catalog) -> None:
    notice = sent(catalog)
    before = what(catalog, notice.id)
    assert take(catalog, "<other@ours.example>", ContactState.BOUNCED) is None
    assert take(catalog, "", ContactState.BOUNCED) is None
    assert what(catalog, notice.id) == before


def test_a_thread_of_several_notices_is_about_the_one_that_is_answered(catalog: Catalog) -> None:
    first, notice = sent(catalog, plan="sell-b"), sent(catalog)
    about = (ids(catalog, notice)[ANN], ids(catalog, first)[ANN])
    catalog.notice_replies.take(Reply(about, ContactState.REFUSED, ANN), **BY)
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "refused"
    assert states(catalog.rate_notices.get(first.id))[ANN] == "waiting"


def test_a_reply_that_comes_again_is_entered_once(catalog: Catalog) -> None:
    notice = sent(catalog)
    for _ in range(2):
        take(catalog, ids(catalog, notice)[ANN], ContactState.ANSWERED, "who?", address=ANN)
        take(catalog, ids(catalog, notice)[ANN], ContactState.SENT, "delayed 4.4.1", is_report=True)
    assert what(catalog, notice.id)[-2:] == [("answered", ANN), (NOTED, ANN)]
    assert len(what(catalog, notice.id)) == 4


def test_what_says_less_is_in_the_history_and_moves_nothing(catalog: Catalog) -> None:
    notice = sent(catalog)
    its = ids(catalog, notice)[ANN]
    take(catalog, its, ContactState.ANSWERED, "let me see", address="boss@orbita.example")
    take(catalog, its, ContactState.DELIVERED, "delivered 250", is_report=True)
    take(catalog, its, ContactState.ANSWERED, "and Kenya?", address=ANN)
    now = catalog.rate_notices.get(notice.id)
    assert (now.contacts[0].state, now.contacts[0].words) == (ContactState.ANSWERED, "and Kenya?")
    said = [(event.what, event.words) for event in catalog.rate_notices.events(notice.id)][-3:]
    assert said == [
        ("answered", "boss@orbita.example: let me see"),
        ("delivered", "delivered 250"),
        ("answered", "and Kenya?"),
    ]


def test_an_answer_to_an_earlier_mail_counts_and_a_report_of_it_is_noted(catalog: Catalog) -> None:
    notice = sent(catalog)
    earlier = ids(catalog, notice)[ANN]
    catalog.rate_notices.resend(notice.id, [ANN], US, **BY)
    assert ids(catalog, notice)[ANN] != earlier
    take(catalog, earlier, ContactState.BOUNCED, "550 gone", is_report=True)
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "waiting"
    last = catalog.rate_notices.events(notice.id)[-1]
    assert (last.what, last.address, last.words) == (NOTED, ANN, "bounced: 550 gone, of an earlier mail")
    take(catalog, earlier, ContactState.ACCEPTED, "fine", address=ANN)
    assert states(catalog.rate_notices.get(notice.id)) == {ANN: "accepted", BOB: "waiting"}
    assert take(catalog, f"<{'0' * 32}@ours.example>", ContactState.ACCEPTED) is None


def test_who_has_one_mail_of_ours_knows_nothing_of_the_id_of_another(catalog: Catalog) -> None:
    """All of it but the id is the same twice, as it is for all notices that are approved in one go."""
    notice = sent(catalog)
    first = ids(catalog, notice)
    mails = {mail.address: mail for mail in catalog.mail.list()}
    with_same = [Draft(one.cause, one.kind, one.address, one.subject, one.body) for one in mails.values()]
    assert {one.token for one in mails.values()} == {its[1:33] for its in first.values()}
    assert len({one.token for one in mails.values()}) == 2
    for address in mails:
        mark(catalog, notice, address, SENT)
    assert catalog.mail.forget(BY["at_ms"] + 1) == 2
    again = [catalog.mail.add(draft, at_ms=BY["at_ms"]) for draft in with_same]
    assert not {one.token for one in again} & {one.token for one in mails.values()}


def test_a_mail_that_is_tried_again_has_the_same_id(catalog: Catalog) -> None:
    notice = sent(catalog)
    before = ids(catalog, notice)
    mark(catalog, notice, ANN, FAILED, "550")
    catalog.mail.retry(None, **BY)
    mark(catalog, notice, ANN, SENT)
    assert ids(catalog, notice) == before


def test_yes_and_no_count_only_of_who_may_speak_for_a_contact(catalog: Catalog) -> None:
    notice = sent(catalog, contacts=((ANN, ""), ("carl@gmail.com", "")))
    its = ids(catalog, notice)[ANN]
    for stranger in ("boss@evil.example", "other@gmail.com", "x@sub.orbita.example", ""):
        take(catalog, its, ContactState.ACCEPTED, "fine", address=stranger)
    last = catalog.rate_notices.events(notice.id)[2:]
    assert [(one.what, one.words) for one in last] == [
        ("answered", "boss@evil.example: fine"),
        ("answered", "other@gmail.com: fine"),
        ("answered", "x@sub.orbita.example: fine"),
        ("answered", "fine"),
    ]
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "answered"
    take(catalog, its, ContactState.REFUSED, "no", address="boss@ORBITA.example")
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "refused"
    take(catalog, its, ContactState.ACCEPTED, "yes", address="carl@gmail.com")
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "accepted"


def test_a_bounce_that_anybody_can_write_counts_only_of_servers_on_the_way(catalog: Catalog) -> None:
    notice = sent(catalog)
    its = ids(catalog, notice)
    take(catalog, its[ANN], ContactState.BOUNCED, "550 gone", is_report=True, by_text="mailer-daemon@evil.example")
    assert catalog.rate_notices.events(notice.id)[-1].what == NOTED
    assert states(catalog.rate_notices.get(notice.id))[ANN] == "waiting"
    take(catalog, its[ANN], ContactState.BOUNCED, "550 gone", is_report=True, by_text="mailer-daemon@mx.orbita.example")
    take(catalog, its[BOB], ContactState.BOUNCED, "550 gone", is_report=True, by_text="mailer-daemon@mx.ours.example")
    assert states(catalog.rate_notices.get(notice.id)) == {ANN: "bounced", BOB: "bounced"}


def test_the_same_bounce_of_the_mail_that_was_sent_again_counts_again(catalog: Catalog) -> None:
    notice = sent(catalog, contacts=((ANN, ""),))
    for _ in range(2):
        mark(catalog, notice, ANN, SENT)
        first = ids(catalog, notice)[ANN]
        for _ in range(2):
            take(catalog, first, ContactState.BOUNCED, "550 5.1.1 user unknown", is_report=True)
        now = catalog.rate_notices.get(notice.id)
        assert (states(now), now.state) == ({ANN: "bounced"}, NoticeState.FAILED)
        catalog.rate_notices.resend(notice.id, [ANN], US, **BY)
    assert [event for event, _ in what(catalog, notice.id)].count("bounced") == 2
    take(catalog, first, ContactState.BOUNCED, "550 5.1.1 user unknown", is_report=True)
    assert states(catalog.rate_notices.get(notice.id)) == {ANN: "waiting"}


def test_mail_with_old_rates_is_not_tried_again_after_newer_ones(catalog: Catalog) -> None:
    old = sent(catalog, contacts=((ANN, ""),))
    mark(catalog, old, ANN, FAILED, "550")
    (mail,) = catalog.mail.list()
    sent(catalog, plan_version=9, contacts=((BOB, ""),))
    with pytest.raises(ConflictError, match=r"it is out of date: notice \d+ has told newer rates since"):
        catalog.mail.retry(mail.id, **BY)
    assert catalog.mail.retry(None, **BY) == 0 and catalog.mail.get(mail.id).state == FAILED


def test_mail_that_another_took_the_place_of_is_not_tried_again(catalog: Catalog) -> None:
    notice = sent(catalog, contacts=((ANN, ""),))
    mark(catalog, notice, ANN, FAILED, "550")
    (mail,) = catalog.mail.list()
    catalog.rate_notices.resend(notice.id, [ANN], US, **BY)
    assert catalog.mail.retry(None, **BY) == 0
    with pytest.raises(ConflictError, match="another mail"):
        catalog.mail.retry(mail.id, **BY)


def test_an_old_notice_that_arrives_after_newer_ones_is_not_what_the_client_knows(catalog: Catalog) -> None:
    old = sent(catalog, contacts=((ANN, ""),))
    mark(catalog, old, ANN, FAILED, "550")
    catalog.mail.retry(None, **BY)
    new = sent(catalog, plan_version=9, contacts=((BOB, ""),))
    (mail,) = catalog.mail.list(ANN)
    catalog.mail.mark(mail.id, SENT, sender=US, who="eve", at_ms=BY["at_ms"] + 9)
    last = catalog.rate_notices.last_told("orbita", "sell-a")
    assert last is not None and last.id == new.id
    assert catalog.rate_notices.get(old.id).state is NoticeState.APPROVED


def test_mail_of_a_notice_is_not_forgotten_while_it_waits(catalog: Catalog) -> None:
    notice, later = sent(catalog), BY["at_ms"] + 1
    catalog.mail.add(Draft("0-1", "warned", ANN, "low", "low"), at_ms=BY["at_ms"])
    mark(catalog, notice, BOB, SENT)
    assert catalog.mail.notices_waiting(BY["at_ms"]) == 0 and catalog.mail.notices_waiting(later) == 1
    assert catalog.mail.forget(later) == 2
    (mail,) = catalog.mail.list()
    assert (mail.address, mail.kind) == (ANN, "rates")
    mark(catalog, notice, ANN, FAILED)
    assert catalog.mail.forget(later) == 1 and catalog.mail.list() == [] and catalog.mail.notices_waiting(later) == 0
