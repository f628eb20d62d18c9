"""The last notice of each client and plan is found without reading those before it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from domain.notices.states import ContactState
from store.catalog import Catalog
from store.tables import RateNoticeRecord
from tests.store.catalog.builders import BY
from tests.store.catalog.test_rate_notices import ANN, BOB, US, heard, made, sent

WHICH = (("orbita", "sell-a"), ("orbita", "sell-b"), ("pampas", "sell-a"))


@pytest.fixture
def read() -> Iterator[list[int]]:
    """The notices that are read, by number."""
    numbers: list[int] = []

    def loaded(record: RateNoticeRecord, _: object) -> None:
        numbers.append(record.id or 0)

    event.listen(RateNoticeRecord, "load", loaded)
    yield numbers
    event.remove(RateNoticeRecord, "load", loaded)


def test_a_client_is_unreached_while_its_last_mail_was_not_delivered(catalog: Catalog) -> None:
    def unreached() -> list[tuple[str, str]]:
        return [key for key, one in catalog.rate_notices.standing().items() if one.unreached]

    first = sent(catalog)
    for address in (ANN, BOB):
        heard(catalog, first.id, address, ContactState.BOUNCED)
    assert unreached() == [("orbita", "sell-a")]
    sent(catalog)
    assert unreached() == [], "a mail after it is on its way"
    sent(catalog, partner="pampas")
    assert list(catalog.rate_notices.standing(("pampas",))) == [("pampas", "sell-a")]


def test_how_clients_stand_is_read_without_records(catalog: Catalog, read: list[int]) -> None:
    waits = [made(catalog, plan=plan).id for plan in ("sell-a", "sell-b")]
    told = sent(catalog)
    read.clear()
    standing = catalog.rate_notices.standing()
    assert [(key, one.told and one.told.id, one.queued and one.queued.id) for key, one in standing.items()] == [
        (("orbita", "sell-a"), told.id, None), (("orbita", "sell-b"), None, waits[1]),
    ]  # fmt: skip
    assert read == []


def test_of_many_notices_only_the_last_ones_are_read(catalog: Catalog, read: list[int]) -> None:
    for version in range(1, 7):
        last = {which: sent(catalog, partner=which[0], plan=which[1], plan_version=version) for which in WHICH}
    queued = made(catalog, plan_version=8)
    read.clear()
    assert catalog.rate_notices.told() == last
    assert sorted(read) == sorted(one.id for one in last.values())
    assert catalog.rate_notices.queued() == {("orbita", "sell-a"): queued}
    read.clear()
    assert catalog.rate_notices.last_told("orbita", "sell-b") == last["orbita", "sell-b"]
    assert read == [last["orbita", "sell-b"].id]


def test_one_that_was_told_again_is_the_last(catalog: Catalog) -> None:
    first, second = (sent(catalog, plan_version=version, contacts=((ANN, ""),)) for version in (1, 2))
    heard(catalog, first.id, ANN, ContactState.BOUNCED)
    heard(catalog, second.id, ANN, ContactState.BOUNCED)
    assert catalog.rate_notices.last_told("orbita", "sell-a") is None
    again = catalog.rate_notices.resend(second.id, [ANN], US, who="ada", at_ms=BY["at_ms"] + 5)
    assert catalog.rate_notices.last_told("orbita", "sell-a") == again
