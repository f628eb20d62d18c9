"""Tests of the gateways: real sockets, a node and its books in this process."""
