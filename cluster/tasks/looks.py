"""Plans beside each other as batch tasks: what differs, what vendors take, what a sell plan earns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from actors.home import Home
from actors.look_work import (
    CallerPrice,
    CodeOffers,
    Compared,
    CompareLook,
    Earned,
    MarginLook,
    Offered,
    Row,
    VendorsLook,
    VendorTotal,
)
from cluster.tasks.batch_world import BatchCodes, open_catalog
from domain.code_ranges import shared
from domain.codes import ReferenceBook
from domain.differing import KINDS
from domain.directory import Direction, Directory, PartnerStatus
from domain.errors import InputError, NotFoundError
from domain.fx import FxTable
from domain.ids import DestinationId, PlanId
from domain.money import UNITS_PER_ONE
from domain.origins import CallerGroups
from domain.profiles import rate_type_at
from domain.rates import Unit
from domain.sheet_frames import beside
from domain.sheet_frames.beside import Side
from domain.sheet_frames.columns import RATES
from store.catalog import Catalog
from store.catalog.plans import SELL, Plan


def compare_plans(home: Home, look: CompareLook) -> Compared:
    """Return what differs between two plans. Raises NotFoundError, InputError where they cannot be compared."""
    with _Market.read(home, look.at_ms) as market:
        one, other = (market.catalog.plans.get(plan) for plan in (look.plan, look.other))
        if one.rules.unit is not other.rules.unit:
            mend = "Compare plans that are sold by the same unit."
            raise InputError(f"{one.id} is sold by the {one.rules.unit.value}, {other.id} is not", mend=mend)
        sides = [market.side("", plan) for plan in (one, other)]
        rate = sides[1].to_base / sides[0].to_base
        found, codes = beside.differing(sides[0].rates, beside.converted(sides[1].rates, rate), look.at_ms)
        found = market.named(found, "code")
    if look.text:
        found = found.filter(_matching(look.text, "code"))
    kinds = beside.sums(found)
    if look.kind:
        found = found.filter(pl.col("kind") == look.kind)
    found = _by_destination(found) if look.by_destination else found
    return Compared(_page(found, look.limit, look.offset), found.height, kinds, codes, one.rules.currency)


def compare_vendors(home: Home, look: VendorsLook) -> Offered:
    """Return what vendors take. Raises NotFoundError where the book has no such destination."""
    with _Market.read(home, look.at_ms) as market:
        digits, wanted, listed = market.meant(look.text)
        sides, without = market.vendors(digits, look.caller)
        codes = beside.own_codes((beside.in_force(side.rates, look.at_ms) for side in sides), listed)
        codes = codes.filter(codes.str.starts_with(digits))
        if wanted is not None:
            codes = codes.filter(market.book.destinations_of(codes).is_in(wanted))
        found = market.named(beside.offers(sides, codes, look.at_ms), "asked")
    groups = beside.alike(found)
    shown = groups.slice(look.offset, look.limit)
    page = [_offers(found, list(codes), name) for name, codes in shown.select("destination", "codes").iter_rows()]
    callers = {} if look.caller is not None else {one.plan: _by_caller(one, codes, look.at_ms) for one in sides}
    totals = _totals(found, sides, callers)
    return Offered(tuple(page), totals, groups.height, found["asked"].n_unique(), without)


def plan_margin(home: Home, look: MarginLook) -> Earned:
    """Return what a sell plan earns by code. Raises NotFoundError, InputError for a plan that is none."""
    with _Market.read(home, look.at_ms) as market:
        plan = market.catalog.plans.get(look.plan)
        if plan.side != SELL or plan.rules.unit is not Unit.SECOND:
            mend = "Name a sell plan of calls: `switchboard plans list`."
            raise InputError(f"plan {plan.id} does not sell calls", mend=mend)
        sides, without = market.vendors(look.digits)
        found = beside.margins(market.side("", plan, look.digits), sides, look.at_ms, look.digits)
        under, unserved = found.filter(pl.col("margin") < 0).height, found["margin"].null_count()
        shown = found.filter(pl.col("margin") < 0) if look.under_water else found
        named = market.named(shown.slice(look.offset, look.limit), "asked")
    return Earned(_rows(named), shown.height, found.height, under, unserved, without)


@dataclass(frozen=True, slots=True)
class _Market:
    """The catalog at work: plans with their prices of one moment in base currency."""

    catalog: Catalog
    directory: Directory
    codes: ReferenceBook
    book: BatchCodes
    fx: FxTable
    at_ms: int

    @classmethod
    @contextmanager
    def read(cls, home: Home, at_ms: int) -> "Iterator[_Market]":
        catalog = open_catalog(home)
        try:
            directory, codes = catalog.directory(), catalog.codes.book(at_ms)
            fx = FxTable(directory.base_currency, directory.fx)
            yield cls(catalog, directory, codes, BatchCodes.of(codes), fx, at_ms)
        finally:
            catalog.close()

    def side(self, owner: str, plan: Plan, digits: str = "", caller: str | None = None) -> Side:
        """Read a plan, for a caller. Raises InputError where its currency has no rate then."""
        rate = self.fx.rate_at(plan.rules.currency, self.at_ms)
        if rate is None:
            mend = f"Give one: `switchboard fx set {plan.rules.currency} RATE`."
            raise InputError(f"plan {plan.id}: {plan.rules.currency} has no exchange rate then", mend=mend)
        rates = pl.DataFrame(self.catalog.rate_looks.columns(plan.id, digits).columns, schema=RATES)
        origin = "" if caller is None else self._group_of(plan, rates["origin"].unique(), caller)
        to_base = Fraction(rate, UNITS_PER_ONE)
        return Side(owner, plan.id, rates, rate_type_at(plan.rules, self.at_ms), to_base, origin)

    def _group_of(self, plan: Plan, named: Iterable[str], caller: str) -> str:
        groups = CallerGroups(self.catalog.origins.of(plan.id), frozenset(named))
        return groups.group_of(caller, self.at_ms)

    def vendors(self, digits: str, caller: str | None = None) -> tuple[list[Side], tuple[str, ...]]:
        """Read the buy plans of active vendors, for codes that begin with digits; say which are left out, and why."""
        found: list[Side] = []
        without: list[str] = []
        for owner, name in sorted(self._bought()):
            plan = self.catalog.plans.get(name)
            if plan.rules.unit is not Unit.SECOND:
                continue
            try:
                found.append(self.side(owner, plan, digits, caller))
            except InputError as error:
                without.append(error.what)
        return found, tuple(without)

    def _bought(self) -> set[tuple[str, PlanId]]:
        active = {one.id: one for one in self.directory.partners.values() if one.status is PartnerStatus.ACTIVE}
        plans = {(one.id, one.buy_plan) for one in active.values()}
        outgoing = (trunk for trunk in self.directory.trunks.values() if trunk.direction is Direction.OUT)
        plans |= {(trunk.partner, trunk.plan) for trunk in outgoing if trunk.partner in active}
        return {(owner, plan) for owner, plan in plans if plan}

    def meant(self, text: str) -> tuple[str, list[DestinationId] | None, list[str]]:
        """Return what a text asks for: first digits of codes, of which destinations (None: any), and codes to be told
        whether a plan has them or not. Raises NotFoundError."""
        if text.isascii() and text.isdigit():
            return text, None, [text]
        wanted = _named(self.codes, text)
        if not wanted:
            mend = f"See `switchboard codes list {text!r}`."
            raise NotFoundError(f"the reference book has no destination {text!r}", mend=mend)
        listed = [code for code, owner in self.codes.codes() if owner in wanted]
        return shared(listed), sorted(wanted), listed

    def named(self, rows: pl.DataFrame, code: str) -> pl.DataFrame:
        """Add the `destination` of each row's code, "" where the book knows none."""
        known = self.codes.destinations
        ids = self.book.destinations_of(rows[code]) if self.book.codes.height else pl.Series([0] * rows.height)
        names = pl.DataFrame(
            {"owner": list(known), "destination": [one.name for one in known.values()]},
            schema={"owner": pl.Int64, "destination": pl.String},
        )
        owned = rows.with_columns(owner=ids.cast(pl.Int64))
        named = owned.join(names, on="owner", how="left", maintain_order="left")
        return named.drop("owner").with_columns(pl.col("destination").fill_null(""))


