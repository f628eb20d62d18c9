"""A port that somebody has is told with the setting that names it, before anything is started."""

import socket

import pytest

from cluster.ports import require_free
from domain.errors import InputError
from domain.settings import DeskSettings, NodeSettings, Settings

ANY = "127.0.0.1:0"
FREE = NodeSettings(sip=ANY, sip_tls=ANY, radius_auth=ANY, radius_acct=ANY, enum=ANY, grpc=ANY)


def settings(listen: str = ANY, metrics: str = ANY, **node: str) -> Settings:
    return Settings(desk=DeskSettings(listen=listen, metrics=metrics), node=(FREE.model_copy(update=node),))


def test_free_addresses_are_left_alone() -> None:
    require_free(settings())


@pytest.mark.parametrize(
    ("setting", "kind", "said"),
    [
        ("listen", socket.SOCK_STREAM, r"tcp .*operators' gRPC.*`listen` of \[desk\] in switchboard.toml"),
        ("metrics", socket.SOCK_STREAM, r"tcp .*metrics.*`metrics` of \[desk\]"),
        ("enum", socket.SOCK_DGRAM, r"udp .*ENUM.*`enum` of \[\[node\]\] node-0"),
        ("enum", socket.SOCK_STREAM, r"tcp .*ENUM.*`enum` of \[\[node\]\] node-0"),
    ],
)
def test_a_port_that_is_taken_is_told_with_its_setting(setting: str, kind: socket.SocketKind, said: str) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(InputError, match=f"cannot listen on {said}"):
            require_free(settings(**{setting: taken}))


def test_an_address_that_is_not_ours_is_told_too() -> None:
    with pytest.raises(InputError, match=r"cannot listen on udp 192\.0\.2\.1:5060"):
        require_free(settings(sip="192.0.2.1:5060"))
