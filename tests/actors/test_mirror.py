"""What is published, copied to a machine that joined: whole, checked, in force only then, and kept without the desk."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from actors import mirror
from actors.home import Home
from actors.mirror import Mirror, News, Published
from actors.panic import PanicRoom
from actors.program import OtherProgramError
from domain.clock import Clock
from domain.errors import BrokenWorldError
from domain.ids import PartnerId
from domain.panic import NOTHING, Aim, Panic, PanicOrder
from domain.settings import Settings
from store.clock_file import write_clock
from store.directory_file import write_directory
from store.files import write_atomically
from store.manifest import Manifest, SnapshotFile, read_manifest, write_manifest
from store.panic_file import write_panic
from tests.domain.call_builders import directory

NOON = 1_793_620_800_000


class Line:
    """A way to the first machine that may be cut, or bend what comes by it."""

    def __init__(self, home: Home) -> None:
        self._published = Published(home)
        self.asked: list[str] = []
        self.cut_after = 10**9
        self.bends = False

    async def news(self, stamp: str) -> News | None:
        self._pass()
        return await self._published.news(stamp)

    async def piece(self, name: str, offset: int) -> bytes:
        self._pass()
        self.asked.append(name)
        piece = await self._published.piece(name, offset)
        return piece[:-1] + b"?" if self.bends and piece else piece

    def _pass(self) -> None:
        self.cut_after -= 1
        if self.cut_after < 0:
            raise ValueError("no actor has that name")


@pytest.fixture
def first(tmp_path: Path) -> Home:
    home = Home(tmp_path / "first", Settings())
    home.snapshots.mkdir(parents=True)
    write_clock(home.data, Clock(NOON, NOON, 1.0))
    for name in ("secret", "token"):
        (home.data / name).write_bytes(b"x" * 32)
    publish(home, 1)
    return home


@pytest.fixture
def second(tmp_path: Path) -> Home:
    return Home(tmp_path / "second", Settings(), joined=True)


def publish(home: Home, version: int) -> None:
    folder = home.snapshots
    names = f"directory-{version}.json", f"plan-{version}.plan"
    shas = write_directory(folder / names[0], directory()), write_atomically(folder / names[1], [b"p" * 100 * version])
    files = [SnapshotFile(name, version, sha) for name, sha in zip(names, shas, strict=True)]
    write_manifest(folder, Manifest(version, NOON, files[0], None, {"retail": files[1]}))  # type: ignore[dict-item]


async def test_everything_that_a_node_reads_is_copied_once(
    first: Home, second: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PIECE_BYTES", 30)
    line = Line(first)
    its = Mirror(second, line)
    assert await its.refresh()
    assert second.manifest() == first.manifest() and second.directory() == directory()
    assert second.node_secret() == first.node_secret() and second.clock() == first.clock()
    assert (second.snapshots / "plan-1.plan").read_bytes() == b"p" * 100
    assert (second.data / "token").stat().st_mode & 0o777 == 0o600
    line.asked.clear()
    assert not await its.refresh()
    assert await Mirror(second, line).refresh()  # another process of that machine
    assert line.asked == [], "what is here is not fetched again"


async def test_a_damaged_file_never_comes_into_force(first: Home, second: Home) -> None:
    line = Line(first)
    its = Mirror(second, line)
    await its.refresh()
    publish(first, 2)
    line.bends = True
    with pytest.raises(BrokenWorldError, match="came damaged"):
        await its.refresh()
    assert not await its.try_refresh()
    found = second.manifest()
    assert found is not None and found.version == 1 and second.directory() == directory()
    line.bends = False
    assert await its.try_refresh()
    assert second.manifest() == first.manifest()


@pytest.mark.parametrize("answers", range(12))
async def test_wherever_the_copying_is_cut_what_is_in_force_is_whole(first: Home, second: Home, answers: int) -> None:
    await Mirror(second, Line(first)).refresh()
    publish(first, 2)
    line = Line(first)
    line.cut_after = answers
    await Mirror(second, line).try_refresh()
    found = read_manifest(second.snapshots)
    assert found is not None
    assert all((second.snapshots / file.name).exists() for file in (found.directory, *found.plans.values()))
    line.cut_after = 10**9
    await Mirror(second, line).try_refresh()
    assert second.manifest() == first.manifest()


async def test_a_machine_starts_from_what_it_had_and_keeps_no_more_than_two_publications(
    first: Home, second: Home
) -> None:
    line = Line(first)
    its = Mirror(second, line)
    for version in (1, 2, 3):
        publish(first, version)
        await its.refresh()
    assert {path.name for path in second.snapshots.glob("*.plan")} == {"plan-2.plan", "plan-3.plan"}
    line.cut_after = 0
    await Mirror(second, line).begin()
    assert second.directory() == directory()


async def test_a_node_elsewhere_obeys_from_its_first_call_what_was_ordered_while_its_machine_was_away(
    first: Home, second: Home
) -> None:
    its = Mirror(second, Line(first))
    await its.refresh()
    frozen = PanicOrder("1", Aim.CLIENT, "acme", False, "noc", NOON, "unpaid")
    dropped = PanicOrder("2", Aim.VENDOR, "zenith", False, "noc", NOON)
    write_panic(second.data, "node-1", NOTHING.given(dropped))
    write_panic(first.data, "node-0", NOTHING.given(frozen))
    write_panic(first.data, "node-1", NOTHING)  # it ran there once
    assert await its.refresh() and not await its.refresh()
    obeyed: list[Panic] = []
    room = PanicRoom(second.data, "node-1", obeyed.append)
    assert obeyed[0].client(PartnerId("acme")) == frozen and obeyed[0].vendor(PartnerId("zenith")) == dropped
    assert room.panic.untold == (dropped,), "the desk hears of that one only from here"
    lifted = replace(frozen, order_id="3", lift=True, at_ms=NOON + 1)
    write_panic(first.data, "desk", NOTHING.given(frozen).given(lifted))
    assert await its.refresh()
    assert PanicRoom(second.data, "node-1", obeyed.append).panic.in_force() == [dropped]


def test_a_home_is_that_of_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "first", Settings())
    assert home.here() == home
    monkeypatch.setenv("SWITCHBOARD_HERE", str(tmp_path / "second"))
    assert home.here() == Home(tmp_path / "second", Settings(), joined=True)


async def test_what_another_program_publishes_is_not_read(
    first: Home, second: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "program", iter(["theirs", "ours"]).__next__)
    with pytest.raises(OtherProgramError, match="another program than the first one"):
        await Mirror(second, Line(first)).begin()
    assert second.manifest() is None


async def test_a_program_that_changes_at_the_first_machine_ends_nobody_and_is_told(
    first: Home, second: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    its = Mirror(second, Line(first))
    await its.begin()
    publish(first, 2)
    monkeypatch.setattr(mirror, "program", lambda: "theirs")
    line = Line(first)
    its._source = line  # the desk was started anew, with what lies there now
    assert not await its.try_refresh() and not await its.try_refresh() and its.other_program
    found = second.manifest()
    assert found is not None and found.version == 1, "what was published before is in force"
    with pytest.raises(OtherProgramError):
        await its.begin()
    its._source = Line(first)
    its._source._published._program = its._program
    assert await its.try_refresh() and not its.other_program


async def test_files_that_are_installed_before_the_restart_make_no_other_program(
    first: Home, second: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    its = Mirror(second, Line(first))
    monkeypatch.setattr(mirror, "program", lambda: "what lies there now")
    assert await its.try_refresh() and second.manifest() == first.manifest()


class Slow(Line):
    """A way on which an answer may lie for a while."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.lies = asyncio.Event()
        self.may_come = asyncio.Event()

    async def news(self, stamp: str) -> News | None:
        news = await super().news(stamp)
        self.lies.set()
        await self.may_come.wait()
        return news


