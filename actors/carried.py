"""Files outside of what is published that nodes need on every machine: certificates, and the key of ours.

The settings of the first machine name them by paths there. A machine that joined finds them in `<data>/carried`,
readable for its owner only, under the names that actors.home gives them.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from actors.home import CARRIED, Home
from actors.tls import certificate_files
from domain.errors import InputError
from domain.settings import Settings

MOST_BYTES, MOST_FILES, MOST_OF_ALL = 1_000_000, 2_000, 16_000_000
"""Bounds of one file, of their number, and of all together: they go over as one message."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The files of the first machine by their names in the data folder of another; `left_out` are beyond the bounds."""

    files: dict[str, Path]
    left_out: tuple[Path, ...]


def carried(home: Home) -> Carried:
    """Return which files go over.

    A file that cannot be read here is left out; the listener that needs it says so when it is to open.
    """
    files: dict[str, Path] = {}
    left_out: list[Path] = []
    total = 0
    for name, path in dict((*_tls(home), *_stir(home.stir))).items():
        with suppress(OSError):
            size = path.stat().st_size
            if size > MOST_BYTES or len(files) >= MOST_FILES or total + size > MOST_OF_ALL:
                left_out.append(path)
            else:
                files[f"{CARRIED}/{name}"], total = path, total + size
    return Carried(files, tuple(left_out))


def _tls(home: Home) -> Iterator[tuple[str, Path]]:
    tls = home.settings.tls
    if tls.clients_ca:
        yield "clients-ca.pem", Path(tls.clients_ca)
    if tls.certificate or _others_speak_tls(home.settings):
        with suppress(InputError):
            certificate, key = certificate_files(tls, home.data)  # ours is made here, if need be
            yield "certificate.pem", certificate
            yield "key.pem", key


def _others_speak_tls(settings: Settings) -> bool:
    others = (node for machine in settings.machines()[1:] for node in settings.nodes_on(machine))
    return any(node.sip_tls or node.radsec or (node.grpc and node.grpc_tls) for node in others)


def _stir(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"stir/{path.relative_to(folder)}", path


def forget(data: Path, wanted: set[str]) -> None:
    """Delete what was carried over and is not any more."""
    for path in (data / CARRIED).rglob("*"):
        if path.is_file() and not path.name.startswith(".") and f"{path.relative_to(data)}" not in wanted:
            path.unlink(missing_ok=True)
