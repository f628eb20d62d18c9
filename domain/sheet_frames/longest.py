"""Longest match in columns: which of many codes begins each of many numbers."""

import polars as pl


def longest(numbers: pl.Series, codes: pl.Series) -> pl.Series:
    """Return for each number the longest of the codes that begins it, null where none does."""
    left = pl.DataFrame({"number": numbers}).with_row_index("at")
    found = [left.clear().with_columns(pl.lit("").alias("code"))]
    for length, known in by_length(codes):
        head = left.with_columns(pl.col("number").str.slice(0, length).alias("code"))
        hit = pl.col("code").is_in(known.implode())
        found.append(head.filter(hit))
        left = head.filter(~hit).drop("code")
        if not left.height:
            break
    every = pl.DataFrame({"at": pl.int_range(len(numbers), dtype=pl.UInt32, eager=True)})
    return every.join(pl.concat(found), on="at", how="left", maintain_order="left")["code"]


def begun_by(numbers: pl.Series, codes: pl.Series) -> pl.DataFrame:
    """Return all pairs (`number`, `code`) in which the code begins the number; both are taken once."""
    pairs = [pl.DataFrame(schema={"number": pl.String, "code": pl.String})]
    if numbers.is_empty() or codes.is_empty():
        return pairs[0]
    every = pl.DataFrame({"number": numbers.unique()})
    for length, known in by_length(codes):
        head = every.with_columns(pl.col("number").str.slice(0, length).alias("code"))
        pairs.append(head.filter(pl.col("code").is_in(known.implode())))
    return pl.concat(pairs)


def by_length(codes: pl.Series) -> list[tuple[int, pl.Series]]:
    """Return the different codes by their length, the longest first."""
    frame = pl.DataFrame({"code": codes.drop_nulls().unique()})
    frame = frame.with_columns(pl.col("code").str.len_bytes().cast(pl.Int64).alias("length"))
    parts = frame.partition_by("length")
    return sorted(((int(part["length"][0]), part["code"]) for part in parts), key=lambda one: -one[0])
