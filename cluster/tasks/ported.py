"""Files of moved numbers: CSV of a numbering authority or a look-up house to what nodes map.

Columns: the number, where it has moved to (routing number; empty: it has come back), and, where given, the carrier
that has it now; with a heading or without, separated by comma, semicolon or tab. Of two rows about one number the later
one counts.
"""

from array import array
from pathlib import Path

import polars as pl

from actors.home import Home
from actors.ported_work import PortedBuilt, PortedOrder, PortedReject
from domain.errors import InputError
from domain.points import LONGEST, SHORTEST
from store.ported_file import MappedPorted, write_ported

MOST_REJECTS = 1_000
_SLICE = 500_000
_NUMBERS, _ROUTING, _CARRIER = "number", "routing_number", "carrier"
_NAMES = {
    _NUMBERS: ("number", "msisdn", "tn", "phone", "telephone", "dn", "ported_number"),
    _ROUTING: ("routing_number", "rn", "lrn", "routing", "routingnumber", "nrn", "spid_rn"),
    _CARRIER: ("carrier", "cic", "spid", "operator", "recipient", "network"),
}
"""What columns are called, without regard to case, blanks and dashes."""
_DIGITS = rf"^[1-9][0-9]{{{SHORTEST - 1},{LONGEST - 1}}}$"
_CIC = r"^\+?[0-9A-Fa-f]{1,15}$"
"""A carrier's code as it goes on the wire (RFC 4694 §4); names are passed over."""


def build_ported(_home: Home, order: PortedOrder) -> PortedBuilt:
    """Read a file and write what comes of it. Raises InputError where it is no such file, or has no row that can be."""
    rows = _read(order.received, order.file_name)
    checked = _checked(rows, order.prefixes)
    good = checked.filter(pl.col("why") == "").unique(_NUMBERS, keep="last", maintain_order=True)
    wrong = checked.filter(pl.col("why") != "")
    if good.is_empty() and not wrong.is_empty():
        row, why = wrong.select("row", "why").row(0)
        mend = "Nothing was changed. Mend the file, and bring it in again."
        raise InputError(f"all {wrong.height:,} rows are wrong, row {row}: {why}", where=order.file_name, mend=mend)
    before = _of_base(order.base)
    given = good.select(pl.col(_NUMBERS).cast(pl.Int64), _ROUTING, _CARRIER)
    made = given.filter(pl.col(_ROUTING) != "")
    if order.changes:
        made = pl.concat([before.join(given, on=_NUMBERS, how="anti"), made])
    made = made.sort(_NUMBERS)
    removed = before.join(made, on=_NUMBERS, how="anti")
    both = made.join(before, on=_NUMBERS, how="inner", suffix="_was")
    moved_on = (pl.col(_ROUTING) != pl.col(f"{_ROUTING}_was")) | (pl.col(_CARRIER) != pl.col(f"{_CARRIER}_was"))
    return PortedBuilt(
        numbers=made.height,
        added=made.height - both.height,
        changed=both.filter(moved_on).height,
        removed=removed.height,
        rows=rows.height,
        wrong=wrong.height,
        rejects=tuple(PortedReject(*row) for row in wrong.select("row", "raw", "why").head(MOST_REJECTS).iter_rows()),
        sha256=_write(order.target, made),
    )


def _write(target: Path, made: pl.DataFrame) -> str:
    pairs = pl.struct(_ROUTING, _CARRIER)
    table = made.select(_ROUTING, _CARRIER).unique(maintain_order=True).with_row_index("place")
    place = made.select(pairs.alias("pair")).join(
        table.select("place", pairs.alias("pair")), on="pair", how="left", maintain_order="left"
    )["place"]
    moved = [(routing, carrier) for _, routing, carrier in table.iter_rows()]
    return write_ported(target, _numbers(made[_NUMBERS]), _numbers(place), moved)


def _numbers(column: pl.Series) -> "array[int]":
    """Return a column's numbers, by and by: as objects tens of millions would take gigabytes."""
    made = array("q")
    for part in column.cast(pl.Int64).to_frame().iter_slices(_SLICE):
        made.extend(part.to_series().to_list())
    return made


