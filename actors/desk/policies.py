"""Operators' service of policies: how routes are chosen."""

from typing import Any

import grpc

from actors.desk.canary_messages import trial_words
from actors.desk.core import Desk
from actors.desk.field_changes import given
from actors.desk.formula_checks import figures, tried
from actors.desk.plan_windows import FIELDS, read_profile, read_window, window_text
from actors.tokens import caller
from domain.directory import Policy
from domain.errors import InputError, NotFoundError
from domain.field_text import unknown_field
from domain.ids import PartnerId
from domain.policies.fields import changed_policy, policy_texts, said_texts
from domain.policies.library import LIBRARY, taken
from domain.policies.policy import Attachment, Policies, TimeProfile
from domain.profiles import rate_type_at
from domain.rates import ANY_TIME, Window
from domain.switch_fields import differences
from protos import operators_pb2 as base
from protos import policies_pb2 as pb
from protos import policies_pb2_grpc as services
from store.catalog import Catalog
from store.catalog.canary_rows import Trial
from store.catalog.policies import PolicyVersion

Context = grpc.aio.ServicerContext[Any, Any]
IN_LISTS, OF_ONE = 5, 200
"""Places that are told of a policy at most."""
MOST_TRIALS = 200
"""Trials of a policy whose ends are told with its versions."""
_ON = "on"
"""What windows of a profile stand for: they have no rate type."""


