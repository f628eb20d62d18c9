"""SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966) and the addresses that hold them (§20.10); who calls whom.

Escapes are decoded once, after the text was split, so that an escaped separator stays part of its value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from domain.quick import quick
from domain.wire.phone_context import PHONE_CONTEXT, in_context
from domain.wire.sip_message import SipError, SipRequest, split_outside

Parameters = tuple[tuple[str, str], ...]
"""Parameters in order: lower-case name, value ('' for a flag)."""

NAMING = ("p-asserted-identity", "remote-party-id", "from", "diversion", "history-info")
"""The headers that may name the caller."""

_FIRST = frozenset(NAMING[:3])
_NOBODY = frozenset(("anonymous", "unavailable", "unknown", "restricted", "private", "withheld"))
_NUMBER = re.compile(r"\+?[0-9]{3,32}")
_PLAIN = re.compile(
    r'(?:"[^"\\]*+"[ \t]*+|[^"<>,;]*+)<(?:sips?:(\+?[0-9]{1,32})@|tel:(\+?[0-9]{1,32})>)', re.IGNORECASE
)
"""What nearly every address looks like: its number is found without taking it apart."""
_SHORT = 256
"""Characters of a URI that is remembered: long ones are nobody's usual numbers, and would fill the memory."""
_SEPARATORS = str.maketrans("", "", "-.()")


