"""Policies in fixed figures: one that holds for two clients and a part of the week, one that says nothing."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from protos import policies_pb2 as pb

AT = 1_793_527_200_000
CHEAP = pb.RoutePolicy(
    name="cheap", version=3, values={"order": "price, then asr * acd / pdd_p50", "max_routes": "3"}, at_ms=AT,
    who="ada", note="back to version 1", clients=2, attached=1,
    places=[pb.PolicyPlace(policy="cheap", client="callwell", destination="Kenya Mobile", profile="evening")],
)  # fmt: skip
DEFAULT = pb.RoutePolicy(name="default", version=1, who="desk", clients=14)
VERSIONS = (
    CHEAP,
    pb.RoutePolicy(name="cheap", version=2, values={"order": "price"}, at_ms=AT - 3_600_000, who="bob"),
    pb.RoutePolicy(
        name="cheap", version=1, values=dict(CHEAP.values), at_ms=AT - 86_400_000, who="ada", note="as sold"
    ),
)

POLICY_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "PoliciesService/List": lambda _: pb.RoutePolicies(policies=(CHEAP, DEFAULT), total=2),
    "PoliciesService/Get": lambda request: CHEAP if request.name == "cheap" else DEFAULT,
    "PoliciesService/Set": lambda request: op.Changed(what=f"policy {request.name} v4: {dict(request.values)}"),
    "PoliciesService/Versions": lambda _: pb.RoutePolicies(policies=VERSIONS, total=3),
    "PoliciesService/Back": lambda request: op.Changed(what=f"policy {request.name} v4: as version {request.version}"),
}
