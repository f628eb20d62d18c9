"""The desk's gRPC port: every operators' service, health and reflection."""

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from actors.away_gate import AwayGate
from actors.desk.backtests import BacktestsService
from actors.desk.calls import CallsService
from actors.desk.canaries import CanariesService
from actors.desk.cdrs import CdrsService
from actors.desk.cluster import ClusterService
from actors.desk.codes import CodesService
from actors.desk.core import Desk
from actors.desk.end_users import EndUsersService
from actors.desk.explaining import ExplainingService
from actors.desk.finance import FinanceService, LedgerService
from actors.desk.gateways import GatewaysService
from actors.desk.invoices import InvoicesService, JobsService
from actors.desk.limits import LimitsService
from actors.desk.looking import LookingService
from actors.desk.losses import LossesService
from actors.desk.mail import MailService
from actors.desk.mailing import Mailing
from actors.desk.money import FxService, OpeningsService, PaymentsService
from actors.desk.notice_service import NoticesService
from actors.desk.partners import PartnersService
from actors.desk.plans import PlansService
from actors.desk.policies import PoliciesService
from actors.desk.portability import PortabilityService
from actors.desk.quality import QualityService
from actors.desk.quantities import CommitmentsService, SwapsService
from actors.desk.rate_terms import RateTermsService
from actors.desk.reference_book import ReferenceBookService
from actors.desk.rerating_service import ReratingService
from actors.desk.route_tree import RouteTreeService
from actors.desk.routes import RoutesService
from actors.desk.routing import RoutingService
from actors.desk.sheet_apply import Applying
from actors.desk.sheet_digests import Digests
from actors.desk.sheet_forms import SheetFormsService
from actors.desk.sheet_intake import SheetIntake
from actors.desk.sheet_sources import SheetSources, SheetSourcesService
from actors.desk.sheet_templates import SheetTemplatesService
from actors.desk.sheets import SheetsService
from actors.desk.sla import SlaService
from actors.desk.statics import StaticsService
from actors.desk.status import StatusService
from actors.desk.switches import SwitchesService, TrunksService
from actors.desk.tables import Tables, TablesService
from actors.desk.users import AuditService, UsersService, publish_users
from actors.desk.watch import Watch
from actors.grpc_errors import ErrorAnswers
from actors.grpc_tls import open_port
from actors.tokens import TokenCheck
from protos import (
    backtests_pb2,
    backtests_pb2_grpc,
    cluster_pb2,
    cluster_pb2_grpc,
    codes_pb2,
    codes_pb2_grpc,
    end_users_pb2,
    end_users_pb2_grpc,
    explaining_pb2,
    explaining_pb2_grpc,
    looking_pb2,
    looking_pb2_grpc,
    losses_pb2,
    losses_pb2_grpc,
    notices_pb2,
    notices_pb2_grpc,
    operators_pb2,
    policies_pb2,
    policies_pb2_grpc,
    portability_pb2,
    portability_pb2_grpc,
    quality_pb2,
    quality_pb2_grpc,
    quantities_pb2,
    quantities_pb2_grpc,
    rerating_pb2,
    rerating_pb2_grpc,
    route_tree_pb2,
    route_tree_pb2_grpc,
    routes_pb2,
    routes_pb2_grpc,
    sheets_pb2,
    sheets_pb2_grpc,
    sla_pb2,
    sla_pb2_grpc,
    statics_pb2,
    statics_pb2_grpc,
)
from protos import operators_pb2_grpc as services
from protos.connect import OPTIONS


async def serve(desk: Desk, watch: Watch, tables: Tables, mailing: Mailing) -> tuple[grpc.aio.Server, SheetSources]:
    """Open the port; return it and the sources of sheets. Raises RuntimeError where the address is taken."""
    await publish_users(desk)
    digests = Digests(desk)
    await digests.interrupted()
    await Applying(desk, digests).make_up()
    interceptors = [TokenCheck(desk.home.data), AwayGate(lambda: desk.away), ErrorAnswers(desk.home.truth)]
    server = grpc.aio.server(interceptors=interceptors, options=[*OPTIONS, ("grpc.so_reuseport", 0)])
    sources = add_services(server, desk, watch, tables, mailing)
    files = (
        operators_pb2, statics_pb2, losses_pb2, quantities_pb2, cluster_pb2, end_users_pb2, sheets_pb2, looking_pb2,
        codes_pb2, notices_pb2, rerating_pb2, backtests_pb2, policies_pb2, explaining_pb2, routes_pb2, route_tree_pb2,
        quality_pb2, portability_pb2, sla_pb2,
    )  # fmt: skip
    described = [file.DESCRIPTOR for file in files]
    names = [service.full_name for its in described for service in its.services_by_name.values()]
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    for name in ("", *names):
        await healthy.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    settings = desk.home.settings
    open_port(server, settings.desk.listen, desk.home.data, settings.tls if settings.desk.tls else None)
    await server.start()
    return server, sources


