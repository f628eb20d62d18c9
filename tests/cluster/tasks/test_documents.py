"""The reference book is seeded, and invoices are written."""

import csv
from datetime import date
from pathlib import Path

from actors.tasks import InvoiceJob, InvoiceQuery
from cluster.tasks.documents import make_invoice, seed_codes
from cluster.tasks.invoices import invoice_usage
from domain.calls import Leg, LegState, Side
from domain.invoicing import Invoice, Party, Usage, invoice_lines, invoice_period
from domain.money import decimal_text
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY, a_place, an_empty_catalog
from tests.cluster.tasks.test_leg_search import filled
from tests.domain.builders import NOON
from tests.domain.call_builders import ORBITA, USD, a_leg


def test_seeding_tells_its_progress_and_ends_with_all_codes() -> None:
    *steps, codes = list(seed_codes())
    assert all(isinstance(step, tuple) and step[0] <= step[1] for step in steps) and len(steps) > 200
    assert isinstance(codes, list) and CodeSeed("254", "Kenya", "KE") in codes


def invoice(legs: list[Leg]) -> Invoice:
    usages = [Usage("UK Mobile", leg.price, int(leg.answered), leg.billed_s, leg.charge) for leg in legs]
    return Invoice(
        number="2025-000001",
        issuer=Party("Switchboard"),
        partner=Party("Orbita"),
        issued=date(2025, 12, 1),
        due=date(2025, 12, 15),
        period=invoice_period(date(2025, 11, 1), date(2025, 11, 1), "Africa/Nairobi"),
        sums=invoice_lines(USD, usages),
    )


def test_an_invoices_csv_has_its_charged_client_legs_sealed_or_not(tmp_path: Path) -> None:
    ours = [a_leg("c1", connect_ms=NOON + 9_000), a_leg("c2", connect_ms=NOON)]
    others = [
        a_leg("c1", Side.VENDOR),
        a_leg("c3", partner="minnow"),
        a_leg("c4", connect_ms=NOON + 12 * 3_600_000),
        a_leg("c5", connect_ms=None, duration_ms=0),
        a_leg("c6", state=LegState.OPEN),
    ]
    with a_place(tmp_path) as place:
        catalog = an_empty_catalog(place.home.catalog_url())
        catalog.codes.enter([CodeSeed(str(n), f"Destination {n}", "GB") for n in range(1, 10)], "test", **BY)
        catalog.close()
        filled(place, [ours[0], *others, ours[1]], sealed=4)
        file, period = tmp_path / "invoices" / "1.csv", invoice(ours).period
        query = InvoiceQuery(ORBITA, period.from_ms, period.to_ms, period.zone, csv=file)
        usage = invoice_usage(place.home, query)
    assert usage.traffic == [row for row in usage.traffic if row.partner == ORBITA] and not usage.counts
    assert sum(row.charge for row in usage.traffic if row.side is Side.CLIENT) == sum(leg.charge for leg in ours)
    lines = list(csv.DictReader(file.read_text().splitlines()))
    assert [line["connect"] for line in lines] == ["2025-11-01T15:00:00.000+03:00", "2025-11-01T15:00:09.000+03:00"]
    assert [line["amount"] for line in lines] == [decimal_text(leg.charge) for leg in ours]
    assert {line["destination"] for line in lines} == {"Destination 1"}
    assert [path.name for path in file.parent.iterdir()] == ["1.csv"]


def test_an_invoices_document_is_a_pdf(tmp_path: Path) -> None:
    with a_place(tmp_path) as place:
        job = InvoiceJob(invoice([a_leg("c1")]), tmp_path / "invoices" / "1.pdf")
        make_invoice(place.home, job)
    assert job.pdf.read_bytes().startswith(b"%PDF")
