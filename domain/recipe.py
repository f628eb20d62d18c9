"""What a kind of switch can do and how it speaks, as a value; the known ones are in domain/recipes.py."""

from dataclasses import dataclass
from enum import StrEnum


class EnumRefusal(StrEnum):
    """How an ENUM answer says no: some switches ask their next server on the one, some on the other."""

    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    REFUSED = "refused"


class EnumForm(StrEnum):
    """How a NAPTR's regexp makes the URI: WHOLE gives it as it is, which all clients understand (RFC 6116 §5.1);
    BACKREFERENCE takes the number from what was asked."""

    WHOLE = "whole"
    BACKREFERENCE = "backreference"


class EnumService(StrEnum):
    """The Enumservice of the records (RFC 3764, RFC 4769)."""

    SIP = "E2U+sip"
    PSTN_SIP = "E2U+pstn:sip"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a kind of switch can do and how it speaks (DESIGN §1). Recipes are data: see domain/recipes.py.

    `*_attribute` name a RADIUS attribute or Cisco-AVPair, '' for none. `*_in_leg_id` say that all records of a leg
    carry the thing, and that the session id alone does not tell legs apart. `cause_base` 10 or 16 is how causes are
    written. `start_is_answer`: a Start is sent at the answer, not at the seizure. `delay_is_alert`: Acct-Delay-Time
    holds the moment of ringing. `repeat_names`: h323 values begin with their own name. `raw_hash`: wants a bare '#'.
    `can_disconnect`: ends a call when it is told to, at `disconnect_port` (RFC 5176). `tls_name`: the name in its
    certificate for RADIUS over TLS ("": its address).
    `table`: the template of the static routing tables that it is given ("": none), made anew each `table_every_s` (0:
    never) and after changes of what is published.
    `contact_template`: how a Contact's URI is written, by the fields of domain.route_text ("": our own form).
    `redirect_cause`: Q.850 cause that a 302 carries as its Reason (0: none); `dials_itself`: redirections name numbers
    at the asking gateway, which finds its own way to them (SS7).
    Over ENUM: `enum_no_route` answers where no vendor may carry it, `enum_refused` a client that may not call;
    `enum_truncate`: a list that a datagram cannot hold is asked for again over TCP, else its end is left out;
    `enum_plus`: numbers in URIs begin with +, unless a tech prefix stands before them; `enum_hold`: money is held for
    each question, and released by expiry only.
    """

    name: str
    reports_end: bool = True
    reports_vendor_legs: bool = True
    echoes_mark: bool = True
    setup_in_leg_id: bool = False
    remote_in_leg_id: bool = False
    attempt_in_leg_id: bool = False
    sends_interims: bool = False
    can_disconnect: bool = False
    enforces_time: bool = True
    cause_base: int = 16
    zone: str = "UTC"
    call_id_attributes: tuple[str, ...] = ("h323-conf-id",)
    mark_attribute: str = "mark"
    trunk_attribute: str = ""
    vendor_trunk_attribute: str = ""
    attempt_attribute: str = ""
    routes_attribute: str = "h323-ivr-in"
    interim_s: int = 0
    start_is_answer: bool = False
    delay_is_alert: bool = False
    repeat_names: bool = True
    raw_hash: bool = False
    table: str = ""
    table_every_s: int = 3600
    table_on_change: bool = True
    contact_template: str = ""
    redirect_cause: int = 0
    dials_itself: bool = False
    disconnect_port: int = 3799
    tls_name: str = ""
    enum_no_route: EnumRefusal = EnumRefusal.NXDOMAIN
    enum_refused: EnumRefusal = EnumRefusal.NXDOMAIN
    enum_form: EnumForm = EnumForm.WHOLE
    enum_service: EnumService = EnumService.SIP
    enum_truncate: bool = False
    enum_plus: bool = False
    enum_hold: bool = False
