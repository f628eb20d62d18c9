"""The demo's story: three minutes on real sockets, told as it happens, with figures at its end."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from actors.home import machine_ms
from cluster.demo import world as data
from cluster.demo.figures import SwitchFigures, latency
from cluster.demo.kenya import KenyaFacts, facts_of, kenyas_story, told_facts
from cluster.demo.mail_host import MailHost
from cluster.demo.minnow import MinnowFacts, minnows_story
from cluster.demo.october import october_files
from cluster.demo.pampas import PampasFacts, pampas_script, pampas_story
from cluster.demo.savanna import PLAN, SheetFacts, savannas_sheet
from cluster.demo.script import STORY_S, Attempt, attempts_of, script
from cluster.demo.sheet_of_savanna import savanna_files
from cluster.demo.stage import KEPT, Operator, free_port, fresh_folder, node_address
from cluster.demo.switch import SyntheticSwitch
from cluster.demo.switch_enum import EnumSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.uk import UkFacts, explained_call, october_tried
from cluster.demo.vendors import Vendors
from cluster.up import Supervisor
from domain.clock import Clock
from domain.errors import InputError
from domain.ids import PartnerId
from domain.settings import Settings
from protos import operators_pb2 as pb
from store.settings_file import load_settings

MAIL_PORT, MAIL = 2525, "mail"
"""Where the demo's mail server listens, and the folder where mail with rates lies."""
SHEET_S = 20.0
BOARDS_S = (30.0, 90.0)
KILL_S = 170.0
CHECK_S = 176.0
"""When the books are checked while calls are still open."""
LOADERS = 2
LOOKS, LOOK_S = 600, 0.1

Say = Callable[[str], None]


@dataclass(slots=True)
class Told:
    """What happened in the story: facts that the books alone do not show."""

    seed: int
    scale: int
    loaded_s: float = 0.0
    loaded_rows: int = 0
    accepted: int = 0
    minnow: MinnowFacts | None = None
    pampas: PampasFacts | None = None
    sheet: SheetFacts | None = None
    uk: UkFacts | None = None
    kenya: KenyaFacts | None = None
    switches: dict[str, SwitchFigures] = field(default_factory=dict)
    open_check: pb.LedgerCheck = field(default_factory=pb.LedgerCheck)
    last_check: pb.LedgerCheck = field(default_factory=pb.LedgerCheck)
    away_s: float = 0.0
    killed_pid: int = 0
    invoice: pb.Invoice = field(default_factory=pb.Invoice)
    live_ms: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class House:
    """Where the story is played: a switchboard that runs on a folder, its mail server, and the sheet that will come."""

    folder: Path
    settings: Settings
    operator: Operator
    mail: MailHost
    sheet: Path


async def tell(folder: Path, say: Say, *, seed: int = data.SEED, scale: int = 1, rate: int = 120) -> Told:
    """Play the story on a data folder, which is emptied first; the switchboard is stopped at the end.

    Raises ConflictError when the folder is not the demo's, InputError when the environment names a database.
    """
    mail = MailHost(free_port(MAIL_PORT), folder / MAIL)
    _require_embedded(load_settings(fresh_folder(folder, mail.settings)))
    say("making October's call records and Savanna's sheets")
    files, sheets = await asyncio.gather(
        asyncio.to_thread(october_files, folder / KEPT, seed, scale),
        asyncio.to_thread(savanna_files, folder / KEPT, seed),
    )
    mail.open()
    try:
        return await _told(folder, say, mail, (files, sheets), Told(seed, scale), rate)
    finally:
        mail.close()


