"""JSON by the rules that output.py states, and tables that line up."""

import pytest

from cli import output
from protos.operators_pb2 import Actor, CdrExplanation, Leg, OpenCall, Partner, Payment, Rate
from protos.sheets_pb2 import Sheet
from protos.switch_pb2 import Money


def test_money_is_a_decimal_string_with_its_currency() -> None:
    payment = output.plain(Payment(amount=Money(units=-123_456_789, currency="EUR")))
    assert payment["amount"] == {"amount": "-1.23456789", "currency": "EUR"}


def test_money_that_is_not_there_is_null() -> None:
    assert output.plain(Payment())["amount"] is None


def test_units_are_decimal_strings_under_the_name_of_what_they_are() -> None:
    rate = output.plain(Rate(first_price_units=2_400_000))
    assert rate["first_price"] == "0.024"
    assert "first_price_units" not in rate


def test_moments_are_iso_in_utc_and_durations_are_whole_ms() -> None:
    leg = output.plain(Leg(setup_ms=1_793_610_000_123, duration_ms=7_000, leg_id=b"\x01\xff"))
    assert leg["setup"] == "2026-11-02T09:00:00.123Z"
    assert leg["connect"] is None
    assert leg["duration_ms"] == 7_000
    assert leg["leg_id"] == "01ff"
    assert output.plain(OpenCall(pdd_ms=1200))["pdd_ms"] == 1200


def test_the_epoch_is_no_moment_unless_it_was_given() -> None:
    assert output.plain(Rate())["valid_from"] is None
    assert output.plain(Leg(connect_ms=0))["connect"] == "1970-01-01T00:00:00.000Z"


def test_a_limit_that_is_not_set_is_null_and_not_zero() -> None:
    assert output.plain(Partner())["max_calls"] is None
    assert output.plain(Partner(max_calls=0))["max_calls"] == 0


def test_maps_lists_and_messages_keep_their_shape() -> None:
    assert output.plain(Actor(figures={"b": 2.0, "a": 1.0}))["figures"] == {"a": 1.0, "b": 2.0}
    report = Sheet(columns={"Prefix": "code"}, notes=["one", "two"])
    assert (output.plain(report)["columns"], output.plain(report)["notes"]) == ({"Prefix": "code"}, ["one", "two"])
    assert output.plain(CdrExplanation(legs=[Leg(a="1")]))["legs"][0]["a"] == "1"


def test_columns_line_up_and_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name", ">price"), [["a", "1.50"], ["longer", "12.50"]], "none")
    assert capsys.readouterr().out == "name    price\na        1.50\nlonger  12.50\n"


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name",), [], "no names: add one")
    assert capsys.readouterr().out == "no names: add one\n"


def test_what_comes_from_outside_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name",), [["\x1b[2Jé\n"]], "none")
    assert capsys.readouterr().out == "name\n?[2Jé?\n"


def test_a_page_says_how_to_see_more_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.paged(50, 3412, 100)
    output.paged(12, 3412, 3400)
    output.paged(0, 3412, 9000)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "101 to 150 of 3,412; more with --offset 150\n")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65, "1:05"), (3600, "1:00:00"), (7325, "2:02:05")])
def test_seconds_are_written_as_a_clock(seconds: int, text: str) -> None:
    assert output.clock(seconds) == text
