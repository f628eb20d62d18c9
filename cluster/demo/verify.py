"""The demo's figures, checked to the last digit: counted again from segments and transfers on disk, and as told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from actors.home import Home
from cluster.demo import expected
from cluster.demo.figures import SwitchFigures
from cluster.demo.minnow import EXPECTED_TALKS
from cluster.demo.story import Told
from cluster.demo.world import KESTREL, OCTOBER_MS
from cluster.tasks.leg_frames import LEG_SCHEMA, frame_of, within
from cluster.tasks.segments import book_reader, scan
from domain.calls import Side
from domain.ids import PartnerId
from domain.ledger import BANK, Transfer, TransferKind
from domain.money import Currency, Money, decimal_text
from domain.statements import statement
from store.settings_file import load_settings

_Key = tuple[str, str, str]
"""Side, partner, destination."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure: what it must be and what it is."""

    what: str
    must: str
    found: str

    @property
    def holds(self) -> bool:
        """Return whether they are the same."""
        return self.must == self.found


def october_checks(folder: Path, scale: int) -> list[Check]:
    """Count October again from the data folder; the switchboard need not run."""
    home = Home(folder.absolute(), load_settings(folder))
    figures = expected.figures(scale)
    legs = legs_between(home, *OCTOBER_MS)
    transfers = [transfer for _, book in book_reader(home).every() for transfer in book.transfers()]
    return [
        *_traffic(legs, figures),
        *_totals(legs, figures),
        *_accounts(transfers, figures),
        *_cash(transfers, figures),
    ]


def story_checks(told: Told) -> list[Check]:
    """Check what the story showed and the books alone do not."""
    scale, zero = told.scale, "0.00 USD"
    checks = [
        Check("files: legs accepted", f"{616_800 * scale:,}", f"{told.accepted:,}"),
        Check("UK call: first vendor at real cost", KESTREL, told.uk.vendors[0] if told.uk and told.uk.vendors else ""),
        Check("Callwell's invoice", f"{decimal_text(scale * 620_325_000_000)} USD", _money(told.invoice.total)),
        Check("trial balance", zero, _money(told.last_check.trial_balance)),
        Check("CDRs minus postings", zero, _money(told.last_check.cdrs_minus_postings)),
        Check("differences", "none", "; ".join(told.last_check.differences) or "none"),
        Check("unrated", "0", str(told.last_check.unrated)),
        Check("at 2:56: open holds = open calls", "True", str(told.open_check.holds_add_up)),
        Check("at 2:56: calls left open", "6", str(told.open_check.open_calls)),
        Check("at 2:56: CDRs minus postings", zero, _money(told.open_check.cdrs_minus_postings)),
        Check("open calls in the end", "0", str(told.last_check.open_calls)),
        Check("shard killed and back", "True", str(told.killed_pid > 0 and told.away_s < 60)),
    ]
    if told.pampas is not None:
        file = told.pampas
        found = (file.rows, file.accepted, file.rejected, file.parked)
        checks.append(Check("Pampas's file: rows, accepted, rejected, parked", "600, 600, 0, 0", _many(found)))
    if told.minnow is not None:
        story = told.minnow
        checks += [
            Check("Minnow talks, s", str(EXPECTED_TALKS), str(story.talked_s)),
            Check("Minnow's last grant, s", "240", str(story.granted_s[-1] if story.granted_s else None)),
            Check(
                "Minnow refused, then admitted",
                "no-credit, then admitted",
                _minnow(story.refusal, story.refusal_after_payment),
            ),
        ]
    return checks


def live_checks(folder: Path, told: Told) -> list[Check]:
    """Compare what the switches say with the books: nothing lost after the kill, nothing twice."""
    live = _live(folder, told.live_ms[0])
    lost = sum(figures.accounting.lost + figures.accounting.under_way for figures in told.switches.values())
    return [
        *_switches(live, told.switches.values()),
        *_pampas(live),
        Check("CDRs lost after the kill", "0", str(lost)),
    ]


