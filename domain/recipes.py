"""The recipes we know, as data. A switch of its own kind takes the nearest one with `dataclasses.replace`."""

from dataclasses import replace

from domain.directory import Recipe
from domain.errors import NotFoundError
from domain.file_layouts import DDB
from domain.recipe import CauseKind, Dialect
from domain.targets import MARK_PARAMETER
from domain.wire.radius_answers import QUOTAS

CISCO = Recipe(
    # A gateway with an IVR script: a leg each way tied by the conf-id, causes in hex, cuts the call at its time.
    name="cisco",
    setup_in_leg_id=True,
    trunk_attribute="in-trunkgroup-label",
    vendor_trunk_attribute="out-trunkgroup-label",
)

SIP302 = Recipe(
    # A SIP switch that follows our 302 and accounts its client leg and each vendor attempt over RADIUS. Its call id
    # is the SIP Call-ID at both doors, so that a call asked there and reported here is one call (DESIGN §5).
    name="sip302",
    setup_in_leg_id=True,
    enforces_time=False,
    cause_base=10,
    call_id_attributes=("call-id",),
    mark_attribute=MARK_PARAMETER,
    attempt_attribute="cseq",
    start_is_answer=True,
)

SIPPY = Recipe(
    # A B2BUA whose session id is the Call-ID for all legs of a call, with times to the second: a leg is known by its
    # far end too. A failed leg has its connect time set to the end; Acct-Delay-Time holds the moment of ringing.
    name="sippy",
    setup_in_leg_id=True,
    remote_in_leg_id=True,
    call_id_attributes=("call-id", "Acct-Session-Id"),
    delay_is_alert=True,
)

GNUGK = Recipe(
    # A gatekeeper that writes one record per call, of origin `proxy`: the client's side; the vendor's is not seen.
    name="gnugk",
    reports_vendor_legs=False,
    setup_in_leg_id=True,
    routes=("h323-redirect-number[;]={user}", "h323-redirect-ip-address[;]={host_port}"),
)

CISCO_PSTN = Recipe(
    # Gateways that answer to the four legs of a PSTN-VoIP-PSTN call on two of them: what comes in from the telephone
    # network is the client's, what goes out to it the vendor's; the two VoIP legs between them are the carrier's own.
    # A call key holds its switch: the legs of two gateways are two calls with one conf-id, each with its own side.
    name="cisco-pstn",
    setup_in_leg_id=True,
    trunk_attribute="in-trunkgroup-label",
    vendor_trunk_attribute="out-trunkgroup-label",
    inner_call_type="voip",
)

KAMAILIO = Recipe(
    # acc_radius (OpenSER too): a record per transaction, of the client's side; the vendor who took the call is in the
    # request URI as it was sent on, with our mark: radius_extra "User-Name=$fU;Calling-Station-Id=$fU;
    # Called-Station-Id=$oU;Sip-Translated-Request-URI=$ru;Sip-Src-IP=$si;Acct-Terminate-Cause=$avp(over)". With
    # radius_missed_flag each vendor who failed is a Failed of his own; the last one says in $avp(over) that it is. The
    # BYE of either side is the Stop: it has a moment and nothing else to rely on.
    name="kamailio",
    enforces_time=False,
    dictionary=Dialect.OPENSER,
    call_id_attributes=("Acct-Session-Id",),
    tag_attributes=("Sip-From-Tag", "Sip-To-Tag"),
    mark_attribute=MARK_PARAMETER,
    both_legs=True,
    failed_ends_call=False,
    final_attribute="Acct-Terminate-Cause",
    stop_is_bare=True,
    start_is_answer=True,
    remote_attribute="Sip-Src-IP",
    vendor_uri_attribute="Sip-Translated-Request-URI",
    cause_attribute="Sip-Response-Code",
    cause_kind=CauseKind.SIP,
    own_nonces=False,
)

OPENSIPS = replace(KAMAILIO, name="opensips", dictionary=Dialect.OPENSIPS)
"""OpenSIPS' acc without CDRs: as Kamailio, by other numbers."""

OPENSIPS_CDR = replace(
    # acc in CDR mode: one Stop for the whole call; who failed before is not seen.
    OPENSIPS,
    name="opensips-cdr",
    stop_is_bare=False,
    setup_attribute="Sip-Call-Created",
    ringing_attribute="Sip-Call-Setuptime",
    duration_attribute="Sip-Call-Duration",
    duration_ms_attribute="Sip-Call-MSDuration",
)

ASTERISK = Recipe(
    # cdr_radius: one Stop for the whole call, whose channels are named after their peers: give trunks those names.
    name="asterisk",
    enforces_time=False,
    dictionary=Dialect.ASTERISK,
    call_id_attributes=("Asterisk-Unique-ID", "Acct-Session-Id"),
    both_legs=True,
    channel_names=True,
    trunk_attribute="Asterisk-Chan",
    vendor_trunk_attribute="Asterisk-Dst-Chan",
    caller_attributes=("Asterisk-Src", "Calling-Station-Id"),
    called_attributes=("Asterisk-Dst", "Called-Station-Id"),
    setup_attribute="Asterisk-Start-Time",
    connect_attribute="Asterisk-Answer-Time",
    disconnect_attribute="Asterisk-End-Time",
    duration_attribute="Asterisk-Bill-Sec",
    cause_attribute="Asterisk-Disposition",
    cause_kind=CauseKind.DISPOSITION,
)

