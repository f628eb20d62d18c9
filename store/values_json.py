"""The domain's values as JSON and back: for the directory's file, snapshots' headers, catalog columns and the audit.

Imports neither SQLModel nor Polars: nodes read their directory with it. Readers raise KeyError, TypeError or
ValueError on contents that are not theirs; the caller knows which file or row to name.
"""

from datetime import date
from types import NoneType
from typing import Any, get_args, get_type_hints

import orjson

from domain.causes import Cause
from domain.credit import OnLimit, PartnerOptions, UnknownUsers
from domain.directory import (
    AnswerRule,
    CallerFrom,
    Direction,
    Directory,
    FxRate,
    NumberRules,
    Outage,
    Partner,
    PartnerStatus,
    Policy,
    Portability,
    Recipe,
    StirPolicy,
    Switch,
    Trunk,
    TrunkOptions,
)
from domain.ids import PartnerId, SwitchId, TrunkId
from domain.limits import Limit, Period
from domain.losses import AllowedLoss
from domain.money import Currency
from domain.policies.policy import Attachment, Canary, Policies, TimeProfile
from domain.policies.statics import Place, Static
from domain.portability import PortedSource, Silent, SourceKind
from domain.quantities.volumes import Commitment, Swap
from domain.rates import Crossing, PlanRules, SecondsRounding, Service, Unit, Window
from domain.recipe import Authenticate, CauseKind, Dialect, EnumForm, EnumRefusal, EnumService, LostEnd
from domain.short_calls import CountedBy, ShortCallRule

Json = dict[str, Any]
"""A JSON object as orjson gives it; it lives only inside codecs."""
_POLICY = get_type_hints(Policy)
"""What each field of a policy holds, so that new fields need no line here."""


