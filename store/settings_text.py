"""Settings as the text of a `switchboard.toml`: for a copy whose settings are not those of one file as it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from domain.settings import Settings, StoreSettings

IN_FORCE = "The settings in force when this backup was made, those of the environment among them."


def of_one_machine(settings: Settings) -> Settings:
    """Return the settings of a copy on files, which is for one machine: without cluster, other machines, database.

    The nodes of other machines are left out: their listeners' addresses are theirs.
    """
    plain = settings.model_dump(exclude={"cluster", "shard", "node", "store"}, exclude_defaults=True)
    store = settings.store.model_dump(exclude={"url", "password", "password_file"}, exclude_defaults=True)
    nodes = [node.model_dump() | {"machine": ""} for node in settings.nodes_on(settings.cluster.machine)]
    return Settings.model_validate(plain | {"store": StoreSettings(**store)} | ({"node": nodes} if nodes else {}))


def settings_text(settings: Settings, password: str = "", *, head: str = IN_FORCE) -> str:
    """Return what differs from the defaults as TOML, with no password but the one given (that of the database)."""
    plain = settings.model_dump(exclude_defaults=True)
    store = {key: value for key, value in plain.pop("store", {}).items() if key != "password"}
    if password:
        store["password"] = password
    sections = ({"store": store} if store else {}) | plain
    lines = [f"# {head}"]
    for name, section in sections.items():
        one_or_more = section if isinstance(section, list | tuple) else [section]
        head = f"[[{name}]]" if isinstance(section, list | tuple) else f"[{name}]"
        for one in one_or_more:
            lines += ["", head, *_lines(one)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as a basic string of TOML 1.0."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(section: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(value)}" for key, value in section.items() if not isinstance(value, SecretStr))


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_lines(value))} }}"
    return quoted(value) if isinstance(value, str) else json.dumps(value)
