"""Calls that are refused before anybody is ranked: those that came back to us, and those that are not tried again."""

from domain.asking_again import Over, after_failure
from domain.attribution import DirectoryIndex
from domain.calls import CallSetup
from domain.causes import Cause
from domain.ids import PartnerId
from domain.loops import FIRST, LoopWatch, is_ours
from domain.policies.policy import Loops
from domain.policies.rules import Rules
from domain.targets import mark_trunk


def held_back(
    setup: CallSetup,
    rules: Rules,
    index: DirectoryIndex,
    loops: LoopWatch | None,
    whose: tuple[PartnerId, str, str],
) -> Over | str:
    """Return why a call does not go; where it does, what was said of the attempts before it, "" of a new one.

    `whose`: the client, A and B as normalised. `loops` None: nothing is known of other calls, nor is this one
    remembered.
    """
    if rules.loops is Loops.REFUSE:
        if setup.mark and is_ours(setup.mark, index.directory):
            return Over(Cause.LOOP, f"we sent it by {mark_trunk(setup.mark)} already")
        came = FIRST if loops is None else loops.round_of(setup, *whose)
        if came.number >= max(2, rules.loop_rounds):
            return Over(Cause.LOOP, f"round {came.number}: {came.words}")
    return after_failure(setup, rules, index) if setup.asked > 1 or setup.tried else ""
