"""Findings: their order, their keys, what decisions make of them, and how many are listed."""

import polars as pl
import pytest

from domain.errors import InputError
from domain.sheet_frames import columns
from domain.sheet_frames.checks import unmapped, unreadable
from domain.sheet_frames.checks.found import LISTED, frame_of, listed, whole
from domain.sheets.corrections import Corrected, Correction, Stated
from domain.sheets.findings import Check, Finding, Place, Severity, key_of, place_of
from domain.sheets.questions import Question

_SHORT, _JUMP, _DRIFT, _PAST = Check.SHORT_INCREASE, Check.PRICE_JUMP, Check.TEMPLATE_DRIFT, Check.IN_THE_PAST


def rows(count: int, **fields: object) -> pl.DataFrame:
    return pl.DataFrame(
        {"tab": "Rates", "row": range(2, count + 2), "code": [f"{254000 + n}" for n in range(count)]}
    ).with_columns(
        pl.lit("any").alias("rate_type"),
        pl.lit("").alias("origin"),
        *(pl.Series(name, [value] * count) for name, value in fields.items()),
    )


def short(count: int = 1, **fields: object) -> list[Finding]:
    return listed(_SHORT, rows(count, **fields), lambda row: f"increase of {row['code']}")


def test_blocking_ones_come_first_then_most_money() -> None:
    found = [
        whole(_DRIFT, "drift", money=-900),
        *short(money=-5),
        whole(Check.UNIT_CHANGED, "unit", money=70),
        whole(_JUMP, "jump"),
    ]
    assert frame_of(found)["check"].to_list() == ["R05", "R28", "R06", "R20"]
    assert frame_of(found).schema == pl.Schema(columns.FINDINGS)


def test_a_finding_is_accepted_by_its_key_its_row_or_its_check() -> None:
    key = short()[0].key
    assert key == "R28:Rates:2:254000:any:"
    by_key = Corrected(Correction.ACCEPT, key=key)
    by_row = Corrected(Correction.ACCEPT, check="R28", tab="Rates", row=2)
    of_another_row = Corrected(Correction.ACCEPT, check="R28", tab="Rates", row=3)
    by_check = Corrected(Correction.ACCEPT, check="R28")
    standing = {
        one: frame_of(short(2), [one])["standing"].to_list() for one in (by_key, by_row, of_another_row, by_check)
    }
    assert standing == {
        by_key: ["open", "accepted"], by_row: ["open", "accepted"], of_another_row: ["open", "accepted"],
        by_check: ["accepted", "accepted"],
    }  # fmt: skip
    assert frame_of(short(2), [of_another_row])["row"].to_list() == [2, 3]


@pytest.mark.parametrize(
    ("kind", "standing"), [(Correction.DROP, "dropped"), (Correction.DATE, "moved"), (Correction.MEND, "mended")]
)
def test_what_a_correction_has_settled_is_listed_as_that(kind: Correction, standing: str) -> None:
    key = short()[0].key
    told = frame_of([], [Corrected(kind, key=key, value="1", who="ann", comment="as agreed")])
    assert told.select("check", "row", "code", "key", "standing").rows() == [("R28", 2, "254000", key, standing)]
    assert "by ann: as agreed" in told["words"][0]
    still_wrong = frame_of(short(), [Corrected(kind, key=key)])
    assert still_wrong["standing"].to_list() == ["open"]


def test_what_was_moved_says_to_which_moment() -> None:
    key = short()[0].key
    (to,) = frame_of([], [Corrected(Correction.DATE, key=key, value="1797724800000", who="ann")]).rows(named=True)
    assert to["value"] == "2026-12-20 00:00 UTC" and to["words"].startswith("moved to 2026-12-20 00:00 UTC by ann")
    (earliest,) = frame_of([], [Corrected(Correction.DATE, key=key)]).rows(named=True)
    assert earliest["value"] == "" and earliest["words"].startswith("moved to the earliest day that the notice allows")


def test_a_correction_that_names_no_check_is_no_finding() -> None:
    assert frame_of([], [Corrected(Correction.MEND, "Rates", 5, 2, value="0.5")]).height == 0


