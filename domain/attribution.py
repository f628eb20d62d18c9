"""Whose call is it? The trunks of a directory, indexed so that a look-up takes microseconds.

A call or leg that fits two trunks equally well fits none: it is refused or parked, never guessed.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from domain.calls import CallSetup, Side
from domain.directory import Direction, Directory, NumberRules, Partner, Trunk, TrunkOptions
from domain.end_users import EndUser, found_among
from domain.fx import FxTable
from domain.ids import PlanId, SwitchId
from domain.numbers import caller_rules, dialled, normalise, printable
from domain.policies.resolving import PolicyIndex
from domain.policies.statics import StaticIndex
from domain.portability import PortedIndex
from domain.quantities.reading import VolumeIndex
from domain.rates import Service
from domain.targets import mark_trunk

K = TypeVar("K", bound=Hashable)

InKey = tuple[SwitchId | None, str, str]
"""Switch (None: any), source address ("": any), trunk name ("": none asked for)."""

_MAC = re.compile(r"([0-9A-Fa-f]{2}([-:])([0-9A-Fa-f]{2}\2){4}[0-9A-Fa-f]{2})|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}")
LONGEST_CALLER = 32
"""What is kept of a caller that is no number, in characters."""


class _ByPrefix(Generic[K]):
    """Trunks by key, and under each key by tech prefix, longest first.

    Invariant: one entry per key and prefix: the only enabled trunk there, else the only disabled one, else None.
    """

    def __init__(self, entries: Iterable[tuple[K, Trunk]]) -> None:
        groups: defaultdict[K, defaultdict[str, list[Trunk]]] = defaultdict(lambda: defaultdict(list))
        for key, trunk in entries:
            groups[key][trunk.rules.tech_prefix].append(trunk)
        self._rows: dict[K, tuple[tuple[str, Trunk | None], ...]] = {
            key: tuple((prefix, _only(group[prefix])) for prefix in sorted(group, key=len, reverse=True))
            for key, group in groups.items()
        }

    def find(self, key: K, called: str) -> tuple[bool, Trunk | None]:
        """Return (True, trunk or None when ambiguous) for the longest prefix of `called`, else (False, None)."""
        for prefix, trunk in self._rows.get(key, ()):
            if called.startswith(prefix):
                return True, trunk
        return False, None


class DirectoryIndex:
    """One version of the directory, ready to attribute calls. Immutable once built."""

    __slots__ = (
        "_by_address", "_by_host", "_by_name", "_by_proof", "_by_source", "_by_user", "_out", "_with_users",
        "directory", "fx", "policies", "ported", "statics", "volumes",
    )  # fmt: skip

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.fx = FxTable(directory.base_currency, directory.fx)
        self.policies = PolicyIndex(directory.policies)
        self.statics = StaticIndex(directory.statics)
        self.volumes = VolumeIndex(directory.volumes)
        self.ported = PortedIndex(directory.ported)
        incoming = [trunk for trunk in directory.trunks.values() if trunk.direction is Direction.IN]
        self._out = {trunk.id: trunk for trunk in directory.trunks.values() if trunk.direction is Direction.OUT}
        self._by_source = _ByPrefix(_incoming_keys(trunk for trunk in incoming if not trunk.options.auth_user))
        self._by_proof = _ByPrefix(_incoming_keys(trunk for trunk in incoming if trunk.options.auth_user))
        self._by_user = {trunk.options.auth_user: trunk for trunk in incoming if trunk.options.auth_user}
        self._with_users = {trunk.switch for trunk in self._by_user.values()}
        self._by_address = _ByPrefix(((trunk.host, trunk.port), trunk) for trunk in self._out.values())
        self._by_name = _ByPrefix((trunk.name, trunk) for trunk in self._out.values() if trunk.name)
        self._by_host = _ByPrefix((trunk.host, trunk) for trunk in self._out.values())

    def incoming_trunk(
        self, switch: SwitchId, source: str, called_raw: str, trunk_hint: str = "", user: str = ""
    ) -> Trunk | None:
        """Return the trunk that a new call came in by, disabled ones included: whose call it is does not change when
        its trunk is closed, or the call would go to another partner's trunk. The caller refuses it.

        What is more specific wins: the credentials that were proved (a trunk that has some is found by nothing else),
        then the name that the switch gave, then the source address, then the switch; among the trunks of one such key
        the longest tech prefix of the called number as received.
        """
        if user:
            trunk = self.trunk_of_user(user)
            return trunk if trunk is not None and trunk.switch in (switch, None) else None
        return _first(self._by_source, switch, (source,), called_raw, trunk_hint)[1]

    def trunk_of_user(self, user: str) -> Trunk | None:
        """Return the incoming trunk that has these credentials; a disabled one still asks for its password."""
        return self._by_user.get(user)

    def asks_credentials(self, switch: SwitchId | None = None) -> bool:
        """Tell whether some trunk, of that switch if one is given, is known by its credentials alone."""
        return bool(self._with_users) if switch is None else switch in self._with_users

    def reported_trunk(
        self, switch: SwitchId, sources: Sequence[str], called_raw: str, trunk_hint: str = "", user: str = ""
    ) -> Trunk | None:
        """Return the trunk of a client leg that a switch reports: a trunk disabled since its call is found too.

        `sources`: the addresses it may have come from, the nearest first (the far end, then the switch itself).
        `user`: what the switch calls the caller; credentials of a trunk, or something that says nothing to us.
        Without them the call goes by its source as it did at authorization; where no trunk fits that, only credentials
        can have let it in, and it is of the one trunk that has any.
        """
        trunk = self._by_user.get(user) if user else None
        if trunk is not None and trunk.switch in (switch, None):
            return trunk
        found, trunk = _first(self._by_source, switch, sources, called_raw, trunk_hint)
        return trunk if found else _first(self._by_proof, switch, sources, called_raw, trunk_hint)[1]

    def vendor_trunk(self, mark: str, remote: str, port: int, called_raw: str, trunk_hint: str = "") -> Trunk | None:
        """Return the trunk of a vendor leg, disabled ones included.

        Our mark "<trunk id>.<position>" if the switch echoed it, else the trunk's name if the switch gave one we
        know, else remote address, port and tech prefix. A port of 0 (not reported) is any port, where one trunk fits.
        """
        marked = self._out.get(mark_trunk(mark)) if mark else None
        if marked is not None:
            return marked
        named = self._by_name.find(trunk_hint, called_raw)[1] if trunk_hint else None
        if named is not None or not remote:
            return named
        found = self._by_address.find((remote, port), called_raw) if port else self._by_host.find(remote, called_raw)
        return found[1]

    def partner_of(self, trunk: Trunk) -> Partner:
        """Return the partner whose trunk it is."""
        return self.directory.partners[trunk.partner]

    def has_end_users(self, trunk: Trunk) -> bool:
        """Say whether the calls of a trunk may be those of end users of its partner."""
        return trunk.partner in self.directory.end_users

    def end_user_of(self, trunk: Trunk, user_names: Sequence[str], caller: str) -> EndUser | None:
        """Return which end user of its partner a call by a trunk is of; None: nobody's.

        `user_names`: what its switch calls him; where it says none that is known, the name of the trunk's own
        credentials counts. `caller`: the normalised number.
        """
        users = self.directory.end_users.get(trunk.partner)
        if users is None:
            return None
        return found_among(users, (*user_names, trunk.options.auth_user), caller)

    def plan_of(self, side: Side, trunk: Trunk) -> PlanId | None:
        """Return the plan by which a trunk's legs of a side are rated: its own, else its partner's."""
        partner = self.partner_of(trunk)
        return trunk.plan or (partner.sell_plan if side is Side.CLIENT else partner.buy_plan)


def called_of(raw: str, side: Side, rules: NumberRules) -> str | None:
    """Return B in E.164 digits, or None when it is none.

    Some switches report a vendor's leg with the number as it was before they put the vendor's prefix in front.
    """
    b = normalise(raw, rules)
    if b is None and side is Side.VENDOR:
        b = normalise(raw, replace(rules, tech_prefix=""))
    return b


def caller_by(setup: CallSetup, options: TrunkOptions) -> str:
    """Return the caller where the trunk says that it is read, in its order; "" where the message names none there.

    A switch that says no more than one caller is taken at its word.
    """
    if not setup.callers:
        return setup.caller
    for header in options.caller_from:
        for name, number in setup.callers:
            if name == header:
                return number
    return ""


def caller_of(raw: str, rules: NumberRules, service: Service = Service.VOICE) -> str:
    """Return A in E.164 digits; one that is no number (missing, anonymous, false) is kept, at most 32 long.

    So is the hardware address by which hot spots and lines name who asks for a data session (RFC 3580 §3.21), in any
    of its forms: one of decimal digits only would else be a number.

    The trunk's tech prefix, `strip` and `add` are about B only. A is never routed or rated by, but a false one is
    evidence (facts: quality §8, CLI spoofing).
    """
    if service is Service.DATA and _MAC.fullmatch(raw.strip()):
        return raw.strip()
    return normalise(dialled(raw).number, caller_rules(rules)) or printable(raw)[:LONGEST_CALLER]


def _incoming_keys(trunks: Iterable[Trunk]) -> Iterator[tuple[InKey, Trunk]]:
    """A trunk is found by its name, and by its source alone unless only the name tells it from others."""
    for trunk in trunks:
        if trunk.name:
            yield (trunk.switch, trunk.host, trunk.name), trunk
        if trunk.host or not trunk.name:
            yield (trunk.switch, trunk.host, ""), trunk


def _first(
    index: _ByPrefix[InKey], switch: SwitchId, sources: Sequence[str], called: str, hint: str
) -> tuple[bool, Trunk | None]:
    """Return what `_ByPrefix.find` does, for the most specific key that fits."""
    for name in (hint, "") if hint else ("",):
        for host in (*filter(None, sources), ""):
            for where in (switch, None):
                found, trunk = index.find((where, host, name), called)
                if found:
                    return True, trunk
    return False, None


def _only(trunks: list[Trunk]) -> Trunk | None:
    enabled = [trunk for trunk in trunks if trunk.enabled]
    candidates = enabled or trunks
    return candidates[0] if len(candidates) == 1 else None
