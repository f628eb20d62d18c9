"""Operators bring in moved numbers, and calls go by them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.portability import PortabilityService
from domain.errors import ConflictError, InputError, NotFoundError
from protos import operators_pb2 as operators
from protos import portability_pb2 as pb

NOBODY: Any = None
FILE = "number,rn\n441632960001,447700\n441632960002,447700\nwrong,1\n"


@pytest.fixture
async def ported(desk: Desk) -> PortabilityService:
    service = PortabilityService(desk)
    await service.Add(pb.PortedSource(name="uk", fields={"kind": "file", "prefixes": "44"}), NOBODY)
    return service


async def chunks(text: str, *, changes: bool = False, source: str = "uk") -> AsyncIterator[pb.PortedChunk]:
    yield pb.PortedChunk(source=source, file_name="uk.csv", changes=changes)
    for at in range(0, len(text), 10):
        yield pb.PortedChunk(data=text[at : at + 10].encode())


async def brought(ported: PortabilityService, text: str, **how: Any) -> pb.PortedReport:
    return await ported.Import(chunks(text, **how), NOBODY)


async def found(ported: PortabilityService, number: str) -> tuple[str, bool, str]:
    said = await ported.Find(pb.PortedQuery(number=number), NOBODY)
    return said.source, said.answered, said.routing_number


async def test_numbers_that_are_brought_in_are_known_at_once(desk: Desk, ported: PortabilityService) -> None:
    assert await found(ported, "441632960001") == ("uk", False, "")
    report = await brought(ported, FILE)
    assert (report.numbers, report.added, report.wrong, report.rejects[0].row) == (2, 2, 1, 4)
    assert await found(ported, "+441632960001") == ("uk", True, "447700")
    assert await found(ported, "441632960003") == ("uk", True, "")
    assert await found(ported, "33123456789") == ("", False, "")
    [listed] = (await ported.List(operators.Empty(), NOBODY)).sources
    assert (listed.numbers, listed.file_name, listed.edition) == (2, "uk.csv", 1)


async def test_changes_are_laid_over_what_is_known_and_a_whole_file_takes_its_place(
    desk: Desk, ported: PortabilityService
) -> None:
    await brought(ported, FILE)
    report = await brought(ported, "441632960001,\n441632960009,447700\n", changes=True)
    assert (report.numbers, report.added, report.removed) == (2, 1, 1)
    assert [(await found(ported, f"44163296000{at}"))[2] for at in (1, 2, 9)] == ["", "447700", "447700"]
    await brought(ported, "441632960005,447700\n")
    assert [(await found(ported, f"44163296000{at}"))[2] for at in (2, 5)] == ["", "447700"]
    files = sorted(path.name for path in desk.home.snapshots.glob("ported-*"))
    await desk.tidy()
    assert len(files) == 3
    assert len(list(desk.home.snapshots.glob("ported-*"))) == 2


async def test_what_came_is_published_for_nodes(desk: Desk, ported: PortabilityService) -> None:
    await brought(ported, FILE)
    manifest = desk.home.manifest()
    assert manifest is not None
    assert manifest.ported["uk"].version == 1
    assert desk.world is not None
    assert len(desk.world.ported["uk"]) == 2


async def test_a_source_of_a_former_name_begins_behind_its_files(desk: Desk, ported: PortabilityService) -> None:
    await brought(ported, FILE)
    await ported.Remove(operators.Named(name="uk"), NOBODY)
    assert await found(ported, "441632960001") == ("", False, "")
    await ported.Add(pb.PortedSource(name="uk", fields={"prefixes": "44"}), NOBODY)
    [listed] = (await ported.List(operators.Empty(), NOBODY)).sources
    assert (listed.numbers, await found(ported, "441632960001")) == (0, ("uk", False, ""))


async def test_what_cannot_be_is_told(desk: Desk, ported: PortabilityService) -> None:
    with pytest.raises(ConflictError):
        await ported.Add(pb.PortedSource(name="uk", fields={"prefixes": "1"}), NOBODY)
    with pytest.raises(NotFoundError):
        await brought(ported, FILE, source="nobody")
    await ported.Add(
        pb.PortedSource(name="lnp", fields={"kind": "enum", "server": "127.0.0.1:1", "prefixes": "1"}), NOBODY
    )
    with pytest.raises(InputError, match="with its server"):
        await brought(ported, FILE, source="lnp")
    with pytest.raises(InputError, match="one column"):
        await brought(ported, "441632960001\n")
    with pytest.raises(InputError, match="is no number"):
        await ported.Find(pb.PortedQuery(number="x"), NOBODY)
    changed = await ported.Set(operators.FieldChanges(id="lnp", values={"timeout_ms": "20"}), NOBODY)
    assert "timeout_ms" in changed.what
    assert await found(ported, "12025550100") == ("lnp", False, "")
    assert not list((desk.home.data / "staging").glob("ported-*"))
