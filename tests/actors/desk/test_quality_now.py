"""Quality of now asked of the desk: rows, courses and the tree of destinations, of the real quality-0."""

from typing import Any

import pytest

from actors.desk import quality_courses
from actors.desk.core import Desk
from actors.desk.quality import QualityService
from actors.desk.quality_courses import MOST_COURSES
from actors.desk.route_tree import RouteTreeService
from actors.quality_actor import QualityActor
from actors.refs import UnavailableError
from domain.calls import Side
from domain.errors import InputError, NotFoundError
from domain.ids import DestinationId, LegId, PartnerId
from domain.quality import LegBegun, LegSeen
from domain.route_states import Standing
from protos import quality_pb2 as pb
from protos import route_tree_pb2 as tree_pb
from store.catalog.codes import CodeSeed
from tests.actors.desk.route_house import Near

NOBODY: Any = None
UK, KENYA = "447911123456", "254722000111"
MINUTE_MS = 60_000


class House:
    """A desk with a published reference book, and a quality-0 that hears calls."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.quality = desk, QualityActor("quality-0", desk.home)
        monkeypatch.setattr(self.quality, "_now_ms", desk.now_ms)
        monkeypatch.setattr(self.quality, "_business_ms", desk.now_ms)
        monkeypatch.setattr(quality_courses, "handle", lambda _: Near(self.quality))
        self.service, self.routes = QualityService(desk), RouteTreeService(desk)

    def where(self, number: str) -> DestinationId:
        """Return a number's destination."""
        assert self.desk.world is not None
        found = self.desk.world.codes.destination_of(number)
        assert found is not None
        return found

    async def calls(self, vendor: str, number: str, answered: int, failed: int, ago_min: int = 5) -> None:
        """Hear calls that were set up some minutes ago, a minute of talk each, or no circuit; the client's legs too."""
        setup_ms, where = self.desk.now_ms() - ago_min * MINUTE_MS, self.where(number)
        for its in [True] * answered + [False] * failed:
            for side, partner in ((Side.VENDOR, vendor), (Side.CLIENT, "orbita")):
                talk_ms = MINUTE_MS if its else 0
                how = (its, talk_ms, 2_000 if its else None, 16 if its else 34, its)
                leg = LegSeen(where, side, PartnerId(partner), setup_ms, *how, 500 * its, setup_ms + talk_ms)
                await self.quality.count([leg])

    async def tree(self, **asked: Any) -> tree_pb.RouteTreePage:
        return await self.routes.Tree(tree_pb.RouteTreeQuery(**asked), NOBODY)


