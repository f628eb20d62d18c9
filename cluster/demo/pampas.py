"""Pampas's story: it asks over ENUM, and its switch hands in the calls as a CDR file when the last one has ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from cluster.demo.script import Attempt, business_ms, numbers_for
from cluster.demo.switch_enum import EnumSwitch
from cluster.demo.world import ECUADOR, PAMPAS, SEED
from domain.clock import Clock
from protos import operators_pb2 as pb

ATTEMPTS, PER_S, BEGINS_S = 300, 2.5, 5.0
"""Whole hundreds, so that the vendor's answers come in whole cycles; the last call ends before the shard is killed."""
FILE = "pampas-live.csv"
_FIRST_NUMBER = 2_000_000
_PATIENCE_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class PampasFacts:
    """What became of the file: its rows, and how many the switchboard accepted, rejected and parked."""

    rows: int
    accepted: int
    rejected: int
    parked: int


def pampas_script(seed: int = SEED) -> tuple[Attempt, ...]:
    """Return Pampas's attempts in the order of their moments. No caller hangs up before the callee would."""
    random = Random(f"{seed}/pampas")
    attempts = []
    for at in range(ATTEMPTS):
        at_ms = business_ms(BEGINS_S + at / PER_S)
        a, b = numbers_for(PAMPAS, ECUADOR, random)
        attempts.append(Attempt(_FIRST_NUMBER + at, PAMPAS, ECUADOR, at_ms, at_ms + _PATIENCE_MS, a, b))
    return tuple(attempts)


async def pampas_story(
    switch: EnumSwitch,
    clock: Clock,
    folder: Path,
    load: Callable[[Path], Awaitable[pb.CdrImportReport]],
    attempts: tuple[Attempt, ...],
) -> PampasFacts:
    """Make the calls, write their file into the folder, and let `load` import it."""
    await switch.run(attempts, clock)
    rows = switch.hand_in(folder / FILE)
    report = await load(folder / FILE)
    if report.accepted == rows:
        switch.accepted()
    return PampasFacts(rows, report.accepted, report.rejected, report.parked)
