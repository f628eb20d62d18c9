"""A call of the past decided anew: with all that was kept it comes out as its record has it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.decision_log import DecisionLog, decisions_of_day
from domain.decisions import Decision, LeftOut
from domain.directory import FxRate, Policy
from domain.durations import Histogram
from domain.ids import PartnerId
from domain.past_calls import Kept, kept_of
from domain.quality_figures import DestinationFigures, Figures
from domain.quality_windows import SPANS
from domain.redeciding import decided_anew, differences
from domain.routing import decide
from tests.domain.builders import row, table
from tests.domain.worlds import EUR, setup, uk_world, vendor, world

ORDERS = ("price", "real_cost", "price, then asr * acd / pdd_p50", "most asr(24h)", "least real_cost * (150 - asr)")
CONDITIONS = ("", "asr > 40", "acd(24h) > 100 or price < 0.02", "attempts >= 10")


def logged(decision: Decision, folder: Path) -> Kept:
    """Return what the record of a decision has, written to a day file and read again."""
    log = DecisionLog(folder, "node-0")
    log.add(decision, setup())
    log.flush()
    [found] = decisions_of_day(folder, decision.call_key.hex(), decision.at_ms // 86_400_000)
    return kept_of(bytes.fromhex(found.key), found.at_ms, found.asked, found.why)


def kept(decision: Decision) -> Kept:
    with TemporaryDirectory() as folder:
        return logged(decision, Path(folder))


def known(values: list[tuple[float, float]]) -> DestinationFigures:
    figures = [Figures(asr, 95.0, acd, 3.0, 8.0, 5.0, attempts=asr) for asr, acd in values]
    return DestinationFigures(
        vendors={PartnerId(f"v{number}"): {SPANS["1h"]: one, SPANS["24h"]: one} for number, one in enumerate(figures)}
    )


prices = st.lists(st.tuples(st.integers(150, 320), st.sampled_from(("1/1", "30/6", "60/60"))), min_size=1, max_size=5)
shares = st.lists(st.tuples(st.floats(5, 95), st.floats(20, 400)), min_size=5, max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    prices, shares, shares, st.sampled_from(ORDERS), st.sampled_from(CONDITIONS), st.sampled_from(CONDITIONS),
    st.lists(st.integers(1, 900), min_size=60, max_size=80), st.booleans(),
)  # fmt: skip
def test_with_all_that_was_kept_it_is_as_its_record_has_it(
    prices: list[tuple[int, str]],
    then: list[tuple[float, float]],
    now: list[tuple[float, float]],
    order: str,
    only: str,
    keep: str,
    durations: list[int],
    euros: bool,
) -> None:
    buys = {f"v{at}": table(row("447", f"0.0{price:04}", steps)) for at, (price, steps) in enumerate(prices)}
    if euros:
        buys["v0"] = table(row("447", "0.0200", "30/6"), currency=EUR)
    policy = Policy("default", order=order, only=only, keep=keep, max_routes=4)
    values: dict[str, Any] = {"policies": [policy], "rates": [FxRate(EUR, 0, 112_345_678)]}
    here = world(
        table(row("44", "0.0310", "30/6")), buys, durations=Histogram.of(durations), known=known(then), **values
    )
    record = kept(decide(setup(), here))
    later = world(table(row("44", "0.0310", "30/6")), buys, known=known(now), **values)
    again = decided_anew(record, later)
    if not any("real costs that the record has not" in one or "figures that" in one for one in again.missing):
        assert differences(record, again.decision) == ()


def test_the_same_is_the_same_to_the_last_word() -> None:
    here = uk_world(policies=[Policy("default", order="price, then asr")])
    decision = decide(setup(), here)
    found = decided_anew(kept(decision), here)
    assert (found.missing, differences(kept(decision), found.decision)) == ((), ())
    assert found.decision.routes == decision.routes and found.decision.policy == decision.policy


def test_other_rates_and_another_policy_are_told() -> None:
    record = kept(decide(setup(), uk_world(policies=[Policy("default")])))
    buys = {"bluewire": table(row("447", "0.0210", "30/6")), "kestrel": table(row("447", "0.0246"))}
    other = world(table(row("44", "0.0294")), buys, policies=[Policy("default", order="price", version=2)])
    told = differences(record, decided_anew(record, other).decision)
    assert "by default v1, anew by default v2" in told
    assert any(
        line.startswith("bluewire-out: its rate was 0.0240 USD/min 30/6, code 447, anew 0.0210") for line in told
    )


def test_who_was_out_for_what_lived_then_is_out_anew_with_the_words_of_the_record() -> None:
    here = uk_world()
    decision = decide(setup(), here)
    out = LeftOut(decision.routes[0].vendor, decision.routes[0].trunk, "limit kestrel: 10 of 10 calls are open")
    then = replace(decision, routes=decision.routes[1:], left_out=(out,))
    found = decided_anew(kept(then), here)
    assert differences(kept(then), found.decision) == ()
    assert out in found.decision.left_out


def test_who_was_first_by_a_draw_stays_first() -> None:
    here = uk_world()
    decision = decide(setup(), here)
    then = replace(decision, routes=decision.routes[::-1], drawn="bluewire first, its turn, 1 of 2 calls")
    assert differences(kept(then), decided_anew(kept(then), here).decision) == ()


def test_a_refusal_is_decided_anew_too() -> None:
    here = world(table(row("44", "0.0294")), {}, partners=[vendor("idle")])
    record = kept(decide(setup(), here))
    assert record.refusal == "no-route"
    assert differences(record, decided_anew(record, here).decision) == ()
    told = differences(record, decided_anew(record, uk_world()).decision)
    assert told[0].startswith("it was refused: no-route") and told[0].endswith("anew it is let go")


def test_a_trial_policy_lies_over_what_held() -> None:
    record = kept(decide(setup(), uk_world()))
    found = decided_anew(record, uk_world(), Policy("trial", order="most price"))
    assert found.decision.policy.endswith("trial v1")
