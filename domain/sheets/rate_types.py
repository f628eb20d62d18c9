"""Which rate type of a plan a name in a sheet means: the plan's own names, else a usual one where one alone fits."""

import re
from collections.abc import Collection

from domain.rates import ANY_TIME
from domain.sheets.day_words import folded

_USUAL = (
    "any|any time|all|all day|allday|24h|24 7|24x7|flat|standard time|general|default|all times|always",
    "peak|peak time|peak rate|peak hours|on peak|onpeak|day|daytime|day time|business hours|business|working hours|"
    "haupt|hauptzeit|tag|jour|heures pleines|pico|punta|dia|giorno|пик|день",
    "off peak|offpeak|off peak time|off peak hours|night|nights|night time|nighttime|evening|economy|reduced|low|"
    "nebenzeit|nacht|nuit|heures creuses|noche|valle|notte|noite|ночь|непик",
    "weekend|weekends|week end|we|saturday sunday|sat sun|wochenende|fin de semana|fine settimana|"
    "fim de semana|выходные",
    "holiday|holidays|public holiday|feiertag|feiertage|ferie|jour ferie|festivo|feriado|праздник",
)
_GROUP_OF = {folded(name): number for number, names in enumerate(_USUAL) for name in names.split("|")}


def rate_type_of(name: str, types: Collection[str]) -> str | None:
    """Return the plan's rate type that a sheet's name means, ANY_TIME for none; None where none, or several, fit."""
    said = _plain(name)
    if not said or said == ANY_TIME:
        return ANY_TIME
    own = [kind for kind in types if _plain(kind) == said]
    if own:
        return own[0] if len(own) == 1 else None
    group = _GROUP_OF.get(said)
    if group == 0:
        return ANY_TIME
    fitting = [kind for kind in types if group is not None and _GROUP_OF.get(_plain(kind)) == group]
    return fitting[0] if len(fitting) == 1 else None


def _plain(name: str) -> str:
    said = folded(re.sub(r"[\W_]+", " ", name))
    return " ".join(word for word in said.split() if word not in ("rate", "rates", "price", "prices", "tariff")) or said
