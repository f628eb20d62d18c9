"""Removing a partner, trunk, switch or plan: only what no call, record or posting was ever made with."""

from collections.abc import Callable

from actors.desk.core import Desk
from actors.tokens import caller
from domain.directory import Direction
from domain.errors import ConflictError
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from protos import operators_pb2 as pb
from store.catalog import Catalog
from store.mentions import OPEN_CALL, Noun, any_open_call, has_segments, mentions

INSTEAD = {
    Noun.PARTNER: "Suspend it instead: `switchboard partners suspend {name}`.",
    Noun.TRUNK: "Close it instead: `switchboard trunks disable {name}`.",
    Noun.SWITCH: "Close its trunks instead: `switchboard trunks disable NAME`; its records name it.",
    Noun.PLAN: "Leave it: calls were rated by it. Whoever has it may get another: `switchboard plans assign`.",
}
UNTIL_ENDED = {
    Noun.PARTNER: "Let no new one come, and remove it when they have ended: `switchboard partners suspend {name}`.",
    Noun.TRUNK: "Let no new one come, and remove it when they have ended: `switchboard trunks disable {name}`.",
    Noun.SWITCH: "Let no new one come, and remove it when they have ended: `switchboard trunks disable NAME`.",
}
"""Of what open calls alone name: one that was asked for and never began lapses by itself, and leaves nothing."""


async def removed(desk: Desk, noun: Noun, name: str) -> pb.Changed:
    """Remove a thing and say so. Raises NotFoundError, or ConflictError that says what refers to it."""
    await desk.read(lambda catalog: _existing(catalog, noun, name))
    if noun is not Noun.PARTNER and await desk.read(lambda _: has_segments(desk.reader)):
        sealed = await desk.tasks.sealed_legs(noun.value, name)
        _refuse(noun, name, [f"{sealed:,} sealed leg{'' if sealed == 1 else 's'}"] if sealed else [])

    def order(catalog: Catalog, at_ms: int) -> None:
        _refuse(noun, name, mentions(desk.reader, noun, name))
        if noun is Noun.TRUNK:
            _refuse_in_use(desk, catalog, TrunkId(name))
        _remover(catalog, noun)(name, who=caller(), at_ms=at_ms)

    await desk.change(order)
    return pb.Changed(what=f"{noun} {name} removed")


def _existing(catalog: Catalog, noun: Noun, name: str) -> object:
    match noun:
        case Noun.PARTNER:
            return catalog.partners.get(PartnerId(name))
        case Noun.TRUNK:
            return catalog.trunks.get(TrunkId(name))
        case Noun.SWITCH:
            return catalog.switches.get(SwitchId(name))
        case Noun.PLAN:
            return catalog.plans.get(PlanId(name))


def _remover(catalog: Catalog, noun: Noun) -> Callable[..., None]:
    remover: Callable[..., None] = getattr(catalog.removals, noun.value)
    return remover


def _refuse(noun: Noun, name: str, refers: list[str]) -> None:
    if refers:
        text = f"it cannot be removed: it is named by {', '.join(refers)}"
        mend = UNTIL_ENDED[noun] if all(OPEN_CALL in what for what in refers) else INSTEAD[noun]
        raise ConflictError(text, where=f"{noun} {name}", mend=mend.format(name=name))


def _refuse_in_use(desk: Desk, catalog: Catalog, trunk: TrunkId) -> None:
    """Refuse an outgoing trunk while calls are open that may go by it: which they take is seen only when they end."""
    known = catalog.trunks.get(trunk)
    if known.direction is Direction.OUT and known.enabled and any_open_call(desk.reader):
        raise ConflictError(
            "calls are open that may go by it",
            where=f"trunk {trunk}",
            mend=f"Close it first: `switchboard trunks disable {trunk}`; remove it when they have ended.",
        )