FREESWITCH = Recipe(
    # mod_radius_cdr: Start and Stop of each channel, and nothing in them that tells the client's from the vendor's: it
    # must be loaded with disable_radius_start and disable_radius_stop set on the channels towards vendors.
    name="freeswitch",
    reports_vendor_legs=False,
    enforces_time=False,
    dictionary=Dialect.FREESWITCH,
    call_id_attributes=("call-id", "Acct-Session-Id"),
    caller_attributes=("Freeswitch-Src", "Calling-Station-Id"),
    called_attributes=("Freeswitch-Dst", "Called-Station-Id"),
    remote_attribute="Framed-IP-Address",
    setup_attribute="Freeswitch-Callstartdate",
    connect_attribute="Freeswitch-Callanswerdate",
    disconnect_attribute="Freeswitch-Callenddate",
    cause_attribute="Freeswitch-Hangupcause",
    cause_base=10,
)

NEXTONE = replace(CISCO, name="nextone")
"""NexTone and Genband S3: the Cisco set, leg 1 answer and leg 2 originate, causes in hex, zone by its name."""

MERA = Recipe(
    # MVTS Pro, RTU: a leg each way, numbers in and out of its dial peers in pairs of their own, zone as `GMT+4`.
    name="mera",
    setup_in_leg_id=True,
    sends_interims=True,
    trunk_attribute="in-trunkgroup-label",
    vendor_trunk_attribute="h323-remote-id",
    caller_attributes=("xpgk-src-number-in", "Calling-Station-Id"),
    called_attributes=("xpgk-dst-number-in", "Called-Station-Id"),
    vendor_caller_attributes=("xpgk-src-number-out",),
    vendor_called_attributes=("xpgk-dst-number-out",),
)

ELTEX = replace(MERA, name="eltex", dictionary=Dialect.ELTEX)
"""Eltex SMG: as MERA, with pairs of its own vendor number too."""

QUINTUM = replace(
    # Tenor: Cisco's numbers under its own vendor number, causes as numbers.
    CISCO,
    name="quintum",
    dictionary=Dialect.QUINTUM,
    cause_base=10,
    trunk_attribute="Trunkid-In",
    vendor_trunk_attribute="Trunkid-Out",
)

AUDIOCODES = replace(
    # Mediant: Cisco's numbers under its own vendor number, causes in decimal (`22 (0x16)`), numbers as URIs.
    CISCO,
    name="audiocodes",
    dictionary=Dialect.AUDIOCODES,
    cause_base=10,
    call_id_attributes=("h323-conf-id", "sip-call-id"),
)

PLAIN = Recipe(
    # gRPC and our own CSV: everything is said in so many words, times in UTC, causes in decimal.
    name="plain",
    attempt_in_leg_id=True,
    enforces_time=False,
    cause_base=10,
    call_id_attributes=(),
)

ENUM = replace(
    # A softswitch that finds its routes in the NAPTRs of an ENUM answer and hands its calls in as CDR files. Neither
    # its question nor its answer has a call id or an end, so limits on open calls are not enforced (DESIGN §2).
    PLAIN,
    name="enum",
)

DDB_EXCHANGE = replace(
    # An exchange of TDM lines that asks about nothing and hands its calls in as files, in its own local time.
    PLAIN,
    name="ddb",
    zone="Europe/Amsterdam",
    reports_vendor_legs=False,
    file_layout=DDB.name,
)

SS7 = Recipe(
    # A gateway between SS7 and SIP: it takes a 302 as a redirection to numbers that it dials its own way (cause 23,
    # redirection to new destination): vendor prefix and number at its own address, in our order.
    name="ss7",
    setup_in_leg_id=True,
    enforces_time=False,
    cause_base=10,
    call_id_attributes=("call-id",),
    attempt_attribute="cseq",
    start_is_answer=True,
    contact_template="sip:{user}@{host};user=phone",
    redirect_cause=23,
    dials_itself=True,
)

WIFI = Recipe(
    # A hot spot or access point controller: sessions of users, sold by time or by volume, in records of one side. It
    # keeps to both limits by itself; one that is told to disconnect, and reports in between, may be held by the piece.
    name="wifi",
    reports_vendor_legs=False,
    cause_base=10,
    call_id_attributes=("Acct-Session-Id",),
    start_is_answer=True,
    lends_call_id=True,
    sends_interims=True,
    interim_s=600,
    answers=("Session-Timeout", "Class", *(name for pair in QUOTAS.items() for name in pair)),
    routes=(),
)

XDSL = replace(
    # An access concentrator (PPPoE, IPoE) of lines. Volume only where it knows one of the makers' quotas.
    WIFI,
    name="xdsl",
    trunk_attribute="NAS-Port-Id",
)

_ALL = (
    *(CISCO, CISCO_PSTN, SIP302, SIPPY, GNUGK, KAMAILIO, OPENSIPS, OPENSIPS_CDR, ASTERISK, FREESWITCH, NEXTONE, MERA),
    *(ELTEX, QUINTUM, AUDIOCODES, PLAIN, ENUM, DDB_EXCHANGE, SS7, WIFI, XDSL),
)
RECIPES: dict[str, Recipe] = {one.name: one for one in _ALL}
"""All recipes by name."""


def recipe_named(name: str) -> Recipe:
    """Return a recipe. Raises NotFoundError, which lists those that exist."""
    if name not in RECIPES:
        raise NotFoundError(f"no recipe is named {name}", mend=f"Take one of {', '.join(RECIPES)}")
    return RECIPES[name]
