"""When a leg's end counts as lost: how long a switch may be silent about a call that it has begun to report (RFC 2866
§5.5 knows no answer: a Stop that is lost is lost)."""

from domain.calls import LegState
from domain.recipe import LostEnd, Recipe


def lost_after_s(recipe: Recipe, lost_end_s: int, longest_s: int) -> int:
    """Return the silence, seconds, after which an end is lost: what the recipe says, else the setting.

    Who sends no interims is silent for as long as its calls last: it is given the longest call that there may be.
    """
    if recipe.lost_end_s:
        return recipe.lost_end_s
    return lost_end_s if recipe.sends_interims else max(lost_end_s, longest_s)


def closes(recipe: Recipe) -> bool:
    """Whether lost ends of a switch are made by us, without being asked."""
    return recipe.lost_end is LostEnd.CLOSE


def told(state: LegState, revision: int, duration_ms: int, when: str) -> str:
    """Say that a leg was closed by us, or was and has ended since; "" of any other. `when`: the moment of that."""
    on = f" on {when}" if when else ""
    if state is LegState.PARTIAL:
        unheard = "" if duration_ms else "; nothing but its start was heard, so it is charged for 0 s"
        return f"closed by us{on}, at its last sign of life{unheard}; its real end has not come"
    if state is LegState.CLOSED and revision:
        return f"closed by us at first; its real end came{on}, and counts"
    return ""
