"""Text of any separator, quoting and encoding becomes rows."""

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from store.sheets.files import open_file
from store.sheets.tabs import check_size

RATES = [("Destination", "Code", "Rate"), ("UK", "44", "0,05"), ("UK Mobile", "447", "0,06"), ("Kenya", "254", "0,1")]


def rows_of(text: str | bytes) -> list[tuple[str, ...]]:
    return frame_of(text).rows()


def frame_of(text: str | bytes) -> pl.DataFrame:
    return open_file("x.csv", text if isinstance(text, bytes) else text.encode(), 50).tabs[0].rows


def notes_of(text: str | bytes) -> tuple[str, ...]:
    return open_file("x.csv", text if isinstance(text, bytes) else text.encode(), 50).notes


def test_a_tab_has_text_columns_named_by_their_place_and_no_nulls() -> None:
    frame = frame_of("a;b;c\n1\n")
    assert frame.schema == {"0": pl.String, "1": pl.String, "2": pl.String}
    assert frame.rows() == [("a", "b", "c"), ("1", "", "")]


@pytest.mark.parametrize("separator", ["\t", ";", "|", "^", "~", "\x1f", "    "])
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_separator_and_quote_are_told_beside_decimal_commas(separator: str, quote: str) -> None:
    text = "\r\n".join(separator.join(f"{quote}{cell}{quote}" for cell in row) for row in RATES)
    if separator == "    " and quote:
        pytest.skip("columns that blanks part have no quotes")
    assert rows_of(text) == RATES


def test_a_quoted_comma_parts_nothing_and_a_quoted_list_of_codes_is_one_cell() -> None:
    assert rows_of('UK,"447;448;449","0,05"\nDE,"491;492;493","0,06"\n') == [
        ("UK", "447;448;449", "0,05"),
        ("DE", "491;492;493", "0,06"),
    ]


def test_title_rows_blank_rows_and_footers_keep_their_places() -> None:
    text = "Acme Ltd\nRates, all of them\n\nCode,Rate\n44,0.5\n\n45,0.6\nend of list\n\n\n"
    assert rows_of(text) == [
        ("Acme Ltd", ""),
        ("Rates", "all of them"),
        ("", ""),
        ("Code", "Rate"),
        ("44", "0.5"),
        ("", ""),
        ("45", "0.6"),
        ("end of list", ""),
    ]


def test_a_row_longer_than_all_others_loses_no_cell() -> None:
    assert rows_of("Code;Rate\n44;0.5\n45;0.6;from;tomorrow\n46;0.7\n")[2] == ("45", "0.6", "from", "tomorrow")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"5" pipe";1', ('5" pipe', "1")),
        ('5" pipe;1', ('5" pipe', "1")),
        ('"say ""hello""";1', ('say "hello"', "1")),
        ('  "a; b" ;1', ("a; b", "1")),
        ('="0044";1', ("0044", "1")),
        ('"two\nlines";1', ("two\nlines", "1")),
        ('"never ends;1', ('"never ends', "1")),
        ("d'Ivoire;1", ("d'Ivoire", "1")),
        ("'44;1", ("'44", "1")),
    ],
)
def test_an_odd_quote_spoils_neither_its_own_line_nor_the_next(line: str, cells: tuple[str, ...]) -> None:
    assert rows_of(f'"Name";"Rate"\n"x;y";2\n{line}\n"z";3\n') == [("Name", "Rate"), ("x;y", "2"), cells, ("z", "3")]


def test_apostrophes_that_quote_leave_those_in_names() -> None:
    assert rows_of("'Côte d'Ivoire';'225'\n'Kenya';'254'\n") == [("Côte d'Ivoire", "225"), ("Kenya", "254")]


def test_many_lines_with_blanks_before_their_quotes_are_read_like_one() -> None:
    text = "".join(f'"{code}", "Country, {code}", ="0{code}"\n' for code in range(2_000))
    assert rows_of(text) == [(str(code), f"Country, {code}", f"0{code}") for code in range(2_000)]


def test_columns_of_fixed_width_keep_their_empty_cells() -> None:
    lines = [
        "Code    Name            Rate",
        "44      United Kingdom  0.05",
        "4470                    0.06",
        "4479999 Mobile          0.07",
        "33      France          0.08",
        "7       Commonwealth    0.09",
    ]
    assert rows_of("\n".join(lines))[2:4] == [("4470", "", "0.06"), ("4479999", "Mobile", "0.07")]


def test_columns_that_some_blanks_part_need_not_stand_below_one_another() -> None:
    assert rows_of("447  UK Mobile, all  0,05\n44799   UK   0,06\n1  United States   0,01\n") == [
        ("447", "UK Mobile, all", "0,05"),
        ("44799", "UK", "0,06"),
        ("1", "United States", "0,01"),
    ]


def test_single_blanks_part_columns_when_nothing_else_does() -> None:
    assert rows_of("44 0.05\n45 0.06\n") == [("44", "0.05"), ("45", "0.06")]


