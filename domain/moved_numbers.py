"""What is known of a called number that may have moved to another network: told, looked up, or to be asked for."""

from domain.calls import CallSetup
from domain.directory import LOOKING_UP, Trunk
from domain.numbers import STAYED, UNANSWERED, Dialled, believed
from domain.portability import PortedSource, SourceKind
from domain.services import is_service_code
from domain.world import World


def moved(b: str, said: Dialled, trunk: Trunk, setup: CallSetup, world: World) -> tuple[Dialled, PortedSource | None]:
    """Return what counts of a number (E.164 digits), and the source that has to be asked over a network first.

    `said`: what the switch told with it, which counts as far as its trunk is believed.
    """
    told = believed(said, trunk.rules, trunk.options)
    if trunk.options.portability not in LOOKING_UP or told.dipped or is_service_code(b, trunk):
        return told, None
    source = world.index.ported.source_of(b)
    if source is None:
        return told, None
    if source.kind is SourceKind.FILE:
        numbers = world.ported.get(source.name)
        return (told if numbers is None else numbers.of(b) or STAYED), None
    if setup.looked_up is None:
        return UNANSWERED, source
    return Dialled("", *setup.looked_up), None
