"""Policies, formulas and what they may ask for, as tables."""

from collections.abc import Mapping

from cli import output
from cli.fields import in_order
from domain.policies.fields import POLICY_FIELDS
from protos.policies_pb2 import (
    FormulaCheck,
    PolicyFigure,
    PolicyFigures,
    PolicyLibrary,
    PolicyPlace,
    PolicyProfiles,
    RoutePolicies,
    RoutePolicy,
)

_EMPTY = "nothing: least real cost, or what lies below it"


def write_list(page: RoutePolicies) -> None:
    """Print policies: what each says, and for whom it holds."""
    output.table(
        ("policy", ">version", "says", "holds for", "since", "by"),
        (
            [one.name, f"{one.version}", _said(one.values), _holds(one), output.when(one.at_ms), one.who]
            for one in page.policies
        ),
        "no such policy",
    )


def write_versions(page: RoutePolicies) -> None:
    """Print versions of a policy."""
    output.table(
        (">version", "since", "by", "note", "says", "tried"),
        (
            [f"{one.version}", output.when(one.at_ms), one.who, one.note, _said(one.values), "; ".join(one.trials)]
            for one in page.policies
        ),
        "no versions",
    )


def write_one(policy: RoutePolicy) -> None:
    """Print one policy but for its fields."""
    contracts = f"{policy.clients:,} client{'' if policy.clients == 1 else 's'}" if policy.clients else ""
    output.pairs(
        [
            ("policy", f"{policy.name} v{policy.version}"),
            ("since", output.when(policy.at_ms)),
            ("by", policy.who),
            ("note", policy.note),
            ("by contract", contracts),
            ("attached to", "; ".join(_places(policy))),
        ]
    )
    output.section("fields, as `policies set` takes them")


def write_profiles(reply: PolicyProfiles) -> None:
    """Print parts of the week."""
    output.table(
        ("profile", "zone", "windows", "holidays", "now"),
        ([one.name, one.zone, one.windows, one.holidays, "yes" if one.now else ""] for one in reply.profiles),
        'no profiles: add one with `switchboard policies profiles NAME zone=UTC windows="mon-fri 18:00-22:00"`',
    )


def write_figures(reply: PolicyFigures) -> None:
    """Print what formulas may ask for."""
    output.table(
        ("figure", "kind", "better", ">example", "window", "means"),
        (
            [one.name, one.kind, one.better, one.example, "yes" if one.windowed else "", one.words]
            for one in reply.figures
        ),
        "no figures",
    )
    output.section("functions")
    output.pairs(sorted(reply.functions.items()))
    output.lines([f"windows: {', '.join(reply.windows)}, as in asr(24h) or asr(100 calls)"])


def write_check(formula: str, reply: FormulaCheck) -> None:
    """Print what a formula means, or point at what is wrong."""
    if reply.error:
        output.lines([formula, *([" " * (reply.column - 1) + "^"] if reply.column else []), reply.error, reply.mend])
        return
    if reply.kind == "order":
        output.table(
            (">column", "first", "term", ">in the example"),
            ([f"{one.column}", f"the {one.direction}", one.text, f"{one.worth:.6g}"] for one in reply.terms),
            "no terms",
        )
    else:
        output.lines([f"a condition; {'true' if reply.holds else 'not true'} in the example"])
    output.section("asks for")
    output.table(("figure", ">example", "means"), (_meaning(one) for one in reply.figures), "nothing")


def write_library(reply: PolicyLibrary) -> None:
    """Print ready policies."""
    output.table(("ready", "says", "for"), ([one.name, _said(one.values), one.words] for one in reply.policies), "none")
    output.lines(["take one: `switchboard policies set NAME --ready READY [FIELD=VALUE...]`"])


def place_words(place: PolicyPlace) -> str:
    """Say to which calls a policy is attached."""
    named = ((place.client, "client"), (place.product, "product"), (place.destination, "to"), (place.profile, "at"))
    return ", ".join(f"{word} {name}" for name, word in named if name)


def _said(values: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {text}" for name, text in in_order(values, POLICY_FIELDS).items()) or _EMPTY


def _holds(policy: RoutePolicy) -> str:
    clients = [f"{policy.clients:,} by contract"] if policy.clients else []
    return "; ".join([*clients, *_places(policy)])


def _places(policy: RoutePolicy) -> list[str]:
    more = policy.attached - len(policy.places)
    return [*map(place_words, policy.places), *([f"{more:,} more"] if more > 0 else [])]


def _meaning(figure: PolicyFigure) -> list[str]:
    return [figure.name, figure.example, figure.words]
