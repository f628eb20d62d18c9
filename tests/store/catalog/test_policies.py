"""Policies in versions, where they are attached, and the parts of the week for that."""

from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from domain.directory import Policy
from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.policies.policy import ANY_VENDOR, Attachment, TimeProfile, Unmet
from domain.profiles import windows_of
from store.catalog import Catalog
from store.catalog.codes import CodeSeed
from store.catalog.engine import open_engine
from store.catalog.schema import alembic_config
from tests.store.catalog.builders import AT, BY, partner

LATER: dict[str, Any] = {"who": "eve", "at_ms": AT + 1}
ORBITA = PartnerId("orbita")
EVENING = TimeProfile("evening", "Europe/Paris", windows_of("on", range(7), 18 * 60, 6 * 60))


def test_every_change_is_a_version_with_who_when_and_why_and_nothing_is_overwritten(catalog: Catalog) -> None:
    catalog.policies.set(Policy("cheap", order="price"), note="as sold", **BY)
    catalog.policies.set(Policy("cheap", order="price, then acd", unmet=Unmet.REFUSE), **LATER)
    catalog.policies.back("cheap", who="ada", at_ms=AT + 2)
    found, total = catalog.policies.versions("cheap")
    assert total == 3
    assert [(one.policy.version, one.policy.order, one.who, one.at_ms, one.note) for one in found] == [
        (3, "price", "ada", AT + 2, "back to version 1"),
        (2, "price, then acd", "eve", AT + 1, ""),
        (1, "price", "ada", AT, "as sold"),
    ]
    assert catalog.policies.list() == [Policy("cheap", order="price", version=3), Policy("default")]
    assert catalog.policies.get("cheap", 2).policy.unmet is Unmet.REFUSE
    assert catalog.directory().policies.named["cheap"].version == 3


def test_what_a_policy_says_already_makes_no_version(catalog: Catalog) -> None:
    first = catalog.policies.set(Policy("cheap", order="price"), **BY)
    before = catalog.directory_version()
    assert catalog.policies.set(Policy("cheap", order="price", version=7), note="again", **LATER) == first
    assert catalog.directory_version() == before


def test_there_is_no_way_back_to_what_never_was(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match=r"none before version 1.*one only"):
        catalog.policies.back("default", **BY)
    with pytest.raises(NotFoundError, match="Did you mean default"):
        catalog.policies.back("defult", **BY)
    catalog.policies.set(Policy("default", max_routes=3), **BY)
    with pytest.raises(NotFoundError, match=r"no version 9.*1 to 2"):
        catalog.policies.back("default", 9, **BY)


def test_a_wrong_policy_does_not_enter(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="column 8"):
        catalog.policies.set(Policy("bad", order="price, pryce"), **BY)
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        catalog.policies.set(Policy("bad", (PartnerId("nobody"),)), **BY)
    with pytest.raises(InputError, match="one line of up to 200"):
        catalog.policies.set(Policy("bad"), note="x" * 201, **BY)
    catalog.policies.set(Policy("all", (ANY_VENDOR,)), **BY)
    assert [one.name for one in catalog.policies.list()] == ["all", "default"]


def test_a_place_has_one_policy_and_is_free_again_when_it_is_detached(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.policies.set_profile(EVENING, **BY)
    for name in ("cheap", "good"):
        catalog.policies.set(Policy(name), **BY)
    place = Attachment("cheap", ORBITA, "gold", profile="evening")
    assert catalog.policies.attach(place, **BY) == ""
    assert catalog.policies.attach(replace(place, policy="good"), **BY) == "cheap"
    catalog.policies.attach(Attachment("cheap", ORBITA), **BY)
    now = catalog.directory().policies
    assert (now.attached, now.profiles) == (
        (replace(place, policy="good"), Attachment("cheap", ORBITA)),
        {"evening": EVENING},
    )
    with pytest.raises(ConflictError, match="attached policies cheap, good refer to it"):
        catalog.removals.partner(ORBITA, **BY)
    assert catalog.policies.detach(Attachment("", ORBITA), **BY) == "cheap"
    with pytest.raises(NotFoundError, match="nothing is attached there"):
        catalog.policies.detach(Attachment("", ORBITA), **BY)
    assert catalog.policies.detach(place, **BY) == "good"
    catalog.removals.partner(ORBITA, **BY)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Attachment("default"), "hold for all calls"),
        (Attachment("cheep", product="gold"), "no policy 'cheep'"),
        (Attachment("default", PartnerId("nobody")), "no partner 'nobody'"),
        (Attachment("default", product="Gold!"), "no short name"),
        (Attachment("default", destination=DestinationId(99)), "no destination"),
        (Attachment("default", profile="night"), "no profile 'night'"),
    ],
)
def test_what_is_not_there_gets_no_policy(catalog: Catalog, place: Attachment, said: str) -> None:
    with pytest.raises(InputError, match=said):
        catalog.policies.attach(place, **BY)


