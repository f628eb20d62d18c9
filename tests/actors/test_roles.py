"""Every call of the contract has its roles."""

import pytest

from actors.roles import CALLS, READS, named, roles_of
from domain.users import Role
from protos import (
    backtests_pb2,
    cluster_pb2,
    codes_pb2,
    end_users_pb2,
    explaining_pb2,
    looking_pb2,
    losses_pb2,
    notices_pb2,
    operators_pb2,
    policies_pb2,
    portability_pb2,
    quality_pb2,
    quantities_pb2,
    rerating_pb2,
    route_tree_pb2,
    routes_pb2,
    sheets_pb2,
    sla_pb2,
    statics_pb2,
    switch_pb2,
)

MODULES = (
    operators_pb2, switch_pb2, cluster_pb2, end_users_pb2, sheets_pb2, codes_pb2, looking_pb2, notices_pb2,
    rerating_pb2, backtests_pb2, policies_pb2, explaining_pb2, quality_pb2, routes_pb2, sla_pb2, statics_pb2,
    losses_pb2, portability_pb2, quantities_pb2, route_tree_pb2,
)  # fmt: skip
SERVICES = {name: service for module in MODULES for name, service in module.DESCRIPTOR.services_by_name.items()}
RPCS = [(name, rpc) for name, service in SERVICES.items() for rpc in service.methods_by_name]


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_every_rpc_of_the_contract_is_in_the_table_and_open_to_the_admin(service: str, rpc: str) -> None:
    assert service in CALLS and (rpc in CALLS[service] or rpc in READS), (
        f"say in actors/roles.py who may call {service}/{rpc}"
    )
    assert Role.ADMIN in roles_of(f"/switchboard.{service}/{rpc}")


def test_the_table_names_nothing_that_the_contract_has_not() -> None:
    assert set(CALLS) <= set(SERVICES)
    assert [(name, rpc) for name, calls in CALLS.items() for rpc in calls if (name, rpc) not in RPCS] == []


def test_viewers_change_nothing_and_switches_have_their_own_service_only() -> None:
    allowed = {role: {(s, r) for s, r in RPCS if role in roles_of(f"/switchboard.{s}/{r}")} for role in Role}
    assert {service for service, _ in allowed[Role.SWITCH]} == {"Switch"}
    changing = {"Add", "Set", "SetStatus", "SetClock", "Import", "Issue", "Seal", "Retry", "Cancel", "Seed", "Assign"}
    assert not {rpc for _, rpc in allowed[Role.VIEWER]} & changing
    for role in (Role.OPERATOR, Role.RATES, Role.FINANCE):
        assert allowed[Role.VIEWER] < allowed[role] < allowed[Role.ADMIN]


@pytest.mark.parametrize(
    ("role", "rpc", "may"),
    [
        (Role.RATES, "SheetsService/Send", True),
        (Role.RATES, "PaymentsService/Add", False),
        (Role.FINANCE, "PaymentsService/Add", True),
        (Role.RATES, "PaymentsService/TakeBack", False),
        (Role.FINANCE, "PlansService/Add", False),
        (Role.OPERATOR, "TrunksService/Add", True),
        (Role.OPERATOR, "UsersService/List", False),
        (Role.VIEWER, "FinanceService/GetPnl", True),
    ],
)
def test_a_role_may_do_its_own_work(role: Role, rpc: str, may: bool) -> None:
    assert (role in roles_of(f"/switchboard.{rpc}")) == may


def test_a_call_that_the_table_does_not_know_is_the_admins_alone() -> None:
    assert roles_of("/switchboard.NewService/Get") == roles_of("/switchboard.PlansService/Drop") == {Role.ADMIN}


def test_roles_are_named_for_people() -> None:
    assert named(roles_of("/switchboard.SheetsService/Send")) == "rates or admin"