async def test_what_was_asked_before_is_never_put_over_what_is_newer(first: Home, second: Home) -> None:
    slow = Slow(first)
    older = asyncio.create_task(Mirror(second, slow).refresh())
    await slow.lies.wait()
    publish(first, 2)
    newer = asyncio.create_task(Mirror(second, Line(first)).refresh())
    await asyncio.wait([newer], timeout=0.2)
    slow.may_come.set()
    await older
    await newer
    assert second.manifest() == first.manifest()


async def test_a_desk_that_hangs_keeps_no_process_of_the_machine_waiting(first: Home, second: Home) -> None:
    hangs = Slow(first)
    its = [Mirror(second, hangs) for _ in range(4)]
    async with asyncio.timeout(5):
        for one in its:
            assert not await one.try_refresh(wait_s=0.05)
        assert await Mirror(second, Line(first)).refresh(), "nobody has the lock meanwhile"
        publish(first, 2)
        hangs.may_come.set()
        assert await its[0].try_refresh(wait_s=None)
    assert second.manifest() == first.manifest(), "who waits to the end has what is published now"


async def test_a_desk_that_hangs_in_between_keeps_only_who_copies(first: Home, second: Home) -> None:
    its = Mirror(second, Line(first))
    hangs = Slow(first)
    hangs.may_come.set()
    copies = Mirror(second, hangs)

    async def hang_within(stamp: str) -> News | None:
        news = await Line.news(hangs, stamp)
        if hangs.lies.is_set():
            await asyncio.sleep(1)
        hangs.lies.set()
        return news

    hangs.news = hang_within  # type: ignore[method-assign]  # the second answer lies
    async with asyncio.timeout(5):
        began = asyncio.get_running_loop().time()
        assert not await copies.try_refresh(wait_s=0.05) and not await its.try_refresh(wait_s=0.05)
        assert asyncio.get_running_loop().time() - began < 0.5
        assert await copies.try_refresh(wait_s=None)
