"""Static entries in the catalog: what they name is there, and no two are about the same routes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.directory import Direction
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, PartnerId, TrunkId
from domain.policies.statics import Place, Static, StaticId
from store.catalog import Catalog
from store.directory_file import read_directory, write_directory
from tests.store.catalog.builders import AT, partner, trunk

BY: dict[str, Any] = {"who": "eve", "at_ms": AT}
ORBITA, KESTREL = PartnerId("orbita"), PartnerId("kestrel")


def entry(name: str = "e", place: Place = Place.FIRST, **fields: Any) -> Static:
    return Static(StaticId(name), place, **({"vendor": KESTREL} | fields))


@pytest.fixture
def furnished(catalog: Catalog) -> Catalog:
    """A client and a vendor with an outgoing trunk."""
    for name in (ORBITA, KESTREL):
        catalog.partners.add(partner(id=name), **BY)
    catalog.trunks.add(trunk(id=TrunkId("k-out"), partner=KESTREL, direction=Direction.OUT, host="k.example"), **BY)
    return catalog


def test_entries_come_back_as_they_were_and_are_in_the_directory(furnished: Catalog, tmp_path: Path) -> None:
    before = furnished.directory_version()
    one = entry(code="4479", weight=60, at_most_bp=6_000)
    other = entry("f", Place.NEVER, client=ORBITA, vendor=None, trunk=TrunkId("k-out"), product="gold", priority=2)
    furnished.statics.add(other, **BY)
    furnished.statics.add(one, **BY)
    assert furnished.statics.list() == [one, other]
    directory = furnished.directory()
    assert directory.statics == (one, other)
    assert directory.version > before
    write_directory(tmp_path / "directory.json", directory)
    assert read_directory(tmp_path / "directory.json").statics == (one, other)
    furnished.statics.remove(one.id, **BY)
    assert furnished.statics.list() == [other]
    with pytest.raises(NotFoundError, match="'e'"):
        furnished.statics.remove(one.id, **BY)


def test_no_two_are_about_the_same_routes(furnished: Catalog) -> None:
    furnished.statics.add(entry(), **BY)
    with pytest.raises(ConflictError, match="entry e is about the same routes"):
        furnished.statics.add(entry("f", Place.LAST), **BY)
    furnished.statics.add(entry("f", code="44"), **BY)
    with pytest.raises(ConflictError):
        furnished.statics.add(entry("f", code="45"), **BY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"vendor": PartnerId("nobody")}, "nobody"),
        ({"client": PartnerId("nobody")}, "nobody"),
        ({"client": KESTREL}, "sends no calls to itself"),
        ({"trunk": TrunkId("x-out")}, "x-out"),
        ({"vendor": ORBITA, "trunk": TrunkId("k-out")}, "is kestrel's, not orbita's"),
        ({"destination": DestinationId(9)}, "9"),
        ({"weight": 0}, "weight 0"),
    ],
)
def test_what_cannot_be_is_not_entered(furnished: Catalog, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        furnished.statics.add(entry(**fields), **BY)


@pytest.mark.parametrize(
    "remove",
    [
        lambda catalog: catalog.removals.trunk(TrunkId("k-out"), **BY),
        lambda catalog: catalog.removals.partner(ORBITA, **BY),
    ],
)
def test_what_an_entry_names_is_not_removed_under_it(furnished: Catalog, remove: Callable[[Catalog], None]) -> None:
    furnished.statics.add(entry(client=ORBITA, trunk=TrunkId("k-out")), **BY)
    with pytest.raises(ConflictError, match="static entry e refers to it"):
        remove(furnished)