def switch_checks(folder: Path, figures: Iterable[SwitchFigures], from_ms: int) -> list[Check]:
    """Compare the legs that switches had acknowledged with all those in the books that began from a moment on."""
    return list(_switches(_live(folder, from_ms), figures))


def _live(folder: Path, from_ms: int) -> dict[_Key, tuple[int, ...]]:
    home = Home(folder.absolute(), load_settings(folder))
    return _charged(_all_legs(home).filter(pl.col("setup_ms") >= from_ms).collect())


def _switches(live: Mapping[_Key, tuple[int, ...]], figures: Iterable[SwitchFigures]) -> Iterator[Check]:
    books = {key: (row[0], row[1], row[2]) for key, row in live.items()}
    said: dict[_Key, tuple[int, int, int]] = {}
    for switch in figures:
        for (side, partner, code), tally in switch.legs.items():
            key: _Key = (side.value, partner, code)
            before = said.get(key, (0, 0, 0))
            said[key] = (before[0] + tally.attempts, before[1] + tally.answered, before[2] + tally.seconds)
    for key in sorted(said.keys() | books.keys()):
        must, found = _three(said.get(key, (0, 0, 0))), _three(books.get(key, (0, 0, 0)))
        yield Check(f"live {' '.join(key)}: legs, answered, s", must, found)


def _pampas(live: Mapping[_Key, tuple[int, ...]]) -> Iterator[Check]:
    for row in expected.pampas_live():
        must = (row.attempts, row.answered, row.seconds, row.billed_s, row.charge.units)
        what = f"live {row.side} {row.partner} {row.destination}: attempts, answered, s, billed s, units"
        yield Check(what, _many(must), _many(live.get((row.side.value, row.partner, row.destination), (0, 0, 0, 0, 0))))


def legs_between(home: Home, from_ms: int, to_ms: int) -> pl.DataFrame:
    """Return the ended legs of every book of a time, sealed or not."""
    return _all_legs(home).filter(within(from_ms, to_ms)).collect()


def _all_legs(home: Home) -> pl.LazyFrame:
    """Return every ended leg of every book, sealed or not."""
    frames: list[pl.LazyFrame] = []
    columns = list(LEG_SCHEMA)
    for _, book in book_reader(home).every():
        frames.append(frame_of(book.ended_legs(), {**LEG_SCHEMA, "seq": pl.Int64}).lazy().select(columns))
        frames.append(scan(home, book.segments()).select(columns))
    return pl.concat(frames)


def _totals(legs: pl.DataFrame, figures: expected.Figures) -> Iterator[Check]:
    client, vendor = legs.filter(pl.col("side") == "client"), legs.filter(pl.col("side") == "vendor")
    yield Check("October: client attempts", f"{figures.attempts:,}", f"{client.height:,}")
    yield Check("October: vendor legs", f"{figures.vendor_legs:,}", f"{vendor.height:,}")
    answered = client.filter(pl.col("connect_ms").is_not_null())
    yield Check("October: answered", f"{figures.answered:,}", f"{answered.height:,}")
    seconds = int(answered["duration_ms"].sum()) // 1000
    yield Check("October: minutes", _minutes(figures.seconds), _minutes(seconds))
    yield Check("October: ASR client", "45.47 %", _percent(figures.answered, client.height))
    yield Check("October: ASR vendor", "43.16 %", _percent(figures.answered, vendor.height))
    acd_s = seconds // max(1, answered.height)
    yield Check("October: ACD", expected.ACD, f"{acd_s // 60}:{acd_s % 60:02d}")
    revenue, cost = _base(client), _base(vendor)
    yield Check("P&L: revenue", str(figures.revenue), str(revenue))
    yield Check("P&L: cost", str(figures.cost), str(cost))
    yield Check("P&L: margin", str(figures.margin), str(revenue - cost))
    yield Check("P&L: margin %", "24.09 %", _percent((revenue - cost).units, revenue.units))


