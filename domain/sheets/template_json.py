"""Templates as JSON and back, and the fingerprint of their headings."""

import json
from dataclasses import asdict, fields
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar

from domain.errors import InputError
from domain.sheets.heading_words import MONTHS, words
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, CountryCodeIn, Per, TabLayout, Template, Use

FORMAT = 1
"""Version of the form in which templates are stored."""

_Word = TypeVar("_Word", bound=StrEnum)


def template_json(template: Template) -> str:
    """Write a template: the same text for the same template, keys sorted, "format" the version of this form."""
    return json.dumps({"format": FORMAT} | asdict(template), ensure_ascii=False, sort_keys=True)


def template_of(text: str) -> Template:
    """Read a template. Raises InputError, naming it, on what is no template, an unknown field, word or version."""
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise InputError(f"this is no template: {error}") from None
    plain = _object(plain, "the template")
    version = plain.pop("format", None)
    if version != FORMAT:
        raise InputError(
            f"a template of format {version!r} cannot be read, only of format {FORMAT}",
            mend="Update Switchboard." if isinstance(version, int) and version > FORMAT else 'Give it "format": 1.',
        )
    _refuse_unknown(plain, Template, "the template")
    read = dict(plain)
    if "tabs" in read:
        read["tabs"] = tuple(_layout(tab, f"tab {n}") for n, tab in enumerate(_list(read["tabs"], "tabs"), start=1))
    if "per" in read:
        read["per"] = _word(Per, read["per"], "per")
    if "country_code" in read:
        read["country_code"] = _word(CountryCodeIn, read["country_code"], "country_code")
    if "increments" in read:
        read["increments"] = _pair(read["increments"])
    _check_kinds(read, Template, "the template")
    return Template(**read)


def digest(template: Template) -> str:
    """Return the fingerprint of the headings of the tabs that are read: without order of tabs, without numbers and
    names of months in headings."""
    used = {
        (str(layout.use), *(_plain_headings(layout) or [str(len(layout.columns))]))
        for layout in template.tabs
        if layout.use is not Use.SKIP
    }
    return blake2b(repr(sorted(used)).encode(), digest_size=12).hexdigest()


@lru_cache(maxsize=32_768)
def undated(text: str) -> str:
    """Return the words of a heading or a tab's name without numbers and names of months."""
    kept = (word for word in words(text).split() if word not in MONTHS and not any(map(str.isdigit, word)))
    return " ".join(kept)


def _plain_headings(layout: TabLayout) -> list[str]:
    return [undated(column.heading) for column in layout.columns if column.heading]


def _layout(plain: Any, where: str) -> TabLayout:
    read = dict(_object(plain, where))
    _refuse_unknown(read, TabLayout, where)
    if "use" in read:
        read["use"] = _word(Use, read["use"], f"{where}, use")
    if "columns" in read:
        read["columns"] = tuple(_column(column, f"{where}, columns") for column in _list(read["columns"], where))
    _check_kinds(read, TabLayout, where)
    return TabLayout(**read)


def _column(plain: Any, where: str) -> Column:
    read = dict(_object(plain, where))
    _refuse_unknown(read, Column, where)
    for name in ("place", "meaning"):
        if name not in read:
            raise InputError(f"{name!r} is missing", where=where)
    read["meaning"] = _word(Meaning, read["meaning"], f"{where}, meaning")
    _check_kinds(read, Column, where)
    if read["place"] < 0:
        raise InputError("a place is 0 or more", where=where)
    return Column(**read)


def _object(plain: Any, where: str) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise InputError("this is no object", where=where)
    return plain


def _list(plain: Any, where: str) -> list[Any]:
    if not isinstance(plain, list):
        raise InputError("this is no list", where=where)
    return plain


def _refuse_unknown(plain: dict[str, Any], kind: type, where: str) -> None:
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(plain) - known)
    if unknown:
        raise InputError(
            f"{', '.join(map(repr, unknown))} is unknown", where=where, mend=f"Known are: {', '.join(sorted(known))}."
        )


_KINDS = {"int": int, "str": str, "bool": bool}


def _check_kinds(read: dict[str, Any], kind: type, where: str) -> None:
    for field in fields(kind):
        wanted = _KINDS.get(getattr(field.type, "__name__", str(field.type)))
        if wanted is not None and field.name in read and type(read[field.name]) is not wanted:
            raise InputError(f"{field.name}: {read[field.name]!r} is no {wanted.__name__}", where=where)


def _word(kind: type[_Word], value: Any, where: str) -> _Word:
    try:
        return kind(value)
    except ValueError:
        raise InputError(f"{value!r} is unknown", where=where, mend=f"Known are: {', '.join(kind)}.") from None


def _pair(value: Any) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2 and all(type(one) is int and one >= 0 for one in value)):
        raise InputError(f"increments: {value!r} are no two whole numbers", where="the template")
    return value[0], value[1]
