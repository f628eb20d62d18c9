"""`switchboard sla`."""

import csv
import json
from pathlib import Path

import fastexcel

from protos.quality_pb2 import QualitySums
from protos.sla_pb2 import (
    SlaBreach,
    SlaBreaches,
    SlaBucket,
    SlaFigure,
    SlaNow,
    SlaPiece,
    SlaQuery,
    SlaStates,
    SlaSummary,
    SlaUnmet,
    SlaWhose,
)
from tests.cli.far_desk import FarDesk

HOUR_MS = 3_600_000
NOON = 1_793_534_400_000
WHOSE = SlaWhose(client="acme", product="gold", destination=7, destination_name="Kenya Mobile")
SUMS = QualitySums(
    attempts=80, answered=25, effective=60, short=2, talk_ms=2_500_000, pdd_p50_ms=2_400, pdd_p95_ms=6_000,
    asr_low=22.2, asr_high=42.1,
)  # fmt: skip
BUCKET = SlaBucket(
    whose=WHOSE, from_ms=NOON, until_ms=NOON + HOUR_MS, promise="asr >= 40", policy="gold v2", verdict="not kept",
    sums=SUMS, unmet=SlaUnmet(routed=3, refused=1),
)  # fmt: skip
EMPTY = SlaBucket(
    whose=WHOSE, from_ms=NOON + HOUR_MS, until_ms=NOON + 2 * HOUR_MS, promise="asr >= 40", verdict="no calls"
)
SUMMARY = SlaSummary(
    whose=WHOSE, kept=3, broken=1, few=2, empty=18, kept_ms=3 * HOUR_MS, broken_ms=HOUR_MS, attempts=400, answered=170,
    unmet=SlaUnmet(routed=3, refused=1), worst=BUCKET,
)  # fmt: skip
PERIOD = ("--from", "2026-11-01", "--to", "2026-11-01")


def test_a_report_shows_what_buckets_come_to_and_every_bucket(desk: FarDesk) -> None:
    desk.says("Sla.Report", SlaPiece(summaries=[SUMMARY]), SlaPiece(buckets=[BUCKET, EMPTY]))
    lines = desk.run("sla", "report", *PERIOD, "--client", "acme", "--bucket", "1h").stdout.splitlines()
    assert lines[1].split()[:9] == "acme gold Kenya Mobile 3 4 75.0 2 18".split()
    assert lines[1].endswith("31.2 % not kept")
    found = next(line for line in lines if "12:00" in line and "asr >= 40" in line)
    assert found.split("not kept")[1].split() == "80 31.2 22–42 75.0 1:40 2.4 6.0 2 41.7 3 1".split()
    assert any(line.split("no calls")[-1].split()[:1] == ["0"] for line in lines if "no calls" in line)
    asked = desk.asked("Sla.Report")
    assert (asked.client, asked.bucket_s, asked.HasField("product")) == ("acme", 3_600, False)


def test_json_tells_times_that_were_kept_as_durations(desk: FarDesk) -> None:
    desk.says("Sla.Report", SlaPiece(summaries=[SUMMARY]))
    [told] = json.loads(desk.run("sla", "report", *PERIOD, "--json").stdout)["summaries"]
    assert (told["kept"], told["kept_ms"], told["worst"]["sums"]["pdd_p95_ms"]) == (3, 3 * HOUR_MS, 6_000)


def test_a_file_has_every_bucket(desk: FarDesk, tmp_path: Path) -> None:
    told = SlaPiece(summaries=[SUMMARY]), SlaPiece(buckets=[BUCKET, EMPTY])
    desk.says("Sla.Report", *told)
    file = tmp_path / "sla.csv"
    assert "2 buckets" in desk.run("sla", "report", *PERIOD, "-o", str(file)).stdout
    with file.open() as stream:
        titles, first, second = csv.reader(stream)
    row = dict(zip(titles, first, strict=True))
    assert (row["verdict"], row["attempts"], row["ASR %"], row["ACD s"], row["refused"]) == (
        "not kept", "80", "31.2", "100.0", "1",
    )  # fmt: skip
    assert second[titles.index("ASR %")] == ""
    assert desk.run("sla", "report", *PERIOD, "-o", str(file)).exit_code == 1, "it is there already"
    desk.says("Sla.Report", *told)
    book = tmp_path / "sla.xlsx"
    desk.run("sla", "report", *PERIOD, "-o", str(book))
    assert fastexcel.read_excel(book).load_sheet("sla").to_polars()["attempts"].to_list() == [80, 0]


def test_products_are_asked_for_by_name_also_those_without_one(desk: FarDesk) -> None:
    desk.says("Sla.Report", SlaPiece())
    assert "nothing was promised" in desk.run("sla", "report", *PERIOD, "--product", "", "--summary").stdout
    assert desk.asked("Sla.Report") == SlaQuery(
        product="", from_ms=1_793_491_200_000, until_ms=1_793_577_600_000, summaries=True
    )
    assert desk.run("sla", "report", *PERIOD, "--bucket", "2h").exit_code == 2
    assert desk.run("sla", "report", *PERIOD, "-o", "x.pdf").exit_code == 2


def test_what_runs_now_has_its_figures_and_since_when_it_is_broken(desk: FarDesk) -> None:
    figure = SlaFigure(name="asr", value=31.25, low=22.2, high=42.1)
    state = SlaNow(
        whose=WHOSE, promise="asr >= 40", bucket_ms=NOON, attempts=80, figures=[figure], verdict="not kept",
        broken_since_ms=NOON + 60_000, why="asr 20.0 %",
    )  # fmt: skip
    desk.says("Sla.Now", SlaStates(states=[state], total=1))
    said = desk.run("sla", "now").stdout
    assert "asr 31.2 (22.2–42.1)" in said
    assert "asr 20.0 %" in said


def test_breaches_that_last_say_so(desk: FarDesk) -> None:
    lasting = SlaBreach(number=2, whose=WHOSE, bucket_ms=NOON, since_ms=NOON, promise="asr >= 40", why="asr 20.0 %")
    over = SlaBreach(number=1, whose=WHOSE, bucket_ms=NOON, since_ms=NOON, until_ms=NOON, over="kept again")
    desk.says("Sla.Breaches", SlaBreaches(breaches=[lasting, over], total=2))
    lines = desk.run("sla", "breaches").stdout.splitlines()
    assert "lasts" in lines[1]
    assert "kept again" in lines[2]
