"""What several checks look at, made once for a case and only when one asks."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from domain.days import local_day, midnight_ms
from domain.origins import INVALID, REST
from domain.rates import ANY_TIME
from domain.sheet_frames import callers, columns
from domain.sheet_frames.case import Case, Contract
from domain.sheet_frames.checks.traffic import STEM, Traffic, costed, placed, through
from domain.sheet_frames.checks.wording import day_text, minutes_text, money_text
from domain.sheet_frames.longest import longest
from domain.sheet_frames.regrouped import moves, regrouped

_STAYS = pl.col("old_group") == pl.col("new_group")
"""Calls whose caller is of one group before and after."""
_ANY = (pl.col("old_origin") == "") & (pl.col("new_origin") == "")
_INVALID = (pl.col("new_group") == INVALID) & (pl.col("origin") == REST)
_ORIGIN_TOLD = (
    pl.when(pl.col("origin") == "").then(_ANY).otherwise(~_ANY & ((pl.col("origin") == pl.col("new_group")) | _INVALID))
)
"""Calls that a row of IMPLICIT is about by its origin: what is so for any caller is told once, as that."""
_EFFECT = {"id": pl.UInt32, "calls": pl.Int64, "talk_ms": pl.Int64, "money": pl.Int64}


@dataclass(frozen=True, eq=False)
class Look:
    """A case with what is derived of it. `changes` and `implicit` have an `id`, and `calls`, `talk_ms`, `money` a week.

    Frames are made when they are first asked for.
    """

    case: Case

    @property
    def contract(self) -> Contract:
        """By what the sheet is judged."""
        return self.case.contract

    @property
    def is_first(self) -> bool:
        """Whether the plan never knew a rate: there is nothing that a first sheet could change."""
        return not self.case.rates.height and not self.contract.had_rates

    @cached_property
    def today_ms(self) -> int:
        """When the day of now began in the contract's zone."""
        return midnight_ms(local_day(self.contract.now_ms, self.contract.zone), self.contract.zone)

    @cached_property
    def traffic(self) -> Traffic:
        """The calls of the case."""
        return Traffic(self.case)

    @cached_property
    def changes(self) -> pl.DataFrame:
        """CHANGES that change something, with what they mean for the calls of a week."""
        changes = self._changes.filter(pl.col("kind") != "unchanged")
        return _with_effect(changes, self._sums(self.effect))

    @cached_property
    def unchanged(self) -> pl.DataFrame:
        """CHANGES that change nothing, with empty columns for what they mean."""
        return _with_effect(self._changes.filter(pl.col("kind") == "unchanged"), columns.empty(_EFFECT))

    @cached_property
    def implicit(self) -> pl.DataFrame:
        """IMPLICIT with what it means for the calls of a week."""
        return _with_effect(self._implicit, self._sums(self.implicit_effect))

    @cached_property
    def effect(self) -> pl.DataFrame:
        """The week's calls that a change meets, through both plans (traffic.through): those that its own rate decides,
        before or after it, and no longer code of the sheet takes from it then or later; none whose caller moves to
        another group, which is a matter of its own."""
        return self._that_stay(self.effect_on(self.traffic.week))

    def effect_on(self, legs: pl.DataFrame, rows: pl.DataFrame | None = None) -> pl.DataFrame:
        """As `effect`, of other calls, and of the CHANGES (with their `id`) given."""
        changed = self._changes.filter(pl.col("kind") != "unchanged") if rows is None else rows
        wanted = changed.select("id", *columns.KEY, begin="code", at_ms="from_ms")
        its = ("code", "type", "origin")
        length = pl.col("code").str.len_bytes()
        # calls that go from code to code at this moment are a matter of the longer one, which begins or ends
        same = [
            pl.all_horizontal(
                (pl.col(f"{other}_code").str.len_bytes() <= length).fill_null(value=True),
                *(pl.col(f"{side}_{its}") == pl.col(name) for its, name in zip(its, columns.KEY, strict=True)),
            )
            for side, other in (("old", "new"), ("new", "old"))
        ]
        own = pl.any_horizontal(one.fill_null(value=False) for one in same)
        return through(legs, wanted, self.case, own & _STAYS).drop(*columns.KEY)

    @cached_property
    def implicit_effect(self) -> pl.DataFrame:
        """As `effect`, of what IMPLICIT names."""
        wanted = self._implicit.select(
            "id", "at_ms", "rate_type", "origin", begin="number", said_old="old_code", said_new="new_code"
        )
        typed = (pl.col("rate_type") == ANY_TIME) | (pl.col("rate_type") == pl.col("wanted"))
        same = [pl.col(f"{side}_code").fill_null("") == pl.col(f"said_{side}") for side in ("old", "new")]
        met = through(self.traffic.week, wanted, self.case, pl.all_horizontal(typed, _ORIGIN_TOLD, _STAYS, *same))
        return self._that_stay(met.drop("rate_type", "origin", "said_old", "said_new"))

    @cached_property
    def moves(self) -> pl.DataFrame:
        """MOVES of callers from group to group, whatever they mean."""
        return moves(callers.before(self.case), callers.after(self.case))

    @cached_property
    def regrouped(self) -> pl.DataFrame:
        """Moves of callers to dearer groups, one row each (`id`, `from_group`, `to_group`, `callers`, how many
        `numbers`, and the first two prices of these), with what they mean for the calls of a week."""
        return self._told_moves(self._regrouped, self.regrouped_effect)

    @cached_property
    def cheapened(self) -> pl.DataFrame:
        """As `regrouped`, of moves to cheaper groups."""
        rows = self._regroupings(cheaper=True)
        return self._told_moves(rows, self._effect_of_moves(rows))

    def _told_moves(self, rows: pl.DataFrame, effect: pl.DataFrame) -> pl.DataFrame:
        apart = (pl.col("old_price") - pl.col("new_price")).abs()
        by_rise = rows.sort(-apart, "number", maintain_order=True)
        told = by_rise.group_by("id", "from_group", "to_group", "callers", maintain_order=True).agg(
            pl.col("number", "old_price", "new_price").first(),
            pl.col("at_ms").min(),
            numbers=pl.col("number").n_unique(),
        )
        return _with_effect(told.sort("id"), self._sums(effect))

    @cached_property
    def regrouped_effect(self) -> pl.DataFrame:
        """As `effect`, of calls whose caller moves to a dearer group, each once for a move."""
        return self._effect_of_moves(self._regrouped)

    def _effect_of_moves(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.with_columns(begin="number", said_old="old_code", said_new="new_code")
        wanted = rows.select("id", "at_ms", "rate_type", "from_group", "to_group", "begin", "said_old", "said_new")
        typed = (pl.col("rate_type") == ANY_TIME) | (pl.col("rate_type") == pl.col("wanted"))
        same = [pl.col(f"{side}_code").fill_null("") == pl.col(f"said_{side}") for side in ("old", "new")]
        changed = pl.col("old_group") == pl.col("from_group"), pl.col("new_group") == pl.col("to_group")
        met = through(self.traffic.week, wanted, self.case, pl.all_horizontal(typed, *changed, *same))
        met = met.sort("at_ms", maintain_order=True).unique(["id", *STEM, "raw"], keep="first", maintain_order=True)
        return met.drop("rate_type", "from_group", "to_group", "said_old", "said_new")

    def cost(self, met: pl.DataFrame) -> pl.DataFrame:
        """Add what calls cost by their `new` rates: `new_cost`."""
        return costed(met, self.case.comparison.after, self.contract.rules, "new")

    def sold(self, met: pl.DataFrame, plan: str) -> pl.DataFrame:
        """Add what a sell plan brings for the same calls: `sell_code`, `sell_type`, `sell_cost`."""
        its = callers.sold_by(self.case, plan)
        return costed(placed(met, its, "sell", self.traffic.types(plan)), its.rates, self.contract.rules, "sell")

    def bought(self, met: pl.DataFrame) -> pl.DataFrame:
        """Add what the best of the buy plans takes for the same calls: `buy_cost`, null where none has a route."""
        found = []
        for plan in sorted(self.case.buys):
            its = callers.bought_by(self.case, plan)
            found.append(
                costed(placed(met, its, "buy", self.traffic.types(plan)), its.rates, self.contract.rules, "buy")[
                    "buy_cost"
                ]
            )
        return met.with_columns(pl.select(pl.min_horizontal(found)).to_series().alias("buy_cost"))

    @cached_property
    def codes(self) -> pl.DataFrame:
        """The different codes of the sheet's lines with the reference code (null: none), destination and country."""
        codes = self.case.reading.lines["code"].unique(maintain_order=True)
        known = self.case.reference.select(pl.col("code").alias("known"), "destination", "country").unique("known")
        frame = pl.DataFrame({"code": codes, "known": longest(codes, known["known"])})
        return frame.join(known, on="known", how="left")

    def day(self, at_ms: int) -> str:
        """Write a moment in the contract's zone."""
        return day_text(at_ms, self.contract.zone, self.contract.received_ms)

    def money(self, units: int) -> str:
        """Write an amount in the plan's currency."""
        return money_text(units, self.contract.rules.currency)

    def a_week(self, money: int | None, talk_ms: int | None) -> str:
        """Say in a sentence what a finding means a week; nothing where there is no traffic, or nobody knows."""
        if money is None or not talk_ms:
            return ""
        if not money:
            return f". It costs the same over {minutes_text(talk_ms)} a week"
        bought = self.contract.side != "sell"
        what = ("costs" if bought else "loses") if money < 0 else ("saves" if bought else "brings")
        return f". It {what} {self.money(abs(money))} a week over {minutes_text(talk_ms)}"

    def _that_stay(self, met: pl.DataFrame) -> pl.DataFrame:
        """Leave out calls that have a longer code once all of the sheet is in force: there they count."""
        last_ms = self.case.comparison.changes["from_ms"].max()
        numbers = met.select(STEM).unique().with_columns(pl.lit(last_ms, pl.Int64).alias("at_ms"))
        last = placed(numbers, callers.after(self.case), "last").select(*STEM, "last_code")
        met = met.join(last, on=STEM, how="left", maintain_order="left")
        longer = pl.col("last_code").str.len_bytes() > pl.col("new_code").str.len_bytes()
        return met.filter(~longer.fill_null(value=False)).drop("last_code")

    @cached_property
    def _changes(self) -> pl.DataFrame:
        return self.case.comparison.changes.with_row_index("id")

    @cached_property
    def _implicit(self) -> pl.DataFrame:
        return self.case.comparison.implicit.with_row_index("id")

    @cached_property
    def _regrouped(self) -> pl.DataFrame:
        return self._regroupings(cheaper=False)

    def _regroupings(self, *, cheaper: bool) -> pl.DataFrame:
        case, percent = self.case, self.contract.terms.implicit_percent
        before, after = callers.before(case), callers.after(case)
        return regrouped(before, after, self.contract.rules.unit, percent, cheaper=cheaper)

    def _sums(self, met: pl.DataFrame) -> pl.DataFrame:
        """Add up what each change means: old less new cost for a buy plan, new less old for what we sell."""
        sign = -1 if self.contract.side == "sell" else 1
        both = pl.col("old_cost").is_not_null() & pl.col("new_cost").is_not_null()
        less = pl.when(both).then(pl.col("old_cost") - pl.col("new_cost"))
        sums = met.group_by("id").agg(
            pl.col("calls", "talk_ms").sum(), (sign * less).sum().alias("less"), both.any().alias("known")
        )
        money = self.traffic.weekly(pl.when("known").then("less")).alias("money")
        days = self.contract.terms.traffic_days
        return sums.select("id", "calls", (pl.col("talk_ms") * 7 // max(days, 1)).alias("talk_ms"), money)


def _with_effect(rows: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    return rows.join(sums, on="id", how="left", maintain_order="left")