def test_findings_of_one_place_have_keys_of_their_own() -> None:
    twice = rows(1).with_columns(pl.lit("Rate").alias("column"))
    found = frame_of(listed(Check.BAD_PRICE, pl.concat([twice, twice]), lambda row: "no price"))
    assert found["key"].to_list() == ["R17:Rates:2:254000:any::Rate", "R17:Rates:2:254000:any::Rate:1"]
    assert {place_of(key) for key in found["key"]} == {Place("R17", "Rates", 2, "254000", "any", "", "Rate")}


def test_a_key_says_its_place_again_whatever_the_tab_is_called() -> None:
    place = Place("R28", "Rates: A-Z, 7:30", 12, "254", "night", "EEA")
    assert place_of(key_of(place)) == place
    assert place_of("R28") is None


def test_ten_thousand_are_listed_and_all_are_counted() -> None:
    found = frame_of(short(10_007))
    assert found.height == 10_001
    last = found.filter(pl.col("row") == 0)
    assert last["words"].to_list() == ["7 more of these are not listed, 10,007 in all: an increase inside its notice"]


def test_those_with_most_money_are_listed() -> None:
    money = pl.Series("money", range(10_001))
    found = listed(_SHORT, rows(10_001).with_columns(-money), lambda row: "")
    assert found[0].money == -10_000
    assert min(abs(one.money) for one in found if one.money is not None) == 1


def test_a_file_that_cannot_be_read_has_one_finding() -> None:
    found = unreadable(InputError("it is protected by a password", where="rates.xlsx", mend="Ask for it without."))
    assert found.select("check", "severity", "words").rows() == [
        ("R01", "B", "rates.xlsx: it is protected by a password. Ask for it without.")
    ]


def test_each_question_about_columns_is_a_finding() -> None:
    found = unmapped(
        [Question("Rates", "code", "Which column is the code?", ("B", "C")), Question("Rates", "per", "?")]
    )
    assert found.select("check", "tab", "column").rows() == [("R04", "Rates", "code"), ("R04", "Rates", "per")]
    assert set(found["severity"]) == {Severity.BLOCK}


def test_those_that_are_not_listed_are_as_grave_as_the_gravest_of_them() -> None:
    many = rows(LISTED + 3)
    severities = ["B"] * 2 + ["W"] * (LISTED + 1)
    *_, rest = listed(_PAST, many.with_columns(pl.Series("severity", severities)), lambda row: "past")
    assert (rest.severity, rest.value) == (Severity.WARN, str(LISTED + 3))
    *_, rest = listed(_PAST, many.with_columns(pl.Series("severity", severities[::-1])), lambda row: "past")
    assert rest.severity is Severity.BLOCK
    *_, rest = short(LISTED + 1)
    assert rest.severity is Severity.BLOCK, "what the check says"


def test_an_acceptance_of_what_is_not_listed_is_of_what_it_was() -> None:
    def many(price: int, **more: object) -> list[Finding]:
        frame = rows(LISTED + 5, **more).with_columns(
            next_price=pl.when(pl.col("row") > LISTED).then(price).otherwise(1)
        )
        return listed(_SHORT, frame, lambda row: "x")

    first = many(1, money=-5)
    assert first[-1].money == -25
    accepted = Corrected(Correction.ACCEPT, check="R28", these=tuple(Stated(o.key, o.said, o.money) for o in first))
    for price, standing in ((1, {"accepted"}), (10**12 - 1, {"accepted", "open"})):
        assert set(frame_of(many(price, money=-5), [accepted])["standing"]) == standing


def test_an_acceptance_is_of_the_increments_and_fees_that_were_seen() -> None:
    (seen,) = short(first_s=1, next_s=1, connect_fee=0, first_price=5)
    accepted = Corrected(Correction.ACCEPT, key=seen.key, these=(Stated(seen.key, seen.said, None),))
    assert frame_of([seen], [accepted])["standing"][0] == "accepted"
    for other in ({"first_s": 60}, {"connect_fee": 7}, {"first_price": 6}):
        (now,) = short(**({"first_s": 1, "next_s": 1, "connect_fee": 0, "first_price": 5} | other))
        assert frame_of([now], [accepted])["standing"][0] == "open", other
