"""Settings from `switchboard.toml` and the environment (SWITCHBOARD_SECTION__KEY wins), faults told in plain words."""

import os
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from domain.errors import InputError, NotFoundError
from domain.settings import NodeSettings, Settings, ShardSettings
from domain.source_settings import SheetFolderSettings

NAME = "switchboard.toml"
PREFIX = "SWITCHBOARD_"


def load_settings(data: Path, config: Path | None = None) -> Settings:
    """Read the settings: `config`, else `<data>/switchboard.toml` where it exists, then the environment over it.

    Raises NotFoundError when `config` is missing, InputError with one sentence per line and fault.
    """
    path = config if config is not None else data / NAME
    return _settings(_merge(_read_toml(path, needed=config is not None), _read_environment()), path)


def settings_of_file(path: Path) -> Settings:
    """Read what a file alone says, whatever the environment has; without one: the defaults. Raises InputError."""
    return _settings(_read_toml(path, needed=False), path)


def _settings(merged: dict[str, Any], path: Path) -> Settings:
    store = merged.get("store")
    if isinstance(store, dict) and store.get("password_file") and not store.get("password"):
        merged["store"] = store | {"password": _read_secret(Path(str(store["password_file"])), path)}
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise InputError("\n".join(_sentences(error.errors(), path))) from None


def _read_toml(path: Path, *, needed: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if not needed:
            return {}
        raise NotFoundError("there is no such settings file", where=str(path), mend="Check --config.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=str(path), mend="See switchboard.example.toml.") from None


def _read_environment() -> dict[str, Any]:
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in Settings.model_fields.items()}
    twin = create_model("Settings", __base__=BaseSettings, **fields)  # the source reads BaseSettings classes only
    source = EnvSettingsSource(twin, env_prefix=PREFIX, env_nested_delimiter="__", case_sensitive=False)
    try:
        return source()
    except SettingsError as error:
        raise InputError(f"{error}", where="environment", mend="Sections and lists are given as JSON.") from None


def _read_secret(secret: Path, path: Path) -> str:
    try:
        return secret.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"store.password_file {secret} cannot be read ({error})", where=str(path)) from None


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _merge(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _sentences(faults: Iterable[ErrorDetails], path: Path) -> list[str]:
    return [_sentence(fault, path) for fault in faults]


def _sentence(fault: ErrorDetails, path: Path) -> str:
    loc = fault["loc"]
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    variable = PREFIX + "__".join(str(part).upper() for part in loc)
    where = variable if variable in {key.upper() for key in os.environ} else str(path)
    model, field = _field(loc)
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), model.model_fields, 1) if model else []
        known = f"did you mean {near[0]}?" if near else f"known are {', '.join(model.model_fields if model else [])}."
        return f"{where}: {name} is no setting; {known}"
    if field is None or not loc:
        return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
    return f"{where}: {name} is {_shown(fault['input'], field)}; allowed is {_allowed(fault, field)}."


def _field(loc: tuple[int | str, ...]) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Walk to the model that should hold the last name of `loc`, and to its field if it exists."""
    model: type[BaseModel] | None = Settings
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            continue
        if field is not None:
            inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
            model = next((kind for kind in inner if issubclass(kind, BaseModel)), None)
        field = model.model_fields.get(part) if model else None
    return model, field


def _shown(value: object, field: FieldInfo) -> str:
    if field.annotation is SecretStr:
        return "hidden"
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", repr(value))


def _allowed(fault: ErrorDetails, field: FieldInfo) -> str:
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    if get_origin(field.annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(field.annotation))
    low = next((str(m.ge) for m in field.metadata if isinstance(m, Ge)), "")
    high = next((str(m.le) for m in field.metadata if isinstance(m, Le)), "")
    kinds: dict[object, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    kinds |= {SecretStr: "text", tuple[NodeSettings, ...]: "a list of sections"}
    kinds |= {tuple[ShardSettings, ...]: "a list of sections", tuple[SheetFolderSettings, ...]: "a list of sections"}
    kind = kinds.get(field.annotation, "a section")
    if low or high:
        return f"{kind} from {low} to {high}"
    pattern = next((str(m.pattern) for m in field.metadata if getattr(m, "pattern", None)), "")
    least = any(isinstance(m, MinLen) for m in field.metadata)
    return f"{kind} like {pattern}" if pattern else f"{kind}, not empty" if least else kind
