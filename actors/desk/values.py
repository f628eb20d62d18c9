"""Values of the domain as messages of the operators' contract, and back."""

from domain.calls import Leg, Parked
from domain.credit import PartnerOptions, Standing
from domain.directory import Direction, NumberRules, Outage, Partner, PartnerStatus, Switch, Trunk
from domain.errors import InputError
from domain.holds import Hold
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.ledger import Transfer
from domain.money import Currency, Money
from domain.partner_fields import changed_options, given_options
from domain.rates import RateRow
from domain.switch_fields import own_options, own_settings
from protos import operators_pb2 as pb
from protos import switch_pb2


def money(units: int, currency: str) -> switch_pb2.Money:
    """Render an amount."""
    return switch_pb2.Money(units=units, currency=currency)


def money_of(message: switch_pb2.Money, where: str) -> Money:
    """Read an amount. Raises InputError when it has no currency."""
    if not message.currency:
        raise InputError("no currency is given", where=where, mend="Give one, such as USD.")
    return Money(message.units, Currency(message.currency))


def partner_message(partner: Partner) -> pb.Partner:
    """Render a partner."""
    message = pb.Partner(
        id=partner.id,
        name=partner.name,
        currency=partner.currency,
        zone=partner.zone,
        status=partner.status.value,
        prepaid=partner.prepaid,
        credit_limit_units=partner.credit_limit,
        outage=partner.outage.value,
        sell_plan=partner.sell_plan or "",
        buy_plan=partner.buy_plan or "",
        policy=partner.policy,
        options=given_options(partner),
    )
    if partner.max_calls is not None:
        message.max_calls = partner.max_calls
    if partner.max_cps is not None:
        message.max_cps = partner.max_cps
    return message


def partner_of(message: pb.Partner) -> Partner:
    """Read a partner."""
    return Partner(
        id=PartnerId(message.id),
        name=message.name or message.id,
        currency=Currency(message.currency),
        zone=message.zone or "UTC",
        status=PartnerStatus(message.status or "active"),
        prepaid=message.prepaid,
        credit_limit=message.credit_limit_units,
        max_calls=message.max_calls if message.HasField("max_calls") else None,
        max_cps=message.max_cps if message.HasField("max_cps") else None,
        outage=Outage(message.outage or "refuse"),
        sell_plan=PlanId(message.sell_plan) if message.sell_plan else None,
        buy_plan=PlanId(message.buy_plan) if message.buy_plan else None,
        policy=message.policy or "default",
        options=changed_options(PartnerOptions(), message.options, f"partner {message.id}"),
    )


