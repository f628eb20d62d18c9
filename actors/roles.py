"""Which role may make which call of the contract: the one table, by service and rpc.

A test holds it against the descriptors of the contract, so that no rpc is without a role; one that were missing here
is the admin's alone.
"""

from domain.users import Role

ANYBODY = frozenset(Role) - {Role.SWITCH}
"""Reading is for every person; a switch has its own service only."""
ADMIN = frozenset({Role.ADMIN})
OPERATOR = ADMIN | {Role.OPERATOR}
RATES = ADMIN | {Role.RATES}
FINANCE = ADMIN | {Role.FINANCE}
WORKERS = OPERATOR | RATES | FINANCE
SWITCH = ADMIN | {Role.SWITCH}

READS = frozenset({"Get", "Watch", "List", "Show", "Find", "Story", "Parked", "Sources", "Quote", "Explain"})
"""Names of rpcs that change nothing in any service of operators; what else only reads is named in CALLS."""

CALLS: dict[str, dict[str, frozenset[Role]]] = {
    "Switch": dict.fromkeys(
        ("Route", "Authorize", "Start", "Interim", "Stop", "ReportStream", "AuthorizeStream"), SWITCH
    ),
    "PanicService": {"Order": OPERATOR | FINANCE, "List": ANYBODY},
    "StatusService": {"SetClock": ADMIN},
    "UsersService": {"Add": ADMIN, "Set": ADMIN, "NewToken": ADMIN, "List": ADMIN},
    "CodesService": {"Seed": RATES},
    "ReferenceBookService": dict.fromkeys(
        ("Add", "Move", "End", "Rename", "Import", "SetName", "Confirm", "Refuse"), RATES
    )
    | dict.fromkeys(("History", "Versions", "Diff", "Export", "Names", "Drafts", "SumDrafts", "Branches"), ANYBODY),
    "PlansService": {
        "Add": RATES,
        "Set": RATES,
        "Assign": RATES,
        "Remove": RATES,
        "SetOrigins": RATES,
        "Back": RATES,
        "Origins": ANYBODY,
        "Versions": ANYBODY,
    },
    "SheetsService": dict.fromkeys(
        (
            "Send",
            "Answer",
            "Mend",
            "Point",
            "Decide",
            "Approve",
            "Apply",
            "Cancel",
            "Retry",
            "Undo",
            "Reprice",
            "Block",
        ),
        RATES,
    )
    | dict.fromkeys(("Findings", "Changes", "Implicit", "Impact", "Lines", "Rejects", "Preview"), ANYBODY),
    "RoutesService": {"Order": OPERATOR, "States": ANYBODY, "Events": ANYBODY},
    "LookingService": dict.fromkeys(("History", "Compare", "Vendors", "Margin"), ANYBODY),
    "SheetSourcesService": {"Take": RATES, "Dismiss": RATES, "Inbox": ANYBODY},
    "SheetTemplatesService": {"Remove": RATES},
    "RateTermsService": {"Set": RATES},
    "SheetFormsService": {"Set": RATES, "Remove": RATES},
    "NoticesService": dict.fromkeys(("Make", "Approve", "Cancel", "Resend", "Told", "Answer"), RATES)
    | dict.fromkeys(("Export", "Due", "Changes", "File"), ANYBODY),
    "ReratingService": dict.fromkeys(("Refresh", "Dismiss"), RATES | FINANCE)
    | dict.fromkeys(("Cdrs", "Table"), ANYBODY),
    "PoliciesService": dict.fromkeys(("Set", "Back", "Remove", "Attach", "Detach"), OPERATOR)
    | dict.fromkeys(("SetProfile", "RemoveProfile"), OPERATOR)
    | dict.fromkeys(("Versions", "Profiles", "Figures", "Check", "Library"), ANYBODY),
    "CanariesService": dict.fromkeys(("Begin", "Promote", "Drop"), OPERATOR) | {"Compare": ANYBODY},
    "BacktestsService": {"Run": WORKERS},
    "PortabilityService": dict.fromkeys(("Add", "Set", "Remove", "Import"), OPERATOR),
    "LossesService": {"Add": FINANCE, "Set": FINANCE, "Remove": FINANCE},
    "StaticsService": dict.fromkeys(("Add", "Set", "Remove"), OPERATOR),
    "CommitmentsService": dict.fromkeys(("Add", "Set", "Remove"), OPERATOR | FINANCE),
    "SwapsService": dict.fromkeys(("Add", "Set", "Remove"), OPERATOR | FINANCE),
    "PartnersService": {"Add": FINANCE, "Set": FINANCE, "Remove": FINANCE, "SetStatus": OPERATOR | FINANCE},
    "SwitchesService": {"Add": OPERATOR, "Set": OPERATOR, "Remove": OPERATOR},
    "TrunksService": {"Add": OPERATOR, "Set": OPERATOR, "Remove": OPERATOR},
    "CallsService": {"Disconnect": OPERATOR},
    "ClusterService": dict.fromkeys(("Move", "Pin", "Unpin"), OPERATOR),
    "GatewaysService": {"Unban": OPERATOR},
    "TablesService": {"Export": OPERATOR},
    "CdrsService": dict.fromkeys(("Import", "Retry", "CloseLost"), OPERATOR | FINANCE),
    "JobsService": {"Cancel": WORKERS},
    "LimitsService": {"Add": OPERATOR | FINANCE, "Set": OPERATOR | FINANCE, "Remove": OPERATOR | FINANCE},
    "EndUsersService": dict.fromkeys(("Add", "Set", "TopUp", "Import", "Remove", "Bill"), OPERATOR | FINANCE)
    | {"Usage": ANYBODY, "Fields": ANYBODY},
    "MailService": {"Retry": OPERATOR | FINANCE, "Test": OPERATOR | FINANCE},
    "PaymentsService": {"Add": FINANCE, "TakeBack": FINANCE},
    "OpeningsService": {"Set": FINANCE},
    "FxService": {"Set": FINANCE},
    "LedgerService": {"Check": ANYBODY, "Seal": FINANCE},
    "FinanceService": dict.fromkeys(("GetPnl", "GetStatement", "GetCash", "GetTraffic"), ANYBODY),
    "InvoicesService": {"Issue": FINANCE, "PostFees": FINANCE} | dict.fromkeys(("After", "Download", "Fees"), ANYBODY),
    "AuditService": {},
    "RoutingService": {},
    "ExplainingService": {"Table": ANYBODY, "Past": ANYBODY},
    "QualityService": dict.fromkeys(("Courses", "Causes", "Buckets", "Margins"), ANYBODY),
    "SlaService": dict.fromkeys(("Report", "Now", "Breaches"), ANYBODY),
    "RouteTreeService": {"Tree": ANYBODY},
}


OF_JOBS = {"sheet": RATES}
"""Who may cancel a job of a kind, where not all may who may cancel jobs."""


def roles_of(method: str) -> frozenset[Role]:
    """Return who may make a call, by its full name ("/switchboard.PlansService/Add")."""
    service, _, rpc = method.rpartition("/")
    calls = CALLS.get(service.rpartition(".")[2])
    if calls is None:
        return ADMIN
    return calls.get(rpc) or (ANYBODY if rpc in READS else ADMIN)


def named(roles: frozenset[Role]) -> str:
    """Write roles for a sentence, the admin last: "rates or admin"."""
    return " or ".join(role.value for role in reversed(Role) if role in roles)
