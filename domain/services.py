"""What is sold besides calls: the number by which a session or message is rated, when it was, and how much it used.

A data session has no called number and ends as it will: it is dated by its start, also when it lasted no whole second.
"""

from dataclasses import replace

from domain.attribution import called_of
from domain.calls import CallReport, ReportKind, Side
from domain.directory import Trunk
from domain.leg_times import LegTimes, times_of
from domain.numbers import normalise
from domain.rates import Service
from domain.units import MOST_EVENTS, MOST_OCTETS


def carries(trunk: Trunk, asked: Service | None) -> bool:
    """Return whether a trunk carries what a switch asks for or reports; None: the switch does not say."""
    return asked is None or asked is trunk.options.service


def asked_number(called: str, trunk: Trunk) -> str | None:
    """Return the digits by which a question of an incoming trunk is rated; None when they are no number.

    DATA: always the trunk's service code. MESSAGE: the called number if it is one, else the service code.
    """
    return _number(normalise(called, trunk.rules), trunk)


def reported_number(called: str, side: Side, trunk: Trunk) -> str | None:
    """Return the digits by which a reported leg is rated, as asked_number does."""
    return _number(called_of(called, side, trunk.rules), trunk)


def is_service_code(number: str, trunk: Trunk) -> bool:
    """Return whether a number stands for the service of the trunk: it belongs to no destination then."""
    options = trunk.options
    return options.service is not Service.VOICE and number == options.service_code


def event_times(report: CallReport, service: Service) -> LegTimes | str:
    """Return the times of a leg of a service, or in words what is wrong with them.

    A session or message that is no failed attempt has connected: where no time of it is given it is counted back from
    its end, and it may have lasted 0 ms.
    """
    if service is Service.VOICE or report.kind is ReportKind.ATTEMPT:
        return times_of(report)
    connect = _begun(report)
    times = times_of(replace(report, connect_ms=connect))
    if isinstance(times, LegTimes) and times.connect_ms is None:
        return replace(times, connect_ms=max(connect, times.setup_ms))
    return times


def _begun(report: CallReport) -> int:
    if report.connect_ms is not None:
        return report.connect_ms
    if report.disconnect_ms is not None:
        return report.disconnect_ms - (report.duration_ms or 0)
    return report.received_ms if report.setup_ms is None else report.setup_ms


def volume_of(report: CallReport, service: Service) -> int | str | None:
    """Return the octets of a data session both ways, or how many messages a report stands for; in words what is wrong.

    None: the switch does not say, or it is a call. Counters are cumulative: each report replaces the one before.
    """
    match service:
        case Service.VOICE:
            return None
        case Service.MESSAGE:
            count = 1 if report.events is None else report.events
            return count if 0 <= count <= MOST_EVENTS else f"{count} messages in one record"
        case Service.DATA:
            if report.octets_in is None and report.octets_out is None:
                return None
            octets = (report.octets_in or 0), (report.octets_out or 0)
            fits = min(octets) >= 0 and sum(octets) <= MOST_OCTETS
            return sum(octets) if fits else f"{octets[0]} and {octets[1]} octets in one session"


def _number(digits: str | None, trunk: Trunk) -> str | None:
    match trunk.options.service:
        case Service.VOICE:
            return digits
        case Service.MESSAGE:
            return digits or trunk.options.service_code
        case Service.DATA:
            return trunk.options.service_code