def to_json(value: object) -> bytes:
    """Write a value (frozen dataclasses, enums, dates, sets and tuples inside) as JSON with sorted keys."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def to_plain(value: object) -> Any:
    """Return the value as the dicts and lists that its JSON stands for."""
    return orjson.loads(to_json(value))


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def partner_of(plain: Json) -> Partner:
    """Read a Partner."""
    words = {"status": PartnerStatus(plain["status"]), "outage": Outage(plain["outage"])}
    return Partner(**plain | words | {"options": partner_options_of(plain.get("options", {}))})


def partner_options_of(plain: Json) -> PartnerOptions:
    """Read PartnerOptions; an option that an older version did not write keeps its default."""
    read = plain | {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    read |= {name: short_call_rule_of(plain[name]) for name in ("short_sell", "short_buy") if name in plain}
    kinds: dict[str, Any] = {"on_limit": OnLimit, "unknown_users": UnknownUsers}
    return PartnerOptions(**read | {name: kinds[name](plain[name]) for name in kinds.keys() & plain})


def short_call_rule_of(plain: Json) -> ShortCallRule:
    """Read a ShortCallRule."""
    words = {"counted_by": CountedBy(plain["counted_by"]), "codes": tuple(plain["codes"])}
    return ShortCallRule(**plain | words)


def limit_of(plain: Json) -> Limit:
    """Read a Limit."""
    part = plain.get("part")
    return Limit(**plain | {"period": Period(plain["period"]), "part": time_profile_of(part) if part else None})


def static_of(plain: Json) -> Static:
    """Read a Static."""
    return Static(**plain | {"place": Place(plain["place"])})


def allowed_loss_of(plain: Json) -> AllowedLoss:
    """Read an AllowedLoss."""
    return AllowedLoss(**plain | {"period": Period(plain["period"])})


def recipe_of(plain: Json) -> Recipe:
    """Read a Recipe; a field that an older version did not write keeps its default, one that is no more is left out."""
    kinds: dict[str, Any] = {
        "dictionary": Dialect,
        "cause_kind": CauseKind,
        "authenticate": Authenticate,
        "enum_no_route": EnumRefusal,
        "enum_refused": EnumRefusal,
        "enum_form": EnumForm,
        "enum_service": EnumService,
        "lost_end": LostEnd,
    }
    words = {name: kinds[name](value) for name, value in plain.items() if name in kinds}
    read = plain | {name: tuple(value) for name, value in plain.items() if isinstance(value, list)} | words
    return Recipe(**{name: value for name, value in read.items() if name in Recipe.__dataclass_fields__})


def switch_of(plain: Json) -> Switch:
    """Read a Switch."""
    return Switch(**plain | {"recipe": recipe_of(plain["recipe"])})


def number_rules_of(plain: Json) -> NumberRules:
    """Read NumberRules."""
    return NumberRules(**plain | {"international": tuple(plain["international"])})


def trunk_of(plain: Json) -> Trunk:
    """Read a Trunk."""
    return Trunk(
        **plain
        | {
            "direction": Direction(plain["direction"]),
            "rules": number_rules_of(plain["rules"]),
            "options": trunk_options_of(plain.get("options", {})),
        }
    )


def trunk_options_of(plain: Json) -> TrunkOptions:
    """Read TrunkOptions; an option that an older version did not write keeps its default."""
    kinds: dict[str, Any] = {"stir": StirPolicy, "portability": Portability, "service": Service}
    read: Json = {name: kinds[name](value) if name in kinds else value for name, value in plain.items()}
    if "caller_from" in read:
        read["caller_from"] = tuple(CallerFrom(one) for one in read["caller_from"])
    if "answers" in read:
        read["answers"] = tuple(AnswerRule(**one | {"cause": Cause(one["cause"])}) for one in read["answers"])
    return TrunkOptions(**read)


def policy_of(plain: Json) -> Policy:
    """Read a Policy; what is not there was not said, and a field that is no more is left out."""
    return Policy(**{name: _held(_POLICY[name], value) for name, value in plain.items() if name in _POLICY})


def _held(kind: Any, value: Any) -> Any:
    """Return a value of JSON as a field of some kind holds it: a text, number, word of a list, tuple of names, None."""
    kinds = get_args(kind)
    if isinstance(value, list):
        return tuple(_held(kinds[0], one) for one in value)
    if value is None:
        return None
    [kind] = [one for one in kinds if one is not NoneType] or [kind]
    return getattr(kind, "__supertype__", kind)(value)


def policy_says(policy: Policy) -> Json:
    """Return what a policy says, by the names of its fields: nothing that it leaves to others, no name, no version."""
    silent = Policy(policy.name)
    said = (name for name in Policy.__dataclass_fields__ if getattr(policy, name) != getattr(silent, name))
    return {name: to_plain(getattr(policy, name)) for name in said if name != "version"}


def policies_of(plain: Json) -> Policies:
    """Read Policies; a file of before policies were attached holds them by name alone."""
    if not isinstance(plain.get("attached"), list):
        return Policies({name: policy_of(value) for name, value in plain.items()})
    return Policies(
        named={name: policy_of(value) for name, value in plain["named"].items()},
        attached=tuple(Attachment(**value) for value in plain["attached"]),
        profiles={name: time_profile_of(value) for name, value in plain["profiles"].items()},
        canaries=tuple(Canary(**one | {"policy": policy_of(one["policy"])}) for one in plain.get("canaries", ())),
    )


def time_profile_of(plain: Json) -> TimeProfile:
    """Read a TimeProfile."""
    windows = tuple(Window(**window | {"weekdays": frozenset(window["weekdays"])}) for window in plain["windows"])
    holidays = frozenset(date.fromisoformat(day) for day in plain["holidays"])
    return TimeProfile(**plain | {"windows": windows, "holidays": holidays})


def plan_rules_of(plain: Json) -> PlanRules:
    """Read PlanRules."""
    windows = tuple(Window(**window | {"weekdays": frozenset(window["weekdays"])}) for window in plain["windows"])
    return PlanRules(
        **plain
        | {
            "crossing": Crossing(plain["crossing"]),
            "seconds": SecondsRounding(plain["seconds"]),
            "windows": windows,
            "holidays": frozenset(date.fromisoformat(day) for day in plain["holidays"]),
            "unit": Unit(plain.get("unit", Unit.SECOND)),
        }
    )


def directory_of(plain: Json) -> Directory:
    """Read a Directory."""
    return Directory(
        version=plain["version"],
        base_currency=Currency(plain["base_currency"]),
        partners={PartnerId(key): partner_of(value) for key, value in plain["partners"].items()},
        switches={SwitchId(key): switch_of(value) for key, value in plain["switches"].items()},
        trunks={TrunkId(key): trunk_of(value) for key, value in plain["trunks"].items()},
        policies=policies_of(plain["policies"]),
        fx=tuple(FxRate(**value) for value in plain["fx"]),
        limits=tuple(limit_of(value) for value in plain.get("limits", ())),
        statics=tuple(static_of(value) for value in plain.get("statics", ())),
        losses=tuple(allowed_loss_of(value) for value in plain.get("losses", ())),
        commitments=tuple(Commitment(**value) for value in plain.get("commitments", ())),
        swaps=tuple(Swap(**value) for value in plain.get("swaps", ())),
        ported=tuple(ported_source_of(value) for value in plain.get("ported", ())),
    )


def ported_source_of(plain: Json) -> PortedSource:
    """Read a PortedSource."""
    kind, silent = SourceKind(plain["kind"]), Silent(plain.get("silent", Silent.AS_DIALLED))
    return PortedSource(**plain | {"kind": kind, "prefixes": tuple(plain["prefixes"]), "silent": silent})
