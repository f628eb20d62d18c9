"""Rows of CDR files become charged legs: the frame twin of domain.charging for rows in which nothing is odd.

Trunks and numbers are found by the very functions of the live path, once per distinct question; money is rated by
domain.columnar. A row that is odd in any way (times out of order, no trunk, no rate …) is left to domain.charging
itself, so that it becomes what a report of the same words would have become.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import polars as pl

from cluster.tasks.batch_world import BatchWorld
from domain.attribution import DirectoryIndex, caller_of
from domain.calls import Side
from domain.columnar import RATED, BatchPlan, rate_calls
from domain.directory import NumberRules, Trunk
from domain.fx import FxTable
from domain.ids import NO_USER, PlanId, SwitchId, TrunkId
from domain.intervals import OPEN_MS
from domain.leg_times import AHEAD_MS, EARLIEST_MS, LONGER_MS, LONGEST_MS
from domain.money import UNITS_PER_ONE, Currency
from domain.moved_numbers import OF_LEGS
from domain.numbers import is_bare
from domain.rates import PlanRules, Service, Unit
from domain.services import reported_number
from domain.targets import MOVED_MARK
from domain.world import NO_DESTINATION

_MOMENTS = ("setup_ms", "alert_ms", "connect_ms", "disconnect_ms")
MOST_PLAIN = 2**35
"""Octets or messages; what is more goes one by one, where a charge that does not fit 64 bits is parked."""
_VOICE = pl.col("service") == Service.VOICE.value
_DIGITS = r"^[1-9][0-9]{4,14}$"
_NO_RATES = BatchPlan.of(PlanRules(PlanId(""), Currency("")), [])


def charge_rows(rows: pl.DataFrame, world: BatchWorld, received_ms: int) -> pl.DataFrame:
    """Return the rows (see cdr_file.Batch) that are charged without doubt, in their order.

    Adds to their columns what a leg has: partner, trunk_id, a_digits, b_digits, end_user, destination, plan,
    plan_version, currency, fx, base_charge, unit, volume and those of columnar.RATED; times are those of
    domain.services.
    """
    index = world.world.index
    legs = _measured(_with_trunks(rows, index))
    bare = [switch.id for switch in index.directory.switches.values() if switch.recipe.stop_is_bare]
    legs = _with_numbers(legs.filter(_plain_times(received_ms, bare)), index)
    legs = _with_users(legs, index)
    legs = _looked_up(legs, ("trunk_id", "side"), lambda trunk, side: _plan(index, trunk, side), "plan")
    rated = pl.concat([_rate(legs.clear(), _NO_RATES, index.fx), *_by_plan(legs, world)])
    return rated.with_columns(
        _destinations(rated, world),
        pl.when(pl.col("alert_ms").is_not_null()).then(pl.max_horizontal("alert_ms", "setup_ms")).alias("alert_ms"),
    ).sort("row")


def _plain_times(received_ms: int, bare: Sequence[str]) -> pl.Expr:
    """Which rows have times that domain.leg_times takes as they are. `bare`: switches whose Stops need their Starts."""
    bounds = [pl.col(name).is_between(EARLIEST_MS, received_ms + AHEAD_MS).fill_null(True) for name in _MOMENTS]
    setup, connect, end = pl.col("setup_ms"), pl.col("connect_ms"), pl.col("disconnect_ms")
    lasted = pl.col("duration_ms")
    answered = (lasted > 0) & (lasted <= end - connect + LONGER_MS) & (connect <= end) & (setup <= connect)
    failed = connect.is_null() & (lasted.fill_null(0) == 0) & (setup <= end).fill_null(True)
    failed &= lasted.is_not_null() | ~pl.col("switch").is_in(bare)  # its start may say more
    bounds.append((lasted <= LONGEST_MS).fill_null(True))
    # a session or message has connected, and may have lasted no time
    used = (lasted >= 0) & (lasted <= end - connect + LONGER_MS) & (connect <= end) & (setup <= connect)
    told = pl.when(_VOICE).then(answered.fill_null(False) | failed).otherwise(used.fill_null(False))
    return pl.all_horizontal(*bounds, setup.is_not_null(), told)


def _with_trunks(rows: pl.DataFrame, index: DirectoryIndex) -> pl.DataFrame:
    """Add trunk_id and partner; rows without a trunk are left out."""
    prefixes = [len(trunk.rules.tech_prefix) for trunk in index.directory.trunks.values()]
    rows = rows.with_columns(pl.col("b").str.slice(0, max(prefixes, default=0)).alias("head"))
    keys = ("switch", "side", "remote", "remote_port", "trunk", "mark", "head", "login")
    logins = [trunk.options.auth_user for trunk in index.directory.trunks.values() if trunk.options.auth_user]
    rows = rows.with_columns(pl.when(pl.col("user").is_in(logins)).then("user").otherwise(pl.lit("")).alias("login"))
    trunks = index.directory.trunks
    found = _looked_up(rows, keys, lambda *said: _trunk(index, *said), "trunk_id").drop("head", "login")
    found = found.rename({"service": "said"})
    found = _looked_up(found, ("trunk_id",), lambda trunk: trunks[trunk].options.service.value, "service")
    found = found.filter((pl.col("said") == "") | (pl.col("said") == pl.col("service"))).drop("said")
    looking = [trunk.id for trunk in trunks.values() if index.directory.ported and trunk.options.portability in OF_LEGS]
    moved = pl.col("trunk_id").is_in(looking) | pl.col("mark").str.contains(MOVED_MARK)
    found = found.filter(~moved)  # numbers that may have moved go one by one
    return _looked_up(found, ("trunk_id",), lambda trunk: trunks[trunk].partner, "partner")


def _measured(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `volume` as services.volume_of, and the connect of what is no call as services.event_times.

    Volumes whose charge might not fit 64 bits are left out.
    """
    octets = pl.sum_horizontal("octets_in", "octets_out")  # null is none of it
    known = pl.any_horizontal(pl.col("octets_in", "octets_out").is_not_null())
    messages = pl.when(pl.col("service") == Service.MESSAGE.value).then(pl.col("events").fill_null(1))
    volume = pl.when((pl.col("service") == Service.DATA.value) & known).then(octets).otherwise(messages)
    begun = pl.coalesce("connect_ms", pl.col("disconnect_ms") - pl.col("duration_ms").fill_null(0), "setup_ms")
    rows = rows.with_columns(
        volume.alias("volume"),
        pl.when(_VOICE).then("connect_ms").otherwise(begun).alias("connect_ms"),
    )
    return rows.filter((pl.col("volume") <= MOST_PLAIN).fill_null(True))


