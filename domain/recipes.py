"""The recipes we know, as data. A switch of its own kind takes the nearest one with `dataclasses.replace`."""

from dataclasses import replace

from domain.directory import Recipe
from domain.errors import NotFoundError
from domain.targets import MARK_PARAMETER

CISCO = Recipe(
    # A gateway with an IVR script: a leg each way tied by the conf-id, causes in hex, cuts the call at its time.
    name="cisco",
    echoes_mark=False,
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
    echoes_mark=False,
    setup_in_leg_id=True,
    remote_in_leg_id=True,
    call_id_attributes=("call-id", "Acct-Session-Id"),
    delay_is_alert=True,
)

GNUGK = Recipe(
    # A gatekeeper that writes one record per call, of origin `proxy`: the client's side; the vendor's is not seen.
    name="gnugk",
    reports_vendor_legs=False,
    echoes_mark=False,
    setup_in_leg_id=True,
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

RECIPES: dict[str, Recipe] = {one.name: one for one in (CISCO, SIP302, SIPPY, GNUGK, PLAIN, ENUM)}
"""All recipes by name."""


def recipe_named(name: str) -> Recipe:
    """Return a recipe. Raises NotFoundError, which lists those that exist."""
    if name not in RECIPES:
        raise NotFoundError(f"no recipe is named {name}", mend=f"Take one of {', '.join(RECIPES)}")
    return RECIPES[name]
