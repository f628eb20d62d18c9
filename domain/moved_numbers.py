"""What is known of a called number that may have moved to another network: told, looked up, or to be asked for.

A call is decided by it, and its legs are rated by it: both by the same file, or by the same server's word.
"""

from domain.calls import CallSetup
from domain.directory import LOOKING_UP, Portability, Trunk
from domain.numbers import STAYED, UNANSWERED, Dialled, believed
from domain.portability import PortedSource, SourceKind
from domain.services import is_service_code
from domain.world import World

OF_LEGS = LOOKING_UP | {Portability.HAND_ON}
"""What trunks say whose legs may be rated by what we look up."""


def moved(b: str, said: Dialled, trunk: Trunk, setup: CallSetup, world: World) -> tuple[Dialled, PortedSource | None]:
    """Return what counts of a call's number (E.164 digits), and the source that has to be asked over a network first.

    `said`: what the switch told with it, which counts as far as its trunk is believed.
    """
    told = believed(said, trunk.rules, trunk.options)
    source = None if told.dipped else _source(b, trunk, world)
    if source is None:
        return told, None
    if source.kind is SourceKind.FILE:
        return _in_file(source, b, world) or told, None
    if setup.looked_up is None:
        return UNANSWERED, source
    return Dialled("", *setup.looked_up), None


def rated_as(b: str, said: Dialled, trunk: Trunk, world: World, looked_up: str | None) -> str:
    """Return the routing number by which a leg is rated, "" where that is its number (E.164 digits).

    `looked_up`: what a source elsewhere said, None where none was asked. A vendor that is handed what is known is paid
    by it, whether or not its leg's report repeats it.
    """
    told = believed(said, trunk.rules, trunk.options)
    source = None if told.dipped else _source(b, trunk, world)
    if source is None:
        return told.routing_number
    found = _in_file(source, b, world) if source.kind is SourceKind.FILE else None
    return (looked_up or "") if found is None else found.routing_number


def looks_up(trunk: Trunk, world: World) -> bool:
    """Say whether numbers of a trunk's legs may be rated by what we look up."""
    return bool(world.index.directory.ported) and trunk.options.portability in OF_LEGS


def source_of_leg(b: str, said: Dialled, trunk: Trunk, world: World) -> PortedSource | None:
    """Return the source that has to be asked over a network before a leg is rated."""
    told = believed(said, trunk.rules, trunk.options)
    source = None if told.dipped else _source(b, trunk, world)
    return source if source is not None and source.kind is SourceKind.ENUM else None


def _source(b: str, trunk: Trunk, world: World) -> PortedSource | None:
    if not looks_up(trunk, world) or is_service_code(b, trunk):
        return None
    return world.index.ported.source_of(b)


def _in_file(source: PortedSource, b: str, world: World) -> Dialled | None:
    numbers = world.ported.get(source.name)
    return None if numbers is None else numbers.of(b) or STAYED
