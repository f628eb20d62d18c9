"""What several checks look at, made once for a case and only when one asks."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from domain.days import local_day, midnight_ms
from domain.rates import ANY_TIME
from domain.sheet_frames import columns
from domain.sheet_frames.case import Case, Contract
from domain.sheet_frames.checks.longest import longest
from domain.sheet_frames.checks.traffic import Traffic, costed, placed, through
from domain.sheet_frames.checks.wording import day_text, minutes_text, money_text

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
        """Whether the plan knew no rate before: there is nothing that a first sheet could change."""
        return not self.case.rates.height

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
        """The week's calls that a change meets, through both plans (traffic.through): those that its own code decides,
        before or after it, and no longer code of the sheet takes from it later."""
        return self._that_stay(self.effect_on(self.traffic.week))

    def effect_on(self, legs: pl.DataFrame, rows: pl.DataFrame | None = None) -> pl.DataFrame:
        """As `effect`, of other calls, and of the CHANGES (with their `id`) given."""
        changed = self._changes.filter(pl.col("kind") != "unchanged") if rows is None else rows
        of_any = changed.filter(pl.col("origin") == "")
        wanted = of_any.select("id", "code", "rate_type", begin="code", at_ms="from_ms")
        same = [
            (pl.col(f"{side}_code") == pl.col("code")) & (pl.col(f"{side}_type") == pl.col("rate_type"))
            for side in ("old", "new")
        ]
        own = pl.any_horizontal(one.fill_null(value=False) for one in same)
        return through(legs, wanted, self.case, own).drop("code", "rate_type")

    @cached_property
    def implicit_effect(self) -> pl.DataFrame:
        """As `effect`, of what IMPLICIT names."""
        of_any = self._implicit.filter(pl.col("origin") == "")
        wanted = of_any.select("id", "at_ms", "rate_type", begin="number", said_old="old_code", said_new="new_code")
        typed = (pl.col("rate_type") == ANY_TIME) | (pl.col("rate_type") == pl.col("wanted"))
        same = [pl.col(f"{side}_code").fill_null("") == pl.col(f"said_{side}") for side in ("old", "new")]
        met = through(self.traffic.week, wanted, self.case, pl.all_horizontal(typed, *same))
        return self._that_stay(met.drop("rate_type", "said_old", "said_new"))

    def sold(self, met: pl.DataFrame, sells: pl.DataFrame) -> pl.DataFrame:
        """Add what a sell plan brings for the same calls: `sell_code`, `sell_type`, `sell_cost`."""
        return costed(placed(met, sells, "sell"), sells, self.contract.rules, "sell")

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
        numbers = met.select("stem", "wanted").unique().with_columns(pl.lit(last_ms, pl.Int64).alias("at_ms"))
        last = placed(numbers, self.case.comparison.after, "last").select("stem", "wanted", "last_code")
        met = met.join(last, on=["stem", "wanted"], how="left", maintain_order="left")
        longer = pl.col("last_code").str.len_bytes() > pl.col("new_code").str.len_bytes()
        return met.filter(~longer.fill_null(value=False)).drop("last_code")

    @cached_property
    def _changes(self) -> pl.DataFrame:
        return self.case.comparison.changes.with_row_index("id")

    @cached_property
    def _implicit(self) -> pl.DataFrame:
        return self.case.comparison.implicit.with_row_index("id")

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
