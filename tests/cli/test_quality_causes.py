"""`switchboard quality causes` and `quality buckets`, and the CDRs behind them."""

from protos.operators_pb2 import CdrPage
from protos.quality_pb2 import (
    CauseCount,
    CauseSeen,
    QualityBucket,
    QualityBuckets,
    QualityCauses,
    QualityMargin,
    QualityMargins,
    QualityPeriod,
    QualitySums,
)
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

SUMS = QualitySums(
    attempts=200,
    answered=80,
    effective=150,
    number_errors=40,
    short=4,
    talk_ms=12_000_000,
    pdd_p50_ms=2_400,
    pdd_p95_ms=6_000,
    asr_low=33.4,
    asr_high=46.9,
    charge=Money(units=500_000_000, currency="USD"),
    classes=[CauseCount(cause_class="answered", calls=80), CauseCount(cause_class="number error", calls=40)],
    causes=[
        CauseSeen(cause=16, words="cleared", cause_class="answered", calls=80),
        CauseSeen(cause=1, words="unallocated", cause_class="number error", calls=40),
    ],
)


def test_causes_show_classes_with_their_causes_and_the_asr_without_number_errors(desk: FarDesk) -> None:
    desk.says("Quality.Causes", QualityCauses(total=SUMS, from_ms=0, until_ms=900_000))
    said = desk.run("quality", "causes", "--vendor", "kestrel", "--window", "15m").stdout
    assert "ASR without number errors  50.0 %" in said
    assert "NER                        75.0 %" in said
    assert "number error  no         40     20.0  1 unallocated 40" in said
    assert desk.asked("Quality.Causes") == QualityPeriod(side="vendor", partner="kestrel", window="15m")


def test_buckets_are_lines_of_one_table_with_all_of_them_below(desk: FarDesk) -> None:
    bucket = QualityBucket(from_ms=900_000, until_ms=1_800_000, sums=SUMS)
    empty = QualityBucket(from_ms=1_800_000, until_ms=2_700_000)
    desk.says("Quality.Buckets", QualityBuckets(buckets=[bucket, empty], total=SUMS, bucket_s=900))
    asked = "--client * --destination Kenya --from 1970-01-01 --to 1970-01-01T00:30 --bucket 15m"
    lines = desk.run("quality", "buckets", *asked.split()).stdout.splitlines()
    assert lines[1].split()[2:] == "200 40.0 33–47 75.0 2:30 2.4 6.0 5.0 200.0 5.00 USD".split()
    assert lines[2].split()[2:] == ["0", "0.0"]
    assert lines[3].split()[0] == "all"
    assert desk.asked("Quality.Buckets") == QualityPeriod(
        side="client", destination="Kenya", from_ms=0, until_ms=1_800_000, bucket_s=900
    )


def test_a_window_and_a_period_exclude_each_other(desk: FarDesk) -> None:
    assert desk.run("quality", "causes", "--window", "1h", "--from", "2026-11-01").exit_code == 2
    assert desk.run("quality", "buckets", "--to", "2026-11-01").exit_code == 2
    assert desk.run("quality", "buckets", "--bucket", "7m").exit_code == 2


def test_cdrs_are_listed_by_how_they_ended(desk: FarDesk) -> None:
    desk.says("Cdrs.List", CdrPage())
    desk.run("cdrs", "list", "--destination", "Kenya", "--trunk", "k-out", "--cause", "34", "--class", "no circuit")
    asked = desk.asked("Cdrs.List")
    assert (asked.destination, asked.trunk, list(asked.causes), asked.cause_class) == (
        "Kenya",
        "k-out",
        [34],
        "no circuit",
    )


def test_margins_say_what_calls_earned_and_what_a_minute_cost(desk: FarDesk) -> None:
    def usd(units: int) -> Money:
        return Money(units=units, currency="USD")

    one = QualityMargin(
        partner="kestrel", destination_name="Kenya", legs=5, answered=3, talk_ms=180_000, revenue=usd(18_000_000),
        cost=usd(9_000_000), margin=usd(9_000_000), unpaired=1,
    )  # fmt: skip
    desk.says("Quality.Margins", QualityMargins(margins=[one], whole=one, total=1))
    lines = desk.run("quality", "margins", "--vendor", "kestrel", "--window", "24h").stdout.splitlines()
    assert lines[1].split() == "kestrel Kenya 5 3 3.0 0.18 USD 0.09 USD 0.09 USD 50.00 0.030000 1".split()
    assert lines[2].split()[0] == "all"
    assert desk.asked("Quality.Margins") == QualityPeriod(side="vendor", partner="kestrel", window="24h")
