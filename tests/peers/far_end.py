"""A vendor's switch in a thread: answers each INVITE on a real UDP socket by its rule, and remembers what it got."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from domain.wire.sip_message import SipRequest, parse


class FarEnd:
    """Answers INVITE with `status` (200: takes the call), BYE and CANCEL with 200. `invited`: Request-URIs in order."""

    def __init__(self, address: str, status: int = 200, port: int = 5060) -> None:
        self.address, self.status, self.port = address, status, port
        self.invited: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._socket.settimeout(0.2)
        self._ending = threading.Event()
        self._seen: set[str] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                data, source = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            request = parse(data)
            if isinstance(request, SipRequest) and request.method != "ACK":
                self._socket.sendto(self._answer(request), source)

    def _answer(self, request: SipRequest) -> bytes:
        status = self.status if request.method == "INVITE" else 200
        if request.method == "INVITE" and request.via.branch not in self._seen:
            self._seen.add(request.via.branch)
            self.invited.append(request.uri)
        to = request.header("to")
        lines = [f"SIP/2.0 {status} {'OK' if status == 200 else 'No'}"]
        lines += [f"Via: {value}" for value in request.headers["via"]]
        lines += [f"Record-Route: {value}" for value in request.headers.get("record-route", ())]
        lines += [f"From: {request.header('from')}", f"To: {to if 'tag=' in to else to + ';tag=far'}"]
        lines += [f"Call-ID: {request.call_id}", f"CSeq: {request.cseq} {request.method}"]
        lines += [f"Contact: <sip:far@{self.address}:{self.port}>", "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode("latin-1")


@contextmanager
def far_end_at(address: str, port: int, status: int = 200) -> Iterator[FarEnd]:
    """Run one vendor."""
    end = FarEnd(address, status, port)
    try:
        yield end
    finally:
        end.close()


@contextmanager
def far_ends(**status_of: int) -> Iterator[dict[str, FarEnd]]:
    """Run vendors at addresses written with underscores (a127_0_45_1=503), each with the status that it gives."""
    ends = {}
    try:
        for name, status in status_of.items():
            address = name.removeprefix("a").replace("_", ".")
            ends[address] = FarEnd(address, status)
        yield ends
    finally:
        for end in ends.values():
            end.close()
