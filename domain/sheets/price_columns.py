"""Choosing the columns of prices: by rate type, by origin group, first and next; what is not clear is asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.sheets.header_rows import Table
from domain.sheets.heading_reading import Heading
from domain.sheets.headings import Meaning
from domain.sheets.questions import Effect, Picked
from domain.sheets.shown import shown
from domain.sheets.template import Column

PRICES = (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE, Meaning.SURCHARGE)
_MOST_CHOICES = 12


def pick_prices(table: Table, candidates: Mapping[int, Heading], currency: str, picked: Picked) -> None:
    """Choose among the columns that could hold prices (place → what its heading says)."""
    filled = {place: said for place, said in candidates.items() if table.cells(place)}
    left = _newest(table, filled or dict(candidates), picked)
    left = _in_currency(table, left, currency, picked)
    if any(said.jurisdiction for said in left.values()):
        left = _by_jurisdiction(table, left, picked)
    left = _paired(table, left, picked)
    by_role: dict[tuple[Meaning, str, str], list[int]] = defaultdict(list)
    for place, said in left.items():
        by_role[_role(said)].append(place)
    for (meaning, rate_type, origin), places in by_role.items():
        if len(places) == 1 or _same(table, places):
            _take(table, places[0], meaning, rate_type, origin, picked)
        else:
            _ask_which(table, {place: left[place] for place in places}, picked)


def _role(said: Heading) -> tuple[Meaning, str, str]:
    return said.meaning or Meaning.PRICE, said.rate_type, said.origin


def _take(table: Table, place: int, meaning: Meaning, rate_type: str, origin: str, picked: Picked) -> None:
    picked.columns[place] = Column(place, meaning, table.headings[place], rate_type, origin)


def _newest(table: Table, left: dict[int, Heading], picked: Picked) -> dict[int, Heading]:
    """Leave out previous prices, and current ones where a new one stands beside them."""
    new = {place for place, said in left.items() if said.age == "new"}
    old = {place for place, said in left.items() if said.age == "old" or (said.age == "current" and new)}
    if len(old) < len(left):
        for place in old:
            picked.columns[place] = Column(place, Meaning.PREVIOUS, table.headings[place])
            del left[place]
    return left


def _in_currency(table: Table, left: dict[int, Heading], currency: str, picked: Picked) -> dict[int, Heading]:
    """Where the same price stands in several currencies, keep the contract's, else ask."""
    by_currency: dict[str, list[int]] = defaultdict(list)
    for place, said in left.items():
        by_currency[said.currency].append(place)
    if len(by_currency) < 2 or "" in by_currency:
        return left
    roles = {code: sorted(_role(left[place]) for place in places) for code, places in by_currency.items()}
    if len({tuple(one) for one in roles.values()}) > 1:
        return left
    wanted = currency.casefold()
    if wanted in by_currency:
        picked.notes.append(f"Prices stand in {_listed(by_currency)}; those in {currency.upper()} are read.")
        return {place: left[place] for place in by_currency[wanted]}
    choices = {
        f"prices in {code.upper()} ({', '.join(shown(table, place) for place in places)})": Effect(
            tuple(_column(table, place, left[place]) for place in places)
        )
        for code, places in by_currency.items()
    }
    words = f"Prices stand in {_listed(by_currency)}. In which currency is this plan?"
    picked.ask(table.preview.name, "currency", words, choices)
    return {}


def _listed(by_currency: Mapping[str, list[int]]) -> str:
    return " and ".join(sorted(code.upper() for code in by_currency))


