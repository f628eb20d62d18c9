"""All settings and every bound of the product as one frozen value (DESIGN §4.9); store.settings_file reads them.

Units are in names (_mb: mebibytes). `switchboard.example.toml`, which a test keeps equal, tells what each one means.
"""

from collections import Counter
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from domain.setting_section import MailAddress, Section
from domain.source_settings import SheetsSettings
from domain.wire.dns_name import name_from_text, text_of


def host_port(address: str) -> tuple[str, int]:
    """Split "127.0.0.1:5060" or "[::1]:5060" into host and port (0 to 65535; 0: any free one). Raises ValueError."""
    host, colon, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (
        colon and host and port.isascii() and port.isdigit() and int(port) < 65536 and (bracketed or ":" not in host)
    ):
        raise ValueError("host:port, such as 127.0.0.1:5060 or [::1]:5060")
    return (host[1:-1] if bracketed else host), int(port)


def _address(text: str) -> str:
    if text:
        host_port(text)
    return text


def _moment(text: str) -> str:
    if text and _read_moment(text) is None:
        raise ValueError("a moment with its offset, such as 2026-11-02T09:00:00Z")
    return text


def _read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _database(url: str) -> str:
    if url and not url.startswith("postgresql+psycopg://"):
        raise ValueError("empty (SQLite in the data folder) or postgresql+psycopg://user@host:port/database")
    return url


def _ip(text: str) -> str:
    if text:
        ip_address(text)
    return text


def _domain_name(text: str) -> str:
    return text_of(name_from_text(text)).removesuffix(".")


Address = Annotated[str, AfterValidator(_address)]
"""host:port to listen on; empty where a listener may be off."""
DomainName = Annotated[str, AfterValidator(_domain_name)]
"""A name of the DNS, kept in lower case and without its last dot."""


MACHINE = r"^([a-z0-9][a-z0-9-]{0,31})?$"
"""What a machine is called; "" is the first one."""


class ClockSettings(Section):
    """Business time: where it begins, how fast it goes, and whether operators may set it."""

    origin: Annotated[str, AfterValidator(_moment)] = ""
    speed: float = Field(default=1.0, ge=0, le=10_000, allow_inf_nan=False)
    settable: bool = False

    def origin_ms(self) -> int | None:
        """Return the first business moment in UTC ms; None: the machine's own time."""
        moment = _read_moment(self.origin)
        return round(moment.timestamp() * 1000) if moment else None


