"""States of watched routes and their events, as the catalog keeps them."""

from dataclasses import replace

import pytest

from domain.errors import NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.route_book import KeptState, News, RouteBook
from domain.route_states import Outcome, Standing
from domain.route_watch import Action, Watch
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from tests.store.catalog.builders import AT, BY, partner

WATCH = Watch(asr=35.0, acd=60, action=Action.LAST, probe_units=5)
NORDLINK, KENYA = PartnerId("nordlink"), DestinationId(1)


def fallen() -> RouteBook:
    """A book in which Nordlink just went out."""
    book = RouteBook(1, lambda _: frozenset({WATCH}))
    for call in range(1, 31):
        book.hear(NORDLINK, KENYA, Outcome(AT + call, answered=False, effective=False), AT + call)
    return book


def test_a_state_and_its_event_are_written_together_and_once(catalog: Catalog) -> None:
    [news] = fallen().news(0)
    [event] = catalog.route_states.write([news], "q1")
    assert catalog.route_states.standing() == [news.state]
    assert (event.event, event.watch, event.vendor, event.who) == (news.event, WATCH, NORDLINK, "")
    assert catalog.route_states.write([news], "q1") == []
    assert len(catalog.route_states.write([news], "q2")) == 1
    assert catalog.route_states.events()[1] == 2


def test_a_route_that_is_active_again_is_kept_with_the_moment_since_which_its_calls_count(catalog: Catalog) -> None:
    book = fallen()
    book.order((NORDLINK, KENYA), Standing.ACTIVE, AT + 100, "mended", who="noc")
    catalog.route_states.write(book.news(0), "q1")
    [kept] = catalog.route_states.standing()
    assert (kept.standing, kept.since_ms) == (Standing.ACTIVE, AT + 100)
    found, total = catalog.route_states.events(vendor="nordlink", limit=1)
    assert (total, found[0].event.why, found[0].who) == (2, "mended", "noc")
    assert catalog.route_states.events(vendor="savanna") == ([], 0)
    assert catalog.route_states.events(destination="kenya") == ([], 0)
    catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE")], "test", **BY)
    assert catalog.codes.destination("Kenya Mobile").id == KENYA
    assert catalog.route_states.events(destination="kenya")[1] == 2


def test_an_order_is_told_once_and_every_state_of_the_route_is_written(catalog: Catalog) -> None:
    book = RouteBook(1, lambda _: frozenset({WATCH, Watch(ner=50)}))
    book.order((NORDLINK, KENYA), Standing.LOCKED_OUT, AT, "ticket 7", who="noc")
    news = book.news(0)
    assert len(news) == 3, "one by hand, one for each watch"
    [told] = catalog.route_states.write(news, "q1")
    assert (told.watch, told.event.after, told.who) == (None, Standing.LOCKED_OUT, "noc")
    assert {one.watch: one for one in catalog.route_states.standing()} == {one.state.watch: one.state for one in news}
    assert catalog.route_states.events() == ([told], 1)
    assert catalog.route_states.write(news, "q1") == [], "nothing is written twice"
    book.order((NORDLINK, KENYA), Standing.ACTIVE, AT + 1, "mended", who="noc")
    book.order((NORDLINK, KENYA), Standing.PROBING, AT + 2, "see", who="noc")
    assert [one.event.why for one in catalog.route_states.write(book.news(3), "q1")] == ["mended", "see"]
    assert catalog.route_states.events(limit=2)[1] == 3
    assert {one.standing for one in catalog.route_states.standing()} == {Standing.PROBING}


def test_an_order_is_told_by_what_the_route_was_kept_out_by(catalog: Catalog) -> None:
    book = RouteBook(1, lambda _: frozenset({WATCH, Watch(ner=1), Watch(asr=36, action=Action.TELL)}))
    for call in range(1, 31):
        book.hear(NORDLINK, KENYA, Outcome(AT + call, answered=False, effective=True), AT + call)
    catalog.route_states.write(before := book.news(0), "q1")
    book.order((NORDLINK, KENYA), Standing.LOCKED_OUT, AT + 100, "ticket 7", who="noc")
    [told] = catalog.route_states.write(book.news(before[-1].seq), "q1")
    assert (told.watch, told.event.before, told.event.after) == (WATCH, Standing.OUT, Standing.LOCKED_OUT)


