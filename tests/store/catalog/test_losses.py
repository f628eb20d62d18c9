"""Allowed losses in the catalog: what they name is there, and a name that comes again is another budget."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.limits import Period
from domain.loss_fields import changed_loss, loss_texts
from domain.losses import AllowedLoss, LossId
from domain.money import units_of
from store.catalog import Catalog
from store.directory_file import read_directory, write_directory
from tests.store.catalog.builders import AT, partner

BY: dict[str, Any] = {"who": "eve", "at_ms": AT}
ORBITA, KESTREL = PartnerId("orbita"), PartnerId("kestrel")


def allowance(name: str = "promo", **fields: Any) -> AllowedLoss:
    values: dict[str, Any] = {"id": LossId(name), "client": ORBITA, "budget": units_of("25"), "period": Period.WEEK}
    return AllowedLoss(**(values | fields))


@pytest.fixture
def furnished(catalog: Catalog) -> Catalog:
    for name in (ORBITA, KESTREL):
        catalog.partners.add(partner(id=name), **BY)
    return catalog


def test_allowances_come_back_as_they_were_and_are_in_the_directory(furnished: Catalog, tmp_path: Path) -> None:
    before = furnished.directory_version()
    whole = allowance(
        vendor=KESTREL, code="254", most_bp=500, from_ms=AT, until_ms=2**53, zone="Africa/Nairobi", why="a promise"
    )
    added = furnished.losses.add(whole, **BY)
    assert added == replace(whole, made_ms=AT)
    assert furnished.losses.list() == [added] == [furnished.losses.get(added.id)]
    directory = furnished.directory()
    assert (directory.losses, directory.version > before) == ((added,), True)
    write_directory(tmp_path / "directory.json", directory)
    assert read_directory(tmp_path / "directory.json").losses == (added,)


def test_what_was_lost_stays_counted_over_a_change_and_begins_anew_with_a_new_one(furnished: Catalog) -> None:
    first = furnished.losses.add(allowance(), **BY)
    furnished.losses.change(replace(first, budget=units_of("50")), **BY)
    assert furnished.losses.get(first.id).use_id == first.use_id
    furnished.losses.remove(first.id, **BY)
    assert furnished.losses.add(allowance(), who="eve", at_ms=AT + 1).use_id != first.use_id


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        (lambda catalog: catalog.losses.add(allowance(client=PartnerId("nobody")), **BY), NotFoundError, "'nobody'"),
        (lambda catalog: catalog.losses.add(allowance(vendor=PartnerId("nobody")), **BY), NotFoundError, "'nobody'"),
        (lambda catalog: catalog.losses.add(allowance(destination=DestinationId(9)), **BY), NotFoundError, "9"),
        (lambda catalog: catalog.losses.add(allowance("A b"), **BY), InputError, "A b"),
        (lambda catalog: catalog.losses.add(allowance(budget=0), **BY), InputError, "above zero"),
        (lambda catalog: catalog.losses.add(allowance(zone="Nowhere"), **BY), InputError, "Nowhere"),
        (lambda catalog: catalog.losses.change(allowance("other"), **BY), NotFoundError, "'other'"),
        (lambda catalog: catalog.losses.remove(LossId("other"), **BY), NotFoundError, "'other'"),
    ],
)
def test_what_cannot_be_is_refused(
    furnished: Catalog, change: Callable[[Catalog], None], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        change(furnished)
    assert furnished.losses.list() == []


def test_a_name_is_given_once_and_a_partner_that_one_names_stays(furnished: Catalog) -> None:
    furnished.losses.add(allowance(vendor=KESTREL), **BY)
    with pytest.raises(ConflictError):
        furnished.losses.add(allowance(), **BY)
    for name in (ORBITA, KESTREL):
        with pytest.raises(ConflictError, match="promo"):
            furnished.removals.partner(name, **BY)


def test_every_field_is_written_and_read_as_the_same() -> None:
    known = {"UK Mobile": DestinationId(7)}
    whole = allowance(destination=DestinationId(7), vendor=KESTREL, most_bp=5, from_ms=AT, until_ms=AT + 1, why="x, y")
    texts = loss_texts(whole, lambda number: "UK Mobile")
    assert changed_loss(allowance(), texts, lambda name: known[name]) == whole
    assert changed_loss(whole, dict.fromkeys(("destination", "from", "until", "most_bp", "vendor", "why"), ""),
                        lambda name: known[name]) == allowance()  # fmt: skip
    with pytest.raises(InputError, match="'soon' is no time"):
        changed_loss(whole, {"from": "soon"}, lambda name: known[name])
    with pytest.raises(InputError, match="no field 'client'"):
        changed_loss(whole, {"client": "kestrel"}, lambda name: known[name])
