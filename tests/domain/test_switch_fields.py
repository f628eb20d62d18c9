"""Switches and trunks by the names of their fields."""

import pytest

from domain.directory import Direction, Switch, Trunk, TrunkOptions
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId, SwitchId, TrunkId
from domain.recipes import recipe_named
from domain.switch_fields import (
    changed_switch,
    changed_trunk,
    differences,
    own_options,
    own_settings,
    switch_texts,
    trunk_texts,
)

GW = Switch(SwitchId("gw1"), "192.0.2.10", recipe_named("cisco"), secret="hush")
TRUNK = Trunk(TrunkId("t"), PartnerId("acme"), Direction.IN, options=TrunkOptions(auth_user="acme", auth_password="pw"))


def test_a_switch_takes_its_own_fields_and_those_of_its_recipe() -> None:
    changed = changed_switch(GW, {"address": "192.0.2.11", "cause_base": "10", "secret": "new"})
    assert (changed.address, changed.recipe.cause_base, changed.secret) == ("192.0.2.11", 10, "new")
    assert own_settings(changed.recipe) == {"cause_base": "10"}


def test_another_recipe_comes_whole_and_what_is_given_with_it_counts() -> None:
    once = changed_switch(GW, {"cause_base": "10"})
    changed = changed_switch(once, {"zone": "Europe/Kyiv", "recipe": "gnugk"})
    assert changed.recipe.name == "gnugk"
    assert own_settings(changed.recipe) == {"zone": "Europe/Kyiv"}
    with pytest.raises(NotFoundError, match="no recipe"):
        changed_switch(GW, {"recipe": "abacus"})


def test_secrets_are_never_among_the_texts() -> None:
    assert "hush" not in switch_texts(GW).values()
    assert "pw" not in {*trunk_texts(TRUNK).values(), *own_options(TRUNK).values()}
    assert own_options(TRUNK) == {"auth_user": "acme"}


def test_a_trunk_takes_its_own_fields_its_rules_and_its_options() -> None:
    changed = changed_trunk(TRUNK, {"enabled": "false", "rules.strip": "2", "portability": "route", "max_cps": "9"})
    assert (changed.enabled, changed.rules.strip, changed.options.portability, changed.max_cps) == (
        False,
        2,
        "route",
        9,
    )
    assert changed.options.auth_password == "pw"
    said = differences(trunk_texts(TRUNK), trunk_texts(changed))
    assert said == [
        "max_cps 9 (was none)",
        "enabled false (was true)",
        "rules.strip 2 (was 0)",
        "portability route (was ignore)",
    ]


def test_a_name_that_is_near_one_of_the_rules_is_led_there() -> None:
    with pytest.raises(InputError, match=r"trunk t: there is no field 'strip'. Did you mean .*rules\.strip"):
        changed_trunk(TRUNK, {"strip": "2"})
    with pytest.raises(InputError, match="there is no field 'partner'"):
        changed_trunk(TRUNK, {"partner": "other"})


def test_what_shows_can_be_set_again() -> None:
    assert changed_switch(GW, switch_texts(GW)) == GW
    assert changed_trunk(TRUNK, trunk_texts(TRUNK)) == TRUNK
