"""Files of an exchange through the bulk lane: read by position, compared with their trailer, charged once."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.tasks import StagedFile
from cluster.tasks.cdr_file import read_batches
from cluster.tasks.cdr_staging import stage_cdrs
from cluster.tasks.layout_file import LayoutFile
from domain.directory import Switch, Trunk
from domain.errors import InputError
from domain.file_layouts import DDB
from domain.ids import PartnerId, PlanId, SwitchId
from domain.recipes import recipe_named
from store.book_bulk import BlockTaken
from store.catalog import Catalog
from tests.cluster.tasks.places import BY, NOW, Place, a_catalog, a_place, write_rows
from tests.domain.builders import ms, row, rules
from tests.domain.exchange_files import exchange_file, header, record, text_of, trailer
from tests.domain.worlds import client, incoming
from tests.shared_data import shared_file

EXCHANGE = Switch(SwitchId("exchange"), "", recipe_named("ddb"))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An exchange whose lines are those of one client, and its plan with a price for each country."""
    made = a_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    made.switches.add(EXCHANGE, **BY)
    made.partners.add(client("lines", sell_plan=None), **BY)
    made.plans.add(rules(plan=PlanId("lines-sell")), "sell", **BY)
    made.plans.add_rates(PlanId("lines-sell"), [row("31", "0.06"), row("1", "0.6")], **BY)
    made.plans.assign(PlanId("lines-sell"), PartnerId("lines"), **BY)
    made.trunks.add(trunk("lines-in"), **BY)
    yield made
    made.close()


def trunk(its_id: str, name: str = "") -> Trunk:
    return replace(incoming(its_id, "lines"), host="", switch=EXCHANGE.id, name=name)


@pytest.fixture
def place(tmp_path: Path, catalog: Catalog) -> Iterator[Place]:
    with a_place(tmp_path) as opened:
        yield opened


def staged(place: Place, data: bytes, name: str = "DDB-1.CDR", switch: str = "") -> StagedFile:
    path = place.home.data / name
    path.write_bytes(data)
    return stage_cdrs(place.home, path, NOW, switch)


def taken(place: Place, file: StagedFile) -> tuple[int, int, int]:
    """Take what is staged; return how many legs were accepted, were known, were parked."""
    blocks: list[BlockTaken] = [place.shard.take_block(Path(stage), NOW) for _, stage in file.stages]
    return (
        sum(block.accepted for block in blocks),
        sum(block.duplicate for block in blocks) + file.sealed_duplicates,
        sum(block.parked + block.differing for block in blocks),
    )


def test_the_real_file_of_an_exchange_is_taken_whole_and_its_odd_total_told(place: Place) -> None:
    data = shared_file("cdr/fixed_width/DDB-Some-10022-20120711-309.CDR").read_bytes()
    file = staged(place, data)
    assert (file.rows, file.rejects, file.switch) == (33, (), "exchange")
    assert file.notes == (
        "as many records as the trailer says: 33",
        "duration: the trailer says 3055, the records add up to 1,855 s (3055 is 00:30:55 read as hhmmss)",
    )
    assert taken(place, file) == (33, 0, 0)
    assert place.query("SELECT sum(duration_ms), count(DISTINCT leg_id) FROM leg") == [(1_855_000, 33)]
    assert place.query("SELECT code, count(*), sum(billed_s) FROM leg GROUP BY code ORDER BY code") == [
        ("1", 20, 1521), ("31", 13, 334),
    ]  # fmt: skip
    assert taken(place, staged(place, data)) == (0, 33, 0)
    assert file.newest_ms == ms(2012, 7, 10, 5, 4, 46)


def test_a_record_is_the_clients_leg_of_an_answered_call_in_utc(place: Place) -> None:
    taken(place, staged(place, exchange_file(record())))
    asked = "SELECT side, trunk, a, b, setup_ms, connect_ms, disconnect_ms, duration_ms, cause, charge FROM leg"
    begun = ms(2012, 7, 8, 16, 15, 6)  # 18:15:06 in Amsterdam's summer
    assert place.query(asked) == [
        ("client", "lines-in", "31123451234", "31123123120", begun, begun, begun + 18_000, 18_000, 16, 1_800_000)
    ]


def test_the_zone_is_that_of_the_switch(place: Place, catalog: Catalog) -> None:
    catalog.switches.change(replace(EXCHANGE, recipe=replace(EXCHANGE.recipe, zone="Europe/Kyiv")), **BY)
    taken(place, staged(place, exchange_file(record())))
    assert place.query("SELECT setup_ms FROM leg") == [(ms(2012, 7, 8, 15, 15, 6),)]


def test_a_night_in_which_the_clock_goes_back_makes_no_call_negative(place: Place) -> None:
    file = staged(place, exchange_file(record(setup="20121028025959", duration="000500"), seconds=300))
    assert taken(place, file) == (1, 0, 0)
    assert place.query("SELECT duration_ms, disconnect_ms - connect_ms FROM leg") == [(300_000, 300_000)]