def _named(book: ReferenceBook, text: str) -> set[DestinationId]:
    """Return the destination of a name, else all whose name has it as a part."""
    names = {one.id: one.name.casefold() for one in book.destinations.values()}
    sought = text.strip().casefold()
    exact = {id_ for id_, name in names.items() if name == sought}
    return exact or {id_ for id_, name in names.items() if sought in name}


def _matching(text: str, code: str) -> pl.Expr:
    if text.isascii() and text.isdigit():
        return pl.col(code).str.starts_with(text)
    return pl.col("destination").str.to_lowercase().str.contains(text.lower(), literal=True)


def _by_destination(found: pl.DataFrame) -> pl.DataFrame:
    change = pl.col("other_next_price") - pl.col("one_next_price")
    counts = {kind: (pl.col("kind") == kind).sum() for kind in KINDS}
    summed = found.group_by("destination").agg(rise=change.max(), fall=change.min(), codes=pl.len(), **counts)
    summed = summed.with_columns(
        rise=pl.when(pl.col("rise") > 0).then("rise"), fall=pl.when(pl.col("fall") < 0).then("fall")
    )
    return summed.sort("codes", "destination", descending=[True, False])


def _offers(found: pl.DataFrame, codes: list[str], destination: str) -> CodeOffers:
    rows = found.filter(pl.col("asked") == codes[0])
    return CodeOffers(tuple(codes), destination, _rows(rows))