def _traffic(legs: pl.DataFrame, figures: expected.Figures) -> Iterator[Check]:
    found = _charged(legs)
    for row in figures.traffic:
        must = (row.attempts, row.answered, row.seconds, row.billed_s, row.charge.units)
        key = (row.side.value, row.partner, row.destination)
        what = f"October {row.partner} {row.side} {row.destination}: attempts, answered, s, billed s, units"
        yield Check(what, _many(must), _many(found.get(key, (0, 0, 0, 0, 0))))


def _accounts(transfers: list[Transfer], figures: expected.Figures) -> Iterator[Check]:
    for account in figures.accounts:
        currency = Currency(account.closing.currency)
        made = statement(account.partner, currency, transfers, *OCTOBER_MS)
        is_client = any(row.partner == account.partner and row.side is Side.CLIENT for row in figures.traffic)
        owed = made.closing if is_client else -made.closing
        prepaid = account.partner == PartnerId("orbita")
        yield Check(f"statement {account.partner}: closing", str(account.closing), str(-owed if prepaid else owed))
        opening = made.opening if is_client else -made.opening
        yield Check(
            f"statement {account.partner}: opening", str(account.opening), str(-opening if prepaid else opening)
        )


def _cash(transfers: list[Transfer], figures: expected.Figures) -> Iterator[Check]:
    opening = received = paid = 0
    for transfer in transfers:
        in_base = transfer.effect_on(BANK)[1]
        if transfer.at_ms >= OCTOBER_MS[1]:
            continue
        if transfer.kind == TransferKind.OPENING:
            opening += in_base
        else:
            received, paid = received + max(in_base, 0), paid + max(-in_base, 0)
    usd = Currency("USD")
    yield Check("cash: opening", str(figures.cash_opening), str(Money(opening, usd)))
    yield Check("cash: received", str(figures.cash_received), str(Money(received, usd)))
    yield Check("cash: paid", str(figures.cash_paid), str(Money(paid, usd)))
    yield Check("cash: 31 October", str(figures.cash_closing), str(Money(opening + received - paid, usd)))


def _destination() -> pl.Expr:
    codes = ("2547", "5939", "447", "91")
    expression: pl.Expr = pl.lit("?")
    for code in codes:
        expression = pl.when(pl.col("b").str.starts_with(code)).then(pl.lit(code)).otherwise(expression)
    return expression.alias("place")


def _charged(legs: pl.DataFrame) -> dict[_Key, tuple[int, ...]]:
    sums = legs.group_by("side", "partner", _destination()).agg(
        pl.len().cast(pl.Int64),
        pl.col("connect_ms").is_not_null().sum().cast(pl.Int64).alias("answered"),
        (pl.col("duration_ms").sum() // 1000).alias("seconds"),
        pl.col("billed_s").sum(),
        pl.col("charge").sum(),
    )
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in sums.iter_rows()}


def _base(legs: pl.DataFrame) -> Money:
    return Money(int(legs["base_charge"].sum()), Currency("USD"))


def _money(message: object) -> str:
    return f"{decimal_text(getattr(message, 'units', 0))} {getattr(message, 'currency', '') or 'USD'}"


def _minnow(refusal: str, after: str) -> str:
    return f"{refusal or 'admitted'}, then {after or 'admitted'}"


def _percent(part: int, whole: int) -> str:
    hundredths = (part * 100_000 // whole + 5) // 10 if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _minutes(seconds: int) -> str:
    tenths = seconds // 6
    return f"{tenths // 10:,}.{tenths % 10}"


def _three(values: tuple[int, int, int]) -> str:
    return _many(values)


def _many(values: tuple[int, ...]) -> str:
    return ", ".join(f"{value:,}" for value in values)
