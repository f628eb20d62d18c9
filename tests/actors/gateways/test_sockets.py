"""Sockets of listeners."""

import socket

import pytest

from actors.gateways.sockets import on_both, tcp_socket
from domain.errors import InputError


async def test_any_port_is_tried_again_where_tcp_has_not_the_one_of_udp_and_a_named_one_is_not() -> None:
    with tcp_socket("127.0.0.1", 0) as taken:
        tried = [taken.getsockname()[1], 0]

        async def listen() -> socket.socket:
            return tcp_socket("127.0.0.1", tried.pop(0))

        with await on_both(0, listen) as opened:
            assert opened.getsockname()[1] != taken.getsockname()[1]
        tried = [taken.getsockname()[1], 0]
        with pytest.raises(InputError):
            await on_both(tried[0], listen)
        assert tried == [0], "it was tried once"