def test_a_trunk_is_named_by_the_line_else_by_the_group_else_by_the_kind_of_line(
    place: Place, catalog: Catalog
) -> None:
    for its_id, name in (("lines-pstn", "PSTN"), ("lines-abc", "ABC"), ("lines-one", "0123451299")):
        catalog.trunks.add(trunk(its_id, name), **BY)
    lines = [
        record(1, kind="ISDN", group="XYZ"),
        record(2, kind="PSTN", group="XYZ"),
        record(3, kind="PSTN", group="ABC"),
        record(4, kind="PSTN", group="ABC", caller="0123451299"),
    ]
    assert taken(place, staged(place, exchange_file(*lines))) == (4, 0, 0)
    found = place.query("SELECT trunk FROM leg ORDER BY leg.seq")
    assert sorted(found) == [("lines-abc",), ("lines-in",), ("lines-one",), ("lines-pstn",)]


def test_a_record_without_a_rate_is_parked_with_its_line(place: Place) -> None:
    line = record(7, called="0044791112345")
    assert taken(place, staged(place, exchange_file(line))) == (0, 0, 1)
    [(cause, raw)] = place.query("SELECT cause, raw FROM parked")
    assert (cause, json.loads(raw)["line"]) == ("no-rate", line)


def test_a_file_that_was_cut_off_is_told_and_its_rest_is_taken_when_it_comes_whole(place: Place) -> None:
    lines = [record(1), record(2), record(3)]
    cut = text_of([header(), *lines])[:-30]
    file = staged(place, cut)
    assert file.notes == ("file 000309 has no trailer: it is cut off or not complete yet; records read: 3",)
    assert [(number, reason) for number, reason, _ in file.rejects] == [(4, "194 characters, a record has 223")]
    assert taken(place, file) == (2, 0, 0)
    assert taken(place, staged(place, exchange_file(*lines))) == (1, 2, 0)


def test_a_record_that_comes_again_with_another_end_is_parked(place: Place) -> None:
    taken(place, staged(place, exchange_file(record())))
    assert taken(place, staged(place, exchange_file(record(duration="000019")))) == (0, 0, 1)
    assert place.query("SELECT cause FROM parked") == [("differs-from-first-report",)]


def test_the_same_records_in_another_file_of_the_exchange_are_other_calls(place: Place) -> None:
    taken(place, staged(place, exchange_file(record())))
    other = text_of([header(310), record(), trailer(1, 18, 9, 310)])
    assert taken(place, staged(place, other)) == (1, 0, 0)


def test_lines_that_cannot_be_read_are_refused_with_their_number_and_the_others_go_in(place: Place) -> None:
    lines = [record(1), record(2, setup="20121301000000"), record(3, duration="009900"), "ABC", record(4)]
    file = staged(place, text_of([header(), *lines, "", trailer(4, 54, 36)]))
    assert [(number, reason) for number, reason, _ in file.rejects] == [
        (3, "setup 20121301000000 is no moment such as 20260131235959"),
        (4, "duration 009900 is no time such as 015959"),
        (5, "it begins with 'ABC', not with HDR0001DDB, CDR or TRL"),
    ]
    assert (file.rows, file.notes, taken(place, file)) == (5, ("as many records as the trailer says: 4",), (2, 0, 0))


def test_files_that_were_put_together_are_compared_each_with_its_own_trailer(place: Place) -> None:
    second = [header(310), record(1), trailer(2, 18, 9, 310)]
    file = staged(place, exchange_file(record()) + text_of(second))
    assert file.notes == ("as many records as the trailer says: 1", "records: the trailer says 2, the file has 1")
    assert taken(place, file) == (2, 0, 0)


def test_a_gzipped_file_is_known_and_read_like_a_plain_one(place: Place) -> None:
    assert taken(place, staged(place, gzip.compress(exchange_file(record())), "DDB-1.CDR.gz")) == (1, 0, 0)
    with pytest.raises(InputError, match="damaged"):
        staged(place, gzip.compress(exchange_file(*map(record, range(300))))[:-20], "DDB-2.CDR.gz")


def test_of_two_exchanges_one_must_be_named(place: Place, catalog: Catalog) -> None:
    catalog.switches.add(replace(EXCHANGE, id=SwitchId("other")), **BY)
    with pytest.raises(InputError, match="Name one: exchange, other"):
        staged(place, exchange_file(record()))
    assert staged(place, exchange_file(record()), switch="exchange").switch == "exchange"


def test_its_frame_is_that_of_the_plain_form_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(exchange_file(record()))
    plain = write_rows(tmp_path / "plain.csv", [{"switch": "gw", "call_id": "c", "session_id": "s", "side": "client"}])
    [of_exchange], [of_plain] = LayoutFile(tmp_path / "f", DDB, EXCHANGE, ()).batches(), read_batches(plain)
    assert dict(of_exchange.frame.drop("line").schema) == dict(of_plain.frame.schema)
