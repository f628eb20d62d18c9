"""Amounts in hundredths of the currency: said by headings, above them or in cells; what is doubtful is asked."""

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.money import Currency, minor_digits
from domain.sheets.heading_words import CENTS, CURRENCIES, words
from domain.sheets.headings import Meaning
from domain.sheets.numbers import without_cents
from domain.sheets.price_columns import PRICES
from domain.sheets.questions import Effect, Question
from domain.sheets.shown import shown
from domain.sheets.whole_file import Used

AMOUNTS = frozenset((*PRICES, Meaning.CONNECT_FEE, Meaning.ATTEMPT_FEE, Meaning.MINIMUM))
_PRICED = re.compile(
    r"\b(?:rates?|prices?|charges?|tariffs?|unit|preise?|tarife?|prix|tarifs|precios|tarifas|prezzi|цены|тарифы)\b",
    re.IGNORECASE,
)


def says_cents(text: str) -> bool:
    """Return whether a heading names cents."""
    said = f" {words(text)} "
    return any(f" {phrase} " in said for phrase in CENTS)


def settle_cents(used: Sequence[Used], currency: str) -> list[Question]:
    """Mark the columns whose amounts are in cents; return what must be asked about others.

    A column that is silent beside one in cents is asked about, unless its heading names a currency; all are where the
    currency has no hundredths.
    """
    odd = bool(currency) and minor_digits(Currency(currency.upper())) != 2
    questions = []
    for one in used:
        sure, doubtful = _told(one)
        if odd:
            sure, doubtful = [], sure + doubtful
        columns = one.picked.columns
        columns |= {at: replace(columns[at], cents=True) for at in sure}
        if doubtful:
            questions.append(_question(one, doubtful, currency, alone=not sure))
    return questions


def _told(one: Used) -> tuple[list[int], list[int]]:
    """Return the places of columns in cents, and of those of which nobody knows."""
    sure, silent, marked = [], [], False
    for at in one.places(AMOUNTS):
        cells = one.table.cells(at)
        signs = sum(without_cents(cell)[1] for cell in cells)
        if says_cents(one.table.headings[at]) or (signs and signs == len(cells)):
            sure.append(at)
        elif signs or not CURRENCIES.intersection(words(one.table.headings[at]).split()):
            silent.append(at)
            marked = marked or bool(signs)
    if any(says_cents(cell) and _PRICED.search(cell) for cell in one.table.preamble):
        return [*sure, *silent], []
    return sure, silent if sure or marked else []


def _question(one: Used, places: Sequence[int], currency: str, *, alone: bool) -> Question:
    unit = currency.upper() or "the currency"
    choices = {"in cents" if alone else "in cents too": Effect(cents=tuple(places)), f"in units of {unit}": Effect()}
    listed = ", ".join(shown(one.table, at) for at in places)
    words_ = f"It is not clear whether {listed} {'is' if len(places) == 1 else 'are'} in cents or in units of {unit}."
    return Question(one.table.preview.name, "cents", words_, tuple(choices), tuple(choices.values()), one.layout)