def _by_jurisdiction(table: Table, left: dict[int, Heading], picked: Picked) -> dict[int, Heading]:
    """Ask what prices within and between states are: two prices of one code that depend on who calls."""
    places = [place for place, said in left.items() if said.jurisdiction]
    names = [left[place].jurisdiction for place in places]
    choices = {
        f"prices of origin groups {', '.join(names)}": Effect(
            tuple(_column(table, p, left[p], origin=left[p].jurisdiction) for p in places)
        ),
        f"prices of rate types {', '.join(names)}": Effect(
            tuple(_column(table, p, left[p], rate_type=left[p].jurisdiction) for p in places)
        ),
    }
    if len(places) == 1 and len(left) == 1:
        choices = {}
    for place in places:
        choices[f"only the {left[place].jurisdiction} price, of any caller: {shown(table, place)}"] = Effect(
            (_column(table, place, left[place]),)
        )
    words = f"Prices depend on the jurisdiction ({', '.join(names)}). How are they read?"
    picked.ask(table.preview.name, str(Meaning.PRICE), words, choices)
    return {place: said for place, said in left.items() if not said.jurisdiction}


def _paired(table: Table, left: dict[int, Heading], picked: Picked) -> dict[int, Heading]:
    """See that a first price has its next one: alone, either is the price; beside a plain price it is asked."""
    by_kind: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, said in left.items():
        if said.meaning is not Meaning.SURCHARGE:
            by_kind[said.rate_type, said.origin].append(place)
    for places in by_kind.values():
        meanings = [left[place].meaning for place in places]
        if len(set(meanings)) == 1 and meanings[0] is not Meaning.PRICE:
            left |= {place: replace(left[place], meaning=Meaning.PRICE) for place in places}
        elif len(places) == 2 and set(meanings) == {Meaning.PRICE, Meaning.NEXT_PRICE}:
            one = places[meanings.index(Meaning.PRICE)]
            if left[one].rest == "1":
                left[one] = replace(left[one], meaning=Meaning.FIRST_PRICE)
            else:
                _ask_which(table, {place: replace(left.pop(place), meaning=Meaning.PRICE) for place in places}, picked)
    return left


def _ask_which(table: Table, left: Mapping[int, Heading], picked: Picked) -> None:
    tiers = [said.tier for said in left.values() if said.tier]
    choices: dict[str, Effect] = {}
    for place, said in list(left.items())[:_MOST_CHOICES]:
        choices[f"{shown(table, place)} is the price"] = Effect((_column(table, place, said),))
    first = next(iter(left.values()))
    aged = any(said.age for said in left.values())
    if not tiers and not aged and len(left) == 2 and first.meaning is Meaning.PRICE:
        one, two = left
        for before, after in ((one, two), (two, one)):
            said_first = f"{shown(table, before)} is the price of the first interval, the other that of the next ones"
            choices[said_first] = Effect(
                (
                    _column(table, before, left[before], Meaning.FIRST_PRICE),
                    _column(table, after, left[after], Meaning.NEXT_PRICE),
                )
            )
    rests = [said.rest.replace(" ", "-") for said in left.values()]
    if not tiers and all(rests) and len(set(rests)) == len(rests):
        named = [
            _column(table, place, said, rate_type=rest) for (place, said), rest in zip(left.items(), rests, strict=True)
        ]
        choices[f"they are prices of the rate types {', '.join(rests)}"] = Effect(tuple(named))
    listed = ", ".join(shown(table, place) for place in left)
    why = "Prices depend on the volume" if tiers else "More than one column could be the price"
    about = str(first.meaning or Meaning.PRICE) + (f" {first.rate_type}" if first.rate_type else "")
    about += f" {first.origin}" if first.origin else ""
    picked.ask(table.preview.name, about, f"{why}: {listed}. Which one is?", choices)


def _column(
    table: Table,
    place: int,
    said: Heading,
    meaning: Meaning | None = None,
    *,
    rate_type: str | None = None,
    origin: str | None = None,
) -> Column:
    return Column(
        place,
        meaning or said.meaning or Meaning.PRICE,
        table.headings[place],
        said.rate_type if rate_type is None else rate_type,
        said.origin if origin is None else origin,
    )


def _same(table: Table, places: Sequence[int]) -> bool:
    """Return whether the columns hold the same texts, as far as they are looked at."""
    first, *others = places
    return bool(table.cells(first)) and all(table.cells(place) == table.cells(first) for place in others)
