"""What the types of a trunk's options do not say: credentials, answers, and what fits which direction."""

from collections.abc import Iterable

from domain.directory import AnswerRule, Direction, Portability, Switch, Trunk
from domain.errors import ConflictError, InputError
from domain.numbers import LONGEST
from domain.wire.dns_name import LONGEST_NAME, name_from_text
from domain.wire.enum_answers import MOST_DIGITS

_QUOTABLE = 64


def check_options(trunk: Trunk, others: Iterable[Trunk], where: str) -> None:
    """Raise InputError for options that do not go together, ConflictError for credentials that another trunk has."""
    options = trunk.options
    _check_credentials(trunk, others, where)
    for rule in options.answers:
        _check_answer(rule, where)
    causes = [rule.cause for rule in options.answers]
    twice = next((cause for cause in causes if causes.count(cause) > 1), None)
    if twice is not None:
        raise InputError(f"the answer to {twice} is given twice", where=where, mend="Give each cause one answer.")
    outgoing = trunk.direction is Direction.OUT
    if (options.portability is Portability.HAND_ON) is not outgoing and options.portability is not Portability.IGNORE:
        fit = ["hand-on"] if outgoing else ["route", "look-up", "route-or-look-up"]
        mend = f"Give ignore, or {' or '.join(fit)}."
        raise InputError(f"portability {options.portability} is not for this direction", where=where, mend=mend)
    if options.context and not trunk.name:
        raise InputError(
            "a context needs a trunk group", where=where, mend="Give the trunk a name: it goes out as tgrp (RFC 4904)."
        )
    if options.enum_zone:
        _check_enum_zone(trunk, where)
    if not options.caller_from and trunk.direction is Direction.IN:
        raise InputError("no header names the caller", where=where, mend="Give caller_from at least one, such as from.")


def check_address(switch: Switch, trunks: Iterable[Trunk], where: str) -> None:
    """Raise InputError where a switch without an address has a trunk that nothing else makes known.

    One that delivers files of its own form is named with them, and need not ask.
    """
    if switch.address or switch.recipe.file_layout:
        return
    for trunk in trunks:
        if trunk.switch == switch.id and trunk.direction is Direction.IN and not trunk.options.auth_user:
            raise InputError(
                f"without an address its calls are known by credentials alone, and trunk {trunk.id} has none",
                where=where,
                mend="Give the switch an address, or the trunk auth_user and auth_password.",
            )


def _check_enum_zone(trunk: Trunk, where: str) -> None:
    """Check that every number has a name in the vendor's zone (RFC 6116 §3.2, RFC 1035 §2.3.4)."""
    zone, prefix = trunk.options.enum_zone, trunk.rules.tech_prefix
    if trunk.direction is Direction.IN:
        raise InputError("enum_zone is for outgoing trunks", where=where, mend="Leave it out.")
    try:
        length = len(name_from_text(zone))
    except ValueError as error:
        mend = "Give the zone's name, such as e164.vendor.example."
        raise InputError(f"enum_zone {zone!r}: {error}", where=where, mend=mend) from None
    if prefix and not (prefix.isascii() and prefix.isdigit()):
        mend = "Give a prefix of digits: in ENUM each is a label of the number's name."
        raise InputError(f"with enum_zone the tech prefix cannot be {prefix!r}", where=where, mend=mend)
    most = min(MOST_DIGITS - LONGEST, (LONGEST_NAME - length) // 2 - LONGEST)
    if most < 0:
        mend = f"Give one that leaves room for {LONGEST} digits: {LONGEST_NAME - 2 * LONGEST - 2} characters at most."
        raise InputError(f"enum_zone has {length - 2} characters", where=where, mend=mend)
    if len(prefix) > most:
        mend = f"Give {most} digits at most."
        raise InputError(
            f"with this enum_zone a tech prefix of {len(prefix)} digits is too long", where=where, mend=mend
        )


def _check_credentials(trunk: Trunk, others: Iterable[Trunk], where: str) -> None:
    options = trunk.options
    if not options.auth_user:
        return
    if trunk.direction is Direction.OUT:
        raise InputError("credentials are for incoming trunks", where=where, mend="Leave auth_user out.")
    if not options.auth_password:
        raise InputError("auth_user needs auth_password", where=where, mend="Give both, or neither.")
    if trunk.switch is None:
        raise InputError("credentials need a switch", where=where, mend="Name the switch by which such calls come.")
    if len(options.auth_user) > _QUOTABLE or not options.auth_user.isprintable():
        raise InputError(f"auth_user is not 1 to {_QUOTABLE} printable characters", where=where, mend="Give another.")
    for other in others:
        if other.id != trunk.id and other.options.auth_user == options.auth_user:
            mend = "Give each trunk a user of its own."
            raise ConflictError(f"trunk {other.id} has auth_user {options.auth_user!r}", where=where, mend=mend)


def _check_answer(rule: AnswerRule, where: str) -> None:
    if not 400 <= rule.status <= 699:
        raise InputError(f"{rule.status} refuses no call", where=where, mend="Give a SIP status of 400 to 699.")
    if not 0 <= rule.q850 <= 127:
        raise InputError(f"{rule.q850} is no Q.850 cause", where=where, mend="Give 1 to 127, 0: as the table says.")
    if len(rule.phrase) > _QUOTABLE or (rule.phrase and not rule.phrase.isprintable()):
        raise InputError(f"a phrase is longer than {_QUOTABLE} or has line ends", where=where, mend="Give a short one.")
