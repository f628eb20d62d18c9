"""The 49 messages of RFC 4475, and what a redirect server makes of each: over UDP, and over a stream where it differs.

Lines end in CRLF on the wire; `{n}` stands for the length of the body. An answer is its status; a call to be decided is
DECIDE, silence is DROP; WAITS: more octets are awaited; CLOSES: the connection is closed after the answers.
"""

from dataclasses import dataclass

DECIDE, DROP, WAITS, CLOSES = "decide", "drop", "waits", "closes"
Outcome = int | str


@dataclass(frozen=True)
class Case:
    """`on_stream` lists all outcomes over a stream, in order; empty: the one over UDP and nothing else."""

    name: str
    section: str
    data: bytes
    on_udp: Outcome
    on_stream: tuple[Outcome, ...] = ()


def case(
    name: str, section: str, on_udp: Outcome, text: str, *, body: bytes = b"", on_stream: tuple[Outcome, ...] = ()
) -> Case:
    head = text.strip("\n").replace("{n}", str(len(body))).replace("\n", "\r\n").encode("latin-1")
    return Case(name, section, head + b"\r\n\r\n" + body, on_udp, on_stream)


SDP = (
    b"v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n"
    b"m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
)
MULTIPART = (
    b"--7a9cbec02ceef655\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"Watson, come here.\r\n--7a9cbec02ceef655\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    + bytes(range(256)) + b"\r\n--7a9cbec02ceef655--\r\n"
)  # fmt: skip
LONG = "".join(f"v{number:03}" for number in range(80))
VIAS = "\n".join(f"Via: SIP/2.0/TCP sip{number}.example.com" for number in range(33, 0, -1))
