"""`switchboard quality`."""

from domain.quality_order import Sort
from protos.quality_pb2 import CauseCount, LeanedFigures, QualityRequest, QualityRow, QualityRows
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

ROW = QualityRow(
    partner="kestrel",
    destination=7,
    destination_name="UK Mobile",
    attempts=812,
    answered=341,
    effective=780,
    open=31,
    talk_s=51_180,
    short=9,
    cost=Money(units=2_098_400_000, currency="USD"),
    pdd_p50_s=2.4,
    pdd_p95_s=6.02,
    causes=[CauseCount(cause_class="answered", calls=310), CauseCount(cause_class="user busy", calls=439)],
    figures=LeanedFigures(asr=42.1, ner=95.9, acd_s=160, asr_low=38.6, asr_high=45.4),
)


def test_quality_shows_what_was_counted_with_its_bounds_and_what_formulas_read(desk: FarDesk) -> None:
    desk.says("Quality.List", QualityRows(rows=[ROW], total=1, window="1h"))
    lines = desk.run("quality").stdout.splitlines()
    wanted = "kestrel UK Mobile 812 31 42.0 39–45 42.1 96.1 2:45 2.4 6.0 2.9 853.0 20.984 USD 0.024600"
    assert lines[1].split() == wanted.split()


def test_quality_of_few_calls_that_never_rang_has_no_delays(desk: FarDesk) -> None:
    row = QualityRow(partner="savanna", destination=9, open=1, figures=LeanedFigures(asr=45, asr_high=100))
    desk.says("Quality.List", QualityRows(rows=[row], total=1, window="1h"))
    assert desk.run("quality").stdout.splitlines()[1].split()[:5] == ["savanna", "9", "0", "1", "45.0"]


def test_quality_asks_for_what_is_named(desk: FarDesk) -> None:
    desk.says("Quality.List", QualityRows(window="100 calls"))
    asked = "--vendor kestrel --destination Kenya --sort asr --limit 10 --offset 20".split()
    said = desk.run("quality", *asked, "--window", "100 calls").stdout
    assert "no calls over 100 calls" in said
    assert desk.asked("Quality.List") == QualityRequest(
        side="vendor", partner="kestrel", destination="Kenya", window="100 calls", sort="asr", limit=10,
        offset=20, level="pair",
    )  # fmt: skip


def test_quality_of_all_clients(desk: FarDesk) -> None:
    desk.says("Quality.List", QualityRows(window="1h"))
    desk.run("quality", "--client", "*")
    asked = desk.asked("Quality.List")
    assert (asked.side, asked.partner) == ("client", "")


def test_quality_is_of_a_vendor_or_of_a_client(desk: FarDesk) -> None:
    done = desk.run("quality", "--vendor", "kestrel", "--client", "orbita")
    assert done.exit_code == 2


def test_quality_by_trunk_names_the_trunks(desk: FarDesk) -> None:
    rows = [QualityRow(partner="kestrel", trunk="kestrel-out", attempts=4), QualityRow(partner="savanna", country="KE")]
    desk.says("Quality.List", QualityRows(rows=rows, total=2, window="1h"))
    lines = desk.run("quality", "--by", "trunk").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["kestrel", "kestrel-out"], ["savanna", "KE"]]
    assert desk.asked("Quality.List").level == "trunk"


def test_calls_to_no_country_are_international(desk: FarDesk) -> None:
    rows = [QualityRow(partner="kestrel", country="001", attempts=4)]
    desk.says("Quality.List", QualityRows(rows=rows, total=1, window="1h"))
    assert desk.run("quality", "--by", "country").stdout.splitlines()[1].split()[:2] == ["kestrel", "International"]


def test_help_names_every_order(desk: FarDesk) -> None:
    told = " ".join(desk.run("quality", "--help").stdout.replace("│", " ").split())
    said = told[told.index("--sort") : told.index("--limit")]
    assert [one for one in Sort if one.value not in said] == []


def test_calls_to_no_destination_of_the_book_are_not_those_to_everywhere(desk: FarDesk) -> None:
    desk.says("Quality.List", QualityRows(rows=[QualityRow(partner="kestrel", attempts=1)], total=1, window="1h"))
    assert "not in the book" in desk.run("quality").stdout
    desk.says("Quality.List", QualityRows(rows=[QualityRow(partner="kestrel", attempts=1)], total=1, window="1h"))
    assert "everywhere" in desk.run("quality", "--by", "partner").stdout
