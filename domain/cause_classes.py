"""What the end of a call says: its class, whether it counts for NER, and whether to try the next vendor.

Source: facts sheet quality §3 (user causes follow the wording of ITU-T E.425 §1.5); causes are Q.850 values.
"""

from enum import StrEnum


class CauseClass(StrEnum):
    """The classes of the table, one per leg."""

    ANSWERED = "answered"
    BUSY = "user busy"
    NO_ANSWER = "user does not answer"
    ABSENT = "user absent or rejects"
    OUT_OF_ORDER = "terminal out of order"
    ABANDONED = "abandoned before ringing"
    NUMBER = "number error"
    NOT_ALLOWED = "not allowed"
    NO_CIRCUIT = "no circuit"
    NETWORK = "network failure"
    SERVICE = "service mismatch"
    OTHER = "other"


class Retry(StrEnum):
    """Whether the next route may be tried after a failed attempt."""

    STOP = "stop"
    GO_ON = "go on"


USER_CLASSES = frozenset({CauseClass.BUSY, CauseClass.NO_ANSWER, CauseClass.ABSENT, CauseClass.OUT_OF_ORDER})
"""Failures that are the called user's, not the network's: they stand in the numerator of NER beside answers."""

_CLASSES: dict[CauseClass, tuple[int, ...]] = {
    CauseClass.BUSY: (17,),
    CauseClass.NO_ANSWER: (18, 19),
    CauseClass.ABSENT: (20, 21, 24),
    CauseClass.OUT_OF_ORDER: (27,),
    CauseClass.ABANDONED: (16, 31),
    CauseClass.NUMBER: (1, 22, 28),
    CauseClass.NOT_ALLOWED: (50, *range(52, 58), 62, 87),
    CauseClass.NO_CIRCUIT: (34, 42, 44, 47),
    CauseClass.NETWORK: (2, 3, 25, 26, 38, 41, 49, 102, 111, 127),
    CauseClass.SERVICE: (29, 58, 63, 65, 69, 70, 79, 88, *range(95, 102)),
}
_BY_CAUSE = {cause: name for name, causes in _CLASSES.items() for cause in causes}
_NO_ANSWER_ONCE_RINGING = frozenset({16, 31, 102})
"""A caller who gives up, an unspecified end and an expired timer (SIP 408) mean "no answer" once it rang."""
_STOPPING = frozenset({1, 16, 17, 18, 19, 20, 21, 22, 24, 28})


def class_of(cause: int, *, answered: bool, alerted: bool) -> CauseClass:
    """Return the class of a leg that ended with a Q.850 cause; `alerted`: ringing was seen."""
    if answered:
        return CauseClass.ANSWERED
    if alerted and cause in _NO_ANSWER_ONCE_RINGING:
        return CauseClass.NO_ANSWER
    return _BY_CAUSE.get(cause, CauseClass.OTHER)


def ends_of(name: CauseClass | None, causes: frozenset[int] = frozenset()) -> frozenset[tuple[int, bool]]:
    """Return the ends of unanswered legs that are of a class (None: any), by Q.850 cause and whether it rang.

    `causes`: only these, empty: any of a byte.
    """
    every = ((cause, rang) for cause in causes or range(256) for rang in (False, True))
    return frozenset(end for end in every if name in (None, class_of(end[0], answered=False, alerted=end[1])))


def is_user_failure(cause: int, alerted: bool, *, terminal_faults_count: bool = True) -> bool:
    """Return whether an unanswered leg counts in the numerator of NER.

    `terminal_faults_count` False takes cause 27 for the network's, as many carriers do.
    """
    if cause == 27 and not terminal_faults_count:
        return False
    return class_of(cause, answered=False, alerted=alerted) in USER_CLASSES


def retry_advice(cause: int, alerted: bool, go_on_for: frozenset[int] = frozenset()) -> Retry:
    """Return whether another vendor could still complete a call that failed with this cause.

    `go_on_for`: causes that this vendor sends for want of capacity although they read like the user's.
    """
    if cause in go_on_for:
        return Retry.GO_ON
    if cause in _STOPPING or (alerted and cause in _NO_ANSWER_ONCE_RINGING):
        return Retry.STOP
    return Retry.GO_ON
