"""The limits of a directory, found by whose calls they count, once per directory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from domain.directory import Direction, Directory, Trunk
from domain.end_users import NO_USERS, UserLimits
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.limits import Limit, LimitId

K = TypeVar("K")


class Scope(StrEnum):
    """Who keeps a limit.

    CLIENT: the client's entity, with the holds; no call passes it. VENDOR: nodes, by attempts as far as they are
    reported. CALLS: nodes, by the holds of all clients: what names neither a client nor a vendor.
    """

    CLIENT = "client"
    VENDOR = "vendor"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a number by a vendor's trunk. `client`, `trunk_in` None: not known (yet)."""

    vendor: PartnerId
    trunk_out: TrunkId
    destination: DestinationId
    b: str
    client: PartnerId | None = None
    trunk_in: TrunkId | None = None


def scope_of(limit: Limit, trunks: Mapping[TrunkId, Trunk]) -> Scope:
    """Return who keeps a limit, by what it names."""
    trunk = trunks.get(limit.trunk) if limit.trunk is not None else None
    if limit.vendor is not None or (trunk is not None and trunk.direction is Direction.OUT):
        return Scope.VENDOR
    return Scope.CALLS if limit.client is None and limit.trunk is None else Scope.CLIENT


class LimitIndex:
    """The limits that count, of one directory. Immutable once built.

    A limit that is disabled, or names a trunk that is gone, counts nothing. The limits of an outgoing trunk itself are
    among those of its vendor, as limit "trunk NAME"; those of incoming trunks and partners are kept with the holds.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        trunks = directory.trunks
        named = [limit for limit in directory.limits if limit.enabled and (limit.trunk or None) in {None, *trunks}]
        scopes = [(scope_of(limit, trunks), limit) for limit in (*named, *_of_trunks(trunks.values()))]
        self.of_client = _grouped(
            (limit.client or trunks[_named(limit)].partner, limit)
            for limit in _in(scopes, Scope.CLIENT)
            if not limit.end_user
        )
        self._of_users = _users(directory, [limit for limit in _in(scopes, Scope.CLIENT) if limit.end_user])
        self.of_vendor = _grouped(
            (limit.vendor or trunks[_named(limit)].partner, limit) for limit in _in(scopes, Scope.VENDOR)
        )
        self.of_calls = _in(scopes, Scope.CALLS)
        self.soft = (*self.of_calls, *_in(scopes, Scope.VENDOR))
        self.needs_client = any(self._by_client(limit) for limit in _in(scopes, Scope.VENDOR))
        its_metered = [limit for _, limit in scopes if limit.metered and not limit.end_user]
        of_users = [limit for users in self._of_users.values() for limit in users.metered]
        self.metered, self.by_user = (*its_metered, *of_users), bool(of_users)
        self.scopes: dict[LimitId, Scope] = {limit.id: scope for scope, limit in scopes}

    def users_of(self, partner: PartnerId) -> UserLimits:
        """Return the limits on end users of a partner."""
        return self._of_users.get(partner, NO_USERS)

    def counted(self) -> Iterable[PartnerId]:
        """Return the clients that are counted by limits of the catalog, or whose end users are."""
        named = {partner for partner, users in self._of_users.items() if users.named}
        return self.of_client.keys() | named

    def on(self, attempt: Attempt) -> list[Limit]:
        """Return the limits of vendors that an attempt counts against."""
        return [limit for limit in self.of_vendor.get(attempt.vendor, ()) if self._counts(limit, attempt)]

    def on_call(self, b: str, destination: DestinationId) -> list[Limit]:
        """Return the limits of all clients together that a call counts against."""
        return [limit for limit in self.of_calls if limit.counts(b, destination)]

    def _counts(self, limit: Limit, attempt: Attempt) -> bool:
        if limit.client is not None and limit.client != attempt.client:
            return False
        if limit.trunk is not None and limit.trunk not in (attempt.trunk_in, attempt.trunk_out):
            return False
        return limit.counts(attempt.b, attempt.destination)

    def _by_client(self, limit: Limit) -> bool:
        incoming = limit.trunk is not None and self.directory.trunks[limit.trunk].direction is Direction.IN
        return limit.client is not None or incoming


def _users(directory: Directory, named: Iterable[Limit]) -> dict[PartnerId, UserLimits]:
    """Return the limits on end users of those partners that have any."""
    groups: defaultdict[PartnerId, list[Limit]] = defaultdict(list)
    for limit in named:
        assert limit.client is not None, "an end user is a client's"
        groups[limit.client].append(limit)
    partners = directory.end_users.keys() | groups.keys()
    return {
        partner: UserLimits(directory.partners.get(partner), directory.end_users.get(partner), groups[partner])
        for partner in partners
    }


def _of_trunks(trunks: Iterable[Trunk]) -> list[Limit]:
    """Return what outgoing trunks say of themselves, as limits."""
    return [
        Limit(LimitId(f"trunk {trunk.id}"), trunk=trunk.id, max_calls=trunk.max_calls, max_cps=trunk.max_cps)
        for trunk in trunks
        if trunk.direction is Direction.OUT and (trunk.max_calls is not None or trunk.max_cps is not None)
    ]


def _named(limit: Limit) -> TrunkId:
    assert limit.trunk is not None, "what names no partner names a trunk"
    return limit.trunk


def _in(scopes: Iterable[tuple[Scope, Limit]], wanted: Scope) -> tuple[Limit, ...]:
    return tuple(limit for scope, limit in scopes if scope is wanted)


def _grouped(pairs: Iterable[tuple[K, Limit]]) -> dict[K, tuple[Limit, ...]]:
    groups: defaultdict[K, list[Limit]] = defaultdict(list)
    for key, limit in pairs:
        groups[key].append(limit)
    return {key: tuple(limits) for key, limits in groups.items()}
