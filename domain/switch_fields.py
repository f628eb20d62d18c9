"""Switches and trunks by the names of their fields: what `switches set`, `trunks set` and `show` speak of.

A switch has its own fields and, beside them, those of its recipe. A trunk has its own, those of its number rules behind
`rules.`, and those of its options. Secrets can be set and are never among the texts.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.directory import NumberRules, Recipe, Switch, Trunk, TrunkOptions
from domain.field_text import names_of, texts_of, unknown_field, with_texts
from domain.recipes import RECIPES, recipe_named

SECRETS = frozenset({"secret", "auth_password"})
SWITCH_FIELDS = ("address", "secret", "require_message_authenticator", "recipe")
RECIPE_FIELDS = tuple(name for name in names_of(Recipe) if name != "name")
TRUNK_FIELDS = ("host", "port", "name", "switch", "plan", "max_calls", "max_cps", "enabled")
_RULES = "rules."
TRUNK_NAMES = (*TRUNK_FIELDS, *(f"{_RULES}{name}" for name in names_of(NumberRules)), *names_of(TrunkOptions))
"""All that can be set of a trunk; `answers` stands for one name of each cause."""


def switch_texts(switch: Switch) -> dict[str, str]:
    """Return the fields of a switch and its recipe as text, but for its secret."""
    texts = texts_of(replace(switch, secret=""))
    shown = {name: texts[name] for name in SWITCH_FIELDS if name not in SECRETS}
    return shown | {"recipe": switch.recipe.name} | recipe_texts(switch.recipe)


def recipe_texts(recipe: Recipe) -> dict[str, str]:
    """Return what a recipe says as text, but for its name."""
    return {name: text for name, text in texts_of(recipe).items() if name != "name"}


def own_settings(recipe: Recipe) -> dict[str, str]:
    """Return what differs in a switch's recipe from the known one of its name."""
    plain = recipe_texts(RECIPES.get(recipe.name, Recipe(recipe.name)))
    return {name: text for name, text in recipe_texts(recipe).items() if plain[name] != text}


def changed_switch(switch: Switch, texts: Mapping[str, str]) -> Switch:
    """Return the switch with some fields changed; another `recipe` comes as it is, without what was set before.

    Raises InputError.
    """
    where = f"switch {switch.id}"
    for name in texts:
        if name not in SWITCH_FIELDS + RECIPE_FIELDS:
            raise unknown_field(name, SWITCH_FIELDS + RECIPE_FIELDS, where)
    recipe = recipe_named(texts["recipe"]) if "recipe" in texts else switch.recipe
    recipe = with_texts(recipe, {name: text for name, text in texts.items() if name in RECIPE_FIELDS}, where)
    own = {name: text for name, text in texts.items() if name in SWITCH_FIELDS and name != "recipe"}
    return replace(with_texts(switch, own, where), recipe=recipe)


def trunk_texts(trunk: Trunk) -> dict[str, str]:
    """Return the fields of a trunk, its number rules and its options as text, but for its password."""
    texts = texts_of(replace(trunk, rules=NumberRules(), options=TrunkOptions()))
    shown = {name: texts[name] for name in TRUNK_FIELDS}
    shown |= {f"{_RULES}{name}": text for name, text in texts_of(trunk.rules).items()}
    return shown | {name: text for name, text in texts_of(trunk.options).items() if name not in SECRETS}


def own_options(trunk: Trunk) -> dict[str, str]:
    """Return the options of a trunk that are not as they are by default, but for its password."""
    plain = texts_of(TrunkOptions())
    given = texts_of(trunk.options).items()
    return {name: text for name, text in given if name not in SECRETS and plain.get(name) != text}


def changed_trunk(trunk: Trunk, texts: Mapping[str, str]) -> Trunk:
    """Return the trunk with some fields changed. Raises InputError."""
    where = f"trunk {trunk.id}"
    own: dict[str, str] = {}
    rules: dict[str, str] = {}
    options: dict[str, str] = {}
    for name, text in texts.items():
        if name in TRUNK_FIELDS:
            own[name] = text
        elif name.removeprefix(_RULES) in names_of(NumberRules) and name.startswith(_RULES):
            rules[name.removeprefix(_RULES)] = text
        elif name.partition(".")[0] in names_of(TrunkOptions):
            options[name] = text
        else:
            raise unknown_field(name, TRUNK_NAMES, where)
    return replace(
        with_texts(trunk, own, where),
        rules=with_texts(trunk.rules, rules, where),
        options=with_texts(trunk.options, options, where),
    )


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Say what changed, field by field: `cause_base 10 (was 16)`."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        f"{name} {after.get(name) or 'none'} (was {before.get(name) or 'none'})"
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]
