"""Accounting of Kamailio's acc_radius, as facts describe it: a record per transaction, no session time."""

from domain.calls import CallReport
from domain.directory import Switch
from domain.ids import SwitchId
from domain.reading import reports_from_accounting
from domain.recipes import KAMAILIO
from domain.wire.radius_attributes import attribute
from domain.wire.radius_dictionaries import DICTIONARIES
from domain.wire.radius_packet import Attribute, Code, RadiusPacket, decode, encode_request
from tests.domain.builders import NOON
from tests.domain.wire.radius_bytes import SECRET

OPENSER = DICTIONARIES[KAMAILIO.dictionary]
START, STOP, FAILED = 1, 2, 15
KAM = Switch(SwitchId("sw1"), "127.0.0.1", KAMAILIO, SECRET.decode())
TAGS = ("from-1", "to-1")


def record(
    status: int,
    at_s: int,
    *,
    call: str = "call-1@10.0.0.1",
    code: int = 200,
    method: int = 1,
    uri: str = "sip:447911123456@bluewire.example:5060;user=phone;sbm=bluewire-out.0",
    tags: tuple[str, str] = TAGS,
    stamped: bool = True,
    delay_s: int = 0,
    last: bool = False,
) -> list[Attribute]:
    """One record; `at_s` is seconds after NOON, `last`: no other vendor will be asked."""
    said: list[tuple[str, str | int]] = [
        ("Acct-Status-Type", status), ("Service-Type", 15), ("Sip-Response-Code", code), ("Sip-Method", method),
        ("Acct-Session-Id", call), ("Sip-From-Tag", tags[0]), ("Sip-To-Tag", tags[1]), ("User-Name", "12025550100"),
        ("Calling-Station-Id", "12025550100"), ("Called-Station-Id", "447911123456"),
        ("Sip-Translated-Request-URI", uri), ("Sip-Src-IP", "10.0.0.1"), ("NAS-Port", 5060),
        ("Acct-Delay-Time", delay_s),
    ]  # fmt: skip
    if last:
        said.append(("Acct-Terminate-Cause", 15))
    if stamped:
        said.append(("Event-Timestamp", NOON // 1000 + at_s))
    return [attribute(name, value, dictionary=OPENSER) for name, value in said]


def packet(attributes: list[Attribute]) -> RadiusPacket:
    return decode(encode_request(Code.ACCOUNTING_REQUEST, 9, attributes, SECRET, prove=False))


def reports(attributes: list[Attribute], received_ms: int = NOON) -> tuple[CallReport, ...]:
    read = reports_from_accounting(packet(attributes), KAM, received_ms)
    assert isinstance(read, tuple)
    return read


def bye(at_s: int, *, by_callee: bool = False, stamped: bool = True, delay_s: int = 0) -> list[Attribute]:
    """The Stop of a BYE: the callee's has the tags swapped, and numbers and URI of its own."""
    tags = (TAGS[1], TAGS[0]) if by_callee else TAGS
    uri = "sip:12025550100@10.0.0.1" if by_callee else "sip:callee@198.51.100.77:5080"
    return record(STOP, at_s, method=8, uri=uri, tags=tags, stamped=stamped, delay_s=delay_s)
