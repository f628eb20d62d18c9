"""A ranked vendor as the route that one call is told: where it goes and what is dialled there."""

from domain.decisions import Route
from domain.directory import Portability, Trunk
from domain.numbers import dial
from domain.ranking import Ranked
from domain.targets import Target, mark_of, trunk_group


def route_of(ranked: Ranked, position: int, b: str, onward: tuple[str, str]) -> Route:
    """Return the route at a position of the list (1 the first).

    `onward`: what is handed on of a ported number: its routing number, and all of it as parameters.
    """
    trunk, row = ranked.trunk, ranked.row
    target = _target(trunk, position, b, onward)
    costs = ranked.real_cost_per_min, ranked.margin_per_min
    its = row.code, row.terms, ranked.currency, *costs, row.origin
    if not ranked.allowed:
        return Route(ranked.vendor.id, trunk.id, target, *its)
    return Route(ranked.vendor.id, trunk.id, target, *its, ranked.allowed[0].id, ranked.loss)


def _target(trunk: Trunk, position: int, b: str, onward: tuple[str, str]) -> Target:
    options, params, told = trunk.options, "", None
    if options.portability is Portability.HAND_ON:
        told, params = onward
    if options.context:
        params = ";".join(filter(None, (params, trunk_group(trunk.name, options.context))))
    mark = mark_of(trunk.id, position, told)
    user, zone = dial(b, trunk.rules), options.enum_zone
    return Target(trunk.id, trunk.host, trunk.port, user, mark, b, params, options.transport, zone)
