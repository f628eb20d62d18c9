"""When things happened, by what a RADIUS record of a leg says and its switch's recipe. Facts: radius §5, §7."""

from dataclasses import dataclass

from domain.calls import ReportKind
from domain.directory import Recipe
from domain.wire.radius_attributes import Values
from domain.wire.radius_time import parse_any_time

ANSWERED_CAUSES = (0, 16, 31)
"""A call of 0 s that ended otherwise was never answered, whatever connect time it has."""
_EPOCH_AT_LEAST = 1_000_000_000  # a "delay" of thirty years is a moment
_NEVER = "0-:./ T"  # 0, 0000-00-00 00:00:00 and the like: never happened


@dataclass(frozen=True, slots=True)
class ReadTimes:
    """UTC ms, None where a record does not say and nothing follows from what it says."""

    setup_ms: int | None
    alert_ms: int | None
    connect_ms: int | None
    disconnect_ms: int | None
    duration_ms: int | None
    event_ms: int | None = None


def times_read(values: Values, recipe: Recipe, kind: ReportKind, cause: int, received_ms: int) -> ReadTimes:
    """Read the times of a leg; what is missing follows from the event's moment and the session time.

    A Stop that names neither answer nor duration says nothing of either: its Start may have. `event_ms` is given for an
    interim of that kind. Raises WireError `bad-time`.
    """
    setup = _time(values, recipe.setup_attribute, recipe)
    connect = _connect(values, recipe, setup)
    disconnect = _time(values, recipe.disconnect_attribute, recipe)
    alert, event, lasts = _alert(values, recipe), event_ms(values, recipe, received_ms), _session_ms(values, recipe)
    if kind is ReportKind.START:
        return ReadTimes(setup, alert, event if connect is None and recipe.start_is_answer else connect, None, None)
    if kind is ReportKind.ATTEMPT:
        return ReadTimes(setup, alert, None, event if disconnect is None else disconnect, 0)
    if kind is ReportKind.INTERIM:
        lasted = _lasted_ms(lasts, connect, event)
        return ReadTimes(
            setup,
            alert,
            event - lasted if connect is None and lasted else connect,
            None,
            lasted,
            None if lasted else event,
        )
    if disconnect is None:
        disconnect = event if connect is None or lasts is None else connect + lasts
    if connect is None and lasts is None:
        return ReadTimes(setup, alert, None, disconnect, None)
    duration = _lasted_ms(lasts, connect, disconnect) or 0
    if duration == 0 and (connect is None or connect == disconnect or cause not in ANSWERED_CAUSES):
        connect = None
    elif connect is None:
        connect = disconnect - duration
    return ReadTimes(setup, alert, connect, disconnect, duration)


def event_ms(values: Values, recipe: Recipe, received_ms: int) -> int:
    """Return when the reported thing happened: Event-Timestamp, else arrival less Acct-Delay-Time."""
    stamp = values.integer("Event-Timestamp")
    if stamp:
        return stamp * 1000
    delay_s = 0 if recipe.delay_is_alert else values.integer("Acct-Delay-Time") or 0
    return received_ms - delay_s * 1000


def _connect(values: Values, recipe: Recipe, setup_ms: int | None) -> int | None:
    if recipe.ringing_attribute and setup_ms is not None:
        rang_s = values.integer(recipe.ringing_attribute)
        return None if rang_s is None else setup_ms + 1000 * rang_s
    return _time(values, recipe.connect_attribute, recipe)


def _session_ms(values: Values, recipe: Recipe) -> int | None:
    lasted_ms = values.integer(recipe.duration_ms_attribute) if recipe.duration_ms_attribute else None
    if lasted_ms is not None:
        return lasted_ms
    lasted_s = values.integer(recipe.duration_attribute)
    return None if lasted_s is None else 1000 * lasted_s


def _lasted_ms(session_ms: int | None, connect_ms: int | None, until_ms: int) -> int | None:
    if session_ms is not None:
        return session_ms
    return None if connect_ms is None else max(0, until_ms - connect_ms)


def _alert(values: Values, recipe: Recipe) -> int | None:
    if recipe.delay_is_alert:
        stamp = values.integer("Acct-Delay-Time") or 0
        return stamp * 1000 if stamp >= _EPOCH_AT_LEAST else None
    return _time(values, "alert-timepoint", recipe)


def _time(values: Values, name: str, recipe: Recipe) -> int | None:
    text = values.said(name)
    return parse_any_time(text, recipe.zone).ms if text.strip(_NEVER) else None