def standing_message(partner: Partner, standing: Standing, owed: int) -> pb.Standing:
    """Render how a partner stands that owes so many units."""
    limit = partner.credit_limit
    return pb.Standing(
        suspended=standing.suspended,
        warned=standing.warned,
        low=standing.low,
        since_ms=standing.since_ms,
        used_percent=-1 if limit <= 0 else max(0, owed * 1000 // limit) / 10,
    )


def switch_message(switch: Switch) -> pb.SwitchEntry:
    """Render a switch; its secret never leaves."""
    return pb.SwitchEntry(
        id=switch.id,
        address=switch.address,
        recipe=switch.recipe.name,
        require_message_authenticator=switch.require_message_authenticator,
        settings=own_settings(switch.recipe),
    )


def trunk_message(trunk: Trunk) -> pb.Trunk:
    """Render a trunk."""
    rules = trunk.rules
    message = pb.Trunk(
        id=trunk.id,
        partner=trunk.partner,
        direction=trunk.direction.value,
        host=trunk.host,
        port=trunk.port,
        name=trunk.name,
        switch_id=trunk.switch or "",
        plan=trunk.plan or "",
        tech_prefix=rules.tech_prefix,
        country=rules.country,
        national_prefix=rules.national_prefix,
        strip=rules.strip,
        add=rules.add,
        disabled=not trunk.enabled,
        options=own_options(trunk),
    )
    if trunk.max_calls is not None:
        message.max_calls = trunk.max_calls
    if trunk.max_cps is not None:
        message.max_cps = trunk.max_cps
    return message


def trunk_of(message: pb.Trunk) -> Trunk:
    """Read a trunk, but for its options."""
    try:
        direction = Direction(message.direction)
    except ValueError:
        raise InputError(f"unknown direction {message.direction!r}", mend="Give in or out.") from None
    return Trunk(
        id=TrunkId(message.id),
        partner=PartnerId(message.partner),
        direction=direction,
        host=message.host,
        port=message.port or 5060,
        name=message.name,
        switch=SwitchId(message.switch_id) if message.switch_id else None,
        plan=PlanId(message.plan) if message.plan else None,
        rules=NumberRules(
            tech_prefix=message.tech_prefix,
            country=message.country,
            national_prefix=message.national_prefix,
            strip=message.strip,
            add=message.add,
        ),
        max_calls=message.max_calls if message.HasField("max_calls") else None,
        max_cps=message.max_cps if message.HasField("max_cps") else None,
        enabled=not message.disabled,
    )


def rate_message(row: RateRow, destination: str) -> pb.Rate:
    """Render a rate."""
    terms = row.terms
    message = pb.Rate(
        code=row.code,
        destination=destination,
        rate_type=row.rate_type,
        first_price_units=terms.first_price,
        next_price_units=terms.next_price,
        first_s=terms.first_s,
        next_s=terms.next_s,
        connect_fee_units=terms.connect_fee,
        attempt_fee_units=terms.attempt_fee,
        minimum_charge_units=terms.minimum_charge,
        valid_from_ms=row.valid_from_ms,
        known_from_ms=row.known_from_ms,
        blocked=row.blocked,
        origin=row.origin,
    )
    if row.valid_until_ms is not None:
        message.valid_until_ms = row.valid_until_ms
    return message


def leg_message(leg: Leg, destination: str, segment: str, base_currency: str) -> pb.Leg:
    """Render a leg."""
    message = pb.Leg(
        leg_id=leg.leg_id,
        call_key=leg.call_key,
        side=leg.side.value,
        state=leg.state.value,
        switch_id=leg.switch,
        partner=leg.partner,
        trunk=leg.trunk,
        attempt=leg.attempt,
        a=leg.a,
        b=leg.b,
        destination=destination,
        code=leg.code,
        setup_ms=leg.setup_ms,
        duration_ms=leg.duration_ms,
        billed_s=leg.billed_s,
        cause=leg.cause,
        release=leg.release.value,
        plan=leg.plan,
        plan_version=leg.plan_version,
        rate_type=leg.rate_type,
        price_units=leg.price,
        charge=money(leg.charge, leg.currency),
        fx_units=leg.fx,
        base_charge=money(leg.base_charge, base_currency),
        revision=leg.revision,
        segment=segment,
        service=leg.service.value,
        unit=leg.unit.value,
        volume=leg.volume,
        billed_volume=leg.billed_volume,
        routing_number=leg.routing_number,
        end_user=leg.end_user,
    )
    for name in ("alert_ms", "connect_ms", "disconnect_ms"):
        moment = getattr(leg, name)
        if moment is not None:
            setattr(message, name, moment)
    return message


def parked_message(parked: Parked) -> pb.ParkedRecord:
    """Render a parked record; `raw` is JSON text."""
    return pb.ParkedRecord(
        park_id=parked.park_id,
        call_key=parked.call_key,
        cause=parked.cause.value,
        detail=parked.detail,
        raw=parked.raw.decode("utf-8", "replace"),
        received_ms=parked.received_ms,
    )


def call_message(hold: Hold, destination: str, *, can_disconnect: bool) -> pb.OpenCall:
    """Render an open call from the client's hold."""
    return pb.OpenCall(
        hold_id=hold.hold_id,
        call_key=hold.call_key,
        client=hold.partner,
        trunk=hold.trunk,
        a=hold.a,
        b=hold.b,
        destination=destination,
        started=hold.started,
        since_ms=hold.placed_ms,
        expires_ms=hold.expires_ms,
        held=money(hold.amount, hold.currency),
        switch_id=hold.switch,
        granted_s=hold.granted_s,
        can_disconnect=can_disconnect,
    )


def transfer_message(transfer: Transfer, base_currency: str) -> pb.Transfer:
    """Render a transfer."""
    return pb.Transfer(
        transfer_id=transfer.transfer_id,
        at_ms=transfer.at_ms,
        known_ms=transfer.known_ms,
        debit=transfer.debit,
        credit=transfer.credit,
        amount=money(transfer.amount, transfer.currency),
        base_amount=money(transfer.base_amount, base_currency),
        kind=transfer.kind,
        ref=transfer.ref,
        memo=transfer.memo,
    )
