"""Forms of the sheets that we send by the names of their fields: what `forms set` takes and shows.

Columns are fields with commas between, each with a heading of its own behind = if need be: `code,price=USD/min`; a
comma in a heading has a backslash before it. A tab that separates cells is written "tab".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from string import Formatter
from zoneinfo import ZoneInfo

from domain.errors import InputError
from domain.field_text import names_of, texts_of, unknown_field, with_texts
from domain.notices.form import Field, FileKind, SheetForm
from domain.notices.words import LANGUAGES

FORM_FIELDS = names_of(SheetForm)
"""All that can be set of a form, in the order in which it is shown."""
LEADS = ("", "+", "00")
SEPARATORS = (",", ";", "\t", "|")
PLACES = ("plan", "partner", "date", "scope")
"""What a file's name may hold in braces."""
MOST_DECIMALS = 8
_TAB = "tab"
_LONGEST_HEADING, _LONGEST_NAME = 60, 100
_NO_FILE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


def form_texts(form: SheetForm) -> dict[str, str]:
    """Return every field as text, as `changed_form` takes it."""
    texts = texts_of(form)
    return texts | {"separator": _TAB} if form.separator == "\t" else texts


def differing(form: SheetForm) -> list[str]:
    """Return the fields that are not as they are by default."""
    usual = form_texts(SheetForm())
    return [name for name, text in form_texts(form).items() if usual[name] != text]


def changed_form(form: SheetForm, texts: Mapping[str, str], where: str) -> SheetForm:
    """Return a form with some fields changed. Raises InputError, which names the field and what it takes."""
    given = dict(texts)
    separator = given.pop("separator", None)
    for name in given:
        if name not in FORM_FIELDS:
            raise unknown_field(name, FORM_FIELDS, where)
    changed = with_texts(form, given, where)
    if separator is not None:
        changed = replace(changed, separator="\t" if separator.strip().lower() == _TAB else separator)
    if separator is None and changed.separator == changed.decimal == ",":
        changed = replace(changed, separator=";")  # as spreadsheets write a CSV where decimals follow a comma
    changed = replace(changed, columns=tuple(one for one in changed.columns if one))
    _check(changed, where)
    return changed


def column_of(text: str) -> tuple[Field, str]:
    """Return the field of a column, and its own heading ("": the usual one). Raises ValueError for no field."""
    name, _, heading = text.partition("=")
    return Field(name.strip()), heading.strip()


def _check(form: SheetForm, where: str) -> None:
    _check_columns(form.columns, where)
    _one_of("lead", form.lead, LEADS, where)
    _one_of("separator", form.separator, SEPARATORS, where)
    _one_of("decimal", form.decimal, (".", ","), where)
    _one_of("language", form.language, LANGUAGES, where)
    if form.decimal == form.separator and form.file is FileKind.CSV:
        mend = "Give separator=; where decimals follow a comma."
        raise InputError("separator and decimal are the same", where=f"{where}, separator", mend=mend)
    if not 0 <= form.decimals <= MOST_DECIMALS:
        raise InputError(f"decimals is {form.decimals}", where=where, mend=f"Give 0 to {MOST_DECIMALS}.")
    if form.zone:
        _check_zone(form.zone, where)
    _check_name(form.file_name, where)


def _check_columns(columns: Iterable[str], where: str) -> None:
    where, seen, headings = f"{where}, columns", set[Field](), set[str]()
    for text in columns:
        try:
            field, heading = column_of(text)
        except ValueError:
            raise unknown_field(text.partition("=")[0].strip(), list(Field), where) from None
        if field in seen:
            raise InputError(f"{field} stands there twice", where=where, mend="Name each field once.")
        if len(heading) > _LONGEST_HEADING or not heading.isprintable():
            what = f"the heading of {field} is not one"
            mend = f"Give up to {_LONGEST_HEADING} characters, none of them control characters."
            raise InputError(what, where=where, mend=mend)
        if heading and heading.casefold() in headings:
            raise InputError(f"the heading {heading!r} stands there twice", where=where, mend="Give another.")
        seen.add(field)
        headings.add(heading.casefold())
    prices = seen & {Field.PRICE, Field.NEXT_PRICE}
    if seen and (Field.CODE not in seen or not prices):
        mend = "Name code and price (or next-price) among them, or no columns for the usual ones."
        raise InputError("a sheet without codes or prices", where=where, mend=mend)
    if len(prices) > 1:
        mend = "price is the price of the next intervals where there are two: leave one of them out."
        raise InputError("price and next-price are the same", where=where, mend=mend)


def _one_of(name: str, text: str, allowed: Iterable[str], where: str) -> None:
    if text not in allowed:
        words = ", ".join(repr(_TAB if one == "\t" else one) for one in allowed)
        raise InputError(f"{text!r} is no {name}", where=f"{where}, {name}", mend=f"Give one of {words}.")


def _check_zone(zone: str, where: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        mend = "Give a name such as UTC or Africa/Nairobi, or nothing for the contract's."
        raise InputError(f"{zone!r} is no time zone", where=f"{where}, zone", mend=mend) from None


def _check_name(text: str, where: str) -> None:
    mend = "Give a name without folder and ending, such as {plan}-{date}; there are {plan}, {partner}, {date}, {scope}."
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise InputError(
            f"{text!r} has a brace without its other one", where=f"{where}, file_name", mend=mend
        ) from None
    known = all(place is None or (place in PLACES and not spec and not turn) for _, place, spec, turn in parts)
    if not known or not text.strip() or len(text) > _LONGEST_NAME or _NO_FILE.search(text) or text.startswith("."):
        raise InputError(f"{text!r} is no name of a file", where=f"{where}, file_name", mend=mend)


def file_name(form: SheetForm, *, plan: str, partner: str, date: str) -> str:
    """Return the name of a sheet's file, with its ending; what no file system takes is a dash."""
    held = form.file_name.format(plan=plan, partner=partner or plan, date=date, scope=form.scope.value)
    return f"{_NO_FILE.sub('-', held).strip()}.{form.file.value}"
