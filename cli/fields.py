"""FIELD=VALUE on the command line, secrets that never stand there, and how fields are shown."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import typer

from cli import output


def assignments(words: Iterable[str], secrets: Mapping[str, str]) -> dict[str, str]:
    """Read FIELD=VALUE words, or end the command as wrong usage; `secrets` names the option that takes each secret."""
    given: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        name = name.strip().replace("-", "_") if "." not in name else name.strip()
        if not sign or not name:
            raise typer.BadParameter(f"{word!r} is not FIELD=VALUE")
        if name in secrets:
            raise typer.BadParameter(
                f"{name} does not belong on a command line, where others read it: use {secrets[name]}"
            )
        if name in given:
            raise typer.BadParameter(f"{name} is given twice")
        given[name] = value
    return given


def secret_of(file: Path | None, variable: str) -> str | None:
    """Return a secret from its file, or from the environment variable that is named; None where neither is given."""
    if file is not None:
        return file.read_text().strip()
    if variable and variable not in os.environ:
        raise typer.BadParameter(f"there is no environment variable {variable}")
    return os.environ[variable] if variable else None


def in_order(fields: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return fields in the order of names; of a switchboard that is newer than this command, the rest behind."""

    def place(field: str) -> tuple[int, str]:
        known = field if field in names else field.partition(".")[0]
        return (names.index(known) if known in names else len(names)), field

    return {field: fields[field] for field in sorted(fields, key=place)}


def write_fields(fields: Mapping[str, str], differing: Mapping[str, str], why: str) -> None:
    """Print every field that `set` takes; `*` marks those that differ, by the sentence `why`."""
    output.table(
        ("", "field", "value"),
        (["*" if name in differing else "", name, value] for name, value in fields.items()),
        "no fields",
    )
    if differing:
        output.lines([f"* {why}"])