async def _told(
    folder: Path, say: Say, mail: MailHost, made: tuple[tuple[Path, ...], tuple[Path, Path]], told: Told, rate: int
) -> Told:
    (files, sheets), world = made, data.world(told.scale)
    say("starting the switchboard")
    began = time.monotonic()
    supervisor = Supervisor(folder)
    await asyncio.to_thread(supervisor.start)
    say(f"it answers after {time.monotonic() - began:.1f} s")
    operator = Operator(folder)
    try:
        await operator.furnish(world, say, {PLAN: sheets[0]})
        await _history(operator, world, files, told, say)
        await _live(House(folder, supervisor.home.settings, operator, mail, sheets[1]), told, say, rate)
        told.invoice = await operator.invoice(data.CALLWELL, *data.OCTOBER_MS)
        say(f"October invoiced to Callwell: {told.invoice.number}")
        await operator.seal()
        told.last_check = await operator.check()
    finally:
        await operator.close()
        await asyncio.to_thread(supervisor.stop)
    return told


def _require_embedded(settings: Settings) -> None:
    """Refuse a database that the environment names: the demo's October would be posted in it."""
    if settings.store.url:
        raise InputError(
            "the demo keeps its books in its own folder only, but a database is named",
            where="SWITCHBOARD_STORE__URL",
            mend="Unset it for the demo.",
        )


async def _history(operator: Operator, world: data.World, files: tuple[Path, ...], told: Told, say: Say) -> None:
    began = time.monotonic()
    waiting = list(files)[::-1]

    async def load() -> None:
        while waiting:
            report = await operator.load(waiting.pop())
            assert not report.rejected and not report.parked, f"{report.file_name}: {report}"
            told.loaded_rows += report.rows
            told.accepted += report.accepted

    await operator.open_books(world)
    await asyncio.gather(*(load() for _ in range(LOADERS)))
    told.loaded_s = time.monotonic() - began
    say(f"October loaded: {told.accepted:,} legs from {len(files)} files in {told.loaded_s:.1f} s")
    say(await operator.seal())


@dataclass(frozen=True, slots=True)
class Crowd:
    """The clients' switches at their sockets, the vendors that they meet, and since when the story is told."""

    orbita: RadiusSwitch
    callwell: SipSwitch
    pampas: EnumSwitch
    minnow: RadiusSwitch
    vendors: Vendors
    clock: Clock
    began: float

    @property
    def all(self) -> dict[PartnerId, SyntheticSwitch]:
        """Return the switches by their clients."""
        return {
            data.ORBITA: self.orbita,
            data.CALLWELL: self.callwell,
            data.PAMPAS: self.pampas,
            data.MINNOW: self.minnow,
        }

    async def call(self, attempts: tuple[Attempt, ...]) -> None:
        """Let Orbita and Callwell make calls, each at its moment; return when all is told and acknowledged."""
        names = (data.ORBITA, data.CALLWELL)
        await asyncio.gather(*(self.all[name].run(attempts_of(name, attempts), self.clock) for name in names))

    async def until(self, story_s: float) -> None:
        """Wait for a second of the story."""
        await asyncio.sleep(max(0.0, self.began + story_s - time.monotonic()))


async def _crowd(house: House) -> Crowd:
    await house.operator.set_clock(data.ORIGIN_MS, data.CLOCK_SPEED)
    clock, began = Clock(data.ORIGIN_MS, machine_ms(), data.CLOCK_SPEED), time.monotonic()
    node, vendors = node_address(house.settings), Vendors()
    crowd = Crowd(
        RadiusSwitch(data.switch_of(data.ORBITA), node, vendors),
        SipSwitch(data.switch_of(data.CALLWELL), node, vendors),
        EnumSwitch(data.switch_of(data.PAMPAS), node, vendors),
        RadiusSwitch(data.switch_of(data.MINNOW), node, vendors),
        vendors,
        clock,
        began,
    )
    for switch in crowd.all.values():
        await switch.start()
    return crowd


