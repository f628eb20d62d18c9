"""Switches and trunks."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from domain.directory import Direction, Recipe, Switch, Trunk, TrunkOptions
from domain.errors import ConflictError, InputError
from domain.file_layouts import layout_named
from domain.holds import LEAST_ASKED_S, LONGEST_ASKED_S, LONGEST_INTERIM_S
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency
from domain.route_text import RouteTemplate
from domain.wire.radius_answers import check_answers
from store.catalog import audit, checks
from store.catalog.engine import Sessions
from store.catalog.partners import fits
from store.catalog.trunk_options import check_address, check_options
from store.tables import ContractRecord, PartnerRecord, PlanRecord, SwitchRecord, TrunkRecord
from store.values_json import number_rules_of, recipe_of, trunk_options_of

LEAST_INTERIM_S = 60
"""RFC 2869 §5.16."""
TRANSPORTS = ("", "udp", "tcp", "tls")


class Switches:
    """Adds, changes and reads switches.

    Invariant: no two have one address, by which their packets are told apart; some have none, but credentials.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, switch: Switch, *, who: str, at_ms: int) -> None:
        """Add a switch. Raises InputError for a bad address or zone, ConflictError when id or address is taken."""
        with self._sessions.writing() as session:
            checks.slug(switch.id, f"switch {switch.id}")
            checks.free(session, SwitchRecord, switch.id, "switch")
            session.add(_switch_record(_checked(session, switch)))
            audit.record(session, who, at_ms, "add", "switch", switch.id, after=switch)

    def change(self, switch: Switch, *, who: str, at_ms: int) -> None:
        """Give a switch new values: recipe, address, secret."""
        with self._sessions.writing() as session:
            before = _switch(checks.existing(session, SwitchRecord, switch.id, "switch"))
            session.merge(_switch_record(_checked(session, switch)))
            audit.record(session, who, at_ms, "change", "switch", switch.id, before=before, after=switch)

    def get(self, switch: SwitchId) -> Switch:
        """Return a switch. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _switch(checks.existing(session, SwitchRecord, switch, "switch"))

    def list(self) -> list[Switch]:
        """Return all switches by id."""
        with self._sessions.reading() as session:
            return load_switches(session)


class Trunks:
    """Adds, changes and reads trunks.

    Invariants: no two outgoing trunks agree in host, port and tech prefix, nor two enabled ones in a name (a switch
    could not tell them apart, and a leg's vendor would be a guess); no two incoming ones agree in switch, source,
    tech prefix and name.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, trunk: Trunk, *, who: str, at_ms: int) -> None:
        """Add a trunk. Raises InputError for bad values, ConflictError for a taken id or an ambiguous trunk."""
        with self._sessions.writing() as session:
            checks.slug(trunk.id, f"trunk {trunk.id}")
            checks.free(session, TrunkRecord, trunk.id, "trunk")
            trunk = _checked_trunk(session, trunk)
            session.add(_trunk_record(trunk))
            audit.record(session, who, at_ms, "add", "trunk", trunk.id, after=trunk)

    def change(self, trunk: Trunk, *, who: str, at_ms: int) -> None:
        """Give a trunk new values; it may be disabled, never deleted: legs name it."""
        with self._sessions.writing() as session:
            before = _trunk(checks.existing(session, TrunkRecord, trunk.id, "trunk"))
            trunk = _checked_trunk(session, trunk)
            session.merge(_trunk_record(trunk))
            audit.record(session, who, at_ms, "change", "trunk", trunk.id, before=before, after=trunk)

    def get(self, trunk: TrunkId) -> Trunk:
        """Return a trunk. Raises NotFoundError."""
        with self._sessions.reading() as session:
            return _trunk(checks.existing(session, TrunkRecord, trunk, "trunk"))

    def list(self, partner: PartnerId | None = None) -> list[Trunk]:
        """Return all trunks, or those of one partner, by id."""
        with self._sessions.reading() as session:
            return [trunk for trunk in load_trunks(session) if partner in (None, trunk.partner)]


def load_switches(session: Session) -> list[Switch]:
    """Read all switches in a session that is open already."""
    return [_switch(record) for record in session.scalars(select(SwitchRecord).order_by(col(SwitchRecord.id)))]


