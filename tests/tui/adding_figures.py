"""What forms ask and order: known names, versions by number, and what the desk says when something was added."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from protos import policies_pb2 as pb
from protos import portability_pb2
from tests.tui.policy_figures import DEFAULT, VERSIONS

EVENING = pb.PolicyProfile(
    name="evening", zone="Europe/Paris", windows="mon-fri 18:00-22:00; sat,sun 10:00-22:00", now=True
)
WORK = pb.PolicyProfile(
    name="work", zone="Africa/Nairobi", windows="mon-fri 08:00-20:00", holidays="2026-12-25,2027-01-01"
)
REPORT = portability_pb2.PortedReport(
    numbers=412_810, added=4, changed=1, rows=7, wrong=2,
    rejects=[
        op.RejectedRow(row=3, reason="'25472x' is no number", raw="25472x,254733"),
        op.RejectedRow(row=6, reason="numbers that begin with 255 are looked up elsewhere", raw="255700000001,255"),
    ],
)  # fmt: skip


def policy(request: pb.PolicyRef) -> pb.RoutePolicy:
    """One that is there, in force or by its version."""
    if request.name == DEFAULT.name:
        return DEFAULT
    found = [one for one in VERSIONS if one.name == request.name]
    if request.HasField("version"):
        found = [one for one in found if one.version == request.version]
    if not found:
        raise LookupError(f"there is no policy {request.name!r}, or no such version")
    return found[0]


def trunks(_: op.PageRequest) -> op.Trunks:
    """Two of vendors, one of a client by which a product is sold."""
    return op.Trunks(
        trunks=[
            op.Trunk(id="kestrel-out", partner="kestrel", direction="out"),
            op.Trunk(id="callwell-in", partner="callwell", direction="in", options={"product": "gold"}),
        ]
    )


def said(noun: str, verb: str) -> Callable[[Any], Message]:
    """An answer to an order, by the id or name that it has."""
    return lambda order: op.Changed(what=f"{noun} {getattr(order, 'id', '') or getattr(order, 'name', '')} {verb}")


ADDING_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "TrunksService/List": trunks,
    "PoliciesService/Library": lambda _: pb.PolicyLibrary(
        policies=[pb.ReadyPolicy(name="least-cost", values={"order": "price"})]
    ),
    "PoliciesService/Profiles": lambda _: pb.PolicyProfiles(profiles=[EVENING, WORK]),
    "PoliciesService/SetProfile": said("profile", "changed"),
    "PoliciesService/RemoveProfile": said("profile", "removed"),
    "PoliciesService/Attach": lambda place: op.Changed(what=f"policy {place.policy} holds for {place.client}"),
    "PoliciesService/Detach": lambda place: op.Changed(what=f"policy cheap holds no more for {place.client}"),
    "CanariesService/Begin": lambda order: op.Changed(what=f"policy {order.policy} v4 is tried"),
    "StaticsService/Add": said("static entry", "added"),
    "LossesService/Add": said("allowed loss", "added"),
    "LimitsService/Add": said("limit", "added"),
    "CommitmentsService/Add": said("commitment", "added"),
    "SwapsService/Add": said("swap", "added"),
    "PortabilityService/Add": said("source", "added"),
    "PortabilityService/Import": lambda _: REPORT,
}
