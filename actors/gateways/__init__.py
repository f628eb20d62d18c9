"""Gateways: sockets in the node's process. Parse, ask, render; no decisions."""
