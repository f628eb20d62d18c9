"""When a reported leg happened and how long it lasted; times that cannot be true are a fault, not a guess."""

from dataclasses import dataclass

from domain.calls import CallReport, ReportKind

CLOCK_STEP_MS = 1_000
"""Some switches give some of a leg's times by the second only: less than this out of order is no fault."""
LONGER_MS = 60_000
"""How much longer than between its two ends a call may be said to have lasted."""
LONGEST_MS = 31 * 86_400_000
"""No leg lasts longer: what would be charged for more is a counter gone wrong, and might not fit 64 bits."""
AHEAD_MS = 86_400_000
"""How far ahead of its arrival a report may lie: a day covers a wrong zone."""
EARLIEST_MS = 946_684_800_000
"""2000-01-01: a clock that stands before it was never set."""


@dataclass(frozen=True, slots=True)
class LegTimes:
    """UTC ms. Invariant: setup <= alert and setup <= connect <= disconnect; an unanswered leg lasts 0."""

    setup_ms: int
    alert_ms: int | None
    connect_ms: int | None
    disconnect_ms: int | None
    duration_ms: int


def times_of(report: CallReport) -> LegTimes | str:
    """Return the times of a leg, or in words what is wrong with them.

    The duration is what the switch says, else disconnect minus connect. Answered: a connect time and either some
    duration or a release after it (facts: quality §3); a duration without a connect time gives one, counted back from
    the end.
    """
    fault = _impossible(report)
    if fault:
        return fault
    connect, ended = report.connect_ms, report.kind in (ReportKind.STOP, ReportKind.ATTEMPT)
    if report.kind is ReportKind.ATTEMPT:
        return _ordered(report, None, 0)
    said = report.duration_ms
    if connect is None and said:
        if report.disconnect_ms is None:
            return f"{said} ms long, but neither answered nor ended at any time"
        connect = report.disconnect_ms - said
    if connect is None:
        return _ordered(report, None, 0)
    if said is None:
        if ended and report.disconnect_ms is None:
            return "answered and over, but neither an end nor a duration"
        said = 0 if report.disconnect_ms is None else report.disconnect_ms - connect
    if ended and said == 0 and report.disconnect_ms in (None, connect):
        return _ordered(report, None, 0)
    return _ordered(report, connect, said)


def _impossible(report: CallReport) -> str:
    latest = report.received_ms + AHEAD_MS
    for at_ms, name in (
        (report.setup_ms, "setup"),
        (report.alert_ms, "alert"),
        (report.connect_ms, "connect"),
        (report.disconnect_ms, "disconnect"),
    ):
        if at_ms is None or EARLIEST_MS <= at_ms <= latest:
            continue
        if at_ms < EARLIEST_MS:
            return f"{name} time before the year 2000"
        return f"{name} time {(at_ms - report.received_ms) // 1000} s after its report came"
    if report.duration_ms is not None and report.duration_ms < 0:
        return "negative duration"
    return ""


def _ordered(report: CallReport, connect: int | None, duration: int) -> LegTimes | str:
    setup, alert, end = report.setup_ms, report.alert_ms, report.disconnect_ms
    if duration > LONGEST_MS:
        return f"{duration} ms long, longer than {LONGEST_MS // AHEAD_MS} days"
    if connect is not None and end is not None:
        if end < connect:
            return f"ended {connect - end} ms before it was answered"
        if duration > end - connect + LONGER_MS:
            return f"{duration} ms long, but {end - connect} ms from answer to end"
    answered_or_over = [at_ms for at_ms in (connect, end) if at_ms is not None]
    if setup is not None and answered_or_over and setup - min(answered_or_over) >= CLOCK_STEP_MS:
        return f"set up {setup - min(answered_or_over)} ms after it was answered or over"
    begun = [at_ms for at_ms in (alert if setup is None else setup,) if at_ms is not None]
    first = min([*begun, *answered_or_over], default=report.received_ms)
    return LegTimes(first, alert if alert is None else max(alert, first), connect, end, duration)
