"""The demo's world as data: partners, switches, trunks, plans and rates, exchange rates, openings and payments.

Nothing here acts: the story enters it by the same commands that an operator uses. Money that belongs to the books of
October is multiplied by `--scale`, so that balances keep their proportion to the traffic; Minnow's is not.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.calls import Side
from domain.directory import Direction, FxRate, Partner, Trunk
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.ledger import BANK, payable, receivable
from domain.money import Currency, Money
from domain.recipe import Recipe
from domain.recipes import recipe_named

USD, EUR = Currency("USD"), Currency("EUR")

ORBITA, CALLWELL, PAMPAS, MINNOW = (PartnerId(name) for name in ("orbita", "callwell", "pampas", "minnow"))
NORDLINK, SAVANNA, BLUEWIRE, KESTREL = (PartnerId(name) for name in ("nordlink", "savanna", "bluewire", "kestrel"))
CLIENTS = (ORBITA, CALLWELL, PAMPAS, MINNOW)
VENDORS = (NORDLINK, SAVANNA, BLUEWIRE, KESTREL)

KENYA, UK, INDIA, ECUADOR = "2547", "447", "91", "5939"
"""The codes that the demo's plans price: Kenya Mobile, UK Mobile, India, Ecuador Mobile."""

MINNOWS_KENYA, UNDER_WATER_CODE = "25472", "254741"
"""Numbers of one network that Minnow calls; a block of numbers that Savanna will price above our sell rate."""

SEED = 7
MAX_CALL_S = 600
CLOCK_SPEED = 20
TRUNK_PORT = 5060


def at(text: str) -> int:
    """Return UTC ms of a moment written like "2026-10-01" or "2026-11-02T09:00"; all the demo's data are in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


LOADING_MS = at("2026-11-01")
"""Business time while October is loaded: the clock stands."""
ORIGIN_MS = at("2026-11-02T09:00")
"""Business time when live traffic begins: a Monday; from then on the clock runs CLOCK_SPEED times as fast."""
OCTOBER_MS = (at("2026-10-01"), at("2026-11-01"))
RATES_FROM_MS = at("2026-09-01")


@dataclass(frozen=True, slots=True)
class SwitchEntry:
    """A client's switch: its own loopback address, the name of its recipe, and the RADIUS secret shared with it.

    `tells_answers`: it sends a Start at the answer, whatever its recipe usually does.
    """

    id: SwitchId
    partner: PartnerId
    address: str
    recipe: str
    tells_answers: bool = False

    @property
    def secret(self) -> str:
        """A secret that protects nothing: it lives on loopback, for three minutes."""
        return f"demo-{self.id}"

    @property
    def kind(self) -> Recipe:
        """Its recipe as it is for this switch."""
        recipe = recipe_named(self.recipe)
        return replace(recipe, start_is_answer=True) if self.tells_answers else recipe


@dataclass(frozen=True, slots=True)
class Price:
    """One rate as a rate officer writes it: price per minute, and first/next interval in seconds."""

    code: str
    price: str
    increments: str


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A plan, its prices (valid from RATES_FROM_MS) and the partner it is assigned to."""

    id: PlanId
    partner: PartnerId
    side: Side
    currency: Currency
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a ledger account brings along: its balance, debit minus credit."""

    account: str
    amount: Money
    at_ms: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a client paid us, or (outgoing) that we paid a vendor."""

    partner: PartnerId
    amount: Money
    at_ms: int
    outgoing: bool = False


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """A policy of routing: what it says by field, and the client and destination that it is attached to."""

    name: str
    says: dict[str, str]
    client: PartnerId
    destination: str
    note: str


@dataclass(frozen=True, slots=True)
class World:
    """All of it, at one scale."""

    partners: tuple[Partner, ...]
    switches: tuple[SwitchEntry, ...]
    trunks: tuple[Trunk, ...]
    plans: tuple[PlanEntry, ...]
    fx: tuple[FxRate, ...]
    openings: tuple[Opening, ...]
    payments: tuple[Payment, ...]
    policies: tuple[PolicyEntry, ...] = ()


