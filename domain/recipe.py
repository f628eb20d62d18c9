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


class Dialect(StrEnum):
    """Whose numbers a switch's RADIUS attributes have, where makers differ: see wire/radius_dictionaries.py."""

    STANDARD = "standard"
    OPENSER = "openser"
    OPENSIPS = "opensips"
    ASTERISK = "asterisk"
    FREESWITCH = "freeswitch"
    QUINTUM = "quintum"
    AUDIOCODES = "audiocodes"
    ELTEX = "eltex"


class CauseKind(StrEnum):
    """What a switch writes as cause: Q.850, a SIP status, or Asterisk's disposition in words."""

    Q850 = "q850"
    SIP = "sip"
    DISPOSITION = "disposition"


class Authenticate(StrEnum):
    """Whose password is asked for. KNOWN: where the user is one of a trunk of ours, it must be right; ALWAYS: who is
    not, is rejected."""

    NEVER = "never"
    KNOWN = "known"
    ALWAYS = "always"


class LostEnd(StrEnum):
    """What is done with a leg whose end never comes."""

    WAIT = "wait"
    CLOSE = "close"


LENT = b"lent-"
"""How a call id begins that is none of the switch's own: it is made of the question's Authenticator."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a kind of switch can do and how it speaks (DESIGN §1). Recipes are data: see domain/recipes.py.

    `*_attribute` name a RADIUS attribute or Cisco-AVPair, '' for none; of `*_attributes` the first that is there
    counts, and where the vendor's are none, the client's. `*_in_leg_id` say that all records of a leg carry the thing,
    and that the session id alone does not tell legs apart; so do `tag_attributes`, in any order. `cause_base` 10 or 16
    is how Q.850 causes are written. `start_is_answer`: a Start is sent at the answer, not at the seizure.
    `delay_is_alert`: Acct-Delay-Time holds the moment of ringing. `ringing_attribute`: seconds from setup to answer.
    `repeat_names`: h323 values begin with their own name. `raw_hash`: wants a bare '#'.
    `inner_call_type`: legs of this h323-call-type run between two of our own gateways and are nobody's.
    `both_legs`: a record stands for the client's leg and for that of the vendor who took the call, whom
    `vendor_uri_attribute` names by a SIP URI with our mark or his address. `failed_ends_call`: a Failed that names a
    vendor ends the call; else it is an attempt, and the next vendor may be tried, unless it has `final_attribute`,
    which the switch puts into the last one. `hold_asked_s`: how long a hold waits for its call to begin (0: as the
    settings say). `stop_is_bare`: a Stop says nothing but when the call ended; all else is known from its Start.
    `channel_names`: trunks are named by channels (`SIP/kestrel-0000001f`).
    `lends_call_id`: asks about sessions without an id of theirs, and echoes the one that we lend it in Class.
    `own_nonces`: Digest nonces must be ours (RFC 5090); else the switch makes them. `answers`: what an Access-Accept
    carries. `routes`: `attribute=template` (domain.route_text), one attribute for each route, or
    `attribute[;]=template`, all in one with that between them; a template without a field is sent once.
    `can_disconnect`: ends a call when it is told to, at `disconnect_port` (RFC 5176). `tls_name`: the name in its
    certificate for RADIUS over TLS ("": its address).
    `file_layout`: the form of the CDR files that it delivers (domain.file_layouts; "": our plain CSV, or none).
    `table`: the template of the static routing tables that it is given ("": none), made anew each `table_every_s` (0:
    never) and after changes of what is published.
    `contact_template`: how a Contact's URI is written, by the fields of domain.route_text ("": our own form).
    `redirect_cause`: Q.850 cause that a 302 carries as its Reason (0: none); `dials_itself`: redirections name numbers
    at the asking gateway, which finds its own way to them (SS7).
    Over ENUM: `enum_no_route` answers where no vendor may carry it, `enum_refused` a client that may not call;
    `enum_truncate`: a list that a datagram cannot hold is asked for again over TCP, else its end is left out;
    `enum_plus`: numbers in URIs begin with +, unless a tech prefix stands before them; `enum_hold`: money is held for
    each question, and released by expiry only.
    `asks_again`: asks anew before each attempt, so that it is told one route at a time; `last_cause_attribute` says in
    a question how the attempt before it failed.
    `lost_end`: what is done with a leg that is open and silent for `lost_end_s` (0: as the settings say, and where no
    interims are sent, the longest call).
    """

    name: str
    reports_vendor_legs: bool = True
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
    dictionary: Dialect = Dialect.STANDARD
    session_id_attribute: str = "Acct-Session-Id"
    tag_attributes: tuple[str, ...] = ()
    vendor_call_id_attributes: tuple[str, ...] = ()
    origin_attribute: str = "h323-call-origin"
    client_origins: tuple[str, ...] = ("answer", "proxy")
    vendor_origins: tuple[str, ...] = ("originate",)
    inner_call_type: str = ""
    both_legs: bool = False
    failed_ends_call: bool = True
    final_attribute: str = ""
    stop_is_bare: bool = False
    caller_attributes: tuple[str, ...] = ("Calling-Station-Id",)
    called_attributes: tuple[str, ...] = ("Called-Station-Id",)
    vendor_caller_attributes: tuple[str, ...] = ()
    vendor_called_attributes: tuple[str, ...] = ()
    remote_attribute: str = "h323-remote-address"
    vendor_remote_attribute: str = ""
    vendor_uri_attribute: str = ""
    channel_names: bool = False
    setup_attribute: str = "h323-setup-time"
    connect_attribute: str = "h323-connect-time"
    disconnect_attribute: str = "h323-disconnect-time"
    ringing_attribute: str = ""
    duration_attribute: str = "Acct-Session-Time"
    duration_ms_attribute: str = ""
    cause_attribute: str = "h323-disconnect-cause"
    cause_kind: CauseKind = CauseKind.Q850
    lends_call_id: bool = False
    authenticate: Authenticate = Authenticate.KNOWN
    own_nonces: bool = True
    auto_message_authenticator: bool = False
    limit_proxy_state: bool = False
    answers: tuple[str, ...] = ("h323-return-code", "h323-credit-time", "Session-Timeout", "Class")
    routes: tuple[str, ...] = ("h323-ivr-in=Routing:{user}@{host_port};sbm={mark}",)
    interim_s: int = 0
    hold_asked_s: int = 0
    start_is_answer: bool = False
    delay_is_alert: bool = False
    repeat_names: bool = True
    raw_hash: bool = False
    file_layout: str = ""
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
    lost_end: LostEnd = LostEnd.WAIT
    lost_end_s: int = 0
    asks_again: bool = False
    last_cause_attribute: str = ""
