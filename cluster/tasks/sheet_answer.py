"""The answer to a sheet that was applied, as a batch task: what went in, and a list of what did not, or later."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import polars as pl

from actors import sheet_work
from actors.home import Home
from actors.notice_work import AnswerOrder, WrittenAnswer
from domain.sheet_frames.columns import CHANGES, LEFT_OUT, PLACE, REJECTS, empty
from domain.sheet_frames.notice import UNCHANGED
from store.notice_texts import AnswerTold, Counts, answer_mail, moment_of
from store.notices.csv_sheet import csv_of

REJECTED, DROPPED, MOVED = "rejected", "left out", "later"
"""What became of a row that did not go in as it is."""
_LIST = {"what": pl.String} | PLACE | {
    "code": pl.String, "column": pl.String, "value": pl.String, "reason": pl.String, "said": pl.String,
    "applied": pl.String,
}  # fmt: skip


def sheet_answer(home: Home, order: AnswerOrder) -> WrittenAnswer:
    """Write the mail and the list. Raises NotFoundError where the sheet's parts are gone."""
    changes = _part(order.parts, sheet_work.CHANGES, CHANGES)
    rejects = _part(order.parts, sheet_work.REJECTS, REJECTS)
    left_out = _part(order.parts, sheet_work.LEFT_OUT, LEFT_OUT)
    moved = changes.filter(pl.col("kind") != UNCHANGED, pl.col("row") > 0, pl.col("from_ms") > pl.col("said_ms"))
    rows = pl.concat([_rejected(rejects), _dropped(left_out), _later(moved, order.zone)])
    name = f"{PurePosixPath(order.file_name).stem}-answer.csv" if rows.height else ""
    told = AnswerTold(
        sheet=order.sheet,
        plan=str(order.plan),
        file_name=order.file_name,
        answer=name,
        counts=Counts.of(dict(changes.group_by("kind").len().iter_rows())),
        rejected=rejects.select(*PLACE).unique().height,
        left_out=left_out.select(*PLACE).unique().height,
        moved=moved.height,
        zone=order.zone,
    )
    subject, text = answer_mail(home.data, told, order.language)
    return WrittenAnswer(subject, text, name, csv_of(rows) if rows.height else b"", rows.height)


def _part(parts: Mapping[str, Path], name: str, columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return a part; one that an older sheet does not have is empty."""
    file = parts.get(name)
    return pl.read_parquet(file) if file is not None and file.exists() else empty(columns)


def _rejected(rejects: pl.DataFrame) -> pl.DataFrame:
    blank = pl.lit("")
    return rejects.with_columns(what=pl.lit(REJECTED), said=blank, applied=blank).select(_cells())


def _dropped(left_out: pl.DataFrame) -> pl.DataFrame:
    blank = {name: pl.lit("") for name in ("column", "value", "said", "applied")}
    return left_out.with_columns(what=pl.lit(DROPPED), reason=pl.lit("left out by us"), **blank).select(_cells())


def _later(moved: pl.DataFrame, zone: str) -> pl.DataFrame:
    days = {
        name: pl.Series([moment_of(at_ms, zone) for at_ms in moved[column]], dtype=pl.String)
        for name, column in (("said", "said_ms"), ("applied", "from_ms"))
    }
    told = pl.col("kind").replace_strict(_NOTICED, default="its notice is longer", return_dtype=pl.String)
    return moved.with_columns(what=pl.lit(MOVED), column=pl.lit(""), value=pl.col("name"), reason=told, **days).select(
        _cells()
    )


_NOTICED = {
    kind: f"the notice of {words} is longer"
    for kind, words in (
        ("new", "new codes"), ("increase", "increases"), ("decrease", "decreases"), ("closed", "closings"),
        ("blocked", "blockings"),
    )
}  # fmt: skip


def _cells() -> list[pl.Expr]:
    return [pl.col(name).cast(kind).fill_null("" if kind == pl.String else 0) for name, kind in _LIST.items()]