def world(scale: int = 1) -> World:
    """Return the world whose October is `scale` times as large."""
    return World(
        partners=tuple(replace(partner, credit_limit=partner.credit_limit * scale) for partner in _PARTNERS),
        switches=SWITCHES,
        trunks=(*(_incoming(switch) for switch in SWITCHES), *(_outgoing(vendor) for vendor in VENDORS)),
        plans=_PLANS,
        fx=(FxRate(EUR, RATES_FROM_MS, Money.of("1.10", USD).units, "demo"),),
        openings=(*(replace(o, amount=_times(o.amount, scale)) for o in _OPENINGS), _MINNOWS_OPENING),
        payments=tuple(replace(p, amount=_times(p.amount, scale)) for p in _PAYMENTS),
        policies=POLICIES,
    )


SWITCHES = (
    SwitchEntry(SwitchId("orbita-sw"), ORBITA, "127.0.0.11", "cisco", tells_answers=True),
    SwitchEntry(SwitchId("callwell-sw"), CALLWELL, "127.0.0.12", "sip302"),
    SwitchEntry(SwitchId("pampas-sw"), PAMPAS, "127.0.0.13", "enum"),
    SwitchEntry(SwitchId("minnow-sw"), MINNOW, "127.0.0.14", "cisco"),
)
VENDOR_HOSTS = {NORDLINK: "127.0.1.1", SAVANNA: "127.0.1.2", BLUEWIRE: "127.0.1.3", KESTREL: "127.0.1.4"}
"""Where each vendor takes calls; the demo's switches only name these addresses and never send anything there."""


def switch_of(partner: PartnerId) -> SwitchEntry:
    """Return the switch of a client."""
    return next(switch for switch in SWITCHES if switch.partner == partner)


def vendor_at(host: str) -> PartnerId:
    """Return the vendor that takes calls at an address. Raises StopIteration when there is none."""
    return next(vendor for vendor, address in VENDOR_HOSTS.items() if address == host)


BOOK_ENTRIES = ((UNDER_WATER_CODE, "Kenya Mobile Safaricom"),)
"""Codes that we have entered in the reference book ourselves, with their destination."""
RATES_MAIL = {SAVANNA: "rates@savanna.example"}
"""Who sends us its rates by mail, and is told what became of them: from and to which address."""
SHEET_TERMS = {
    PlanId(f"{vendor}-buy"): {"semantics": "full", "senders": address, "subject": "*rates*"}
    for vendor, address in RATES_MAIL.items()
}
"""What contracts say of the sheets of plans, otherwise than by default."""


KENYA_NAME = "Kenya Mobile Safaricom"
KENYAS_LARGEST = ("254701", "254710", "254722", "254725", "254757", "254768", "254790")
"""A destination of the reference book, and prefixes of its: one, so that a route's calls are all that a vendor has."""


POLICIES = (
    PolicyEntry(
        "orbita-kenya",
        {
            "keep": "asr(7d) >= 35",
            "watch_asr": "35",
            "watch_least_calls": "100",
            "watch_rest_s": "220",
            "watch_probe_share_bp": "2500",
            "watch_batch_s": "7200",
            "watch_probe_money": "5.00",
        },
        ORBITA,
        KENYA_NAME,
        "Orbita was promised 35 answers of 100",
    ),
    PolicyEntry("minnow", {"vendors": SAVANNA}, MINNOW, "", "as it was sold: by Savanna"),
)
"""How Orbita's calls to Kenya are watched: business time runs CLOCK_SPEED times as fast, so a rest of 220 s takes 11 s,
and a batch of 50 tries, a quarter of some 48 calls a second, four. Minnow keeps off the route that is watched."""


def _incoming(switch: SwitchEntry) -> Trunk:
    return Trunk(TrunkId(f"{switch.partner}-in"), switch.partner, Direction.IN, switch=switch.id)


def _outgoing(vendor: PartnerId) -> Trunk:
    return Trunk(TrunkId(f"{vendor}-out"), vendor, Direction.OUT, host=VENDOR_HOSTS[vendor], port=TRUNK_PORT)


def _times(amount: Money, scale: int) -> Money:
    return Money(amount.units * scale, amount.currency)


def _sells(partner: PartnerId, *prices: Price, currency: Currency = USD) -> PlanEntry:
    return PlanEntry(PlanId(f"{partner}-sell"), partner, Side.CLIENT, currency, prices)