def _trunk(
    index: DirectoryIndex,
    switch: SwitchId,
    side: str,
    remote: str,
    port: int,
    name: str,
    mark: str,
    called: str,
    user: str,
) -> TrunkId | None:
    where = index.directory.switches.get(switch)
    if where is None:
        return None
    found: Trunk | None
    if side == Side.CLIENT:
        found = index.reported_trunk(switch, (remote, where.address), called, name, user)
    else:
        found = index.vendor_trunk(mark, remote, port, called, name)
    return found.id if found else None


def _with_numbers(rows: pl.DataFrame, index: DirectoryIndex) -> pl.DataFrame:
    """Add b_digits and a_digits; rows without a called number are left out."""
    trunks = index.directory.trunks
    plain_a = [trunk.id for trunk in trunks.values() if _leaves_digits(replace(trunk.rules, strip=0, add=""))]
    plain_b = [
        t.id
        for t in trunks.values()
        if _leaves_digits(t.rules) and not t.rules.tech_prefix and t.options.service is not Service.DATA
    ]

    def called(trunk: TrunkId, side: str, raw: str) -> str | None:
        return reported_number(raw, Side(side), trunks[trunk]) if is_bare(raw) else None

    def caller(trunk: TrunkId, side: str, raw: str) -> str:
        return caller_of(raw, trunks[trunk].rules, trunks[trunk].options.service)

    for raw, plain, look_up in (("b", plain_b, called), ("a", plain_a, caller)):
        as_it_is = pl.col(raw).str.contains(_DIGITS) & pl.col("trunk_id").is_in(plain)
        kept = rows.filter(as_it_is).with_columns(pl.col(raw).alias(f"{raw}_digits"))
        rows = pl.concat(
            [kept, _looked_up(rows.filter(~as_it_is), ("trunk_id", "side", raw), look_up, f"{raw}_digits")]
        )
    return rows


def _with_users(rows: pl.DataFrame, index: DirectoryIndex) -> pl.DataFrame:
    """Add end_user: whose calls the legs of clients are among their end users."""
    trunks, partners = index.directory.trunks, list(index.directory.end_users)
    theirs = (pl.col("side") == Side.CLIENT.value) & pl.col("partner").is_in(partners)

    def end_user(trunk: TrunkId, user: str, a: str) -> str:
        found = index.end_user_of(trunks[trunk], (user,), a)
        return found.id if found else NO_USER

    nobodys = rows.filter(~theirs).with_columns(pl.lit(NO_USER).alias("end_user"))
    return pl.concat([nobodys, _looked_up(rows.filter(theirs), ("trunk_id", "user", "a_digits"), end_user, "end_user")])