@pytest.mark.parametrize(
    ("watches", "ordered", "told"),
    [
        ((), Standing.LOCKED_OUT, (None, Standing.ACTIVE)),
        ((WATCH, Watch(asr=36, action=Action.TELL)), Standing.LOCKED_OUT, (WATCH, Standing.TRIAL)),
        ((Watch(asr=36, action=Action.TELL),), Standing.LOCKED_OUT, (None, Standing.ACTIVE)),
        ((WATCH, Watch(ner=50)), Standing.LOCKED_IN, (WATCH, Standing.ACTIVE)),
    ],
)
def test_the_end_of_an_order_by_time_is_told_once_by_what_it_leads_to(
    catalog: Catalog, watches: tuple[Watch, ...], ordered: Standing, told: tuple[Watch | None, Standing]
) -> None:
    book = RouteBook(1, lambda _: frozenset(watches))
    for vendor in (NORDLINK, PartnerId("savanna")):
        book.order((vendor, KENYA), ordered, AT, "ticket 7", until_ms=AT + 5000, who="noc")
    catalog.route_states.write(before := book.news(0), "q1")
    book.tick(AT + 5000)
    news = book.news(before[-1].seq)
    assert len(news) == 2 * (1 + len(watches))
    found = catalog.route_states.write(news, "q1")
    assert sorted(one.vendor for one in found) == ["nordlink", "savanna"]
    if told[0] is not None:  # which of several policies tells it does not matter
        found = [replace(one, watch=told[0]) for one in found if one.watch in watches]
    assert [(one.watch, one.event.before, one.event.after) for one in found] == [(told[0], ordered, told[1])] * 2
    assert catalog.route_states.events()[1] == 4, "two orders, and the ends of both"
    standing = {one.watch: one.standing for one in catalog.route_states.standing()}
    assert standing == {one.state.watch: one.state.standing for one in news if one.state.watch}


def test_what_two_orders_say_is_told_twice_though_they_come_at_once(catalog: Catalog) -> None:
    book = RouteBook(1, lambda _: frozenset({WATCH}))
    for vendor in ("nordlink", "savanna"):
        book.order((PartnerId(vendor), KENYA), Standing.LOCKED_OUT, AT, "ticket 7", who="noc")
    book.order((NORDLINK, KENYA), Standing.LOCKED_IN, AT, "no", who="noc")
    assert len(catalog.route_states.write(book.news(0), "q1")) == catalog.route_states.events()[1] == 3


def test_a_state_that_nobody_watches_any_more_is_kept_no_more(catalog: Catalog) -> None:
    book = fallen()
    book.watch(lambda _: frozenset(), AT + 101)
    catalog.route_states.write(book.news(0), "q1")
    assert catalog.route_states.standing() == []


def test_a_new_book_goes_on_from_what_is_kept(catalog: Catalog) -> None:
    book = fallen()
    catalog.route_states.write(book.news(0), "q1")
    again = RouteBook(1, lambda _: frozenset({WATCH}))
    again.restore(catalog.route_states.standing(), AT + 200)
    assert again.standings(KENYA) == book.standings(KENYA)


def test_an_order_by_hand_is_in_the_trail_and_kept_at_once(catalog: Catalog) -> None:
    catalog.partners.add(partner("nordlink"), **BY)
    catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE")], "test", **BY)
    kenya = catalog.codes.destination("Kenya Mobile").id
    state = KeptState(None, NORDLINK, kenya, Standing.LOCKED_OUT, AT, "ticket 7", until_ms=AT + 5)
    catalog.route_states.order(state, **BY)
    assert catalog.route_states.standing() == [state]
    with pytest.raises(NotFoundError):
        catalog.route_states.order(replace(state, vendor=PartnerId("nobody")), **BY)


def test_news_of_one_process_are_told_apart_from_those_of_another(catalog: Catalog) -> None:
    [news] = fallen().news(0)
    later = News(2, replace(news.event, why="later"), news.state)
    assert len(catalog.route_states.write([news, later], "q1")) == 2
    assert [one.event.why for one in catalog.route_states.events()[0]] == ["later", news.event.why]
