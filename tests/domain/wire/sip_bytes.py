"""Builders of SIP bytes with defaults."""

from collections.abc import Iterable

SOURCE = ("192.0.2.10", 5060)
SECRET = b"tag secret"

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 18 101\r\n"


def request_bytes(
    method: str = "INVITE",
    *,
    uri: str = "sip:777%23447911123456@198.51.100.1;user=phone",
    branch: str = "z9hG4bK-1",
    via: str = "SIP/2.0/UDP 192.0.2.10:5060;branch={branch};rport",
    caller: str = '"Ann" <sip:442071234567@192.0.2.10>;tag=from1',
    to: str = "<sip:447911123456@198.51.100.1>",
    call_id: str = "call-1@192.0.2.10",
    cseq: int = 1,
    more: tuple[str, ...] = (),
    body: bytes = b"",
) -> bytes:
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: {via.format(branch=branch)}",
        "Via: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bK-inner",
        "Max-Forwards: 69",
        f"From: {caller}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *more,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def response_bytes(status: int, reason: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    lines = [f"SIP/2.0 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}"]).encode("latin-1") + b"\r\n\r\n" + body
