"""`switchboard codes`."""

import json

from protos.operators_pb2 import Code, Codes, SeedProgress
from tests.cli.far_desk import FarDesk

UK = Code(code="4479", destination="United Kingdom - Mobile", destination_id=7, country="GB")


def test_find_lists_the_codes_of_a_number(desk: FarDesk) -> None:
    desk.says("Codes.Find", Codes(codes=[UK, Code(code="44", destination="United Kingdom", country="GB")], total=2))
    result = desk.run("codes", "find", "447911123456")
    assert desk.asked("Codes.Find").name == "447911123456"
    assert result.stdout.splitlines()[1].split("  ")[0] == "4479"
    assert result.exit_code == 0


def test_find_says_when_no_code_begins_the_number(desk: FarDesk) -> None:
    desk.says("Codes.Find", Codes())
    assert desk.run("codes", "find", "0").stdout == "no code begins 0\n"


def test_list_is_paged_and_filtered(desk: FarDesk) -> None:
    desk.says("Codes.List", Codes(codes=[UK], total=9000))
    result = desk.run("codes", "list", "united", "--limit", "1", "--offset", "3")
    request = desk.asked("Codes.List")
    assert (request.filter, request.limit, request.offset) == ("united", 1, 3)
    assert "4 to 4 of 9,000; more with --offset 4" in result.stderr


def test_list_as_json_is_the_page(desk: FarDesk) -> None:
    desk.says("Codes.List", Codes(codes=[UK], total=1))
    shown = json.loads(desk.run("codes", "list", "--json").stdout)
    assert shown == {
        "codes": [{"code": "4479", "destination": "United Kingdom - Mobile", "destination_id": 7, "country": "GB"}],
        "total": 1,
    }


def test_a_page_has_at_most_200_rows(desk: FarDesk) -> None:
    result = desk.run("codes", "list", "--limit", "201")
    assert result.exit_code == 2
    assert "--limit" in result.stderr


def test_seed_ends_with_what_was_done(desk: FarDesk) -> None:
    desk.says("Codes.Seed", SeedProgress(done=1, total=2, what="GB"), SeedProgress(done=2, total=2, what="8,412 codes"))
    result = desk.run("codes", "seed")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "8,412 codes\n", "")


def test_find_needs_a_number(desk: FarDesk) -> None:
    assert desk.run("codes", "find").exit_code == 2
