"""The settings: defaults, bounds, and what contradicts itself."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.settings import (
    ClockSettings,
    ClusterSettings,
    EnumSettings,
    MailSettings,
    NodeSettings,
    RaySettings,
    Settings,
    ShardSettings,
    StoreSettings,
    host_port,
)


def test_defaults_make_one_node_on_loopback() -> None:
    settings = Settings()
    assert [node.name for node in settings.node] == ["node-0"]
    assert all(":" in socket and " 127.0.0.1:" in socket for socket in settings.node[0].sockets())


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1:5060", ("127.0.0.1", 5060)), ("[::1]:0", ("::1", 0)), ("switch.example:1", ("switch.example", 1))],
)
def test_an_address_is_host_and_port(address: str, expected: tuple[str, int]) -> None:
    assert host_port(address) == expected


@pytest.mark.parametrize("address", ["5060", ":5060", "host:", "host:65536", "host:-1", "::1:5060", "host:٣"])
def test_anything_else_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        host_port(address)


def test_two_listeners_cannot_share_an_address() -> None:
    with pytest.raises(ValidationError, match=r"udp 127.0.0.1:5060, .*tcp 127.0.0.1:50052"):
        Settings(node=(NodeSettings(), NodeSettings(name="b", radius_auth="", radius_acct="")))


def test_udp_and_tcp_may_share_a_port_and_port_0_is_never_shared() -> None:
    node = NodeSettings(
        sip="127.0.0.1:5060", grpc="127.0.0.1:5060", radius_auth="127.0.0.1:0", radius_acct="127.0.0.1:0"
    )
    with pytest.raises(ValidationError, match=r"tcp 127.0.0.1:5060"):
        Settings(node=(node,))
    apart = node.model_copy(update={"grpc": "127.0.0.1:1812", "radius_auth": "127.0.0.1:1812"})
    assert "udp 127.0.0.1:1812" in Settings(node=(apart,)).node[0].sockets()


def test_two_nodes_cannot_share_a_name() -> None:
    off = NodeSettings(sip="", sip_tls="", radius_auth="", radius_acct="", enum="", grpc="")
    with pytest.raises(ValidationError, match="node-0 is given twice"):
        Settings(node=(off, off))


def test_an_origin_is_a_moment_with_its_offset() -> None:
    assert ClockSettings().origin_ms() is None
    assert ClockSettings(origin="2026-11-02T10:00:00+01:00").origin_ms() == 1_793_610_000_000
    with pytest.raises(ValidationError, match="with its offset"):
        ClockSettings(origin="2026-11-02T09:00:00")


def test_a_password_in_the_url_is_moved_out_and_never_printed() -> None:
    store = StoreSettings(url="postgresql+psycopg://bill:p%40ss@db:5432/switchboard")
    assert store.url == "postgresql+psycopg://bill@db:5432/switchboard"
    assert store.password.get_secret_value() == "p@ss"
    assert "p@ss" not in repr(store) and "p%40ss" not in repr(store)
    assert store.full_url() == "postgresql+psycopg://bill:p%40ss@db:5432/switchboard"


def test_a_socket_url_without_password_stays_as_it_is() -> None:
    url = "postgresql+psycopg://postgres@/books?host=/run/pg"
    assert StoreSettings(url=url).full_url() == url
    assert StoreSettings().full_url() == ""


def test_tasks_leave_one_core_free_but_get_one_at_least() -> None:
    assert [RaySettings().workers_on(cores) for cores in (1, 2, 8)] == [1, 1, 7]
    assert RaySettings(workers=3).workers_on(2) == 3


def test_zones_are_names_in_one_form() -> None:
    assert EnumSettings(zones=("E164.Example.",)).zones == ("e164.example",)
    with pytest.raises(ValidationError, match="no label"):
        EnumSettings(zones=("e164..arpa",))


def test_a_shard_has_a_book_at_least() -> None:
    assert StoreSettings(books=3, shards=2).shards == 2
    with pytest.raises(ValidationError, match="more than the 2 of"):
        StoreSettings(books=2, shards=3)


@pytest.mark.parametrize("wrong", ["", "ops", "Ops <ops@x.example>", "a@b@c", "a b@c", "a@b,c@d"])
def test_who_sends_mail_and_who_hears_of_all_of_it_are_plain_addresses(wrong: str) -> None:
    assert MailSettings(sender="ops@x.example", notify=("noc+1@x.example",)).notify == ("noc+1@x.example",)
    for given in ({"sender": wrong}, {"notify": (wrong,)}):
        with pytest.raises(ValidationError):
            MailSettings(**given)


POSTGRES = StoreSettings(url="postgresql+psycopg://bill@db/switchboard", books=2)
ON_SECOND = ShardSettings(name="shard-1", machine="second")


def test_nodes_and_shards_name_their_machines() -> None:
    far = NodeSettings(name="far", machine="second")  # the same ports as the first node's, on another machine
    cluster = ClusterSettings(address="10.0.0.1")
    settings = Settings(store=POSTGRES, cluster=cluster, shard=(ON_SECOND,), node=(NodeSettings(), far))
    assert settings.machines() == ["first", "second"]
    assert [settings.machine_of_shard(name) for name in ("shard-0", "shard-1")] == ["first", "second"]
    assert [node.name for node in settings.nodes_on("first")] == ["node-0"]
    assert [node.name for node in settings.nodes_on("second")] == ["far"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"store": POSTGRES, "shard": (ON_SECOND,)}, "machine second cannot reach this one"),
        ({"cluster": ClusterSettings(address="10.0.0.1")}, "set store.url"),
        ({"shard": (ShardSettings(name="shard-1"),)}, "shard-1 is none of the 1"),
        ({"shard": (ShardSettings(name="shard-0"),) * 2}, "shard-0 is given twice"),
    ],
)
def test_machines_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**wrong)