async def _live(house: House, told: Told, say: Say, rate: int) -> None:
    operator, uk = house.operator, await explained_call(house.operator, say)
    crowd = await _crowd(house)
    attempts, over_enum = script(rate, STORY_S, told.seed), pampas_script(told.seed)
    say(f"live: {len(attempts):,} attempts of Orbita (RADIUS) and Callwell (SIP 302), clock ×{data.CLOCK_SPEED}")
    say(f"live: {len(over_enum):,} attempts of Pampas (ENUM), whose switch hands its calls in as a CDR file")

    async def pay() -> None:
        say("Minnow is refused for no credit, and pays 10.00")
        await operator.pay(data.Payment(data.MINNOW, data.MINNOWS_PAYMENT, 0))

    others = asyncio.gather(
        crowd.call(tuple(one for one in attempts if not one.stays_open)),
        _scenes(operator, crowd, told, say),
        _kenya(operator, crowd, say),
    )
    told.minnow, told.pampas, told.sheet, told.uk = await asyncio.gather(
        minnows_story(crowd.minnow, crowd.clock, pay),
        pampas_story(crowd.pampas, crowd.clock, house.folder, operator.load, over_enum),
        _sheet(house, crowd, say),
        october_tried(operator, uk, say),
    )
    await others
    told.kenya = facts_of(crowd.orbita.figures, crowd.vendors)
    say(told_facts(told.kenya))
    # made once the shard is back and all others have ended: they are what is open when the books are checked
    await crowd.call(tuple(one for one in attempts if one.stays_open))
    await crowd.until(CHECK_S)
    told.open_check = await operator.check()
    say(f"{told.open_check.open_calls} calls open, {told.open_check.open_holds} holds in the book")
    await _hang_up(crowd.all.values(), crowd.clock)
    told.switches |= {name: switch.figures for name, switch in crowd.all.items()}
    told.live_ms = (data.ORIGIN_MS, crowd.clock.business_ms(machine_ms()))
    _say_switches(told, say)


async def _hang_up(switches: Iterable[SyntheticSwitch], clock: Clock) -> None:
    """End the calls that are still open, and close the sockets once all has been said."""
    for switch in switches:
        await switch.finish_open(clock)
        await switch.settled()
        await switch.close()


def _say_switches(told: Told, say: Say) -> None:
    if told.pampas is not None:
        say(f"Pampas's CDR file: {told.pampas.accepted:,} of {told.pampas.rows:,} legs accepted")
    for name, figures in told.switches.items():
        asked = latency(figures.asking.samples_ms)
        say(f"{name}: {figures.admitted:,} of {figures.attempts:,} admitted, p99 {asked.p99_ms:.1f} ms")


async def _scenes(operator: Operator, crowd: Crowd, told: Told, say: Say) -> None:
    """Tell the scenes at their moments."""
    for story_s in BOARDS_S:
        await crowd.until(story_s)
        await _board(operator, say)
    await crowd.until(KILL_S)
    await _kill(operator, told, say)


async def _kenya(operator: Operator, crowd: Crowd, say: Say) -> None:
    """Tell the scene of Nordlink's Kenya; where it has no end before the shard is killed, its figures will say so."""
    with suppress(TimeoutError):
        left_s = crowd.began + KILL_S - time.monotonic()
        await asyncio.wait_for(kenyas_story(operator, crowd.vendors, crowd.until, say), left_s)


async def _sheet(house: House, crowd: Crowd, say: Say) -> SheetFacts:
    await crowd.until(SHEET_S)
    return await savannas_sheet(house.operator, house.mail, house.sheet, say)


async def _kill(operator: Operator, told: Told, say: Say) -> None:
    """Kill the shard (SIGKILL) and wait for its next incarnation."""
    told.killed_pid = await _pid(operator)
    os.kill(told.killed_pid, signal.SIGKILL)
    killed = time.monotonic()
    say(f"shard-0 (process {told.killed_pid}) is killed")
    for _ in range(LOOKS):
        if await _pid(operator) != told.killed_pid:
            break
        await asyncio.sleep(LOOK_S)
    told.away_s = time.monotonic() - killed
    say(f"shard-0 is back after {told.away_s:.1f} s")


async def _pid(operator: Operator) -> int:
    status = await operator.status()
    return next(actor.pid for actor in status.actors if actor.name == "shard-0")


async def _board(operator: Operator, say: Say) -> None:
    board = (await operator.status()).board
    asr = board.answered_1h / board.attempts_1h if board.attempts_1h else 0.0
    say(f"board: {board.cps:.0f} calls/s, {board.open_calls} open, ASR {asr:.1%} of the last hour")
