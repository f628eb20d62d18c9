"""What a listener tells operators of itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GatewayState:
    """One listener at one moment. Counts run from its start; times are those of answers in the last minute or so.

    `address` is where it listens ("udp 127.0.0.1:5060"); `errors` are packets that could not be read, proved or
    answered; `counts` has every counter by its short name; `connections` is 0 where there are none.
    """

    name: str
    address: str
    received: int = 0
    sent: int = 0
    errors: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    in_work: int = 0
    connections: int = 0
