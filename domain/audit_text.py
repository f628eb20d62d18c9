"""What an entry of the audit trail says changed, field by field, from its values before and after as plain JSON.

A field within another is named by its path, `recipe.cause_base`; a list of things that have a name of their own (the
answers of a trunk, by their cause) is told thing by thing, `answers.no-route.status`, and any other list as a whole.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.credit import PartnerOptions
from domain.directory import NumberRules, TrunkOptions
from domain.money import decimal_text
from domain.recipes import RECIPES

MONEY = frozenset(("budget", "credit_limit", "fee", "limit", "low_balance", "max_money", "min_margin", "owed", "rate"))
"""Names of values that are units of 10^-8."""
_CALLED = {"max_units": "max_money"}
"""Fields that people give by another name."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = ("cause", "rate_type")
_NOTHING: tuple[object, ...] = (None, "", [], {})
_MISSING = object()


def changes(before: Any, after: Any) -> Iterator[str]:
    """Yield what changed: `name: old → new`; of what was added or taken away, what it has and is not as usual."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (f"{path}: {_pair(path, old, new)}" for path, old, new in _paired("", before, after) if old != new)
    elif (before is None or after is None) and isinstance(known := after if before is None else before, dict):
        yield from (f"{path}: {_text(path, value)}" for path, value in _told(known))
    elif before != after:
        yield _pair("", _MISSING if before is None else before, _MISSING if after is None else after)


def everything(before: Any, after: Any) -> Iterator[str]:
    """Yield every field there is, changed or not: `name: value`, or `name: old → new`."""
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        yield from changes(before, after)
        return
    one, other = (after if before is None else before) or {}, (before if after is None else after) or {}
    for path, old, new in _paired("", one, other):
        yield f"{path}: {_text(path, old) if old == new else _pair(path, old, new)}"


def _paired(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, old, new) of each field, those within others too; _MISSING where a side has none."""
    for name in sorted(before.keys() | after.keys()):
        old, new = _by_name(before.get(name, _MISSING)), _by_name(after.get(name, _MISSING))
        called = _CALLED.get(name, name)
        within = f"{path}.{called}" if path else called
        one_has, other_has = isinstance(old, dict), isinstance(new, dict)
        if (one_has and (other_has or new in ([], _MISSING))) or (other_has and old in ([], _MISSING)):
            yield from _paired(within, old if one_has else {}, new if other_has else {})
        else:
            yield within, old, new


def _by_name(value: Any) -> Any:
    """Return a list of things that have names of their own as what they are called and are."""
    if not (isinstance(value, list) and value and all(isinstance(one, dict) for one in value)):
        return value
    for key in _NAMES:
        names = [one.get(key) for one in value]
        if None not in names and len(set(names)) == len(names):
            return {str(one[key]): {name: held for name, held in one.items() if name != key} for one in value}
    return value


def _told(known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of one thing that are not empty, and of its recipe, rules and options what is not as usual."""
    for name, value in known.items():
        if name == "recipe" and isinstance(value, dict):
            yield name, value.get("name", "")
        usual = _usual(name, value)
        for path, old, new in _paired("", {name: usual}, {name: value}):
            if old != new and new not in (*_NOTHING, _MISSING) and path != "recipe.name":
                yield path, new


def _usual(name: str, value: Any) -> Any:
    """Return what a field has where nobody set anything; _MISSING where nothing is usual."""
    if not isinstance(value, dict):
        return _MISSING
    kinds: dict[str, Any] = {
        "options": PartnerOptions() if "on_limit" in value else TrunkOptions(),
        "rules": NumberRules(),
        "recipe": RECIPES.get(str(value.get("name"))),
    }
    plain = kinds.get(name)
    return _MISSING if plain is None else json.loads(json.dumps(asdict(plain)))


def _pair(path: str, old: Any, new: Any) -> str:
    return f"{_text(path, old)} → {_text(path, new)}"


def _text(path: str, value: Any) -> str:
    name = path.rpartition(".")[2]
    if value is None or value is _MISSING or value == "":
        return "none"
    if isinstance(value, int) and not isinstance(value, bool):
        if name in MONEY:
            return decimal_text(value)
        if name.endswith("_ms"):
            moment = _EPOCH + timedelta(milliseconds=value)
            return f"{moment:%Y-%m-%dT%H:%M:%S}.{value % 1000:03d}Z"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
