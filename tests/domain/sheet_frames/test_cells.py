"""Texts that repeat are read once."""

import polars as pl

from domain.errors import InputError
from domain.sheet_frames.cells import faults_of, read_each


def test_each_different_text_is_read_once_and_stands_in_its_rows() -> None:
    seen: list[str] = []

    def read(text: str) -> tuple[int]:
        seen.append(text)
        if not text:
            raise InputError("nothing")
        return (len(text),)

    keys = pl.DataFrame({"text": ["aa", "", "b", "aa", ""]})
    found = read_each(keys, {"length": pl.Int64}, read)
    assert found.rows() == [(2, None), (None, "nothing"), (1, None), (2, None), (None, "nothing")]
    assert sorted(seen) == ["", "aa", "b"]
    assert read_each(keys.clear(), {"length": pl.Int64}, read).is_empty()
    assert read_each(keys.head(1), {"length": pl.Int64}, read).rows() == [(2, None)]


def test_several_columns_are_read_together() -> None:
    keys = pl.DataFrame({"a": ["1", "1", "2"], "b": [3, 3, 4]})
    found = read_each(keys, {"sum": pl.Int64}, lambda a, b: (int(a) + b,))
    assert found["sum"].to_list() == [4, 4, 6]


def test_faults_name_row_column_value_and_check() -> None:
    rows, texts = pl.Series([2, 3], dtype=pl.UInt32), pl.Series(["a", "b"])
    found = faults_of(rows, texts, pl.Series([None, "bad"]), "Rate", "R17")
    assert found.rows() == [(3, "Rate", "b", "R17", "bad")]