class PoliciesService(services.PoliciesServiceServicer):
    """Shows, sets and attaches policies; every change is a version, and nothing is overwritten."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def List(self, request: base.PageRequest, context: Context) -> pb.RoutePolicies:
        """List policies as they are in force."""
        text = request.filter.lower()

        def question(catalog: Catalog) -> tuple[list[PolicyVersion], int, Policies, dict[str, int]]:
            found = [one for one in catalog.policies.standing() if text in one.policy.name]
            page = found[request.offset : request.offset + self._desk.page(request.limit)]
            users = {one.policy.name: len(catalog.policies.used_by(one.policy.name)) for one in page}
            return page, len(found), catalog.policies.all(), users

        page, total, known, users = await self._desk.read(question)
        shown = [self._shown(one, known, users[one.policy.name], IN_LISTS) for one in page]
        return pb.RoutePolicies(policies=shown, total=total)

    async def Get(self, request: pb.PolicyRef, context: Context) -> pb.RoutePolicy:
        """Show one, in the version asked for, or as it was at a moment."""
        version = request.version if request.HasField("version") else None

        def question(catalog: Catalog) -> tuple[PolicyVersion, Policies, int]:
            known, wanted = catalog.policies.all(), version
            if request.HasField("at_ms"):
                known = catalog.policies.at(request.at_ms)
                if request.name not in known.named:
                    raise NotFoundError("there was none at that time", where=f"policy {request.name}")
                wanted = known.named[request.name].version if version is None else version
            found = catalog.policies.get(request.name, wanted)
            return found, known, len(catalog.policies.used_by(request.name))

        return self._shown(*await self._desk.read(question), OF_ONE)

    async def Set(self, request: pb.PolicyChange, context: Context) -> base.Changed:
        """Add a policy, or a version of it, from a ready one where one is named."""
        if not request.values and not request.ready:
            mend = "Give FIELD=VALUE; `switchboard policies library` has ready ones."
            raise InputError("nothing is said", where=f"policy {request.name}", mend=mend)
        begun = said_texts(taken(request.ready, request.values)) if request.ready else {}
        who = caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[Policy | None, Policy]:
            before = _standing(catalog, request.name)
            after = changed_policy(before or Policy(request.name), begun | dict(request.values))
            return before, catalog.policies.set(after, note=request.note, who=who, at_ms=at_ms).policy

        return _changed(*await self._desk.change(order))

    async def Back(self, request: pb.PolicyBack, context: Context) -> base.Changed:
        """Make what a policy said its next version."""
        version, who = request.version if request.HasField("version") else None, caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[Policy, Policy]:
            before = catalog.policies.get(request.name).policy
            after = catalog.policies.back(request.name, version, note=request.note, who=who, at_ms=at_ms)
            return before, after.policy

        return _changed(*await self._desk.change(order))

    async def Remove(self, request: base.Named, context: Context) -> base.Changed:
        """Take a policy out of force, where it holds for no calls."""
        name, who = request.name, caller()
        await self._desk.change(lambda catalog, at_ms: catalog.policies.remove(name, who=who, at_ms=at_ms))
        return base.Changed(what=f"policy {name} removed; its versions stay")

    async def Versions(self, request: pb.PolicyVersionsQuery, context: Context) -> pb.RoutePolicies:
        """List all that a policy ever said, the last first."""
        limit = self._desk.page(request.limit)

        def question(catalog: Catalog) -> tuple[list[PolicyVersion], int, list[Trial]]:
            found = catalog.policies.versions(request.name, limit=limit, offset=request.offset)
            return *found, catalog.canaries.list(request.name, limit=MOST_TRIALS)[0]

        found, total, trials = await self._desk.read(question)
        shown = [_version(one) for one in found]
        for one in shown:
            one.trials.extend(trial_words(trial) for trial in trials if trial.canary.policy.version == one.version)
        return pb.RoutePolicies(policies=shown, total=total)

    async def Attach(self, request: pb.PolicyPlace, context: Context) -> base.Changed:
        """Let a policy hold for some calls."""
        who = caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[str, str, tuple[str, ...], bool]:
            place = _place(catalog, request)
            before = catalog.policies.attach(place, who=who, at_ms=at_ms)
            sold = any(trunk.options.product == place.product for trunk in catalog.trunks.list())
            others = ("", ()) if place.destination is None else catalog.limits.breakouts(place.destination)
            return before, *others, sold

        before, its, others, sold = await self._desk.change(order)
        what = f"policy {request.policy} holds for {place_words(request)}"
        if before:
            what += " already" if before == request.policy else f", in the place of {before}"
        if not sold:
            what += f". No trunk sells product {request.product} yet: trunks set NAME product={request.product}"
        if others:
            what += f'. Calls to "{its}" alone, not to {", ".join(others[:3])}{" and others" if others[3:] else ""}'
        return base.Changed(what=what)

    async def Detach(self, request: pb.PolicyPlace, context: Context) -> base.Changed:
        """Take a policy away from some calls."""
        who = caller()

        def order(catalog: Catalog, at_ms: int) -> str:
            return catalog.policies.detach(_place(catalog, request), who=who, at_ms=at_ms)

        name = await self._desk.change(order)
        return base.Changed(what=f"policy {name} holds no more for {place_words(request)}")

    async def Profiles(self, request: base.Empty, context: Context) -> pb.PolicyProfiles:
        """List the parts of the week to which policies can be attached."""
        known, now_ms = await self._desk.read(lambda catalog: catalog.policies.all()), self._desk.now_ms()
        return pb.PolicyProfiles(
            profiles=[
                pb.PolicyProfile(**_profile_texts(one), name=one.name, now=rate_type_at(one, now_ms) != ANY_TIME)
                for one in known.profiles.values()
            ]
        )

    async def SetProfile(self, request: base.FieldChanges, context: Context) -> base.Changed:
        """Add a part of the week, or change fields of it."""
        texts, who = given(request), caller()

        def order(catalog: Catalog, at_ms: int) -> tuple[TimeProfile | None, TimeProfile]:
            before = catalog.policies.all().profiles.get(request.id)
            after = _changed_profile(before or TimeProfile(request.id), texts)
            catalog.policies.set_profile(after, who=who, at_ms=at_ms)
            return before, after

        before, after = await self._desk.change(order)
        said = differences(_profile_texts(before) if before else {}, _profile_texts(after))
        what = f"profile {request.id}" + ("" if before else " added")
        return base.Changed(what=f"{what}: {', '.join(said)}" if said else f"{what} is so already")

    async def RemoveProfile(self, request: base.Named, context: Context) -> base.Changed:
        """Remove a part of the week that nothing refers to."""
        name, who = request.name, caller()
        await self._desk.change(lambda catalog, at_ms: catalog.policies.remove_profile(name, who=who, at_ms=at_ms))
        return base.Changed(what=f"profile {name} removed")

    async def Figures(self, request: base.Empty, context: Context) -> pb.PolicyFigures:
        """List what formulas may ask for."""
        return figures()

    async def Check(self, request: pb.FormulaQuery, context: Context) -> pb.FormulaCheck:
        """Try a formula."""
        return tried(request.text, request.field or "order")

    async def Library(self, request: base.Empty, context: Context) -> pb.PolicyLibrary:
        """List ready policies."""
        return pb.PolicyLibrary(
            policies=[
                pb.ReadyPolicy(name=one.policy.name, words=one.words, values=said_texts(one.policy)) for one in LIBRARY
            ]
        )

    def _shown(self, version: PolicyVersion, known: Policies, clients: int, most: int) -> pb.RoutePolicy:
        message = _version(version)
        places = [one for one in known.attached if one.policy == version.policy.name]
        message.places.extend(
            pb.PolicyPlace(
                policy=one.policy,
                client=one.client or "",
                product=one.product,
                destination="" if one.destination is None else self._desk.name_of(one.destination),
                profile=one.profile,
            )
            for one in places[:most]
        )
        message.clients, message.attached = clients, len(places)
        return message


def place_words(place: pb.PolicyPlace) -> str:
    """Say to which calls a policy is attached."""
    named = ((place.client, "client"), (place.product, "product"), (place.destination, "to"), (place.profile, "at"))
    return ", ".join(f"{word} {name}" for name, word in named if name) or "all calls"


def _version(version: PolicyVersion) -> pb.RoutePolicy:
    return pb.RoutePolicy(
        name=version.policy.name,
        version=version.policy.version,
        values=said_texts(version.policy),
        at_ms=version.at_ms,
        who=version.who,
        note=version.note,
        tried=version.tried,
    )


def _standing(catalog: Catalog, name: str) -> Policy | None:
    try:
        return catalog.policies.get(name).policy
    except NotFoundError:
        return None


def _changed(before: Policy | None, after: Policy) -> base.Changed:
    what = f"policy {after.name} v{after.version}" + ("" if before else " added")
    said = differences(policy_texts(before) if before else {}, policy_texts(after))
    return base.Changed(what=f"{what}: {', '.join(said)}" if said else f"{what} is so already")


def _place(catalog: Catalog, request: pb.PolicyPlace) -> Attachment:
    return Attachment(
        policy=request.policy,
        client=PartnerId(request.client) if request.client else None,
        product=request.product,
        destination=catalog.limits.destination(request.destination) if request.destination else None,
        profile=request.profile,
    )


def _profile_texts(profile: TimeProfile) -> dict[str, str]:
    windows = "; ".join(window_text(window).removeprefix(f"{_ON} ") for window in profile.windows)
    return {"zone": profile.zone, "windows": windows, "holidays": ",".join(sorted(map(str, profile.holidays)))}


def _windows(line: str, where: str) -> tuple[Window, ...]:
    try:
        return read_window(f"{_ON} {line}") if line else ()
    except InputError as error:
        mend = "Write it like: mon-fri 18:00-22:00; holidays 00:00-24:00."
        raise InputError(f"{line!r} is no window", where=f"{where}, windows", mend=mend) from error


def _changed_profile(profile: TimeProfile, texts: dict[str, str]) -> TimeProfile:
    where, known = f"profile {profile.name}", ("zone", *FIELDS)
    for name in texts:
        if name not in known:
            raise unknown_field(name, known, where)
    windows = profile.windows
    if "windows" in texts:
        windows = tuple(window for line in texts["windows"].split(";") for window in _windows(line.strip(), where))
    _, holidays = read_profile({name: texts[name] for name in ("holidays",) if name in texts}, where)
    return TimeProfile(
        profile.name,
        texts.get("zone", profile.zone).strip(),
        windows,
        profile.holidays if holidays is None else holidays,
    )
