"""How a watched route stands as nodes get it: out, last, or with a part of the calls; who stands well is not told."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.days import local_time
from domain.ids import PartnerId
from domain.quick import quick
from domain.route_states import RouteState, Standing
from domain.route_watch import Action, Watch

WHOLE_BP = 10_000
LEAST_TURN_MS = 60_000
TURNS = 10
"""A batch that is not filled deals its tries out anew so often: a node may have had no calls to spend its own on."""


@quick
@dataclass(frozen=True, slots=True)
class RouteStanding:
    """`share_bp`: of the calls that it gets before all others, basis points. `last`: else it stands behind the others,
    not `stays`: else it is left out.

    A node makes at most `most` tries in each `turn` (0: as many as its share gives); `since_ms` and `batch` tell one
    state from the next.
    """

    standing: Standing
    why: str
    since_ms: int
    share_bp: int = 0
    last: bool = False
    stays: bool = False
    batch: int = 0
    turn: int = 0
    most: int = 0


ByVendor = Mapping[PartnerId, RouteStanding]
Standings = Mapping[Watch | None, ByVendor]
"""By watch and vendor; None: what was ordered by hand, whatever watch there is."""


def standing_of(state: RouteState, watch: Watch, why: str, now_ms: int, nodes: int) -> RouteStanding | None:
    """Return how a route stands, None where it stands as it would without any watch."""
    share_bp = state.share_bp(watch, now_ms)
    if share_bp >= WHOLE_BP:
        return None
    last = watch.action is Action.LAST and state.standing is not Standing.LOCKED_OUT
    match state.standing:
        case Standing.PROBING:
            turn = turn_of(state, watch, now_ms)
            most = -(-max(watch.probe_calls - state.calls, 1) // max(1, nodes))
            how = f"probing since {_moment(state.since_ms)}, batch {state.batch}"
            how = how if state.batch else f"new since {_moment(state.since_ms)}"
            tries = "it has its part of the calls" if share_bp else pause_of(state)
            said, last = f"{how}: {tries}", last or not state.batch
            return RouteStanding(
                state.standing, said, state.since_ms, share_bp, last, batch=state.batch, turn=turn, most=most
            )
        case Standing.TRIAL:
            return RouteStanding(state.standing, "on trial", state.since_ms, share_bp, stays=True, batch=state.batch)
        case _:
            said = f"out since {_moment(state.since_ms)}: {why}"
            return RouteStanding(state.standing, said, state.since_ms, last=last, batch=state.batch)


def turn_of(state: RouteState, watch: Watch, now_ms: int) -> int:
    """Return how often the tries of a batch were dealt out anew by now."""
    return (now_ms - state.since_ms) // max(LEAST_TURN_MS, 1000 * watch.batch_s // TURNS)


def pause_of(state: RouteState) -> str:
    """Return in words until when nobody tries a route, "" where they do."""
    return f"money for tries is spent, next from {_moment(state.paused_until_ms)}" if state.paused_until_ms else ""


def _moment(at_ms: int) -> str:
    return f"{local_time(at_ms, 'UTC'):%Y-%m-%d %H:%M:%S}Z"