def add_services(server: grpc.aio.Server, desk: Desk, watch: Watch, tables: Tables, mailing: Mailing) -> SheetSources:
    """Add every operators' service; return the sources of sheets, which nobody looks into yet."""
    digests = Digests(desk)
    sources = SheetSources(desk, SheetIntake(desk, digests, watch.alarm), watch.alarm)
    services.add_StatusServiceServicer_to_server(StatusService(desk, watch), server)
    cluster_pb2_grpc.add_ClusterServiceServicer_to_server(ClusterService(desk, watch), server)
    services.add_CodesServiceServicer_to_server(CodesService(desk), server)
    codes_pb2_grpc.add_ReferenceBookServiceServicer_to_server(ReferenceBookService(desk), server)
    services.add_PartnersServiceServicer_to_server(PartnersService(desk, watch), server)
    services.add_LimitsServiceServicer_to_server(LimitsService(desk, watch), server)
    end_users_pb2_grpc.add_EndUsersServiceServicer_to_server(EndUsersService(desk), server)
    services.add_PaymentsServiceServicer_to_server(PaymentsService(desk), server)
    services.add_OpeningsServiceServicer_to_server(OpeningsService(desk), server)
    services.add_FxServiceServicer_to_server(FxService(desk), server)
    services.add_SwitchesServiceServicer_to_server(SwitchesService(desk, watch.board), server)
    services.add_TrunksServiceServicer_to_server(TrunksService(desk), server)
    services.add_PlansServiceServicer_to_server(PlansService(desk), server)
    sheets_pb2_grpc.add_SheetsServiceServicer_to_server(SheetsService(desk, digests), server)
    sheets_pb2_grpc.add_SheetSourcesServiceServicer_to_server(SheetSourcesService(desk, sources), server)
    sheets_pb2_grpc.add_SheetTemplatesServiceServicer_to_server(SheetTemplatesService(desk), server)
    sheets_pb2_grpc.add_RateTermsServiceServicer_to_server(RateTermsService(desk), server)
    notices_pb2_grpc.add_SheetFormsServiceServicer_to_server(SheetFormsService(desk), server)
    notices_pb2_grpc.add_NoticesServiceServicer_to_server(NoticesService(desk), server)
    looking_pb2_grpc.add_LookingServiceServicer_to_server(LookingService(desk), server)
    rerating_pb2_grpc.add_ReratingServiceServicer_to_server(ReratingService(desk), server)
    services.add_CallsServiceServicer_to_server(CallsService(desk), server)
    services.add_CdrsServiceServicer_to_server(CdrsService(desk, watch.board), server)
    services.add_LedgerServiceServicer_to_server(LedgerService(desk), server)
    services.add_FinanceServiceServicer_to_server(FinanceService(desk), server)
    services.add_InvoicesServiceServicer_to_server(InvoicesService(desk), server)
    services.add_JobsServiceServicer_to_server(JobsService(desk), server)
    services.add_MailServiceServicer_to_server(MailService(desk, mailing), server)
    services.add_GatewaysServiceServicer_to_server(GatewaysService(desk), server)
    services.add_UsersServiceServicer_to_server(UsersService(desk), server)
    services.add_AuditServiceServicer_to_server(AuditService(desk), server)
    _add_routing(server, desk, watch, tables)
    return sources


def _add_routing(server: grpc.aio.Server, desk: Desk, watch: Watch, tables: Tables) -> None:
    statics_pb2_grpc.add_StaticsServiceServicer_to_server(StaticsService(desk), server)
    losses_pb2_grpc.add_LossesServiceServicer_to_server(LossesService(desk), server)
    portability_pb2_grpc.add_PortabilityServiceServicer_to_server(PortabilityService(desk), server)
    quantities_pb2_grpc.add_CommitmentsServiceServicer_to_server(CommitmentsService(desk), server)
    quantities_pb2_grpc.add_SwapsServiceServicer_to_server(SwapsService(desk), server)
    policies_pb2_grpc.add_PoliciesServiceServicer_to_server(PoliciesService(desk), server)
    policies_pb2_grpc.add_CanariesServiceServicer_to_server(CanariesService(desk, watch.canaries), server)
    quality_pb2_grpc.add_QualityServiceServicer_to_server(QualityService(desk), server)
    sla_pb2_grpc.add_SlaServiceServicer_to_server(SlaService(desk, watch.promises), server)
    backtests_pb2_grpc.add_BacktestsServiceServicer_to_server(BacktestsService(desk), server)
    routes_pb2_grpc.add_RoutesServiceServicer_to_server(RoutesService(desk, watch.routes), server)
    route_tree_pb2_grpc.add_RouteTreeServiceServicer_to_server(RouteTreeService(desk), server)
    services.add_RoutingServiceServicer_to_server(RoutingService(desk), server)
    explaining_pb2_grpc.add_ExplainingServiceServicer_to_server(ExplainingService(desk), server)
    services.add_TablesServiceServicer_to_server(TablesService(desk, tables), server)