@pytest.fixture
async def house(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> House:
    book = [("44", "UK", "GB"), ("447", "UK Mobile", "GB"), ("442", "UK London", "GB"), ("2547", "Kenya Mobile", "KE")]
    seeds = [CodeSeed(*one) for one in book]
    await desk.change(lambda catalog, at_ms: catalog.codes.enter(seeds, "test", who="ada", at_ms=at_ms))
    made = House(desk, monkeypatch)
    await made.calls("kestrel", UK, 3, 1)
    await made.calls("bluewire", UK, 0, 2, ago_min=40)
    await made.calls("kestrel", KENYA, 1, 0)
    return made


async def test_rows_stand_in_the_order_that_is_asked_for(house: House) -> None:
    page = await house.service.List(pb.QualityRequest(sort="asr", limit=1), NOBODY)
    assert ([(row.partner, row.attempts, row.answered) for row in page.rows], page.total) == ([("bluewire", 2, 0)], 3)
    rest = await house.service.List(pb.QualityRequest(sort="asr", offset=1), NOBODY)
    assert [row.partner for row in rest.rows] == ["kestrel", "kestrel"]
    of_kenya = await house.service.List(pb.QualityRequest(destination=KENYA, side="client"), NOBODY)
    assert [(row.partner, row.destination) for row in of_kenya.rows] == [("orbita", house.where(KENYA))]


async def test_courses_tell_each_stretch_with_open_calls_in_theirs(house: House) -> None:
    now_ms = house.desk.now_ms()
    begun = LegBegun(LegId(b"open"), house.where(UK), Side.VENDOR, PartnerId("kestrel"), now_ms, answered=True)
    await house.quality.count([], [begun])
    keys = [pb.QualityKey(partner=one, destination=house.where(UK)) for one in ("kestrel", "bluewire", "nobody")]
    told = await house.service.Courses(pb.QualityCoursesRequest(keys=keys, window="1h"), NOBODY)
    assert [course.key.partner for course in told.courses] == ["kestrel", "bluewire", "nobody"]
    assert {len(course.stretches) for course in told.courses} == {13}
    first, second, third = ([one for one in course.stretches if one.attempts] for course in told.courses)
    assert [(one.attempts, one.answered, one.ended_answered, one.talk_s) for one in first] == [
        (4, 3, 3, 180), (1, 1, 0, 0),
    ]  # fmt: skip
    assert [(one.attempts, one.HasField("pdd_p50_s")) for one in second] == [(2, False)]
    assert (third, told.window, told.now_ms) == ([], "1h", now_ms)


async def test_a_course_is_of_a_day_where_its_window_is_of_calls_or_none_is_asked_for(house: House) -> None:
    for window in ("", "100 calls"):
        told = await house.service.Courses(pb.QualityCoursesRequest(window=window), NOBODY)
        assert told.window == "24h"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"window": "2h"}, "'2h' is no window"),
        ({"side": "neither"}, "'neither' is no side"),
        ({"keys": [pb.QualityKey()] * (MOST_COURSES + 1)}, "51 courses are too many"),
    ],
)
async def test_courses_that_cannot_be_are_refused(house: House, asked: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        await house.service.Courses(pb.QualityCoursesRequest(**asked), NOBODY)


async def test_the_tree_is_of_countries_and_theirs_of_destinations(house: House) -> None:
    countries = await house.tree(busy=True)
    assert [(node.country, node.attempts, node.answered) for node in countries.nodes] == [("GB", 6, 3), ("KE", 1, 1)]
    assert [node.country for node in (await house.tree(sort="asr", busy=True)).nodes] == ["GB", "KE"]
    assert (countries.all.attempts, countries.all.talk_s, countries.window) == (7, 240, "1h")
    inside = await house.tree(country="gb", busy=True)
    assert [(node.destination, node.attempts, node.vendors) for node in inside.nodes] == [(house.where(UK), 6, 2)]
    assert (await house.tree(country="gb")).total > 1, "those without calls, too"
    assert [node.attempts for node in (await house.tree(text=UK)).nodes] == [6]


async def test_the_tree_names_who_is_out_and_takes_him_from_those_who_carry(house: House) -> None:
    route = PartnerId("bluewire"), house.where(UK)
    await house.quality.order_route(route, Standing.LOCKED_OUT, "ticket 7", None, "ada")
    [node] = (await house.tree(text=UK)).nodes
    assert (list(node.out), node.out_count, node.vendors) == (["bluewire"], 1, 1)
    countries = (await house.tree(sort="out", busy=True)).nodes
    assert [(one.country, one.out_count) for one in countries] == [("GB", 1), ("KE", 0)]


async def test_a_clients_tree_has_its_calls_alone(house: House) -> None:
    assert (await house.tree(client="orbita")).all.attempts == 7
    assert (await house.tree(client="pampas")).all.attempts == 0
    with pytest.raises(NotFoundError):
        await house.tree(client="nobody")


async def test_pages_of_the_tree_follow_one_another(house: House) -> None:
    whole = await house.tree(country="gb", sort="name", limit=200)
    pages = [await house.tree(country="gb", sort="name", limit=2, offset=at) for at in range(0, whole.total, 2)]
    assert [node.title for page in pages for node in page.nodes] == [node.title for node in whole.nodes]
    assert {page.total for page in pages} == {whole.total}


@pytest.mark.parametrize(("asked", "said"), [({"sort": "luck"}, "'luck' is no order"), ({"window": "x"}, "no window")])
async def test_a_tree_that_cannot_be_is_refused(house: House, asked: Any, said: str) -> None:
    with pytest.raises(InputError, match=f"routes: .*{said}"):
        await house.tree(**asked)


async def test_while_quality_is_away_that_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str) -> Any:
        raise ValueError(f"no actor {name}")

    monkeypatch.setattr(quality_courses, "handle", away)
    with pytest.raises(UnavailableError):
        await house.tree()
    with pytest.raises(UnavailableError):
        await house.service.Courses(pb.QualityCoursesRequest(), NOBODY)
