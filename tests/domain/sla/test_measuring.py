"""What a client got against what it was promised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cause_classes import CauseClass
from domain.policies.policy import Policy
from domain.quality_calls import CLASSES
from domain.quality_periods import CauseSeen, PeriodSums
from domain.quality_series import TALK, Tally
from domain.sla.measuring import Bounds, Verdict, got_now, got_of, surely_broken, surely_kept, verdict
from domain.sla.promise import Promise, promise_of


def promised(keep: str, **fields: object) -> Promise:
    promise = promise_of((Policy("gold", keep=keep, **fields),))  # type: ignore[arg-type]
    assert promise is not None
    return promise


def sums(attempts: int, answered: int, **fields: int) -> PeriodSums:
    talk_ms = fields.pop("acd", 100) * 1000 * answered
    causes = (CauseSeen(16, CauseClass.ANSWERED, answered), CauseSeen(34, CauseClass.NO_CIRCUIT, attempts - answered))
    return PeriodSums(attempts=attempts, answered=answered, talk_ms=talk_ms, causes=causes, **fields)


@pytest.mark.parametrize(
    ("keep", "of", "became"),
    [
        ("asr >= 40", sums(100, 40), Verdict.KEPT),
        ("asr >= 40", sums(100, 39), Verdict.BROKEN),
        ("asr >= 40", sums(19, 0), Verdict.FEW),
        ("asr >= 40", sums(0, 0), Verdict.EMPTY),
        ("asr >= 40 and acd >= 120", sums(100, 40, acd=119), Verdict.BROKEN),
        ("acd >= 120", sums(100, 0), Verdict.FEW),
        ("asr >= 40 or ner >= 90", sums(100, 39), Verdict.BROKEN),
        ("pdd_p95 < 8", sums(100, 40, pdd_p50_ms=2_000, pdd_p95_ms=7_999), Verdict.KEPT),
        ("pdd_p95 < 8", sums(100, 40), Verdict.FEW),
    ],
)
def test_a_report_goes_by_the_figures_as_counted(keep: str, of: PeriodSums, became: Verdict) -> None:
    assert verdict(promised(keep), of.attempts, got_of(of)) is became


def test_calls_that_go_although_no_vendor_keeps_it_break_what_is_said_of_vendors_alone() -> None:
    premium, got = promised('vendor_class = "premium"'), sums(100, 10)
    assert verdict(premium, 100, got_of(got)) is Verdict.KEPT
    assert verdict(premium, 100, got_of(got), unmet=1) is Verdict.BROKEN
    assert verdict(promised("asr >= 5"), 100, got_of(got), unmet=1) is Verdict.KEPT


def tally_of(attempts: int, answered: int, talk_s: int = 100) -> Tally:
    tally = Tally()
    tally.sums[CLASSES.index(CauseClass.ANSWERED)] = answered
    tally.sums[CLASSES.index(CauseClass.NO_CIRCUIT)] = attempts - answered
    tally.sums[TALK] = talk_s * answered
    return tally


def test_an_alarm_wants_the_whole_interval_beyond_the_promise() -> None:
    promise = promised("asr >= 35")
    hovering, sunk = got_now(tally_of(100, 31), 0, 1.0), got_now(tally_of(100, 20), 0, 1.0)
    assert surely_broken(promise, 100, hovering) is None
    assert not surely_kept(promise, 100, hovering)
    found = surely_broken(promise, 100, sunk)
    assert found is not None
    assert found.text == "asr >= 35"
    assert surely_broken(promise, 19, got_now(tally_of(19, 0), 0, 1.0)) is None
    assert surely_kept(promise, 100, got_now(tally_of(100, 60), 0, 1.0))


def test_open_answered_calls_count_as_answers() -> None:
    got = got_now(tally_of(10, 0), 10, 1.0)
    assert got["asr"].value == 50


def test_a_mean_of_talk_has_bounds_as_wide_as_talk_differs() -> None:
    steady, wild = got_now(tally_of(50, 50), 0, 0.1), got_now(tally_of(50, 50), 0, 2.0)
    assert steady["acd"].low > 97
    assert wild["acd"].low < 50
    assert wild["acd"].value == 100


@given(st.integers(20, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.integers(1, 99))
def test_what_is_surely_broken_is_broken_and_what_is_surely_kept_is_kept(of: tuple[int, int], floor: int) -> None:
    attempts, answered = of
    promise, got = promised(f"asr >= {floor} and short_pct < 60"), got_now(tally_of(attempts, answered), 0, 1.0)
    became = verdict(promise, attempts, got)
    if surely_broken(promise, attempts, got) is not None:
        assert became is Verdict.BROKEN
    if surely_kept(promise, attempts, got):
        assert became is Verdict.KEPT


def test_bounds_of_a_quantile_enclose_it() -> None:
    tally = tally_of(60, 30)
    tally.sums[-31:-11] = [3] * 20
    got = got_now(tally, 0, 1.0)
    assert isinstance(got["pdd_p50"], Bounds)
    assert got["pdd_p50"].low < got["pdd_p50"].value < got["pdd_p50"].high
    assert got["pdd_p95"].value > got["pdd_p50"].value
