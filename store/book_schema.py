"""The tables of a book, one schema for SQLite and PostgreSQL. Times are UTC ms, money units of 10^-8.

leg holds started and ended legs; an ended leg has a `seq` above that of every leg that ended before it, so that "all
ended legs up to seq n" never changes once n is past. One that we closed (`partial`) is charged and has none as long as
it waits for its real end. `alive_ms` is when an open leg last showed itself, when we closed one, and when the real end
of such a one came. `day` counts UTC days since 1970-01-01.
"""

SCHEMA_VERSION = 6

LEG_COLUMNS = (
    "leg_id revision call_key side state switch partner trunk attempt a b destination code setup_ms alert_ms "
    "connect_ms disconnect_ms duration_ms billed_s cause release_side plan plan_version rate_type price currency "
    "charge fx base_charge service unit volume billed_volume routing_number end_user fingerprint day"
).split()
"""Columns of a leg, in order, but for `seq`, which the book gives."""

_LEG = """
  leg_id {bytes} NOT NULL PRIMARY KEY, revision {int} NOT NULL, call_key {bytes} NOT NULL, side TEXT NOT NULL,
  state TEXT NOT NULL, switch TEXT NOT NULL, partner TEXT NOT NULL, trunk TEXT NOT NULL, attempt {int} NOT NULL,
  a TEXT NOT NULL, b TEXT NOT NULL, destination {int} NOT NULL, code TEXT NOT NULL, setup_ms {int} NOT NULL,
  alert_ms {int}, connect_ms {int}, disconnect_ms {int}, duration_ms {int} NOT NULL, billed_s {int} NOT NULL,
  cause {int} NOT NULL, release_side TEXT NOT NULL, plan TEXT NOT NULL, plan_version {int} NOT NULL,
  rate_type TEXT NOT NULL, price {int} NOT NULL, currency TEXT NOT NULL, charge {int} NOT NULL, fx {int} NOT NULL,
  base_charge {int} NOT NULL, service TEXT NOT NULL DEFAULT 'voice', unit TEXT NOT NULL DEFAULT 'second',
  volume {int} NOT NULL DEFAULT 0, billed_volume {int} NOT NULL DEFAULT 0,
  routing_number TEXT NOT NULL DEFAULT '', end_user TEXT NOT NULL DEFAULT '',
  fingerprint {int} NOT NULL, day {int} NOT NULL"""

ALIVE = "coalesce(alive_ms, connect_ms + duration_ms, setup_ms)"
"""When an open leg was last heard of; books of an older version did not note it."""

PARKED_COLUMNS = "park_id call_key leg_id cause detail raw received_ms".split()
_PARKED = """
  park_id {bytes} NOT NULL PRIMARY KEY, call_key {bytes} NOT NULL, leg_id {bytes} NOT NULL, cause TEXT NOT NULL,
  detail TEXT NOT NULL, raw {bytes} NOT NULL, received_ms {int} NOT NULL"""

HOLD_COLUMNS = (
    "hold_id call_key partner trunk switch currency amount granted_s mode placed_ms expires_ms started a b "
    "destination terms granted_kb call_id session_id interim_s trunk_out end_user"
).split()
TRANSFER_COLUMNS = "transfer_id at_ms known_ms debit credit currency amount base_amount kind ref memo".split()
SEGMENT_COLUMNS = "segment file day first_seq last_seq legs sha256 sealed_ms sums".split()

_WATCH = (
    """CREATE TABLE IF NOT EXISTS limit_use (limit_id TEXT NOT NULL, period_ms {int} NOT NULL,
       seconds {int} NOT NULL, units {int} NOT NULL, PRIMARY KEY (limit_id, period_ms))""",
    """CREATE TABLE IF NOT EXISTS standing (partner TEXT NOT NULL PRIMARY KEY, suspended {int} NOT NULL,
       warned {int} NOT NULL, low {int} NOT NULL, since_ms {int} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS notice (number {int} NOT NULL PRIMARY KEY, at_ms {int} NOT NULL,
       partner TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL)""",
)
"""What is used of limits in a period; how partners stand by their balance; and what the desk is still to be told."""

_LAPSED = """CREATE TABLE IF NOT EXISTS lapsed (partner TEXT NOT NULL, call_key {bytes} NOT NULL, hold TEXT NOT NULL,
  PRIMARY KEY (partner, call_key))"""
"""Holds that lapsed, as JSON: their calls may show themselves again. A call may be of two clients, that one reaches
over the other."""

