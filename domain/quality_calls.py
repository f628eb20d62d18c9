"""Outcomes of calls as quality keeps them: a number of 64 bits each, which sort in the order in which calls ended.

From the left: the second of the end since 2020 (30 bits), the class of the cause (4), seconds of talk (14), seconds
from the setup to the end without the talk (9), the bin of the post-dial delay (5), whether it was short, whether it
was charged. So of any two calls it is certain which was the later one, however their reports came: what is known of
the last so many calls follows from the calls alone. Seconds are rounded half up; longer than the bits is cut off.
"""

from bisect import bisect_left
from typing import NamedTuple

from domain.cause_classes import USER_CLASSES, CauseClass, class_of
from domain.quality import SHORT_MS, LegSeen
from domain.route_states import Outcome

BEGIN_S = 1_577_836_800
"""2020-01-01, UTC."""
LONGEST_TALK_S, LONGEST_GAP_S = 16_383, 511
CLASSES = tuple(CauseClass)
ANSWERED = CLASSES.index(CauseClass.ANSWERED)
EFFECTIVE = tuple(place for place, its in enumerate(CLASSES) if its in USER_CLASSES or its is CauseClass.ANSWERED)
"""The classes in the numerator of NER (ITU-T E.425 §1.5)."""
PDD_BINS = 31
_FIRST_MS, _STEP = 250, 1.18
PDD_UP_TO_MS = tuple(round(_FIRST_MS * _STEP**place) for place in range(PDD_BINS))
"""The longest delay of each bin; the last one holds what is longer, too. Bin 0 of a call: it never rang."""
END_SHIFT, CLASS_SHIFT, TALK_SHIFT, GAP_SHIFT, PDD_SHIFT = 34, 30, 16, 7, 2


class Packed(NamedTuple):
    """What the bits say. Times in whole seconds, UTC; `pdd` is a bin, 0: it never rang."""

    end_s: int
    cause_class: int
    talk_s: int
    setup_s: int
    pdd: int
    short: bool
    charged: bool


def packed(leg: LegSeen) -> int:
    """Return a closed leg's outcome as a number."""
    setup_s = leg.setup_ms // 1000
    talk_s = min((leg.duration_ms + 500) // 1000, LONGEST_TALK_S) if leg.answered else 0
    gap_s = min(max(leg.end_ms // 1000 - setup_s - talk_s, 0), LONGEST_GAP_S)
    end_s = setup_s + talk_s + gap_s
    number = CLASSES.index(class_of(leg.cause, answered=leg.answered, alerted=leg.alerted))
    pdd = 0 if leg.pdd_ms is None else min(bisect_left(PDD_UP_TO_MS, leg.pdd_ms), PDD_BINS - 1) + 1
    short = leg.answered and leg.duration_ms <= SHORT_MS
    bits = (end_s - BEGIN_S) << END_SHIFT | number << CLASS_SHIFT | talk_s << TALK_SHIFT
    return bits | gap_s << GAP_SHIFT | pdd << PDD_SHIFT | short << 1 | (leg.base_charge != 0)


def unpacked(bits: int) -> Packed:
    """Return what a number says."""
    end_s, talk_s = (bits >> END_SHIFT) + BEGIN_S, bits >> TALK_SHIFT & LONGEST_TALK_S
    setup_s = end_s - talk_s - (bits >> GAP_SHIFT & LONGEST_GAP_S)
    pdd = bits >> PDD_SHIFT & 31
    return Packed(end_s, bits >> CLASS_SHIFT & 15, talk_s, setup_s, pdd, bool(bits & 2), bool(bits & 1))


def can_be_packed(leg: LegSeen) -> bool:
    """Say whether its times lie where the bits reach: from 2020 to 2053."""
    return BEGIN_S <= leg.setup_ms // 1000 < BEGIN_S + (1 << 30) - LONGEST_TALK_S - LONGEST_GAP_S


def outcome_of(bits: int, units: int) -> Outcome:
    """Return an outcome for the state of a route; `units`: what the call cost, base currency.

    Times are those of the bits: whole seconds, and the shortest delay of its bin: nobody goes for what is not sure.
    """
    its = unpacked(bits)
    answered = its.cause_class == ANSWERED
    pdd_ms = (PDD_UP_TO_MS[its.pdd - 2] + 1 if its.pdd > 1 else 0) if its.pdd else None
    effective = its.cause_class in EFFECTIVE
    return Outcome(1000 * its.setup_s, answered, effective, 1000 * its.talk_s, pdd_ms, its.short, units)


def pdd_share(bins: list[int], part: float) -> float | None:
    """Return the delay, s, that this part of the calls that rang does not pass, between the ends of its bin; None
    where none rang. `bins`: how many calls are in each bin.
    """
    rang = sum(bins)
    if not rang:
        return None
    left = part * rang
    for place, calls in enumerate(bins):
        if calls >= left:
            low = PDD_UP_TO_MS[place - 1] if place else 0
            return (low + (PDD_UP_TO_MS[place] - low) * left / calls) / 1000
        left -= calls
    return PDD_UP_TO_MS[-1] / 1000