def _of_base(base: Path | None) -> pl.DataFrame:
    if base is None:
        return pl.DataFrame(schema={_NUMBERS: pl.Int64, _ROUTING: pl.String, _CARRIER: pl.String})
    file = MappedPorted(base)
    routing, carrier = ([pair[at] for pair in file.moved] for at in (0, 1))
    table = pl.DataFrame(
        {"place": range(len(file.moved)), _ROUTING: routing, _CARRIER: carrier},
        {"place": pl.Int64, _ROUTING: pl.String, _CARRIER: pl.String},
    )
    numbers = {_NUMBERS: array("q", file.numbers), "place": array("q", file.place)}
    rows = pl.DataFrame(numbers, {_NUMBERS: pl.Int64, "place": pl.Int64})
    return rows.join(table, on="place").select(_NUMBERS, _ROUTING, _CARRIER)


def _read(path: Path, name: str) -> pl.DataFrame:
    """Return the rows as texts: row (1 the first line), raw, number, routing_number, carrier."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
        mark = max(",;\t", key=first.count)
        read = pl.read_csv(path, separator=mark, has_header=False, infer_schema=False, truncate_ragged_lines=True)
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise InputError(f"this is no CSV file ({error})", where=name, mend="Save it as CSV, UTF-8.") from None
    heads = [str(one or "").strip().lstrip("\ufeff").lower().replace(" ", "_").replace("-", "_") for one in read.row(0)]
    places = {
        field: next((at for at, head in enumerate(heads) if head in known), None) for field, known in _NAMES.items()
    }
    headed = places[_NUMBERS] is not None
    if headed and places[_ROUTING] is None:
        mend = f"Call one {_ROUTING}; there is: {', '.join(filter(None, heads))}."
        raise InputError("no column says where numbers have moved to", where=name, mend=mend)
    if not headed:
        if len(read.columns) < 2:
            mend = "Give the number and its routing number, with a comma between."
            raise InputError("there is one column only", where=name, mend=mend)
        places = {_NUMBERS: 0, _ROUTING: 1, _CARRIER: 2 if len(read.columns) > 2 else None}
    numbered = read.with_row_index("row", offset=1).slice(1 if headed else 0)
    columns = [_text(read.columns[at] if at is not None else None).alias(field) for field, at in places.items()]
    raw = pl.concat_str([pl.col(one).fill_null("") for one in read.columns], separator=mark).alias("raw")
    told = pl.any_horizontal(pl.col(read.columns).fill_null("").str.strip_chars() != "")
    return numbered.filter(told).select("row", raw, *columns)


def _text(column: str | None) -> pl.Expr:
    return pl.lit("") if column is None else pl.col(column).fill_null("").str.strip_chars()


def _checked(rows: pl.DataFrame, prefixes: tuple[str, ...]) -> pl.DataFrame:
    """Return the rows with digits alone in both numbers, and `why` a row cannot go in, "" where it can.

    `prefixes`: of the numbers that are looked up here.
    """
    plain = [pl.col(one).str.replace_all(r"[ ().\-]", "").str.strip_prefix("+") for one in (_NUMBERS, _ROUTING)]
    found = rows.with_columns(*plain)
    number, routing, carrier = (pl.col(one) for one in (_NUMBERS, _ROUTING, _CARRIER))
    digits = f"{SHORTEST} to {LONGEST} digits with its country code"
    why = (
        pl.when(~number.str.contains(_DIGITS))
        .then(pl.lit(f"no number: {digits}"))
        .when((routing != "") & ~routing.str.contains(_DIGITS))
        .then(pl.lit(f"no routing number: {digits}"))
        .when(~(number.str.contains(f"^({'|'.join(prefixes)})")))
        .then(pl.lit(f"it is not looked up here: this source has {', '.join(prefixes) or 'all numbers'}"))
        .otherwise(pl.lit(""))
    )
    code = pl.when(carrier.str.contains(_CIC)).then(carrier).otherwise(pl.lit(""))
    return found.with_columns(why.alias("why"), code.alias(_CARRIER))