def test_a_profile_is_changed_in_its_place_and_is_some_time(catalog: Catalog) -> None:
    catalog.policies.set_profile(EVENING, **BY)
    catalog.policies.set_profile(replace(EVENING, zone="UTC"), **BY)
    assert catalog.policies.all().profiles["evening"].zone == "UTC"
    with pytest.raises(InputError, match="never be"):
        catalog.policies.set_profile(TimeProfile("never"), **BY)
    with pytest.raises(InputError, match="unknown time zone"):
        catalog.policies.set_profile(replace(EVENING, zone="Mars"), **BY)


def test_policies_of_before_their_versions_come_in_as_version_1(catalog_url: str) -> None:
    catalog = Catalog.open(catalog_url)
    catalog.partners.add(partner(), **BY)
    catalog.policies.set(Policy("own", (ORBITA,), 50, 3), **LATER)
    catalog.close()
    engine = open_engine(catalog_url)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0009")
        rows = connection.execute(text("SELECT name, vendors, min_margin_bp, max_routes FROM policy ORDER BY name"))
        assert [tuple(row) for row in rows] == [("default", "[]", 0, 8), ("own", '["orbita"]', 50, 3)]
    engine.dispose()
    catalog = Catalog.open(catalog_url)
    assert catalog.policies.list() == [Policy("default"), Policy("own", (ORBITA,), 50, 3)]
    own = catalog.policies.get("own")
    assert (own.who, own.at_ms, own.policy.version) == ("eve", AT + 1, 1)
    catalog.close()


def test_a_policy_that_holds_for_calls_is_not_removed_and_it_is_told_for_which(catalog: Catalog) -> None:
    catalog.codes.enter([CodeSeed("2547", "Kenya Mobile", "KE")], "test", **BY)
    kenya = catalog.codes.destination("Kenya Mobile").id
    catalog.policies.set(Policy("cheap", order="price"), **BY)
    catalog.partners.add(partner("orbita", policy="cheap"), **BY)
    place = Attachment("cheap", product="gold", destination=kenya)
    catalog.policies.attach(place, **BY)
    with pytest.raises(ConflictError, match="client orbita, whose contract names it; product gold, to Kenya Mobile"):
        catalog.policies.remove("cheap", **BY)
    with pytest.raises(InputError, match="under all others"):
        catalog.policies.remove("default", **BY)
    catalog.policies.detach(place, **BY)
    catalog.partners.change(partner("orbita"), **BY)
    catalog.policies.remove("cheap", **LATER)
    assert [one.name for one in catalog.policies.list()] == ["default"]
    assert "cheap" not in catalog.directory().policies.named


def test_what_was_removed_can_be_read_and_goes_on_where_it_is_set_again(catalog: Catalog) -> None:
    catalog.policies.set(Policy("cheap", order="price"), **BY)
    catalog.policies.remove("cheap", **BY)
    for call in (
        lambda: catalog.policies.get("cheap"),
        lambda: catalog.policies.back("cheap", **BY),
        lambda: catalog.policies.remove("cheap", **BY),
        lambda: catalog.policies.attach(Attachment("cheap", product="gold"), **BY),
        lambda: catalog.partners.add(partner("orbita", policy="cheap"), **BY),
    ):
        with pytest.raises(NotFoundError, match="policy cheap was removed"):
            call()
    assert catalog.policies.get("cheap", 1).policy.order == "price"
    assert catalog.policies.versions("cheap")[1] == 1
    assert catalog.policies.set(Policy("cheap", order="price"), **LATER).policy.version == 2
    assert catalog.policies.get("cheap").policy.version == 2
