"""Which policy holds where the reader is: the one whose formula a change is meant for."""

import re
from dataclasses import dataclass

from protos import explaining_pb2, operators_pb2
from protos import policies_pb2 as pb
from tui.link import Link

DEFAULT = "default"
"""The policy below all others, which holds where nothing else does."""
_NAMED = re.compile(r"(\S+) v\d+")


@dataclass(frozen=True, slots=True)
class Held:
    """A policy, and in words what holds with it and for whom."""

    policy: str = DEFAULT
    words: str = ""


async def holding(link: Link, client: str, number: str) -> Held:
    """Return the topmost of the policies by which calls of a client to a number are put in order; without a number, or
    where the call does not come so far, the client's own. Raises LinkError."""
    if number:
        call = operators_pb2.RouteRequest(client=client, to=number)
        request = explaining_pb2.ExplainRequest(call=call, without_prices=True)
        found = await link.ask(lambda services: services.explaining.Explain, request)
        names = [name for part in found.policy.split(" + ") for name in _NAMED.findall(part)]
        if names:
            return Held(await _ordering(link, names[::-1]), f"{client} to {number}: {found.policy}")
    shown = await link.ask(lambda services: services.partners.Show, operators_pb2.Named(name=client))
    own = shown.fields.get("policy", "") or DEFAULT
    return Held(own, f"{client} by contract: {own}")


async def _ordering(link: Link, names: list[str]) -> str:
    """Return the first that says an order, else the first."""
    for name in names:
        found = await link.ask(lambda services: services.policies.Get, pb.PolicyRef(name=name))
        if found.values.get("order"):
            return name
    return names[0]
