"""Logs: one JSON line per event, in the data folder, filtered by level."""

import json
from pathlib import Path

from actors.home import Home
from actors.logs import open_log
from domain.settings import LogSettings, Settings


def test_an_event_is_one_json_line_with_actor_time_and_level(tmp_path: Path) -> None:
    log = open_log(Home(tmp_path, Settings()), "node-0")
    log.warning("parked", call="00ff", cause="no-rate")
    line = json.loads((tmp_path / "logs" / "node-0.log").read_text())
    assert (line["event"], line["actor"], line["call"], line["level"]) == ("parked", "node-0", "00ff", "warning")
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written(tmp_path: Path) -> None:
    log = open_log(Home(tmp_path, Settings(log=LogSettings(level="warning"))), "desk")
    log.info("started")
    assert (tmp_path / "logs" / "desk.log").read_text() == ""


def test_text_is_for_people(tmp_path: Path) -> None:
    open_log(Home(tmp_path, Settings(log=LogSettings(format="text"))), "desk").info("started", pid=7)
    text = (tmp_path / "logs" / "desk.log").read_text()
    assert "started" in text
    assert "pid=7" in text


def test_an_exception_is_told_whole(tmp_path: Path) -> None:
    log = open_log(Home(tmp_path, Settings()), "shard-0")
    try:
        raise ValueError("the disk is gone")
    except ValueError as error:
        log.critical("fatal", where="a turn", exc_info=error)
    line = json.loads((tmp_path / "logs" / "shard-0.log").read_text())
    assert "the disk is gone" in line["exception"]


def test_a_start_that_is_tried_again_writes_each_line_once(tmp_path: Path) -> None:
    home = Home(tmp_path, Settings())
    files = {id(open_log(home, "node-1")._logger.handlers[0]) for _ in range(3)}  # type: ignore[attr-defined]  # ours
    open_log(home, "node-1").info("started")
    assert len(files) == 1
    assert len((tmp_path / "logs" / "node-1.log").read_text().splitlines()) == 1


def test_whatever_is_logged_can_be_written(tmp_path: Path) -> None:
    open_log(Home(tmp_path, Settings()), "serve").warning("upgraded", books={0: 1}, folder=tmp_path)
    line = json.loads((tmp_path / "logs" / "serve.log").read_text())
    assert (line["books"], line["folder"]) == ({"0": 1}, str(tmp_path))
