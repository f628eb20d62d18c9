"""End users in fixed figures: one nearly used up, one suspended, one without a limit."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import end_users_pb2 as pb
from protos import operators_pb2 as operators
from protos.operators_pb2 import Limit, LimitUse

USERS = (
    pb.EndUser(
        partner="callwell", id="alice", name="Alice A.", status="active", user_names=["alice"],
        callers=["4420794600"], open_calls=1, use_known=True, fields={"name": "Alice A.", "max_money": "5"},
        limits=[
            LimitUse(
                limit=Limit(id="user callwell/alice", client="callwell", end_user="alice", max_calls=2,
                            max_units=500_000_000, currency="USD", period="day", zone="UTC"),
                open_calls=1, used_units=470_000_000, hard=True, refused=3,
            )
        ],
    ),
    pb.EndUser(partner="callwell", id="card-77", status="suspended", user_names=["card-77"], use_known=True),
    pb.EndUser(partner="callwell", id="hotel", status="active", callers=["44791"], open_calls=12, use_known=True),
)  # fmt: skip

END_USER_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "EndUsersService/List": lambda _: pb.EndUserPage(users=USERS, total=len(USERS)),
    "EndUsersService/Show": lambda request: next(user for user in USERS if user.id == request.id),
    "EndUsersService/Fields": lambda request: pb.EndUserFields(
        partner="callwell", id=request.id, values=next(user.fields for user in USERS if user.id == request.id)
    ),
    "EndUsersService/Set": lambda request: operators.Changed(what=f"end user {request.id}: max_money 5 → 6"),
    "EndUsersService/Remove": lambda request: operators.Changed(what=f"end user {request.id} removed"),
}