@quick
@dataclass(frozen=True, slots=True)
class SipUri:
    """A URI. `user_params` stand within the user part (RFC 3261 §19.1.6: npdi, rn, tgrp, ...); port 0 if absent.

    A tel URI has its number as user, its parameters as user_params, and no host. A local number whose phone-context
    is that of a country or network stands in `user` as the global one.
    """

    scheme: str
    user: str
    user_params: Parameters
    host: str
    port: int
    params: Parameters

    def user_param(self, name: str) -> str | None:
        """Return a parameter of the user part: None when absent, '' for a flag such as npdi."""
        return next((value for key, value in self.user_params if key == name), None)

    def param(self, name: str) -> str | None:
        """Return a URI parameter: None when absent, '' for a flag such as lr."""
        return next((value for key, value in self.params if key == name), None)


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr or addr-spec with its header parameters (From, Contact, P-Asserted-Identity, ...)."""

    uri: SipUri
    params: Parameters


def parse_uri(text: str) -> SipUri:
    """Parse a URI. Raises SipError: status 416 for a scheme that is none of ours, 400 for a wrong form."""
    return _remembered(text) if len(text) <= _SHORT else _parse_uri(text)


@lru_cache(maxsize=1024)  # the URI of an INVITE is looked at two or three times within its few milliseconds
def _remembered(text: str) -> SipUri:
    return _parse_uri(text)


def _parse_uri(text: str) -> SipUri:
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme == "tel" and colon:
        number, *params = rest.split(";")
        if not number:
            raise SipError("bad-uri", text[:60], status=400)
        return _in_context(SipUri("tel", _decoded(number).translate(_SEPARATORS), _parameters(params), "", 0, ()))
    if scheme not in ("sip", "sips") or not colon:
        is_scheme = colon and scheme.replace("-", "").replace(".", "").replace("+", "").isalnum()
        raise SipError("unknown-scheme", text[:60], status=416 if is_scheme else 400)
    info, at, place = rest.partition("@")
    if not at:
        info, place = "", rest
    place, *params = place.partition("?")[0].split(";")  # headers of a URI never make a header of ours (§19.1.5)
    host, port = _host_port(place, text)
    user, *user_params = info.split(";")
    user = _decoded(user.partition(":")[0])  # a password after the colon is nobody's number
    return _in_context(SipUri(scheme, user, _parameters(user_params), host, port, _parameters(params)))


def _in_context(uri: SipUri) -> SipUri:
    context = uri.user_param(PHONE_CONTEXT) if uri.user_params else None
    return replace(uri, user=in_context(uri.user, context)) if context else uri


def parse_address(value: str) -> Address:
    """Parse one name-addr or addr-spec. Raises SipError with status 400 (or 416 by its scheme)."""
    opening = _opening(value)
    if opening < 0:
        uri, *params = split_outside(value, ";")
        return Address(parse_uri(uri), _parameters(params))
    uri, closing, tail = value[opening + 1 :].partition(">")
    if not closing:
        raise SipError("bad-address", value[:60], status=400)
    return Address(parse_uri(uri.strip(" \t")), _parameters(split_outside(tail, ";")[1:]))


def callers_of(request: SipRequest, called: str) -> tuple[tuple[str, str], ...]:
    """Return whom the message names as caller, as (header, number), at most one per header, in NAMING's order.

    P-Asserted-Identity, Remote-Party-ID and From: the first number, else the first user (facts: sip302 §7); an
    anonymous one is none (RFC 3323 §4.1.1.3). Diversion: the most recent, which stands on top (RFC 5806 §4).
    History-Info: the last entry with a number that is not the `called` one, which is who forwarded (RFC 7044 §5).
    """
    headers, found = request.headers, []
    for name in NAMING:
        values = headers.get(name)
        if values is None:
            continue
        user = _named(values, called) if name == "history-info" else _user_of(values)
        if user and user.lower() not in _NOBODY:
            found.append((name, user))
    return tuple(found)


def caller_of(callers: Iterable[tuple[str, str]]) -> str:
    """Return who counts as caller where no trunk says otherwise: the asserted, else remote party, else From; or ""."""
    return next((user for name, user in callers if name in _FIRST), "")


def _user_of(values: Sequence[str]) -> str:
    """Return the first number of some name-addrs, else the first user; odd ones leave the next to speak."""
    plain = _PLAIN.match(values[0])
    if plain is not None:
        return plain[1] or plain[2]
    users = [user for user in _users(values) if user]
    return next((user for user in users if _NUMBER.fullmatch(user)), users[0] if users else "")


def _named(values: Sequence[str], called: str) -> str:
    b = called.lstrip("+")
    users = [user for user in _users(values) if _NUMBER.fullmatch(user) and user.lstrip("+") != b]
    return users[-1] if users else ""


def _users(values: Sequence[str]) -> Iterator[str]:
    for value in values:
        try:
            for one in split_outside(value, ",") if "," in value else (value,):
                yield parse_address(one).uri.user
        except SipError:
            continue


def trunk_group_of(request: SipRequest, uri: SipUri) -> str:
    """Return the trunk group (RFC 4904 §5): the Contact's (originating), else the Request-URI's; else ''.

    Without trunk-context a tgrp means nothing and is ignored.
    """
    contact = request.header("contact")
    if "tgrp" in contact.lower():
        try:
            group = _trunk_group(parse_address(split_outside(contact, ",")[0]).uri)
        except SipError:
            group = ""
        if group:
            return group
    return _trunk_group(uri)


def _trunk_group(uri: SipUri) -> str:
    return (uri.user_param("tgrp") or "") if uri.user_param("trunk-context") else ""


def _opening(value: str) -> int:
    """Return where the URI's `<` stands, behind a quoted display name that may hold any character; -1 if none."""
    if not value.startswith('"'):
        return value.find("<")
    at = 1
    while at < len(value) and value[at] != '"':
        at += 2 if value[at] == "\\" else 1
    if at >= len(value):
        raise SipError("unbalanced-quotes", value[:60], status=400)
    return value.find("<", at)


def _host_port(place: str, text: str) -> tuple[str, int]:
    if place.startswith("["):
        host, closing, tail = place.partition("]")
        host += closing
        colon, port = tail[:1], tail[1:]
    else:
        host, colon, port = place.partition(":")
    if colon not in ("", ":") or (colon and not (port.isdecimal() and len(port) <= 5 and int(port) < 65536)):
        raise SipError("bad-uri", text[:60], status=400)
    if not host or host[-1:] == "[" or any(char in host for char in '@<>" \t'):
        raise SipError("bad-uri", text[:60], status=400)
    return host.lower(), int(port or 0)


def _parameters(parts: list[str]) -> Parameters:
    if not parts:
        return ()
    pairs = (part.partition("=") for part in parts if part)
    return tuple((_decoded(name.strip(" \t")).lower(), _decoded(value.strip(" \t"))) for name, _, value in pairs)


def _decoded(text: str) -> str:
    return unquote(text, encoding="latin-1") if "%" in text else text
