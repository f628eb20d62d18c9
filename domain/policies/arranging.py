"""Routes put in the order of the rules: who may not carry the call is left out first, the others are sorted then.

What a call would lose money with is out already (domain.ranking); a formula decides between the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.decisions import LeftOut, Read
from domain.formulas.figures import FIGURES, Source
from domain.formulas.program import Asked, Condition, Key, Value, value_text
from domain.ids import PartnerId, TrunkId
from domain.limit_room import NO_LIMIT, Room
from domain.policies.policy import Unmet
from domain.policies.rules import Rules
from domain.policies.spread import Contest, parts_of
from domain.quality_figures import DestinationFigures
from domain.ranking import RATE_NAMES, Ranked, Ranking, cut, listed

Reader = Callable[[Ranked], Value]
RoomOf = Callable[[PartnerId, TrunkId], Room]
MOST_READ = 8
"""Figures, and routes, that are written into a decision's record at most: records are kept of every call."""
LONGEST_TALK_S = 7_200.0
"""As long as calls of an ideal vendor last on the average."""
NOBODY_KEEPS = "no vendor keeps what is promised"


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What a formula may ask about the call itself: hour 0–23 and weekday 1–7 in the client's zone.

    `room`: how many calls limits leave on a trunk, and how full the tightest is; None: no limits are known.
    """

    client: PartnerId
    hour: float
    weekday: float
    caller_country: str = ""
    attestation: str = "none"
    product: str = ""
    room: RoomOf | None = None
    caller_type: str = ""


def arranged(ranking: Ranking, rules: Rules, known: DestinationFigures, call: CallFigures) -> Ranking:
    """Return the ranking with its bids filtered and sorted by the rules. Filter first, rank afterwards."""
    left_out: list[LeftOut] = []
    bids: Sequence[Ranked] = ranking.bids
    if rules.only is not None:
        bids = _those(rules.only, bids, left_out, "not allowed: only", rules, known, call)
    unmet = False
    tried: tuple[Ranked, ...] = ()
    if rules.keep is not None and bids:
        below: list[LeftOut] = []
        tried = tuple(bid for bid in bids if known.shares(rules.watch, bid.vendor.id))
        tried = tuple(bid for bid in tried if _could_keep(rules.keep, bid, rules, known, call))
        kept = _those(rules.keep, bids, below, "keeps not what is promised:", rules, known, call)
        unmet = not kept
        if kept or rules.unmet is Unmet.REFUSE:
            bids = kept
            left_out += below
    if rules.order is not None:
        readers = [reader(asked, rules, known, call) for asked in rules.order.asked]
        keys: dict[int, Key] = {id(bid): rules.order.key([read(bid) for read in readers]) for bid in bids}
        bids = sorted(bids, key=lambda bid: keys[id(bid)])  # on equals: real cost, price, names, as they came
    ordered = tuple(bids)
    routes = listed(ordered, ranking.max_routes, ranking.stop_bp)
    weights = _weights(routes, rules, known, call)
    if not rules.tells:
        return replace(
            ranking, routes=routes, bids=ordered, unmet=unmet, tried=_beside(tried, ordered), weights=weights
        )
    return replace(
        ranking,
        routes=routes,
        left_out=(*ranking.never, *left_out, *cut(ordered, ranking.max_routes, ranking.stop_bp)),
        bids=ordered,
        unmet=unmet,
        tried=_beside(tried, ordered),
        read=_read(routes, rules, known, call),
        weights=weights,
    )


def _weights(routes: Sequence[Ranked], rules: Rules, known: DestinationFigures, call: CallFigures) -> Contest:
    """Return the weights of the routes' vendors, where a split is by a formula."""
    by = rules.split.by if rules.split is not None else None
    if by is None:
        return ()
    readers = [reader(asked, rules, known, call) for asked in by.asked]
    return parts_of({bid.vendor.id: by.worth([read(bid) for read in readers])[0] for bid in routes})


def _beside(tried: Sequence[Ranked], ordered: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Return those that are to be tried though they are out."""
    return tuple([bid for bid in tried if bid not in ordered]) if tried else ()


def _read(routes: Sequence[Ranked], rules: Rules, known: DestinationFigures, call: CallFigures) -> Read:
    asked = rules.asked[:MOST_READ]
    readers = [reader(one, rules, known, call) for one in asked]
    values = [(bid.trunk.id, tuple([read(bid) for read in readers])) for bid in routes[:MOST_READ]]
    return Read(tuple(map(str, asked)), tuple(values))


def reader(asked: Asked, rules: Rules, known: DestinationFigures, call: CallFigures) -> Reader:
    """Return how a figure is read of a bid."""
    name = asked.name
    match FIGURES[name].source:
        case Source.RATE:
            place = RATE_NAMES.index(name)
            return lambda bid: bid.figures[place]
        case Source.CALL:
            value: Value = getattr(call, name)
            return lambda bid: value
        case Source.CAPACITY:
            return lambda bid: _capacity(name, bid, call)
        case Source.VENDOR:
            return lambda bid: _of_vendor(name, bid, rules)
        case _:
            return lambda bid: known.value(asked, bid.vendor.id, call.client, rules.window)


def _capacity(name: str, bid: Ranked, call: CallFigures) -> Value:
    room = NO_LIMIT if call.room is None else call.room(bid.vendor.id, bid.trunk.id)
    return float(room.free) if name == "calls_free" else room.load_pct


def _could_keep(condition: Condition, bid: Ranked, rules: Rules, known: DestinationFigures, call: CallFigures) -> bool:
    """Say whether the vendor would keep what is promised if its quality were as good as can be.

    Who is tried has no quality to show yet; what is promised beside that (callers' numbers, a class) holds for tries.
    """
    values: list[Value] = []
    for asked in condition.asked:
        figure, its = FIGURES[asked.name], not asked.name.startswith(("client_", "destination_"))
        ideal = figure.source is Source.QUALITY and figure.better and its
        best = 0.0 if figure.better < 0 else LONGEST_TALK_S if asked.name.endswith("acd") else 100.0
        values.append(best if ideal else reader(asked, rules, known, call)(bid))
    return condition.holds(values)


def _of_vendor(name: str, bid: Ranked, rules: Rules) -> Value:
    options = bid.vendor.options
    match name:
        case "vendor":
            return str(bid.vendor.id)
        case "vendor_class":
            return options.vendor_class
        case "cli_guaranteed":
            return options.cli_guaranteed
        case _:
            return 1.0 if rules.split is None else float(rules.split.weight_of(bid.vendor.id))


def _those(
    condition: Condition,
    bids: Sequence[Ranked],
    left_out: list[LeftOut],
    words: str,
    rules: Rules,
    known: DestinationFigures,
    call: CallFigures,
) -> list[Ranked]:
    readers = [reader(asked, rules, known, call) for asked in condition.asked]
    kept = []
    for bid in bids:
        values = [read(bid) for read in readers]
        if condition.holds(values):
            kept.append(bid)
        else:
            said = ", ".join(
                f"{asked} {value_text(value)}" for asked, value in zip(condition.asked, values, strict=True)
            )
            left_out.append(LeftOut(bid.vendor.id, bid.trunk.id, f"{words} {condition.text} ({said})"))
    return kept