_LOSSES = (
    "CREATE TABLE IF NOT EXISTS loss_call (call_key {bytes} NOT NULL PRIMARY KEY, says TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS loss_use (use_id TEXT NOT NULL, period_ms {int} NOT NULL, units {int} NOT NULL,
       PRIMARY KEY (use_id, period_ms))""",
)
"""Calls that may lose money by an allowance, with what is known of their legs (JSON), and what was lost in a period."""

_TABLES = [
    f"CREATE TABLE IF NOT EXISTS leg ({_LEG}, seq {{int}}, alive_ms {{int}})",
    "CREATE INDEX IF NOT EXISTS leg_call ON leg (call_key)",
    "CREATE UNIQUE INDEX IF NOT EXISTS leg_seq ON leg (seq)",
    f"CREATE TABLE IF NOT EXISTS parked ({_PARKED})",
    "CREATE INDEX IF NOT EXISTS parked_call ON parked (call_key)",
    """CREATE TABLE IF NOT EXISTS hold (hold_id {bytes} NOT NULL PRIMARY KEY, call_key {bytes} NOT NULL,
       partner TEXT NOT NULL, trunk TEXT NOT NULL, switch TEXT NOT NULL, currency TEXT NOT NULL, amount {int} NOT NULL,
       granted_s {int} NOT NULL, mode TEXT NOT NULL, placed_ms {int} NOT NULL, expires_ms {int} NOT NULL,
       started {int} NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, destination {int} NOT NULL, terms TEXT NOT NULL,
       granted_kb {int} NOT NULL DEFAULT 0, call_id {bytes}, session_id {bytes},
       interim_s {int} NOT NULL DEFAULT 0, trunk_out TEXT, end_user TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS balance (partner TEXT NOT NULL, side TEXT NOT NULL, currency TEXT NOT NULL,
       posted {int} NOT NULL, held {int} NOT NULL, open_calls {int} NOT NULL, PRIMARY KEY (partner, side, currency))""",
    """CREATE TABLE IF NOT EXISTS transfer (transfer_id TEXT NOT NULL PRIMARY KEY, at_ms {int} NOT NULL,
       known_ms {int} NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL, currency TEXT NOT NULL,
       amount {int} NOT NULL, base_amount {int} NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, memo TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS transfer_at ON transfer (at_ms)",
    """CREATE TABLE IF NOT EXISTS segment (segment TEXT NOT NULL PRIMARY KEY, file TEXT NOT NULL, day {int} NOT NULL,
       first_seq {int} NOT NULL, last_seq {int} NOT NULL, legs {int} NOT NULL, sha256 TEXT NOT NULL,
       sealed_ms {int} NOT NULL, sums TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS seen (leg_id {bytes} NOT NULL PRIMARY KEY, fingerprint {int} NOT NULL,
       day {int} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS seen_day ON seen (day)",
    """CREATE TABLE IF NOT EXISTS outbox (number {int} NOT NULL PRIMARY KEY, to_book {int} NOT NULL,
       posting TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS inbox (from_book {int} NOT NULL PRIMARY KEY, number {int} NOT NULL)",
    *_WATCH,
    _LAPSED,
    *_LOSSES,
]
WORDS = "CREATE TABLE IF NOT EXISTS book (name TEXT NOT NULL PRIMARY KEY, value {int} NOT NULL)"
"""The table of a book's own words: schema, epoch, outbox (the highest number that left it),
forgotten_day (ids of sealed legs of earlier days are no longer in `seen`), and when each switch last began anew."""
ANEW = "anew "
"""How the words begin that say when a switch began anew; its name follows."""

_ADDED = {
    2: (
        "CREATE INDEX IF NOT EXISTS parked_call ON parked (call_key)",
        "ALTER TABLE leg ADD COLUMN service TEXT NOT NULL DEFAULT 'voice'",
        "ALTER TABLE leg ADD COLUMN unit TEXT NOT NULL DEFAULT 'second'",
        "ALTER TABLE leg ADD COLUMN volume {int} NOT NULL DEFAULT 0",
        "ALTER TABLE leg ADD COLUMN billed_volume {int} NOT NULL DEFAULT 0",
        "ALTER TABLE leg ADD COLUMN routing_number TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE hold ADD COLUMN granted_kb {int} NOT NULL DEFAULT 0",
        "ALTER TABLE hold ADD COLUMN call_id {bytes}",
        "ALTER TABLE hold ADD COLUMN session_id {bytes}",
        "ALTER TABLE hold ADD COLUMN interim_s {int} NOT NULL DEFAULT 0",
    ),
    3: ("ALTER TABLE leg ADD COLUMN alive_ms {int}", "ALTER TABLE hold ADD COLUMN trunk_out TEXT", *_WATCH),
    4: (
        "ALTER TABLE leg ADD COLUMN end_user TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE hold ADD COLUMN end_user TEXT NOT NULL DEFAULT ''",
        _LAPSED,
    ),
    5: (  # version 4 knew a call once
        "ALTER TABLE lapsed RENAME TO lapsed_once",
        _LAPSED,
        """INSERT INTO lapsed (partner, call_key, hold) SELECT {partner_of_hold}, call_key, hold FROM lapsed_once
           WHERE {partner_of_hold} IS NOT NULL""",
        "DROP TABLE lapsed_once",
    ),
    6: _LOSSES,
}
"""What made each version of the schema out of the one before it."""

_PARTNER = HOLD_COLUMNS.index("partner")
_PARTNER_OF_HOLD = {"BLOB": f"json_extract(hold, '$[{_PARTNER}]')", "BYTEA": f"(hold::json ->> {_PARTNER})"}
"""Whose a hold is that is written as JSON, by the databases' words for bytes: SQLite's and PostgreSQL's."""

_STAGE = [f"CREATE TABLE leg ({_LEG})", f"CREATE TABLE parked ({_PARKED})"]


def tables(*, bytes_type: str, int_type: str) -> list[str]:
    """Return the statements that make a book's tables where they are missing."""
    return [statement.format(bytes=bytes_type, int=int_type) for statement in (*_TABLES, WORDS)]


def upgrade(known: int, *, bytes_type: str, int_type: str) -> list[str]:
    """Return the statements that bring a book of an older version to ours."""
    steps = [statement for version in range(known + 1, SCHEMA_VERSION + 1) for statement in _ADDED[version]]
    whose = _PARTNER_OF_HOLD[bytes_type]
    return [statement.format(bytes=bytes_type, int=int_type, partner_of_hold=whose) for statement in steps]


def stage_tables() -> list[str]:
    """Return the statements that make a staging file (SQLite): ended legs and parked records on their way in."""
    return [statement.format(bytes="BLOB", int="INTEGER") for statement in _STAGE]


def insert(table: str, columns: list[str], tail: str = "") -> str:
    """Return an INSERT with one mark per column."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) {tail}".rstrip()
