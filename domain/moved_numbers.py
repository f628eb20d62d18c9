"""What is known of a called number that may have moved to another network: told, looked up, or to be asked for.

A call is decided by it, and its legs are rated by it: both by the same file, or by the same server's word.
"""

from domain.calls import CallSetup
from domain.directory import LOOKING_UP, Portability, Trunk
from domain.numbers import STAYED, UNANSWERED, Dialled, believed
from domain.portability import PortedSource, Silent, SourceKind
from domain.services import is_service_code
from domain.world import World

OF_LEGS = LOOKING_UP | {Portability.HAND_ON}
"""What trunks say whose legs may be rated by what we look up."""


def moved(b: str, said: Dialled, trunk: Trunk, setup: CallSetup, world: World) -> tuple[Dialled, PortedSource | None]:
    """Return what counts of a call's number (E.164 digits), and the source by which it does, None: nobody's.

    `said`: what the switch told with it, which counts as far as its trunk is believed.
    """
    told = believed(said, trunk.rules, trunk.options)
    source = None if told.dipped else _source(b, trunk, world)
    if source is None:
        return told, None
    if source.kind is SourceKind.FILE:
        return _in_file(source, b, world) or told, source
    return (UNANSWERED if setup.looked_up is None else Dialled("", *setup.looked_up)), source


def lacks_word(source: PortedSource, setup: CallSetup) -> bool:
    """Say whether a source has to be asked over a network before a call is decided."""
    return source.kind is SourceKind.ENUM and setup.looked_up is None


def waits_in_vain(source: PortedSource, setup: CallSetup) -> bool:
    """Say whether a source was asked, and is silent, without whose word calls do not go."""
    return source.silent is Silent.REFUSE and setup.looked_up is not None and not setup.looked_up[1]


def rated_as(
    b: str, said: Dialled, trunk: Trunk, world: World, looked_up: str | None, handed: str | None = None
) -> str | None:
    """Return the routing number by which a leg is rated, "" where that is its number (E.164 digits); None where its
    source was not heard, and calls wait for that.

    `looked_up`: what a source elsewhere said, None where none was asked or it was silent. `handed`: by its mark, what
    the leg's vendor was chosen by and told; None: it does not say. A vendor is paid by that, whether or not his leg's
    report repeats it, and whatever a source says that was not asked for the call.
    """
    told = believed(said, trunk.rules, trunk.options)
    if handed is not None and not told.dipped:
        return handed
    source = None if told.dipped else _source(b, trunk, world)
    if source is None:
        return told.routing_number
    if source.kind is SourceKind.FILE:
        found = _in_file(source, b, world)
        return "" if found is None else found.routing_number
    return None if looked_up is None and source.silent is Silent.REFUSE else looked_up or ""


def looks_up(trunk: Trunk, world: World) -> bool:
    """Say whether numbers of a trunk's legs may be rated by what we look up."""
    return bool(world.index.directory.ported) and trunk.options.portability in OF_LEGS


def source_of_leg(b: str, said: Dialled, trunk: Trunk, world: World, handed: str | None = None) -> PortedSource | None:
    """Return the source that has to be asked over a network before a leg is rated; `handed` as rated_as wants it."""
    told = believed(said, trunk.rules, trunk.options)
    source = None if told.dipped or handed is not None else _source(b, trunk, world)
    return source if source is not None and source.kind is SourceKind.ENUM else None


def _source(b: str, trunk: Trunk, world: World) -> PortedSource | None:
    if not looks_up(trunk, world) or is_service_code(b, trunk):
        return None
    return world.index.ported.source_of(b)


def _in_file(source: PortedSource, b: str, world: World) -> Dialled | None:
    numbers = world.ported.get(source.name)
    return None if numbers is None else numbers.of(b) or STAYED
