"""Servers asked about the numbers of very many reports at once, before a task charges them: a node asks one by one."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from actors import dips
from domain.calls import CallReport
from domain.charging import asks_elsewhere
from domain.numbers import Dialled
from domain.portability import PortedSource
from domain.world import World

AT_ONCE, ROUNDS = 200, 2
"""Questions that are open at once; how often those are asked that are not answered, with a pause in between."""
_Question = tuple[PortedSource, str]


def with_words(reports: Sequence[CallReport], world: World) -> list[CallReport]:
    """Return reports with what servers say of their numbers; those of a silent one as they are."""
    if not world.index.ported.elsewhere:
        return list(reports)
    questions = [asks_elsewhere(report, world) for report in reports]
    wanted = dict.fromkeys(question for question in questions if question is not None)
    said = asyncio.run(_asked(wanted)) if wanted else {}
    return [
        replace(report, looked_up=said[question].routing_number) if question in said else report
        for report, question in zip(reports, questions, strict=True)
    ]


async def _asked(wanted: Iterable[_Question]) -> dict[_Question | None, Dialled]:
    """Return what servers say, where they say something."""
    left = list(wanted)
    servers = {source: dips.EnumServer(source, _uncounted) for source, _ in left}
    said: dict[_Question | None, Dialled] = {}
    try:
        for again in range(ROUNDS):
            if again and left:
                await asyncio.sleep(dips.PAUSE_S)
            for at in range(0, len(left), AT_ONCE):
                some = left[at : at + AT_ONCE]
                answers = await asyncio.gather(*(servers[source].of(number) for source, number in some))
                said |= {one: answer for one, answer in zip(some, answers, strict=True) if answer.dipped}
            left = [one for one in left if one not in said]
    finally:
        for server in servers.values():
            server.close()
    return said


_uncounted: Callable[[str], None] = lambda _: None  # noqa: E731
