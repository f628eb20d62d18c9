"""What the names of a sheet say: which country, and which destination of ours they are like."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

import polars as pl

_COMPARED = 2_000
"""Pairs of names that are compared letter by letter; those with the most rates first."""
_LONGEST_WORDS = 6


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """Return a name in lower case, its words by single blanks, without marks."""
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def country_names(reference: pl.DataFrame) -> dict[str, str]:
    """Return the countries by their plain names: what all destinations of a country begin with is its name."""
    first: dict[str, str] = {}
    named = reference.filter(pl.col("country") != "001").select("country", "destination").unique()
    for country, destination in named.sort(pl.col("destination").str.len_chars(), "destination").iter_rows():
        first.setdefault(country, destination)
    return {plain_name(name): country for country, name in first.items()}


def named_country(name: str, countries: Mapping[str, str]) -> str:
    """Return the country that a name begins with, else that it holds; the longest name counts; "" for none."""
    words = plain_name(name).split()
    for start in range(len(words)):
        for end in range(min(len(words), start + _LONGEST_WORDS), start, -1):
            country = countries.get(" ".join(words[start:end]))
            if country is not None:
                return country
    return ""


def likeness(one: str, other: str) -> int:
    """Return how alike two names are, 0 to 100: the share of letters that they have in the same order."""
    return round(SequenceMatcher(None, plain_name(one), plain_name(other), autojunk=False).ratio() * 100)


def nearest(pairs: pl.DataFrame, reference: pl.DataFrame, percent: int) -> pl.DataFrame:
    """Return, of different pairs (`name`, `destination`, `country`), those whose name is more like another destination.

    Adds `other` and `alike` (at least `percent`). Others are of the same country; they are looked for by their words,
    and of those that share most words with a name _COMPARED at most are compared letter by letter.
    """
    ours = reference.select("destination", "country").unique().rename({"destination": "other"})
    of_ours = _worded(ours, "other").select("other", "country", "word", pl.col("words").alias("other_words"))
    of_name = _worded(pairs.unique(["name", "destination"], maintain_order=True), "name")
    shared = of_name.join(of_ours, on=["country", "word"]).group_by("name", "destination", "other", maintain_order=True)
    alike = shared.agg(pl.len().alias("both"), pl.col("words", "other_words").first())
    score = 200 * pl.col("both") // (pl.col("words") + pl.col("other_words"))
    alike = alike.select("name", "destination", "other", score.cast(pl.Int64).alias("score"))
    own = alike.filter(pl.col("other") == pl.col("destination")).select("name", "destination", own="score")
    best = alike.filter(pl.col("other") != pl.col("destination")).sort("score", descending=True, maintain_order=True)
    best = best.unique(["name", "destination"], keep="first", maintain_order=True)
    best = best.join(own, on=["name", "destination"], how="left").filter(pl.col("score") > pl.col("own").fill_null(0))
    return _compared(best.head(_COMPARED).select("name", "destination", "other").iter_rows(), percent)


def _worded(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """One row per different word of a name, with how many of them it has."""
    split = {name: sorted(set(plain_name(name).split())) for name in frame[column].unique()}
    words = pl.DataFrame(
        {column: list(split), "word": list(split.values()), "words": [len(one) for one in split.values()]},
        schema={column: pl.String, "word": pl.List(pl.String), "words": pl.Int64},
    )
    return frame.join(words, on=column, maintain_order="left").explode("word").filter(pl.col("word").is_not_null())


def _compared(pairs: Iterable[tuple[str, str, str]], percent: int) -> pl.DataFrame:
    kept = []
    for name, destination, other in pairs:
        alike = likeness(name, other)
        if alike >= percent and alike > likeness(name, destination):
            kept.append((name, destination, other, alike))
    schema = {"name": pl.String, "destination": pl.String, "other": pl.String, "alike": pl.Int64}
    return pl.DataFrame(kept, schema=schema, orient="row")
