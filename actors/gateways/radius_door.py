"""Whose password an Access-Request proves, as the switch's recipe wants it (facts: radius §2, §8)."""

from dataclasses import dataclass

from actors.home import machine_ms
from actors.node import Node
from domain.calls import CallSetup
from domain.causes import Cause
from domain.directory import Switch, Trunk
from domain.recipe import Authenticate
from domain.settings import SipSettings
from domain.wire.digest_nonces import Freshness, Nonces
from domain.wire.radius_credentials import Means, Offered, challenge_attributes, digest_attribute
from domain.wire.radius_packet import Attribute, RadiusPacket


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question's credentials: whose they are ("": nobody's), or why not, or what to ask for.

    `more`: attributes for the Access-Accept.
    """

    user: str = ""
    refusal: Cause | None = None
    challenge: tuple[Attribute, ...] = ()
    more: tuple[Attribute, ...] = ()


class RadiusDoor:
    """Checks credentials. `nonces` are the node's: a proof counts once, whichever of its doors it comes to."""

    def __init__(self, node: Node, nonces: Nonces, settings: SipSettings) -> None:
        self._node, self._realm, self._nonces = node, settings.realm, nonces

    def is_proof(self, offer: Offered | None, switch: Switch) -> bool:
        """Whether an offer alone proves a request that its switch's secret does not: a trunk's own password, by CHAP or
        by Digest over a fresh nonce of ours, which `ask` uses up: what was overheard proves nothing once more.
        """
        trunk = self._trunk(offer, switch) if offer is not None else None
        if offer is None or trunk is None or not offer.proves(trunk.options.auth_password):
            return False
        if offer.means is Means.DIGEST:
            recipe = switch.recipe
            uses_up = recipe.own_nonces and recipe.authenticate is not Authenticate.NEVER
            return uses_up and self._is_fresh(offer, switch)
        return offer.means is Means.CHAP

    def ask(self, packet: RadiusPacket, offer: Offered | None, setup: CallSetup, switch: Switch) -> Asked:
        """Decide whose question it is by its credentials."""
        always = switch.recipe.authenticate is Authenticate.ALWAYS
        if switch.recipe.authenticate is Authenticate.NEVER:
            return Asked()
        if offer is None:
            return Asked(refusal=Cause.BAD_CREDENTIALS) if always else Asked()
        trunk = self._trunk(offer, switch)
        if offer.means is Means.DIGEST and offer.digest is None:
            wanted = always or trunk is not None or self._is_strange(setup)
            return self._challenge(packet, switch) if wanted else Asked()
        if trunk is None:
            return Asked(refusal=Cause.UNKNOWN_TRUNK) if always else Asked()
        password = trunk.options.auth_password
        if not offer.proves(password):
            return Asked(refusal=Cause.BAD_CREDENTIALS)
        if offer.means is Means.DIGEST and switch.recipe.own_nonces and not self._take(offer, switch):
            return self._challenge(packet, switch, stale=True)
        proof = offer.server_proof(password)
        more = (digest_attribute("Digest-Response-Auth", proof),) if proof else ()
        return Asked(trunk.options.auth_user, more=more)

    def _trunk(self, offer: Offered, switch: Switch) -> Trunk | None:
        world = self._node.world
        trunk = world.index.trunk_of_user(offer.user) if world is not None and offer.user else None
        return trunk if trunk is not None and trunk.switch in (switch.id, None) else None

    def _is_strange(self, setup: CallSetup) -> bool:
        """Whether credentials alone can say whose call it is: some trunk has any, and none fits by its source."""
        world = self._node.world
        if world is None or not (world.index.asks_credentials(setup.switch) or world.index.asks_credentials(None)):
            return False
        return world.index.incoming_trunk(setup.switch, setup.source, setup.called, setup.trunk_hint) is None

    def _is_fresh(self, offer: Offered, switch: Switch) -> bool:
        """Whether a nonce is ours and young; it may have been used before."""
        given = offer.digest
        if given is None:
            return False
        return self._nonces.freshness(given.nonce, switch.id, machine_ms()) is Freshness.FRESH

    def _take(self, offer: Offered, switch: Switch) -> bool:
        """Use a nonce; False where it is not ours, old, or was used before."""
        given = offer.digest
        assert given is not None, "what has no nonce is challenged"
        return self._is_fresh(offer, switch) and self._nonces.take(given.nonce, given.nonce_count)

    def _challenge(self, packet: RadiusPacket, switch: Switch, *, stale: bool = False) -> Asked:
        nonce = self._nonces.issue(machine_ms(), switch.id, packet.authenticator)
        return Asked(challenge=tuple(challenge_attributes(self._realm, nonce, stale=stale)))
