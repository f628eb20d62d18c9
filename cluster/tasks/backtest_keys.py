"""Which calls get the same decision: those of one client and trunk whose numbers and moments no plan tells apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from cluster.tasks.batch_world import BatchWorld
from domain.backtest_choices import sell_plan
from domain.backtest_quality import QUARTER_MS
from domain.columnar import BatchPlan
from domain.directory import Direction
from domain.ids import PartnerId, PlanId, TrunkId
from domain.intervals import WIDTH, nest
from domain.limits import SLOT_MS
from domain.origins import INVALID
from domain.policies.policy import Policy
from domain.profiles import boundaries

KEYS = ("client", "trunk", "destination", "place", "digits", "odd", "moved", "epoch", "callers", "country", "quarter")
"""What decides: `place` is where the first interval of numbers begins in which all plans have the same codes, `digits`
how long the number is (as no code is longer than it), `odd` what is no number; `moved` the same of the number that was
dialled, where it has moved; `epoch` when a stretch of time begins in which no rate, rate type, exchange rate, group of
callers or, where a policy asks for it, hour changes; `callers` the groups of the caller in all plans, and `country` the
caller's with the kind of his number, where they matter; `quarter` that of an hour where formulas ask for what was known
then. The same values say the same in all parts of an order: what one decided others may take."""
KINDS = tuple(name for name in KEYS if name != "quarter")
"""What decides beside quality."""
KEYS_ONLY = tuple(name for name in KEYS if name not in ("client", "trunk", "destination"))
"""Those that are said of calls to decide about them, and no more."""
ASKED = ("client", "trunk", "number", "a", "destination", "at_ms", "dialled")
"""What is said of a call that is decided about (domain.backtest_choices.PastCall)."""
_Plans = Mapping[tuple[int, PlanId], BatchPlan]
"""By the world that they are of, and their name."""
_TIMED, _CALLER = ("hour", "weekday"), ("caller_country", "caller_type")


def keyed(
    calls: pl.DataFrame,
    worlds: Sequence[BatchWorld],
    policies: tuple[Policy, ...],
    span: tuple[int, int],
    *,
    by_quarter: bool = False,
) -> pl.DataFrame:
    """Add KEYS to calls; `worlds`: in which they are decided, of one book; `policies`: those that are tried; `span`:
    from when until when there may be calls in any part (UTC ms)."""
    calls = calls.with_columns((pl.col("at_ms") // QUARTER_MS if by_quarter else pl.lit(0, pl.Int64)).alias("quarter"))
    batch = worlds[0]
    plans = {(place, name): plan for place, each in enumerate(worlds) for name, plan in relevant(calls, each).items()}
    known = batch.world.index.directory.policies
    cuts = _places(plans, batch.world.index.statics.codes())
    moments = _moments(plans, batch, policies, *span)
    place, digits, odd = _whereabouts(calls["number"], cuts)
    epoch = moments.gather(moments.search_sorted(calls["at_ms"], side="right") - 1).alias("epoch")
    work = calls.with_columns(place, digits, odd, epoch, _moved(calls["dialled"], cuts))
    work = _with_callers(work, plans)
    if not _says((*known.every(), *policies), _CALLER):
        return work.with_columns(pl.lit("").alias("country"))
    digits = work["a"].str.extract("^([0-9]{5,15})$")
    places = batch.codes.destinations_of(digits.fill_null("00000"))
    book = batch.world.codes
    names = {place: f"{book.country_of(place)}/{book.kind_of(place)}" for place in places.unique()}
    told = places.replace_strict(names, return_dtype=pl.String)
    return work.with_columns(pl.when(digits.is_null()).then(pl.lit(INVALID)).otherwise(told).alias("country"))


def grouped(calls: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Return the kinds of calls that have KEYS (KINDS, and of one call of each: ASKED); groups, each of a kind and a
    quarter of an hour (`kind quarter`), in order of quarters; and the group of each call."""
    on = [name for name in KINDS if (calls[name] != calls[name].first()).any()] or [KINDS[0]]
    others = [name for name in dict.fromkeys((*KINDS, *ASKED)) if name not in on]
    kinds = calls.group_by(on).agg(pl.col(others).first()).with_row_index("kind")
    kind = calls.select(on).join(kinds.select("kind", *on), on=on, how="left", maintain_order="left")["kind"]
    both = calls["quarter"] * kinds.height + kind.cast(pl.Int64)
    each = both.unique().sort()
    groups = pl.DataFrame([(each % kinds.height).alias("kind"), (each // kinds.height).alias("quarter")])
    return kinds, groups, each.search_sorted(both)


def relevant(calls: pl.DataFrame, batch: BatchWorld) -> Mapping[PlanId, BatchPlan]:
    """Return the plans that may decide about calls: those that their clients and all vendors have."""
    directory = batch.world.index.directory
    wanted: set[PlanId | None] = set()
    for client, trunk in calls.select("client", "trunk").unique().iter_rows():
        wanted.add(sell_plan(directory.partners.get(PartnerId(client)), directory.trunks.get(TrunkId(trunk))))
    for trunk in directory.trunks.values():
        if trunk.direction is Direction.OUT:
            wanted.add(trunk.plan or directory.partners[trunk.partner].buy_plan)
    known = {plan: batch.plans.get(plan) for plan in sorted(plan for plan in wanted if plan)}
    return {plan: found for plan, found in known.items() if found is not None}


def _whereabouts(numbers: pl.Series, cuts: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return `place`, `digits` and `odd` of numbers."""
    head = pl.col("number").str.slice(0, WIDTH)
    point = pl.when(head.str.contains("^[0-9]+$")).then(head.str.pad_end(WIDTH, "0")).cast(pl.Int64)
    found = numbers.alias("number").to_frame().with_columns(point.alias("point"))
    odd = pl.when(pl.col("point").is_null()).then("number").otherwise(pl.lit(""))
    found = found.select("point", pl.col("number").str.len_chars().alias("digits"), odd.alias("odd"))
    at = cuts["starts"].search_sorted(found["point"].fill_null(0), side="right") - 1
    return cuts["place"].gather(at), found["digits"], found["odd"]


def _moved(dialled: pl.Series, cuts: pl.DataFrame) -> pl.Series:
    """Return the whereabouts of the numbers that were dialled where they have moved, which few have, in a word."""
    few = dialled.filter(dialled != "").unique()
    told = pl.DataFrame(_whereabouts(few, cuts)).select(pl.concat_str(pl.all(), separator="/")).to_series()
    return dialled.replace_strict(few, told, default="", return_dtype=pl.String).alias("moved")


def _places(plans: _Plans, codes: Iterable[str]) -> pl.DataFrame:
    """Return where intervals of numbers begin in which all plans, and static entries, have the same codes (`starts`),
    and where the first one of the same codes does (`place`): a country is cut by each code in it."""
    starts, owner, _ = nest(sorted(codes))
    each = [(plan.intervals["starts"], plan.intervals["owner"]) for plan in plans.values()]
    each.append((pl.Series(starts, dtype=pl.Int64), pl.Series(owner, dtype=pl.Int64)))
    cuts = pl.concat([its for its, _ in each]).unique().sort().alias("starts")
    owners = [
        owner.gather(its.search_sorted(cuts, side="right") - 1).alias(f"{at}") for at, (its, owner) in enumerate(each)
    ]
    names = [one.name for one in owners]
    return pl.DataFrame([cuts, *owners]).select("starts", pl.col("starts").min().over(names).alias("place"))


def _moments(plans: _Plans, batch: BatchWorld, policies: tuple[Policy, ...], from_ms: int, until_ms: int) -> pl.Series:
    """Return `from_ms`, and the moments behind it at which something that decides may change."""
    index = batch.world.index
    found = [pl.Series(sorted(_of_plan(plan, from_ms, until_ms)), dtype=pl.Int64) for plan in plans.values()]
    for plan in plans.values():
        found += [plan.rows[name] for name in ("valid_from_ms", "valid_until_ms")]
    found.append(pl.Series(index.fx.changes, dtype=pl.Int64))
    known = index.directory.policies
    for profile in {known.profiles[one.profile] for one in known.attached if one.profile}:
        found.append(pl.Series(boundaries(profile, from_ms, until_ms), dtype=pl.Int64))
    if _says((*known.every(), *policies), _TIMED):
        found.append(pl.Series(range(from_ms - from_ms % SLOT_MS, until_ms, SLOT_MS), dtype=pl.Int64))
    every = pl.concat(found)
    every = every.filter((every > from_ms) & (every < until_ms))
    return pl.concat([pl.Series([from_ms], dtype=pl.Int64), every]).unique().sort()


def _of_plan(plan: BatchPlan, from_ms: int, until_ms: int) -> Iterator[int]:
    yield from boundaries(plan.rules, from_ms, until_ms)
    if plan.scalar.callers is not None:
        yield from plan.scalar.callers.changes


def _says(policies: tuple[Policy, ...], names: tuple[str, ...]) -> bool:
    """Say whether a formula may name one of these figures; where it only looks so there are a few groups more."""
    return any(name in text for one in policies for text in one.formulas for name in names)


def _with_callers(calls: pl.DataFrame, plans: _Plans) -> pl.DataFrame:
    told = [plan.scalar.callers for plan in plans.values() if plan.scalar.callers is not None]
    if not told:
        return calls.with_columns(pl.lit("").alias("callers"))
    asked = calls.group_by("a", "epoch").agg(pl.col("at_ms").min())
    groups = ["|".join(each.group_of(a, at) for each in told) for a, at in asked.select("a", "at_ms").iter_rows()]
    asked = asked.with_columns(pl.Series("callers", groups, dtype=pl.String)).drop("at_ms")
    return calls.join(asked, on=["a", "epoch"], how="left", maintain_order="left")
