"""`switchboard ported`: what an operator enters and sees of moved numbers."""

from pathlib import Path

import pytest

from protos.operators_pb2 import Changed, FieldChanges, RejectedRow
from protos.portability_pb2 import PortedNumber, PortedReport, PortedSource, PortedSources
from tests.cli.far_desk import FarDesk


def test_a_source_goes_as_it_was_written(desk: FarDesk) -> None:
    desk.says("Portability.Add", Changed(what="source kenya (file) added"))
    assert "added" in desk.run("ported", "add", "kenya", "kind=file", "prefixes=254,255").stdout
    asked = desk.asked("Portability.Add")
    assert (asked.name, dict(asked.fields)) == ("kenya", {"kind": "file", "prefixes": "254,255"})
    desk.says("Portability.Set", Changed(what="source kenya: prefixes 254"))
    assert desk.run("ported", "set", "kenya", "prefixes=254").exit_code == 0
    assert desk.asked("Portability.Set") == FieldChanges(id="kenya", values={"prefixes": "254"})


def test_sources_are_a_table(desk: FarDesk) -> None:
    file = {"kind": "file", "prefixes": "254", "server": "", "zone": "e164.arpa", "timeout_ms": "300", "keep_s": "3600"}
    file["silent"] = "as-dialled"
    server = file | {"kind": "enum", "prefixes": "", "server": "192.0.2.53:53", "silent": "refuse"}
    sources = [
        PortedSource(name="kenya", fields=file, numbers=1_234_567, file_name="k.csv", imported_ms=1),
        PortedSource(name="lnp", fields=server),
    ]
    desk.says("Portability.List", PortedSources(sources=sources))
    said = desk.run("ported", "list").stdout
    for words in ("1,234,567", "k.csv", "all others", "192.0.2.53:53", "refuse"):
        assert words in said
    desk.says("Portability.List", PortedSources())
    assert "no sources: add one" in desk.run("ported", "list").stdout


def test_a_file_goes_in_pieces_and_its_wrong_rows_are_listed(desk: FarDesk, tmp_path: Path) -> None:
    file = tmp_path / "k.csv"
    file.write_text("254700000001,254733\nabc,1\n")
    rejects = [RejectedRow(row=2, reason="no number", raw="abc,1")]
    desk.says("Portability.Import", PortedReport(rows=2, added=1, numbers=1, wrong=1, rejects=rejects))
    said = desk.run("ported", "import", "kenya", str(file), "--changes").stdout
    assert "no number" in said and "abc,1" in said
    head, *rest = desk.requests["Portability.Import"]
    assert (head.source, head.changes, b"".join(one.data for one in rest)) == ("kenya", True, file.read_bytes())


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (PortedNumber(number="1"), "no source has such numbers"),
        (PortedNumber(number="1", source="lnp"), "does not answer"),
        (PortedNumber(number="1", source="lnp", answered=True, destination="Kenya"), "it stayed (lnp), Kenya"),
        (PortedNumber(number="1", source="k", answered=True, routing_number="254733", carrier="2547"), "254733"),
    ],
)
def test_what_is_known_of_a_number_is_a_sentence(desk: FarDesk, found: PortedNumber, said: str) -> None:
    desk.says("Portability.Find", found)
    assert said in desk.run("ported", "find", "254700000001").stdout