def _leaves_digits(rules: NumberRules) -> bool:
    """Whether numbers.normalise gives _DIGITS back as they are, but for a tech prefix: most numbers of most trunks."""
    return not (rules.strip > 0 or rules.add or rules.country or any(p[:1] > "0" for p in rules.international))


def _plan(index: DirectoryIndex, trunk: TrunkId, side: str) -> PlanId | None:
    return index.plan_of(Side(side), index.directory.trunks[trunk])


def _by_plan(rows: pl.DataFrame, world: BatchWorld) -> Iterator[pl.DataFrame]:
    for key, of_plan in rows.group_by("plan"):
        plan = world.plans.get(PlanId(str(key[0])))
        if plan is not None:
            yield _rate(of_plan, plan, world.world.index.fx)


def _rate(rows: pl.DataFrame, plan: BatchPlan, fx: FxTable) -> pl.DataFrame:
    """Add the money of rows of one plan; rows without a rate or an exchange rate are left out."""
    rules = plan.rules
    rows = rows.with_columns(pl.col("duration_ms").fill_null(0))
    numbers = pl.col("b_digits").alias("b"), pl.col("a_digits").alias("a")
    asked = (*numbers, "connect_ms", "setup_ms", "duration_ms", sold(rules.unit).alias("volume"))
    rated = rate_calls(rows.select(asked), plan)
    rows = rows.hstack(rated.select(RATED.keys()))
    at_ms = rows.select(pl.coalesce("connect_ms", "setup_ms")).to_series()
    rows = rows.with_columns(
        pl.lit(plan.scalar.version, pl.Int64).alias("plan_version"),
        pl.lit(str(rules.currency)).alias("currency"),
        pl.lit(rules.unit.value).alias("unit"),
        pl.lit("").alias("routing_number"),  # a ported number goes one by one
        pl.col("volume").fill_null(0),
        _fx_at(fx, rules.currency, at_ms).alias("fx"),
    )
    rows = rows.filter(pl.col("fault").is_null(), pl.col("fx").is_not_null())
    rows = rows.with_columns(in_base("charge").cast(pl.Int64, strict=False).alias("base_charge"))
    return rows.filter(pl.col("base_charge").is_not_null()).drop("fault")


def sold(unit: Unit) -> pl.Expr:
    """Return the volume that is rated, of `service` and `volume`: as units.measured."""
    service = pl.col("service")
    match unit:
        case Unit.SECOND:
            return pl.lit(None, pl.Int64)
        case Unit.MEGABYTE:
            return pl.when(service == Service.DATA.value).then("volume")
        case Unit.EVENT:
            return pl.when(service == Service.MESSAGE.value).then("volume").otherwise(pl.lit(1, pl.Int64))


def in_base(charge: str) -> pl.Expr:
    """Return a charge at the exchange rate `fx` beside it, 128 bits wide: as fx.to_base; nothing here is negative."""
    return (2 * pl.col(charge).cast(pl.Int128) * pl.col("fx") + UNITS_PER_ONE) // (2 * UNITS_PER_ONE)


def _destinations(rated: pl.DataFrame, world: BatchWorld) -> pl.Series:
    """The destinations of the numbers; a service code has none."""
    trunks = world.world.index.directory.trunks
    codes = {
        trunk.id: trunk.options.service_code for trunk in trunks.values() if trunk.options.service != Service.VOICE
    }
    found = rated.with_columns(world.codes.destinations_of(rated["b_digits"]).alias("destination"))
    own = pl.col("trunk_id").replace_strict(codes, default=None, return_dtype=pl.String) == pl.col("b_digits")
    chosen = pl.when(own.fill_null(False)).then(pl.lit(NO_DESTINATION, pl.Int64)).otherwise("destination")
    return found.select(chosen.alias("destination")).to_series()


def _fx_at(fx: FxTable, currency: Currency, at_ms: pl.Series) -> pl.Series:
    changes = fx.changes
    rates = pl.Series([fx.rate_at(currency, since) for since in (-OPEN_MS, *changes)], dtype=pl.Int64)
    return rates.gather(pl.Series(changes, dtype=pl.Int64).search_sorted(at_ms, side="right"))


def _looked_up(rows: pl.DataFrame, keys: Sequence[str], look_up: Callable[..., str | None], name: str) -> pl.DataFrame:
    """Add what a function says of each distinct combination of columns; rows of which it says None are left out."""
    asked = rows.select(keys).unique()
    said = pl.Series(name, [look_up(*key) for key in asked.iter_rows()], dtype=pl.String)
    return rows.join(asked.with_columns(said).drop_nulls(name), on=list(keys), maintain_order="left")
