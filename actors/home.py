"""What every live actor is given and reads at its start: the data folder, the settings, the clock, the snapshots."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from actors.world_files import directory_in
from domain.clock import Clock
from domain.directory import Directory
from domain.holds import HoldTimes
from domain.placement import Orders, Placement
from domain.settings import Settings, TlsSettings
from store.away import database_named
from store.clock_file import open_clock
from store.machine_time import MACHINE
from store.manifest import Manifest, read_manifest
from store.placement_file import read_orders

HERE = "SWITCHBOARD_HERE"
"""Environment of what runs on a machine that joined: the data folder there."""
SECRET_FILE = "secret"  # noqa: S105  a file name, not a secret
CARRIED = "carried"
"""Folder of a machine that joined: the files that the settings name, carried over from the first machine."""


def machine_ms() -> int:
    """Return the machine's time, UTC ms; no step of its clock moves it (store.machine_time)."""
    return MACHINE.now_ms()


@dataclass(frozen=True, slots=True)
class Home:
    """Where an actor lives: `data` is the data folder, the same for all on the first machine.

    A machine that joined has a folder of its own, `joined`, into which actors.mirror copies what is published.
    `config`: the settings file on the first machine, where it is not in the data folder.
    """

    data: Path
    settings: Settings
    joined: bool = False
    config: Path | None = None

    def here(self) -> "Home":
        """Return the home of this machine: an actor is given that of the first one."""
        folder = os.environ.get(HERE)
        return replace(self, data=Path(folder), joined=True) if folder else self

    @property
    def snapshots(self) -> Path:
        """Return the folder of published snapshots."""
        return self.data / "snapshots"

    @property
    def segments(self) -> Path:
        """Return the folder of sealed segments."""
        return self.data / "segments"

    @property
    def reratings(self) -> Path:
        """Return the folder of the lists of calls that proposals to charge anew are about."""
        return self.data / "reratings"

    @property
    def books(self) -> Path:
        """Return the folder of the embedded books."""
        return self.data / "books"

    @property
    def decisions(self) -> Path:
        """Return the folder of the nodes' decision files, one per day."""
        return self.data / "decisions"

    @property
    def stir(self) -> Path:
        """Return the folder of the certificates by which STIR identities are verified."""
        named = self.settings.sip.stir_certificates
        if self.joined:
            return self.data / CARRIED / "stir"
        return Path(named) if named else self.data / "stir"

    @property
    def tls(self) -> TlsSettings:
        """Return where the certificate of our listeners is on this machine: everywhere it is that of the first one."""
        if not self.joined:
            return self.settings.tls
        folder = self.data / CARRIED
        authority = str(folder / "clients-ca.pem") if self.settings.tls.clients_ca else ""
        return TlsSettings(
            certificate=str(folder / "certificate.pem"), key=str(folder / "key.pem"), clients_ca=authority
        )

    @property
    def placement(self) -> Placement:
        """Return where entities live: the books are dealt out to the shards in turn, one to each by default."""
        store, orders = self.settings.store, self.orders()
        return Placement(store.books, store.shards or store.books, orders.pins, orders.epoch)

    def orders(self) -> Orders:
        """Read what operators ordered about placement."""
        return read_orders(self.data)

    def machine_of(self, actor: str) -> str:
        """Return the machine that an actor is to run on. An order to one that the settings do not name is none."""
        ordered = self.orders().machines.get(actor)
        if ordered not in self.settings.machines():
            ordered = None
        nodes = {node.name: node.machine for node in self.settings.node}
        return ordered or nodes.get(actor) or self.settings.machine_of_shard(actor)

    def void_orders(self) -> dict[str, str]:
        """Return the shards that were ordered to machines that the settings do not name (any more), each with its."""
        shards, named = self.placement.shard_names, self.settings.machines()
        found = self.orders().machines.items()
        return {shard: machine for shard, machine in found if shard in shards and machine not in named}

    def catalog_url(self) -> str:
        """Return where the catalog is: the database of the settings, else a file in the data folder."""
        return self.settings.store.full_url() or f"sqlite:///{(self.data / 'catalog.db').absolute()}"

    @property
    def truth(self) -> str:
        """Name what holds the truth, for a sentence: the database, else the data folder."""
        url = self.settings.store.url
        return database_named(url) if url else str(self.data)

    def node_secret(self) -> bytes:
        """Return the key of the nodes' To tags: random, made once by `up`, the same for all nodes."""
        return (self.data / SECRET_FILE).read_bytes()

    def clock(self) -> Clock:
        """Read the clock of the data folder, and the reading of the machine's clock that all processes count from."""
        MACHINE.follow(self.data)
        return open_clock(self.data, self.settings.clock, machine_ms())

    def manifest(self) -> Manifest | None:
        """Read what is published; None before the first publication."""
        return read_manifest(self.snapshots)

    def directory(self) -> Directory | None:
        """Read the published directory; None before the first publication."""
        manifest = self.manifest()
        return directory_in(self.snapshots, manifest) if manifest else None

    def hold_times(self) -> HoldTimes:
        """Return how long holds live."""
        limits = self.settings.limits
        return HoldTimes(
            asked_ms=limits.hold_asked_s * 1000,
            grace_ms=limits.hold_grace_s * 1000,
            piece_s=limits.hold_piece_s,
            interim_s=limits.interim_s,
            lost_end_s=limits.lost_end_s,
            longest_s=limits.max_call_s + limits.hold_grace_s,
        )