class StoreSettings(Section):
    """Where durable things live. Invariant: `url` holds no password; one given there is moved to `password`."""

    url: Annotated[str, AfterValidator(_database)] = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    books: int = Field(default=1, ge=1, le=1024)
    shards: int = Field(default=0, ge=0, le=1024)
    seal_every_s: int = Field(default=300, ge=1, le=86_400)
    seal_legs: int = Field(default=500_000, ge=1, le=5_000_000)
    seen_days: int = Field(default=3, ge=1, le=60)
    partial_days: int = Field(default=3, ge=0, le=60)
    free_mb: int = Field(default=1_024, ge=0, le=1_000_000_000)

    @model_validator(mode="after")
    def _books_for_all_shards(self) -> Self:
        if self.shards > self.books:
            raise ValueError(
                f"store.shards is {self.shards}, more than the {self.books} of store.books: a shard has at least one"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _password_out_of_the_url(cls, given: object) -> object:
        if not isinstance(given, dict) or "@" not in str(given.get("url", "")):
            return given
        parts = urlsplit(str(given["url"]))
        user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
        if not colon:
            return given
        netloc = f"{user}@{parts.netloc.rpartition('@')[2]}"
        return {"password": unquote(password)} | given | {"url": urlunsplit(parts._replace(netloc=netloc))}

    def full_url(self) -> str:
        """Return the URL with the password in it, for the database driver only; "" for the embedded store."""
        parts, password = urlsplit(self.url), self.password.get_secret_value()
        if not (self.url and password):
            return self.url
        user, _, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


class DeskSettings(Section):
    """Where the desk listens: operators' gRPC, and Prometheus metrics over HTTP."""

    listen: Address = Field(default="127.0.0.1:50051", min_length=1)
    tls: bool = False
    metrics: Address = "127.0.0.1:9464"


class TlsSettings(Section):
    """The certificate that we show, PEM files; none: one is made in the data folder, signed by itself.

    `clients_ca`: who signed our clients' certificates; "" asks them for none.
    """

    certificate: str = ""
    key: str = ""
    clients_ca: str = ""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key go together")
        return self


class GuardSettings(Section):
    """What is done with sources that we do not know, and with those that scan us."""

    unknown: Literal["drop", "refuse"] = "refuse"
    answers_per_s: int = Field(default=10, ge=0, le=10_000)
    ban_after: int = Field(default=200, ge=1, le=1_000_000)
    ban_window_s: int = Field(default=10, ge=1, le=3_600)
    ban_s: int = Field(default=600, ge=1, le=86_400)
    sources: int = Field(default=10_000, ge=16, le=1_000_000)
    scanners: tuple[str, ...] = ("friendly-scanner", "sipvicious", "sipcli", "sip-scan", "pplsip", "vaxsipuseragent")


class SipSettings(Section):
    """Digest credentials, connections, and the certificates by which STIR identities are verified."""

    realm: str = Field(default="switchboard", min_length=1, max_length=64)
    nonce_s: int = Field(default=300, ge=10, le=86_400)
    digests: tuple[Literal["SHA-256", "MD5"], ...] = Field(default=("SHA-256", "MD5"), min_length=1, max_length=2)
    connections: int = Field(default=1_000, ge=1, le=100_000)
    idle_s: int = Field(default=600, ge=5, le=86_400)
    stir_certificates: str = ""
    stir_age_s: int = Field(default=60, ge=1, le=3_600)


class EnumSettings(Section):
    """The zones that we answer for, and for how long answers may be kept (0: each call asks)."""

    zones: tuple[DomainName, ...] = Field(default=("e164.arpa",), max_length=256)
    server: DomainName = "ns.switchboard.invalid"
    ttl_s: int = Field(default=0, ge=0, le=3_600)
    negative_ttl_s: int = Field(default=0, ge=0, le=3_600)
    udp_bytes: int = Field(default=1_232, ge=512, le=4_096)
    answers: int = Field(default=50_000, ge=1, le=5_000_000)
    idle_s: int = Field(default=10, ge=1, le=300)
    connections: int = Field(default=200, ge=1, le=10_000)
    source_option: int = Field(default=65_001, ge=0, le=65_535)


class NodeSettings(Section):
    """One node and its listeners; an empty address leaves that listener out."""

    name: str = Field(default="node-0", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    sip: Address = "127.0.0.1:5060"
    sip_tls: Address = "127.0.0.1:5061"
    radius_auth: Address = "127.0.0.1:1812"
    radius_acct: Address = "127.0.0.1:1813"
    radsec: Address = ""
    enum: Address = "127.0.0.1:8053"
    grpc: Address = "127.0.0.1:50052"
    grpc_tls: bool = False
    machine: str = Field(default="", pattern=MACHINE)

    def radius_host(self) -> str:
        """Return the address from which switches know us; any of ours where no RADIUS is listened for."""
        given = [address for address in (self.radius_auth, self.radius_acct, self.radsec) if address]
        return host_port(given[0])[0] if given else "0.0.0.0"  # noqa: S104  it listens to answers only

    def sockets(self) -> tuple[str, ...]:
        """Return the sockets that the node opens, as "udp host:port" or "tcp host:port"."""
        udp = (self.sip, self.radius_auth, self.radius_acct, self.enum)
        tcp = (self.sip, self.sip_tls, self.radsec, self.enum, self.grpc)
        return (*(f"udp {one}" for one in udp if one), *(f"tcp {one}" for one in tcp if one))


class ShardSettings(Section):
    """On which machine a shard runs; those that are not named run on the first one."""

    name: str = Field(pattern=r"^shard-(0|[1-9][0-9]{0,3})$")
    machine: str = Field(default="", pattern=MACHINE)


class ClusterSettings(Section):
    """How other machines reach this one and join it; `address` "": there is none but this.

    `machine` is the name of the one where `up` runs, and of where a machine "" is. `away`: what becomes of the shards
    of a machine that is away for `away_s`: "move" lets them run on the first one, "wait" until it is back.
    """

    machine: str = Field(default="first", pattern=MACHINE, min_length=1)
    address: Annotated[str, AfterValidator(_ip)] = ""
    port: int = Field(default=6_380, ge=1, le=65_535)
    away: Literal["wait", "move"] = "wait"
    away_s: int = Field(default=15, ge=1, le=86_400)


class LimitSettings(Section):
    """Every bound on queues, batches, caches, waits and pages."""

    batch: int = Field(default=256, ge=1, le=10_000)
    queue: int = Field(default=20_000, ge=1, le=1_000_000)
    hold_wait_ms: int = Field(default=800, ge=10, le=30_000)
    trust_calls: int = Field(default=10, ge=0, le=10_000)
    max_call_s: int = Field(default=14_400, ge=1, le=86_400)
    quota_mb: int = Field(default=1_024, ge=1, le=4_194_304)
    hold_asked_s: int = Field(default=180, ge=1, le=3_600)
    hold_grace_s: int = Field(default=60, ge=0, le=3_600)
    hold_piece_s: int = Field(default=600, ge=1, le=86_400)
    interim_s: int = Field(default=300, ge=60, le=86_400)
    lost_end_s: int = Field(default=3_600, ge=60, le=604_800)
    sip_answers: int = Field(default=200_000, ge=1, le=5_000_000)
    radius_answers: int = Field(default=50_000, ge=1, le=5_000_000)
    radius_answer_s: int = Field(default=30, ge=5, le=300)
    radsec_connections: int = Field(default=256, ge=1, le=10_000)
    radsec_idle_s: int = Field(default=600, ge=5, le=86_400)
    rankings: int = Field(default=50_000, ge=1, le=5_000_000)
    socket_buffer_mb: int = Field(default=4, ge=1, le=256)
    ping_s: int = Field(default=1, ge=1, le=60)
    hang_s: int = Field(default=5, ge=2, le=300)
    page_rows: int = Field(default=200, ge=1, le=1_000)
    decisions_days: int = Field(default=7, ge=1, le=3_650)
    notices_days: int = Field(default=90, ge=1, le=3_650)
    snapshot_back_h: int = Field(default=72, ge=0, le=720)
    snapshot_ahead_days: int = Field(default=14, ge=1, le=90)
    quality_prior: int = Field(default=50, ge=0, le=100_000)
    sheet_mb: int = Field(default=50, ge=1, le=500)
    range_codes: int = Field(default=10_000, ge=1, le=100_000)


class MailSettings(Section):
    """The mail server that takes our mail (SMTP submission, RFC 6409); `host` "": mail is kept and not sent.

    `sender`: From, and where reports of mail come that did not arrive; `reply_to`: where answers go, "": to `sender`.
    """

    host: str = ""
    port: int = Field(default=25, ge=1, le=65_535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password_file: str = ""
    ca_file: str = ""
    sender: MailAddress = "switchboard@localhost"
    reply_to: MailAddress | Literal[""] = ""
    notify: tuple[MailAddress, ...] = ()
    tries: int = Field(default=12, ge=1, le=100)
    wait_s: int = Field(default=20, ge=1, le=300)
    a_minute: int = Field(default=60, ge=1, le=10_000)
    keep_days: int = Field(default=90, ge=1, le=3_650)


class BackupSettings(Section):
    """Backups that the switchboard takes by itself: where, every so many hours (0: never), and how many are kept."""

    to: str = Field(default="", pattern=r"^(/.*)?$")
    every_h: int = Field(default=0, ge=0, le=8_760)
    keep: int = Field(default=7, ge=1, le=1_000)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.every_h and not self.to:
            raise ValueError("backup.every_h is set and backup.to is not: name a folder, best on another disk")
        return self


class MoneySettings(Section):
    """The currency of the profit and loss account and of the trial balance."""

    base_currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")


class RaySettings(Section):
    """How much of the machine Ray may use. workers 0: cores − 1, at least 1."""

    object_store_mb: int = Field(default=256, ge=80, le=1_000_000)
    workers: int = Field(default=0, ge=0, le=1_024)

    def workers_on(self, cores: int) -> int:
        """Return how many batch tasks may run at once on a machine with that many cores."""
        return self.workers or max(1, cores - 1)


class LogSettings(Section):
    """What is logged, and as what."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Settings(Section):
    """All sections. Invariants: node names are unique; no two listeners share an address."""

    clock: ClockSettings = ClockSettings()
    store: StoreSettings = StoreSettings()
    desk: DeskSettings = DeskSettings()
    node: tuple[NodeSettings, ...] = Field(default=(NodeSettings(),), max_length=256)
    cluster: ClusterSettings = ClusterSettings()
    shard: tuple[ShardSettings, ...] = Field(default=(), max_length=1024)
    tls: TlsSettings = TlsSettings()
    guard: GuardSettings = GuardSettings()
    sip: SipSettings = SipSettings()
    enum: EnumSettings = EnumSettings()
    limits: LimitSettings = LimitSettings()
    mail: MailSettings = MailSettings()
    sheets: SheetsSettings = SheetsSettings()
    backup: BackupSettings = BackupSettings()
    money: MoneySettings = MoneySettings()
    ray: RaySettings = RaySettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.node:
            raise ValueError("at least one [[node]] is needed, else no switch can ask")
        names = Counter([node.name for node in self.node] + [shard.name for shard in self.shard])
        first = self.cluster.machine
        desk = [(first, f"tcp {address}") for address in (self.desk.listen, self.desk.metrics) if address]
        nodes = [(node.machine or first, socket) for node in self.node for socket in node.sockets()]
        twice = [name for name, times in names.items() if times > 1]
        twice += [
            socket for (_, socket), times in Counter(desk + nodes).items() if times > 1 and not socket.endswith(":0")
        ]
        if twice:
            raise ValueError(
                f"{', '.join(twice)} is given twice: each node needs its own name, each listener its own address"
            )
        return self

    @model_validator(mode="after")
    def _machines_fit(self) -> Self:
        shards = self.store.shards or self.store.books
        for shard in self.shard:
            if int(shard.name.removeprefix("shard-")) >= shards:
                raise ValueError(
                    f"[[shard]] {shard.name} is none of the {shards} of store.shards, counted from shard-0"
                )
        others = self.machines()[1:]
        if others and not self.cluster.address:
            raise ValueError(f"machine {others[0]} cannot reach this one: set cluster.address to an address of ours")
        if self.cluster.address and not self.store.url:
            raise ValueError("cluster.address is set: books on several machines need PostgreSQL, set store.url")
        return self

    def machines(self) -> list[str]:
        """Return the names of the machines that nodes and shards are to run on, the first machine first."""
        named = [node.machine for node in self.node] + [shard.machine for shard in self.shard]
        return list(dict.fromkeys([self.cluster.machine, *filter(None, named)]))

    def machine_of_shard(self, name: str) -> str:
        """Return the machine that a shard is to run on."""
        named = {shard.name: shard.machine for shard in self.shard}
        return named.get(name) or self.cluster.machine

    def nodes_on(self, machine: str) -> tuple[NodeSettings, ...]:
        """Return the nodes of one machine."""
        return tuple(node for node in self.node if (node.machine or self.cluster.machine) == machine)
