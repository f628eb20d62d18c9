"""A switchboard on what a former program left: it comes up, carries on with calls, and lets no second one in."""

import re
from pathlib import Path

import pytest

from cluster.demo.switch import Admitted
from cluster.demo.world import SwitchEntry
from cluster.up import Supervisor
from domain.errors import ConflictError
from domain.ids import PartnerId, SwitchId
from tests.live.phone import legs, phone
from tests.live.running import SETTINGS, free_ports, started
from tests.store.former import FORMER, leave_folder

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]

ORBITA = SwitchEntry(SwitchId("sw1"), PartnerId("orbita"), "127.0.0.41", "cisco")
NUMBER = "442071838750"


@pytest.mark.parametrize(("book", "catalog"), FORMER)
async def test_calls_go_on_where_a_former_program_left_off(tmp_path: Path, book: int, catalog: str) -> None:
    data = tmp_path / "data"
    leave_folder(data, book, catalog)
    ports = free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc")
    (data / "switchboard.toml").write_text(SETTINGS.format(**ports))
    with started(data) as board:
        with pytest.raises(ConflictError, match=re.escape(f"{data}: a switchboard runs on this data folder already")):
            Supervisor(data)
        (tmp_path / "secret").write_text(ORBITA.secret)
        board.sb("switches", "set", ORBITA.id, "--secret-file", str(tmp_path / "secret"))
        before = board.told("partners", "show", "orbita")
        assert before["owed"]["amount"] == "-12.4118"
        async with phone(ORBITA, board.node) as switch:
            call = switch.new_call()
            answer = await switch.ask(NUMBER, call)
            assert isinstance(answer, Admitted), answer
            both = legs(call, NUMBER, answer.offers[0], 60)
            await switch.begin(*both)
            await switch.end(*both)
        assert board.told("partners", "show", "orbita")["owed"]["amount"] == "-12.3824"
        check = board.told("ledger", "check")
        assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]
    assert sorted(path.name for path in (data / "former").iterdir()) == ["books", "catalog.db", "upgrade.json"]