def _by_caller(side: Side, codes: pl.Series, at_ms: int) -> tuple[CallerPrice, ...]:
    return tuple(CallerPrice(**row) for row in beside.by_caller(side, codes, at_ms).iter_rows(named=True))


def _totals(
    found: pl.DataFrame, sides: Sequence[Side], callers: Mapping[str, tuple[CallerPrice, ...]]
) -> tuple[VendorTotal, ...]:
    """Sum vendors up: those that are best most often first, those without a route last. `callers`: by plan."""
    best = pl.col("base") == pl.col("base").min().over("asked")
    summed = found.with_columns(best=best).group_by("vendor", "plan").agg(
        codes=pl.len(), best=pl.col("best").sum(), lowest=pl.col("base").min(), highest=pl.col("base").max()
    )  # fmt: skip
    than: dict[str, dict[str, int]] = {}
    for vendor, other, codes in beside.dearer(found).iter_rows():
        than.setdefault(vendor, {})[other] = codes
    totals = [
        VendorTotal(**row, dearer_than=than.get(str(row["vendor"]), {}), by_caller=callers.get(str(row["plan"]), ()))
        for row in summed.iter_rows(named=True)
    ]
    known = {(one.vendor, one.plan) for one in totals}
    totals += [
        VendorTotal(one.owner, one.plan, 0, 0, 0, 0, by_caller=callers.get(one.plan, ()))
        for one in sides
        if (one.owner, one.plan) not in known
    ]
    return tuple(sorted(totals, key=lambda one: (not one.codes, -one.best, one.lowest, one.vendor, one.plan)))


def _page(found: pl.DataFrame, limit: int, offset: int) -> tuple[Row, ...]:
    return _rows(found.slice(offset, limit))


def _rows(found: pl.DataFrame) -> tuple[Row, ...]:
    return tuple(found.iter_rows(named=True))
