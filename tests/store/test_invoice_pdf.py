"""The documents of an invoice."""

import csv
import io
from dataclasses import replace
from datetime import date

from domain.invoicing import CallRow, Invoice, Party, Usage, invoice_lines, invoice_period
from domain.money import Currency
from domain.rates import Service, Unit
from domain.short_calls import ShortCallFee, ShortCallRule, surcharge_lines
from store.invoice_pdf import CALL_COLUMNS, calls_csv, render_invoice
from tests.store.pdf_text import pdf_pages, pdf_words


def invoice(usages: list[Usage], partner: str = "Callwell Telecom", currency: str = "USD") -> Invoice:
    return Invoice(
        number="2026-000042",
        issuer=Party("Switchboard Carrier", ("12 Exchange Street", "London")),
        partner=Party(partner, ("Rue du Rhône 14", "1204 Genève")),
        issued=date(2026, 11, 2),
        due=date(2026, 12, 2),
        period=invoice_period(date(2026, 10, 1), date(2026, 10, 31), "Europe/Zurich"),
        sums=invoice_lines(Currency(currency), usages),
        pay_to=("Example Bank", "IBAN GB33 BUKB 2020 1555 5555 55"),
        notes=("Reverse charge.",),
    )


UK = Usage("United Kingdom Mobile", 2_940_000, 72_000, 10_800_000, 529_200_000_000)
INDIA = Usage("India", 1_350_000, 27_000, 4_050_000, 91_125_000_000)


def test_the_pdf_says_who_when_what_and_how_much() -> None:
    pdf = render_invoice(invoice([UK, INDIA]))
    words = pdf_words(pdf)
    assert pdf.startswith(b"%PDF-") and pdf_pages(pdf) == 1
    for text in (
        "Switchboard Carrier",
        "Callwell Telecom",
        "Rue du Rhône 14",
        "2026-000042",
        "2026-12-02",
        "Europe/Zurich",
        "United Kingdom Mobile",
        "72,000",
        "180,000.00",
        "0.0294",
        "5,292.00",
        "911.25",
        "USD 6,203.25",
        "IBAN GB33 BUKB 2020 1555 5555 55",
        "Reverse charge.",
    ):
        assert text in words, text


def test_a_surcharge_shows_how_it_came_about() -> None:
    rule = ShortCallRule(fee=1_000_000)
    fees = surcharge_lines([ShortCallFee(rule, "", 1_230, 210), ShortCallFee(rule, "India", 10, 0)], Currency("USD"))
    of_calls = invoice([UK])
    words = pdf_words(render_invoice(replace(of_calls, sums=invoice_lines(Currency("USD"), [UK], fees))))
    for text in ("Short calls", "1,230 answered, 210 ≤ 6 s = 17.07 %, 184 free at 15 %, 26 × 0.0100"):
        assert text in words, text
    assert {"26", "0.0100 per call", "0.26", "USD 5,292.26"} <= set(words.splitlines())
    assert "rounded down to whole calls" in words and "India" not in words
    assert "Short calls" not in pdf_words(render_invoice(of_calls))


def test_names_are_printed_as_they_are_never_taken_for_markup() -> None:
    name = 'A #*_$ <x> \\ [b] @c "d" = e'
    assert name in pdf_words(render_invoice(invoice([UK], partner=name)))


def test_a_long_invoice_has_numbered_pages_with_the_head_of_the_table_on_each() -> None:
    usages = [Usage(f"Destination {number:03d}", number, 1, 60, 1_000_000) for number in range(1, 101)]
    pdf = render_invoice(invoice(usages))
    words = pdf_words(pdf).splitlines()
    pages = pdf_pages(pdf)
    assert pages > 2
    assert words.count("Price per minute") == pages
    assert all(f"Destination {number:03d}" in words for number in range(1, 101))
    assert "Destination 101" not in words


def test_a_currency_without_minor_unit_shows_none() -> None:
    words = pdf_words(render_invoice(invoice([UK], currency="JPY")))
    assert "JPY 5,292" in words and "5,292.00" not in words


def test_an_invoice_without_calls_is_still_a_document() -> None:
    assert "USD 0.00" in pdf_words(render_invoice(invoice([])))


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_calls_are_listed_in_the_time_of_the_partner() -> None:
    call = CallRow(1_790_805_600_007, "442071234567", "447700900123", "UK, Mobile", 7_050, 8, 2_940_000, 392_000)
    assert read(calls_csv([call], "Europe/Zurich")) == [
        {
            "connect": "2026-10-01T00:00:00.007+02:00",
            "caller": "442071234567",
            "called": "447700900123",
            "destination": "UK, Mobile",
            "duration_s": "7.050",
            "billed_s": "8",
            "price_per_min": "0.0294",
            "amount": "0.00392",
            "service": "voice",
            "unit": "second",
            "price_per_unit": "",
            "volume": "",
            "billed_volume": "",
        }
    ]


def test_a_session_is_listed_with_what_it_moved() -> None:
    session = CallRow(0, "guest7", "00000", "Data", 0, 0, 1_000_000, 12_695, Service.DATA, Unit.MEGABYTE, 13_143, 13)
    (line,) = read(calls_csv([session], "UTC"))
    assert (line["price_per_min"], line["price_per_unit"], line["billed_s"]) == ("", "0.0100", "0")
    assert (line["service"], line["unit"], line["volume"], line["billed_volume"], line["amount"]) == (
        "data", "megabyte", "13143", "13", "0.00012695",
    )  # fmt: skip


def test_an_invoice_of_more_than_calls_says_what_each_figure_is() -> None:
    data = Usage("Data", 1_000_000, 3, 0, 20_000_000, service=Service.DATA, unit=Unit.MEGABYTE, billed_volume=20_480)
    texts = Usage("Message", 5_000_000, 2, 0, 10_000_000, service=Service.MESSAGE, unit=Unit.EVENT, billed_volume=2)
    words = pdf_words(render_invoice(invoice([UK, data, texts])))
    for text in ("Quantity", "180,000.00 min", "0.0294 per minute", "20.000 MB", "0.0100 per MB", "2 events", "0.20"):
        assert text in words, text
    assert "Price per minute" not in words


def test_a_name_cannot_become_a_formula() -> None:
    call = CallRow(0, "1", "2", '=HYPERLINK("x")', 0, 0, 0, 0)
    assert read(calls_csv([call], "UTC"))[0]["destination"] == '\'=HYPERLINK("x")'


def test_a_list_without_calls_has_its_header() -> None:
    assert calls_csv([], "UTC").decode() == ",".join(CALL_COLUMNS) + "\r\n"
