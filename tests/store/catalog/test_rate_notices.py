"""Notices of rates in the catalog: what waits, what counts as told, and how far each contact's mail came."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.notices.form import FileKind, SheetForm
from domain.notices.states import ContactState, NoticeKind, NoticeState
from store.catalog import Catalog
from store.catalog.mail import message_id
from store.catalog.notice_values import NewNotice, RateNotice, WantedNotices
from tests.store.catalog.builders import BY

ANN, BOB = "ann@orbita.example", "bob@orbita.example"
US = "rates@ours.example"
ONE = NewNotice(
    NoticeKind.RATES,
    "orbita",
    "sell-a",
    3,
    contacts=((ANN, "Ann"), (BOB, "")),
    form_name="short",
    form=SheetForm(file=FileKind.CSV),
    subject="Rates of sell-a",
    body="Hello.",
    file_name="sell-a.csv",
    counts={"increase": 2},
    late=1,
    first_ms=BY["at_ms"] + 7,
    tell_by_ms=BY["at_ms"] + 5,
)


def nothing(number: int) -> None:
    pass


def made(catalog: Catalog, **fields: Any) -> RateNotice:
    return catalog.rate_notices.make(replace(ONE, **fields), nothing, **BY)


def sent(catalog: Catalog, **fields: Any) -> RateNotice:
    return catalog.rate_notices.approve(made(catalog, **fields).id, US, **BY)


def heard(catalog: Catalog, number: int, address: str, state: ContactState, words: str = "") -> RateNotice:
    return catalog.rate_notices.hear(number, address, state, words, **BY)


def dealt_with(catalog: Catalog) -> dict[tuple[str, str], int]:
    return {key: one.dealt_with for key, one in catalog.rate_notices.standing().items() if one.dealt_with}


def states(notice: RateNotice) -> dict[str, str]:
    return {contact.address: contact.state.value for contact in notice.contacts}


def what(catalog: Catalog, number: int) -> list[tuple[str, str]]:
    return [(event.what, event.address) for event in catalog.rate_notices.events(number)]


def test_a_notice_is_made_approved_and_mailed_to_its_contacts_only(catalog: Catalog) -> None:
    kept: list[int] = []
    notice = catalog.rate_notices.make(ONE, kept.append, **BY)
    assert kept == [notice.id] and notice.state is NoticeState.QUEUED and notice.told_ms is None
    assert (notice.form, notice.counts, notice.late) == (ONE.form, {"increase": 2}, 1)
    assert catalog.mail.list() == [] and catalog.rate_notices.told() == {}
    approved = catalog.rate_notices.approve(notice.id, US, "go", who="eve", at_ms=BY["at_ms"] + 9)
    assert (approved.state, approved.told_ms) == (NoticeState.APPROVED, BY["at_ms"] + 9)
    mails = {mail.address: mail for mail in catalog.mail.list()}
    assert set(mails) == {ANN, BOB}
    assert mails[ANN].files == (("sell-a.csv", f"notices/{notice.id}/received"),)
    assert (mails[ANN].kind, mails[ANN].subject, mails[ANN].partner) == ("rates", "Rates of sell-a", "orbita")
    ann = approved.contacts[0]
    assert ann.mail == mails[ANN].id and ann.message_id == message_id(mails[ANN], US)
    assert what(catalog, notice.id) == [("made", ""), ("approved", "")]
    assert [event.words for event in catalog.rate_notices.events(notice.id)] == ["", "go"]
    assert [(one.who, one.action) for one in catalog.audit.list("rate-notice")] == [("eve", "approve"), ("ada", "make")]
    with pytest.raises(ConflictError, match="it is approved"):
        catalog.rate_notices.approve(notice.id, US, **BY)


def test_of_a_client_and_plan_one_notice_at_most_waits(catalog: Catalog) -> None:
    first, other, answer = made(catalog), made(catalog, plan="sell-b"), made(catalog, kind=NoticeKind.ANSWER)
    second = made(catalog, plan_version=4)
    found = {one.id: one.state.value for one in catalog.rate_notices.list()}
    assert found == {first.id: "superseded", other.id: "queued", answer.id: "queued", second.id: "queued"}
    assert catalog.rate_notices.queued() == {("orbita", "sell-a"): second, ("orbita", "sell-b"): other}
    assert what(catalog, first.id)[-1] == ("superseded", "")
    assert dealt_with(catalog) == {("orbita", "sell-a"): 4, ("orbita", "sell-b"): 3}


def test_a_notice_without_contacts_or_with_what_is_no_address_is_not_made(catalog: Catalog) -> None:
    waits = made(catalog)
    for contacts in ((), (("nobody", ""),)):
        with pytest.raises(InputError):
            made(catalog, contacts=contacts)

    def full(number: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        catalog.rate_notices.make(ONE, full, **BY)
    assert [(one.id, one.state) for one in catalog.rate_notices.list()] == [(waits.id, NoticeState.QUEUED)]


def test_a_cancelled_notice_is_never_sent(catalog: Catalog) -> None:
    notice = made(catalog)
    assert catalog.rate_notices.cancel(notice.id, **BY).state is NoticeState.CANCELLED
    for call in (catalog.rate_notices.cancel, lambda number, **by: catalog.rate_notices.approve(number, US, **by)):
        with pytest.raises(ConflictError, match="it is cancelled"):
            call(notice.id, **BY)
    assert catalog.mail.list() == []
    with pytest.raises(NotFoundError, match="there is no notice 99"):
        catalog.rate_notices.cancel(99, **BY)


def test_what_people_say_of_a_contact_takes_the_place_of_what_was_known(catalog: Catalog) -> None:
    notice = sent(catalog)
    heard(catalog, notice.id, ANN, ContactState.SENT)
    heard(catalog, notice.id, ANN, ContactState.ACCEPTED, "fine")
    after = heard(catalog, notice.id, ANN, ContactState.DELIVERED, "that was no yes")
    assert states(after) == {ANN: "delivered", BOB: "waiting"} and after.contacts[0].words == "that was no yes"
    assert what(catalog, notice.id)[2:] == [("sent", ANN), ("accepted", ANN), ("delivered", ANN)]
    assert catalog.audit.list("rate-notice")[0].action == "delivered"
    with pytest.raises(NotFoundError, match="none of its contacts"):
        heard(catalog, notice.id, "eve@orbita.example", ContactState.SENT)
    with pytest.raises(ConflictError, match="it is queued"):
        heard(catalog, made(catalog).id, ANN, ContactState.SENT)


def test_a_notice_that_reached_nobody_does_not_count_as_told(catalog: Catalog) -> None:
    before = sent(catalog)
    notice = sent(catalog, plan_version=4)
    waits = made(catalog, plan_version=5)
    assert catalog.rate_notices.last_told("orbita", "sell-a") == catalog.rate_notices.get(notice.id)
    assert heard(catalog, notice.id, ANN, ContactState.BOUNCED, "550").state is NoticeState.APPROVED
    failed = heard(catalog, notice.id, BOB, ContactState.FAILED)
    assert (failed.state, failed.told_ms) == (NoticeState.FAILED, None)
    assert catalog.rate_notices.told() == {("orbita", "sell-a"): catalog.rate_notices.get(before.id)}
    assert catalog.rate_notices.get(waits.id).state is NoticeState.SUPERSEDED, "it was compared with what never came"
    assert catalog.rate_notices.last_told("orbita", "sell-b") is None
    back = heard(catalog, notice.id, ANN, ContactState.ANSWERED, "we have it")
    assert (back.state, back.told_ms) == (NoticeState.APPROVED, BY["at_ms"])


def test_a_notice_is_sent_again_to_whom_it_did_not_reach_and_to_others(catalog: Catalog) -> None:
    notice = sent(catalog)
    for address in (ANN, BOB):
        heard(catalog, notice.id, address, ContactState.BOUNCED)
    again = catalog.rate_notices.resend(notice.id, [ANN, "eve@orbita.example"], US, **BY)
    assert states(again) == {ANN: "waiting", BOB: "bounced", "eve@orbita.example": "waiting"}
    assert (again.state, again.told_ms) == (NoticeState.APPROVED, BY["at_ms"])
    assert sorted(mail.address for mail in catalog.mail.list()) == [ANN, ANN, BOB, "eve@orbita.example"]
    assert len({contact.message_id for contact in again.contacts}) == 3
    assert again.contacts[0].message_id != notice.contacts[0].message_id
    with pytest.raises(InputError, match="no mail address"):
        catalog.rate_notices.resend(notice.id, ["nobody"], US, **BY)
    with pytest.raises(ConflictError, match="it is queued"):
        catalog.rate_notices.resend(made(catalog).id, [ANN], US, **BY)


def test_what_a_client_knows_otherwise_counts_as_told(catalog: Catalog) -> None:
    sent(catalog)
    waits = made(catalog, plan_version=4)
    told = catalog.rate_notices.told_otherwise(replace(ONE, contacts=(), plan_version=5), nothing, **BY)
    assert (told.state, told.told_ms) == (NoticeState.TOLD, BY["at_ms"])
    assert catalog.rate_notices.last_told("orbita", "sell-a") == told
    assert catalog.rate_notices.get(waits.id).state is NoticeState.SUPERSEDED
    assert len(catalog.mail.list()) == 2, "those of the first"


def test_notices_are_found_by_client_plan_state_kind_and_sheet(catalog: Catalog) -> None:
    for fields in ({}, {"plan": "sell-b", "sheet": 7}, {"partner": "pampas"}, {"kind": NoticeKind.ANSWER}):
        made(catalog, **fields)
    found = catalog.rate_notices.list
    assert [one.partner for one in found(limit=1, offset=1)] == ["pampas"]
    for wanted, count in (
        (WantedNotices(), 4),
        (WantedNotices(partner="orbita"), 3),
        (WantedNotices(plan="sell-b"), 1),
        (WantedNotices(sheet=7), 1),
        (WantedNotices(kind="answer"), 1),
        (WantedNotices(state="approved"), 0),
    ):
        assert len(found(wanted)) == catalog.rate_notices.count(wanted) == count


def test_a_notice_is_not_sent_again_once_newer_rates_were_told(catalog: Catalog) -> None:
    first = sent(catalog, contacts=((ANN, ""),))
    heard(catalog, first.id, ANN, ContactState.BOUNCED)
    other, answer = sent(catalog, plan="sell-b"), sent(catalog, kind=NoticeKind.ANSWER)
    second = sent(catalog, plan_version=9)
    with pytest.raises(ConflictError, match=f"notice {second.id} has told newer rates since"):
        catalog.rate_notices.resend(first.id, [ANN], US, **BY)
    for notice in (second, other, answer):
        catalog.rate_notices.resend(notice.id, [ANN], US, **BY)
    for address in (ANN, BOB):
        heard(catalog, second.id, address, ContactState.BOUNCED)
    assert catalog.rate_notices.resend(first.id, [ANN], US, **BY).state is NoticeState.APPROVED
