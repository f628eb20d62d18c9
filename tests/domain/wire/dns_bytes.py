"""The messages of the facts' test vectors, which an independent library has checked, and builders of others."""

from typing import Any

from domain.wire.dns_message import Edns, Query, Type
from domain.wire.dns_name import name_from_text

NUMBER_NAME = name_from_text("8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa")
QUERY = bytes.fromhex(
    "12340100000100000000000101380134013101300136013401390137013001320134013404653136340461727061000023000100002904d0"
    "000000000000"
)
ANSWER = bytes.fromhex(
    "123485000001000200000001013801340131013001360134013901370130013201340134046531363404617270610000230001"
    "c00c002300010000000000320064000a0175074532552b73697022215e5c2b282e2a2924217369703a373030315c31403139382e35312e3130302e372100"
    "c00c0023000100000000003e006400140175074532552b7369702e215e282e2a2924217369703a5c31403230332e302e3131332e393a353036313b7472616e73706f72743d7463702100"
    "00002904d0000000000000"
)


def query(text: str = "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa", **fields: Any) -> Query:
    """A question about a number, as in the vectors."""
    values: dict[str, Any] = {"id": 0x1234, "name": name_from_text(text), "type": Type.NAPTR, "recursion": True}
    return Query(**(values | {"edns": Edns(1232)} | fields))