def test_how_the_text_was_read_is_told() -> None:
    assert notes_of("a;b\n1;2\n") == ("Text in ascii, separated by semicolons.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_western_names_survive_every_encoding(encoding: str) -> None:
    text = "Destination;Code;Rate\n" + "Côte d'Ivoire;225;0,15\nRéunion – Société Française;262;0,05\n" * 3
    assert rows_of(text.encode(encoding))[1][0] == "Côte d'Ivoire"


@pytest.mark.parametrize("names", [["Françe", "München"], ["Réunion"], ["Türkei", "Österreich", "Bénin"], ["Curaçao"]])
def test_a_few_accents_are_not_taken_for_chinese(names: list[str]) -> None:
    lines = "".join(f"{at}4,{name},0.01\n" for at, name in enumerate(names))
    assert [row[1] for row in rows_of(f"Code,Name,Rate\n{lines}".encode("cp1252"))[1:]] == names


@pytest.mark.parametrize("encoding", ["big5", "gb18030", "euc_kr", "shift_jis"])
def test_names_of_the_east_survive_their_encodings(encoding: str) -> None:
    names = {"euc_kr": "케냐 이동전화 사파리콤", "shift_jis": "ケニア携帯電話サファリコム"}
    name = names.get(encoding, "中國移動電話" if encoding == "big5" else "中国移动电话")
    assert rows_of(("Name,Code,Rate\n" + f"{name},86,0.01\n" * 4).encode(encoding))[1][0] == name


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-16-le"])
def test_cyrillic_names_survive_every_encoding(encoding: str) -> None:
    lines = "Россия мобильные;79;0,05\nУкраина фиксированные;380;0,06\nБеларусь прочие направления;375;0,07\n"
    assert rows_of(("Направление;Код;Цена\n" + lines * 4).encode(encoding))[1][0] == "Россия мобильные"


def test_as_many_lines_of_another_encoding_are_told_too() -> None:
    data = "Réunion,262\n".encode("cp1252") + "München,49\n".encode()
    assert [row[0] for row in rows_of(b"Name,Code\n" + data)[1:]] == ["Réunion", "München"]


def test_lines_of_another_encoding_among_those_in_utf_8_are_read_and_told() -> None:
    utf8 = "Réunion;262;0,05\nPerú;51;0,06\nMéxico;52;0,07\n".encode()
    data = utf8 + "Côte d'Ivoire;225;0,15\n".encode("cp1252") + utf8
    assert rows_of(data)[3][1:] == ("225", "0,15") and rows_of(data)[4][0] == "Réunion"
    assert notes_of(data)[1].startswith("1 lines are not UTF-8 as the others are; read as ")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_line_end_ends_a_line(end: str) -> None:
    assert rows_of(end.join(["Code;Rate", "44;1", "45;2", ""])) == [("Code", "Rate"), ("44", "1"), ("45", "2")]


def test_what_dos_and_tapes_put_behind_a_file_is_no_row() -> None:
    assert rows_of(b"Code;Rate\r\n44;1\r\n\x1a\0\0") == [("Code", "Rate"), ("44", "1")]


def test_an_exponent_in_a_text_stays_as_it_looks() -> None:
    assert rows_of("Code;Rate\n1.2E+11;0.5\n")[1] == ("1.2E+11", "0.5")


CELL = st.text(alphabet="ab 1,;'\"\n=", max_size=6).map(str.strip)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6))
def test_whatever_is_written_as_csv_comes_back(rows: list[tuple[str, str, str]]) -> None:
    stream = io.StringIO()
    table = [("Name", "Code", "Rate"), *[("plain", "44", "0.5")] * 20, *rows, ("last", "45", "1")]
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    assert rows_of(stream.getvalue()) == table


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("44;0.5\n" + ";" * 600 + "\n", "it has 601 columns, more than 512"),
        ('"a";1\n' * 5 + '"b' + '";"' * 600 + "x\n", "row 6: it has 513 columns, more than 512"),
        ("\n" * 5_000_001 + "x", "it has 5,000,002 rows, more than 5,000,000"),
    ],
    ids=["wide", "wide and odd", "long"],
)
def test_more_than_is_read_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        frame_of(text)


def test_a_tab_is_as_large_as_its_rows_and_columns_together() -> None:
    with pytest.raises(InputError, match="its 90,000 rows of 501 columns are more than 40,000,000 cells"):
        check_size("x.csv", 90_000, 501)


def test_a_quoted_name_far_from_the_beginning_and_the_middle_is_one_cell() -> None:
    plain = ["254,Kenya,0.07"] * 4_000
    rows = rows_of("\n".join(["Code,Name,Rate", *plain[:1000], '420,"Czechia, a.s.",0.1', *plain]))
    assert rows[1001] == ("420", "Czechia, a.s.", "0.1")
    assert {len(row) for row in rows} == {3}


def test_inches_far_from_the_beginning_quote_nothing() -> None:
    rows = rows_of("\n".join(["Code,Name,Rate", *["254,Kenya,0.07"] * 1000, '420,Pipe 12",0.1', "33,France,0.2"]))
    assert rows[1001:] == [("420", 'Pipe 12"', "0.1"), ("33", "France", "0.2")]
