"""`switchboard status`."""

import json

from cli.parsing import moment
from protos.operators_pb2 import Actor, Alarm, Board, Listener, Status, SwitchState
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

STATUS = Status(
    version="0.1.0",
    data="/data",
    actors=[
        Actor(name="shard-0", kind="shard", state="alive", pid=42, incarnation=2, rss_mb=91.4),
        Actor(name="node-0", kind="node", state="alive", pid=43, rss_mb=80, figures={"version": 17}),
    ],
    listeners=[
        Listener(owner="desk", door="operators' gRPC", transport="TCP", address="127.0.0.1:50051", listening=True),
        Listener(owner="node-0", door="SIP", transport="UDP, TCP", address="127.0.0.1:5060"),
    ],
    board=Board(
        now_ms=moment("2026-11-02T09:00"),
        clock_speed=20,
        cps=12.5,
        open_calls=7,
        attempts_1h=300,
        answered_1h=120,
        seconds_1h=18_000,
        revenue_1h=Money(units=3_150_000_000, currency="USD"),
        cost_1h=Money(units=2_160_000_000, currency="USD"),
        alarms=[Alarm(key="parked", text="3 records are parked", severity="warning")],
        switches=[SwitchState(switch_id="gw1", address="127.0.0.2", recipe="cisco", asked=300)],
        refusals={"no-credit": 4},
        parked=3,
    ),
)


def test_status_tells_the_last_hour_the_alarms_the_actors_and_the_switches(desk: FarDesk) -> None:
    desk.says("Status.Get", STATUS)
    result = desk.run("status")
    assert result.exit_code == 0
    for said in (
        "2026-11-02 09:00:00 UTC, speed 20",
        "12.5 calls a second, 7 open",
        "300 attempts, 120 answered, ASR 40.00 %, ACD 2:30",
        "revenue 31.50 USD, cost 21.60 USD",
        "no-credit 4",
        "3 records are parked",
        "shard-0  shard  alive   42      2  91",
        "node-0   node   alive   43      0  80       17",
        "desk    operators' gRPC  TCP        127.0.0.1:50051  listening",
        "node-0  SIP              UDP, TCP   127.0.0.1:5060   away",
        "gw1     127.0.0.2  cisco     300",
    ):
        assert said in result.stdout


def test_status_of_a_quiet_switchboard_has_no_averages(desk: FarDesk) -> None:
    desk.says("Status.Get", Status(version="0.1.0"))
    result = desk.run("status")
    assert "ASR" not in result.stdout and "alarms" not in result.stdout
    assert "none: add one with `switchboard switches add`" in result.stdout


def test_status_as_json_has_everything(desk: FarDesk) -> None:
    desk.says("Status.Get", STATUS)
    shown = json.loads(desk.run("status", "--json").stdout)
    assert shown["board"]["revenue_1h"] == {"amount": "31.50", "currency": "USD"}
    assert shown["board"]["now"] == "2026-11-02T09:00:00.000Z"
    assert shown["board"]["refusals"] == {"no-credit": 4}
    assert shown["actors"][0]["name"] == "shard-0"