def load_trunks(session: Session) -> list[Trunk]:
    """Read all trunks in a session that is open already."""
    return [_trunk(record) for record in session.scalars(select(TrunkRecord).order_by(col(TrunkRecord.id)))]


def _checked(session: Session, switch: Switch) -> Switch:
    where = f"switch {switch.id}"
    switch = replace(switch, address=checks.address(switch.address, where) if switch.address else "")
    check_address(switch, load_trunks(session), where)
    _check_recipe(switch.recipe, where)
    for other in load_switches(session):
        if switch.address and other.address == switch.address and other.id != switch.id:
            raise ConflictError(
                f"{switch.address} is the address of switch {other.id}", where=where, mend="Give each its own address."
            )
        name = switch.recipe.tls_name.lower()
        if name and other.recipe.tls_name.lower() == name and other.id != switch.id:
            raise ConflictError(
                f"{name} is the tls_name of switch {other.id}", where=where, mend="Give each its own certificate."
            )
    return switch


def _check_recipe(recipe: Recipe, where: str) -> None:
    """Check what the types of a recipe do not say."""
    checks.zone(recipe.zone, where)
    if recipe.file_layout:
        layout_named(recipe.file_layout)
    if recipe.cause_base not in (10, 16):
        raise InputError(f"cause_base is {recipe.cause_base}", where=where, mend="Give 10 or 16.")
    for what in ("interim_s", "table_every_s"):
        checks.not_negative(getattr(recipe, what), what, where)
    if recipe.interim_s and not LEAST_INTERIM_S <= recipe.interim_s <= LONGEST_INTERIM_S:
        mend = f"Give {LEAST_INTERIM_S} to {LONGEST_INTERIM_S:,} seconds, 0: as the settings say."
        raise InputError(f"interim_s is {recipe.interim_s}", where=where, mend=mend)
    checks.not_negative(recipe.lost_end_s, "lost_end_s", where)
    if recipe.sends_interims and 0 < recipe.lost_end_s <= recipe.interim_s:
        mend = f"Give more than its interim_s, {recipe.interim_s}: calls are silent for so long while they go on."
        raise InputError(f"lost_end_s is {recipe.lost_end_s}", where=where, mend=mend)
    if recipe.hold_asked_s and not LEAST_ASKED_S <= recipe.hold_asked_s <= LONGEST_ASKED_S:
        mend = (
            f"Give {LEAST_ASKED_S} to {LONGEST_ASKED_S:,} seconds, as long as a call may ring; 0: as the settings say."
        )
        raise InputError(f"hold_asked_s is {recipe.hold_asked_s}", where=where, mend=mend)
    if not 0 < recipe.disconnect_port < 65536:
        raise InputError(f"disconnect_port is {recipe.disconnect_port}", where=where, mend="Give 1 to 65535.")
    if not 0 <= recipe.redirect_cause <= 127:
        raise InputError(f"redirect_cause is {recipe.redirect_cause}", where=where, mend="Give a Q.850 cause, 0: none.")
    check_answers(recipe, where)
    if recipe.contact_template:
        RouteTemplate.parse(recipe.contact_template, f"{where}, contact_template")


def _check_options(options: TrunkOptions, where: str) -> None:
    """Check what the types of a trunk's options do not say."""
    if options.transport not in TRANSPORTS:
        mend = f"Give {', '.join(TRANSPORTS[1:])} or none: as the switch likes."
        raise InputError(f"there is no transport {options.transport!r}", where=where, mend=mend)
    code = options.service_code
    if not (code.isascii() and code.isdigit() and 5 <= len(code) <= 15):
        raise InputError(f"{code!r} is no service_code", where=where, mend="Give 5 to 15 digits that a plan has.")


