"""Who asks over SIP: a switch by its address, or a trunk by its credentials (Digest, RFC 3261 §22, RFC 8760)."""

from dataclasses import dataclass

from actors.home import machine_ms
from actors.node import Node
from domain.causes import Cause
from domain.directory import Switch
from domain.errors import WireError
from domain.quick import quick
from domain.settings import SipSettings
from domain.wire.digest import Credentials, challenge, parse_credentials, verify
from domain.wire.digest_nonces import Freshness, Nonces
from domain.wire.sip_answers import HostPort
from domain.wire.sip_answers import challenge as ask
from domain.wire.sip_message import SipError, SipRequest
from domain.wire.sip_uri import parse_uri, trunk_group_of

_MOST_HEADERS = 4


@quick
@dataclass(frozen=True, slots=True)
class Asker:
    """Whose call it is: the switch, and the user that proved itself ("": none had to)."""

    switch: Switch
    user: str = ""


class Doorkeeper:
    """Lets calls in by their source, and asks the others for credentials where some trunk has any.

    The credentials of a switch that has an address are good from there alone: stolen, they open nothing elsewhere.
    A challenge is computed from the request alone and not remembered (RFC 3261 §8.2.7): strangers cost no memory.
    """

    def __init__(self, node: Node, nonces: Nonces, settings: SipSettings) -> None:
        """`nonces` are the node's: a proof counts once, whichever of its listeners it comes to."""
        self._node, self._realm, self._digests, self._nonces = node, settings.realm, settings.digests, nonces

    def challenged(self, request: SipRequest, source: HostPort, tag: str) -> bytes | None:
        """Return the 401 for a call that must prove itself and did not by a nonce of ours; None: let it in."""
        if not self._must_prove(request, source):
            return None
        given, stale = self._given(request), False
        if given is not None:
            freshness = self._nonces.freshness(given.nonce, source[0], machine_ms())
            if freshness is Freshness.FRESH:
                return None
            stale = freshness is Freshness.STALE and self._proves(given, request)
        return self._challenge(request, source, tag, stale=stale)

    def identify(self, request: SipRequest, source: HostPort, tag: str) -> Asker | Cause | bytes:
        """Return who asks; else the cause of a refusal, or a new challenge where the nonce was used before."""
        switch = self._node.switch_at(source[0])
        if not self._must_prove(request, source):
            return Asker(switch) if switch is not None else Cause.UNKNOWN_TRUNK
        given = self._given(request)
        assert given is not None, "what has no credentials is challenged"
        its = self._switch_of(given.user)
        if not self._proves(given, request) or (its is not None and its.address not in ("", source[0])):
            self._node.guard.suspect(source[0], machine_ms())
            return Cause.BAD_CREDENTIALS
        if not self._nonces.take(given.nonce, given.nonce_count):
            return self._challenge(request, source, tag, stale=True)
        if its is None:
            return Cause.UNKNOWN_TRUNK
        self._node.guard.vouch(source[0], machine_ms())
        return Asker(its, given.user)

    def _must_prove(self, request: SipRequest, source: HostPort) -> bool:
        """Tell whether only credentials say whose call it is: some trunk has any, and no trunk fits by its source."""
        world = self._node.world
        if world is None or not self._node.credentials_wanted:
            return False
        switch = self._node.switch_at(source[0])
        if switch is None:
            return True
        if not world.index.asks_credentials(switch.id):
            return False
        uri = parse_uri(request.uri)
        hint = trunk_group_of(request, uri)
        return world.index.incoming_trunk(switch.id, source[0], uri.user, hint) is None

    def _given(self, request: SipRequest) -> Credentials | None:
        for value in request.headers.get("authorization", ())[:_MOST_HEADERS]:
            try:
                given = parse_credentials(value)
            except WireError:
                continue
            if given.realm == self._realm:
                return given
        return None

    def _proves(self, given: Credentials, request: SipRequest) -> bool:
        """Tell whether the credentials are those of a trunk, and made for this very number.

        Some clients name our address alone in them (SIPp): then any number will do, since a proof is good but once.
        """
        world = self._node.world
        trunk = world.index.trunk_of_user(given.user) if world is not None else None
        password = trunk.options.auth_password if trunk is not None else ""
        is_proof = verify(given, password, request.method) and bool(password)
        try:
            return is_proof and parse_uri(given.uri).user in ("", parse_uri(request.uri).user)
        except SipError:
            return False

    def _switch_of(self, user: str) -> Switch | None:
        world = self._node.world
        trunk = world.index.trunk_of_user(user) if world is not None else None
        return self._node.switch_named(trunk.switch) if trunk is not None and trunk.switch else None

    def _challenge(self, request: SipRequest, source: HostPort, tag: str, *, stale: bool) -> bytes:
        salt = f"{request.call_id} {request.cseq} {source[1]} {request.via.branch}".encode("latin-1", "replace")
        nonce = self._nonces.issue(machine_ms(), source[0], salt)
        return ask(request, source, tag, [challenge(self._realm, nonce, name, stale=stale) for name in self._digests])