def _buys(partner: PartnerId, *prices: Price) -> PlanEntry:
    return PlanEntry(PlanId(f"{partner}-buy"), partner, Side.VENDOR, USD, prices)


_PARTNERS = (
    Partner(ORBITA, "Orbita", USD, zone="Africa/Nairobi", prepaid=True, sell_plan=PlanId("orbita-sell")),
    Partner(CALLWELL, "Callwell", USD, credit_limit=Money.of("30000.00", USD).units, sell_plan=PlanId("callwell-sell")),
    Partner(PAMPAS, "Pampas", EUR, credit_limit=Money.of("20000.00", EUR).units, sell_plan=PlanId("pampas-sell")),
    Partner(MINNOW, "Minnow", USD, prepaid=True, sell_plan=PlanId("minnow-sell")),
    *(Partner(v, v.capitalize(), USD, buy_plan=PlanId(f"{v}-buy")) for v in VENDORS),
)

_PLANS = (
    _sells(ORBITA, Price(KENYA, "0.1050", "1/1")),
    _sells(CALLWELL, Price(UK, "0.0294", "1/1"), Price(INDIA, "0.0135", "1/1")),
    _sells(PAMPAS, Price(ECUADOR, "0.2000", "60/60"), currency=EUR),
    _sells(MINNOW, Price(MINNOWS_KENYA, "0.1050", "1/1")),
    _buys(NORDLINK, Price(KENYA, "0.0720", "1/1"), Price(INDIA, "0.0108", "1/1")),
    _buys(SAVANNA, Price(KENYA, "0.0780", "1/1")),
    _buys(BLUEWIRE, Price(UK, "0.0240", "30/6")),
    _buys(KESTREL, Price(UK, "0.0246", "1/1"), Price(ECUADOR, "0.1650", "60/60")),
)

# The 400 calls of 30 September are loaded too, so what Callwell owed and what we owed Bluewire on 1 October
# (5,900.00 and 2,700.00) is stated here without them: 29.40 and 24.768.
_OPENING_MS = at("2026-09-30")
_OPENINGS = (
    Opening(BANK, Money.of("10000.00", USD), _OPENING_MS),
    Opening(receivable(ORBITA), Money.of("-1250.00", USD), _OPENING_MS),
    Opening(receivable(CALLWELL), Money.of("5870.60", USD), _OPENING_MS),
    Opening(receivable(PAMPAS), Money.of("6500.00", EUR), _OPENING_MS),
    Opening(payable(NORDLINK), Money.of("-4100.00", USD), _OPENING_MS),
    Opening(payable(SAVANNA), Money.of("-1200.00", USD), _OPENING_MS),
    Opening(payable(BLUEWIRE), Money.of("-2675.232", USD), _OPENING_MS),
    Opening(payable(KESTREL), Money.of("-4900.00", USD), _OPENING_MS),
)
_MINNOWS_OPENING = Opening(receivable(MINNOW), Money.of("-2.10", USD), LOADING_MS)

_PAYMENTS = (
    Payment(ORBITA, Money.of("2500.00", USD), at("2026-10-05T08:00")),
    Payment(ORBITA, Money.of("2500.00", USD), at("2026-10-14T08:00")),
    Payment(ORBITA, Money.of("2500.00", USD), at("2026-10-23T08:00")),
    Payment(CALLWELL, Money.of("5900.00", USD), at("2026-10-15T10:00")),
    Payment(PAMPAS, Money.of("6500.00", EUR), at("2026-10-20T12:00")),
    Payment(NORDLINK, Money.of("4100.00", USD), at("2026-10-16T14:00"), outgoing=True),
    Payment(SAVANNA, Money.of("1200.00", USD), at("2026-10-16T14:00"), outgoing=True),
    Payment(BLUEWIRE, Money.of("2700.00", USD), at("2026-10-16T14:00"), outgoing=True),
    Payment(KESTREL, Money.of("4900.00", USD), at("2026-10-16T14:00"), outgoing=True),
)
MINNOWS_PAYMENT = Money.of("10.00", USD)
"""What Minnow pays when it is refused; its moment is the story's."""