def _checked_trunk(session: Session, trunk: Trunk) -> Trunk:
    where = f"trunk {trunk.id}"
    trunk = replace(trunk, host=checks.host(trunk.host, where) if trunk.host.strip() else "")
    checks.existing(session, PartnerRecord, trunk.partner, "partner")
    if trunk.switch is not None:
        checks.existing(session, SwitchRecord, trunk.switch, "switch")
    if not 0 < trunk.port < 65536:
        raise InputError(f"{trunk.port} is no port", where=where, mend="Give 1 to 65535.")
    if trunk.direction is Direction.OUT and not trunk.host:
        raise InputError("an outgoing trunk needs a host", where=where, mend="Give the vendor's address.")
    for what in ("max_calls", "max_cps"):
        checks.not_negative(getattr(trunk, what), what, where)
    _check_texts(trunk, where)
    _check_options(trunk.options, where)
    if trunk.plan is not None:
        side = "sell" if trunk.direction is Direction.IN else "buy"
        contract = session.get_one(ContractRecord, trunk.partner)
        plan = checks.existing(session, PlanRecord, trunk.plan, "plan")
        fits(plan, Currency(contract.currency), side, where)
    others = load_trunks(session)
    check_options(trunk, others, where)
    if trunk.switch is not None:
        check_address(_switch(session.get_one(SwitchRecord, trunk.switch)), [trunk], where)
    for other in others:
        if other.id != trunk.id and _marks(other) == _marks(trunk):
            what = "cannot be told apart by host, port and tech prefix"
            if trunk.direction is Direction.IN:
                what = "cannot be told apart by switch, source, tech prefix and name"
            mend = "Give one of them a tech prefix of its own."
            raise ConflictError(f"it and trunk {other.id} {what}", where=where, mend=mend)
        if other.id != trunk.id and _share_a_name(other, trunk):
            mend = "Some switches tell a vendor by its trunk's name alone: give each a name of its own, or none."
            raise ConflictError(f"trunk {other.id} has the name {trunk.name!r}", where=where, mend=mend)
    return trunk


def _check_texts(trunk: Trunk, where: str) -> None:
    """Check what goes out in SIP, DNS and tables: a line end within it would be a header of somebody's own."""
    rules = trunk.rules
    checks.word(trunk.name, "name", where, also=" :")
    checks.word(trunk.options.context, "context", where)
    for what in ("tech_prefix", "country", "national_prefix", "add"):
        checks.word(getattr(rules, what), what, where)
    for prefix in rules.international:
        checks.word(prefix, "international", where)


def _share_a_name(one: Trunk, other: Trunk) -> bool:
    """Tell whether a report that names a vendor's trunk could mean either; one that is disabled gets no calls."""
    both_out = one.direction is Direction.OUT and other.direction is Direction.OUT
    return both_out and one.enabled and other.enabled and bool(one.name) and one.name == other.name


def _marks(trunk: Trunk) -> tuple[object, ...]:
    """All by which a switch's report can tell this trunk from another of its direction."""
    if trunk.direction is Direction.OUT:
        return trunk.direction, trunk.host, trunk.port, trunk.rules.tech_prefix
    return trunk.direction, trunk.switch, trunk.host, trunk.rules.tech_prefix, trunk.name, trunk.options.auth_user


def _switch(record: SwitchRecord) -> Switch:
    return Switch(
        id=SwitchId(record.id),
        address=record.address,
        recipe=recipe_of(record.recipe),
        secret=record.secret,
        require_message_authenticator=record.require_message_authenticator,
    )


def _switch_record(switch: Switch) -> SwitchRecord:
    return SwitchRecord(
        id=switch.id,
        address=switch.address,
        recipe=switch.recipe,
        secret=switch.secret,
        require_message_authenticator=switch.require_message_authenticator,
    )


def _trunk(record: TrunkRecord) -> Trunk:
    return Trunk(
        id=TrunkId(record.id),
        partner=PartnerId(record.partner),
        direction=Direction(record.direction),
        host=record.host,
        port=record.port,
        name=record.name,
        switch=SwitchId(record.switch) if record.switch else None,
        plan=PlanId(record.plan) if record.plan else None,
        rules=number_rules_of(record.rules),
        max_calls=record.max_calls,
        max_cps=record.max_cps,
        enabled=record.enabled,
        options=trunk_options_of(record.options),
    )


def _trunk_record(trunk: Trunk) -> TrunkRecord:
    return TrunkRecord(
        id=trunk.id,
        partner=trunk.partner,
        direction=trunk.direction.value,
        host=trunk.host,
        port=trunk.port,
        name=trunk.name,
        switch=trunk.switch,
        plan=trunk.plan,
        rules=trunk.rules,
        max_calls=trunk.max_calls,
        max_cps=trunk.max_cps,
        enabled=trunk.enabled,
        options=trunk.options,
    )
