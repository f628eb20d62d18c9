"""What the names of a sheet say: which country, and which destination of ours they are like."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

import polars as pl

from domain.codes import NO_COUNTRY

_COMPARED = 2_000
"""Pairs of names that are compared letter by letter; those with the most rates first."""
_RARE = 20
"""A word that more destinations of a country have tells nothing of which is meant."""
_LONGEST_WORDS = 6


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """Return a name in lower case, its words by single blanks, without marks."""
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def country_names(reference: pl.DataFrame) -> dict[str, str]:
    """Return the countries by their plain names: what all destinations of a country begin with is its name."""
    first: dict[str, str] = {}
    named = reference.filter(pl.col("country") != NO_COUNTRY).select("country", "destination").unique()
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

    Adds `other` and `alike` (at least `percent`). A name that says more, or less, than its destination's does not
    contradict it. Others are of the same country and share a word with the name that few of its destinations have, or
    the whole name. The one with most words in common is compared letter by letter, of _COMPARED pairs at most.
    """
    ours = _worded(reference.select("country", other="destination").unique(maintain_order=True), "other")
    asked = _worded(pairs.unique(["name", "destination"], maintain_order=True), "name")
    asked = asked.with_columns(_worded(asked.select("destination"), "destination")["words"].alias("own_words"))
    asked = asked.filter(~_within("words", "own_words"), ~_within("own_words", "words")).with_row_index("asked")
    met = asked.join(_candidates(asked, ours), on="asked").filter(pl.col("other") != pl.col("destination"))
    rival, own = _in_common("words", "other_words"), _in_common("words", "own_words")
    best = met.filter(rival > own).sort("asked", -rival, "other").unique("asked", maintain_order=True)
    return _compared(best.head(_COMPARED).select("name", "destination", "other").iter_rows(), percent)


def _candidates(asked: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Which of `ours` each of `asked` may be: `asked`, `other`, `other_words`."""
    words = ours.explode("words").select("country", "other", word="words")
    rare = words.filter(pl.len().over("country", "word") <= _RARE)
    by_word = asked.explode("words").join(rare, left_on=["country", "words"], right_on=["country", "word"])
    same = asked.join(ours, on=["country", "words"])
    found = pl.concat([by_word.select("asked", "country", "other"), same.select("asked", "country", "other")]).unique()
    return found.join(ours, on=["country", "other"]).select("asked", "other", other_words="words")


def _worded(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Add the different `words` of a name, sorted."""
    split = {name: " ".join(sorted(set(plain_name(name).split()))) for name in frame[column].unique()}
    texts = {column: list(split), "words": list(split.values())}
    words = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_columns(pl.col("words").str.split(" "))
    return frame.join(words, on=column, how="left", maintain_order="left")


def says_more(one: str, other: str) -> bool:
    """Return whether one name has all words of another: Germany Mobile Kite of Germany Mobile."""
    return set(plain_name(one).split()) >= set(plain_name(other).split())


def siblings(one: str, other: str, country: str) -> bool:
    """Return whether two names share more than their country's: both are networks of one kind, say."""
    both = set(plain_name(one).split()) & set(plain_name(other).split())
    return both > set(plain_name(country).split())


def _within(one: str, other: str) -> pl.Expr:
    return pl.col(one).list.set_difference(pl.col(other)).list.len() == 0


def _in_common(one: str, other: str) -> pl.Expr:
    """The share of words that two names have in common, 0 to 200."""
    both = pl.col(one).list.set_intersection(pl.col(other)).list.len().cast(pl.Int64)
    return 400 * both // (pl.col(one).list.len() + pl.col(other).list.len()).cast(pl.Int64).clip(1)


def _compared(pairs: Iterable[tuple[str, str, str]], percent: int) -> pl.DataFrame:
    kept = []
    for name, destination, other in pairs:
        alike = likeness(name, other)
        if alike >= percent and alike > likeness(name, destination):
            kept.append((name, destination, other, alike))
    schema = {"name": pl.String, "destination": pl.String, "other": pl.String, "alike": pl.Int64}
    return pl.DataFrame(kept, schema=schema, orient="row")
