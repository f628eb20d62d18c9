"""What operators ask of back-tests, read and checked."""

from pathlib import Path

from actors.home import Home
from actors.sheet_work import CHANGES, ORIGINS
from domain.backtest_cuts import DAY_MS
from domain.backtest_rates import TrialPlan, TrialPrice, TrialRates
from domain.backtests import TICKETS, BacktestOrder, Knowing
from domain.calls import Side
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId, PlanId
from domain.money import units_of
from domain.policies.policy import Policy
from domain.policies.rules import check
from domain.rates import Unit
from domain.sheets.steps import SheetState
from protos import backtests_pb2 as pb
from store.catalog import Catalog
from store.catalog.plans import SELL, Plan
from store.sheets.folder import SheetFolder

MOST_DAYS = 400
"""A part is a day at most, and each is a task."""
MOST_RATES = 200
"""Prices, sheets and plans that may be tried in one back-test."""
FORMULA = "formula"
"""The name of a policy that is a formula alone."""
UNKNOWABLE = "attestation"
"""A figure that calls of the past do not have: what STIR said of them is not kept with their legs."""
_SIDES = {"sell": Side.CLIENT, "buy": Side.VENDOR}
_COMPARED = frozenset({SheetState.CHECKED, SheetState.APPROVED, SheetState.APPLIED, SheetState.UNDONE})


def order_of(catalog: Catalog, home: Home, request: pb.BacktestQuery, now_ms: int) -> BacktestOrder:
    """Read a query. Raises InputError, NotFoundError."""
    policy = _policy(catalog, request.policy, request.order, "the policy to try")
    if policy is None and not request.rates and not request.plans:
        mend = "Name a policy (`switchboard policies list`), or give --order FORMULA, or --plan, --rate, --sell, --buy."
        raise InputError("neither a policy nor rates are named", mend=mend)
    _check_period(request)
    if request.client and request.client not in catalog.directory().partners:
        raise NotFoundError(f"there is no partner {request.client!r}", mend="`switchboard partners list`.")
    if request.sample_bp > TICKETS:
        raise InputError("more than all calls are asked for", mend="Give --sample 100 at most.")
    if request.quality not in ("", *Knowing):
        raise InputError(f"{request.quality!r} is no way to know quality", mend=f"Give one of {', '.join(Knowing)}.")
    if len(request.rates) + len(request.plans) > MOST_RATES:
        raise InputError(f"more than {MOST_RATES} rates are tried", mend="Put them into a sheet: --plan PLAN=FILE.")
    return BacktestOrder(
        policy=policy,
        from_ms=request.from_ms,
        until_ms=min(request.until_ms, max(now_ms, request.from_ms + 1)),
        now_ms=now_ms,
        against=_policy(catalog, request.against, request.against_order, "the policy to compare with"),
        client=PartnerId(request.client),
        sample_bp=request.sample_bp or TICKETS,
        rates=_rates(catalog, home, request),
        plans=tuple(_dealt(catalog, one) for one in request.plans),
        knowing=Knowing(request.quality or Knowing.THEN),
    )


def words_of(order: BacktestOrder) -> str:
    """Say what is compared."""
    tried = [_named(order.policy)] if order.policy else []
    for one in order.rates:
        tried += [f"plan {one.plan} by a sheet"] if one.changes else []
        tried += [f"plan {one.plan} with {len(one.prices)} other prices"] if one.prices else []
    tried += [f"{one.partner} by plan {one.plan}" for one in order.plans]
    against = f" instead of {_named(order.against)}" if order.against else ""
    return f"{', '.join(tried)}{against}"


def _named(policy: Policy) -> str:
    return f"order {policy.order!r}" if policy.name == FORMULA else f"policy {policy.name} v{policy.version}"


def _check_period(request: pb.BacktestQuery) -> None:
    if request.from_ms >= request.until_ms:
        raise InputError("the period is empty", mend="Give --from a moment before --to.")
    if (request.until_ms - request.from_ms) // DAY_MS > MOST_DAYS:
        raise InputError(f"the period is longer than {MOST_DAYS} days", mend="Try fewer at once.")


def _policy(catalog: Catalog, name: str, order: str, what: str) -> Policy | None:
    """Return the policy of a name, else one that is a formula alone; None where neither is given."""
    if name and order:
        raise InputError(f"{what}: a name and a formula are given", mend="Give one of them.")
    if name:
        found = catalog.directory().policies.named.get(name)
        if found is None:
            raise NotFoundError(f"there is no policy {name!r}", mend="`switchboard policies list` has them.")
    elif order:
        found = Policy(FORMULA, order=order)
        check(found)
    else:
        return None
    if any(UNKNOWABLE in text for text in found.formulas):
        raise InputError(f"{what} asks for {UNKNOWABLE}, which past calls do not have", mend="Try it without.")
    return found


def _rates(catalog: Catalog, home: Home, request: pb.BacktestQuery) -> tuple[TrialRates, ...]:
    """Return what is tried of each plan, once."""
    prices: dict[PlanId, list[TrialPrice]] = {}
    sheets: dict[PlanId, tuple[str, str]] = {}
    for one in request.rates:
        plan = _voice(catalog.plans.get(PlanId(one.plan)))
        if not one.sheet:
            prices.setdefault(plan.id, []).append(_price(one))
        elif plan.id in sheets:
            raise InputError(f"plan {plan.id}: two sheets are given", mend="Try one at a time.")
        else:
            sheets[plan.id] = _sheet(catalog, home, plan.id, one.sheet)
    return tuple(
        TrialRates(plan, *sheets.get(plan, ("", "")), prices=tuple(prices.get(plan, ())))
        for plan in sorted(prices.keys() | sheets.keys())
    )


def _price(asked: pb.BacktestRates) -> TrialPrice:
    where = f"plan {asked.plan}"
    if not (asked.code.isascii() and asked.code.isdigit() and len(asked.code) <= 15):
        raise InputError(f"{asked.code!r} is no code", where=where, mend="Give 1 to 15 digits: PLAN:CODE=PRICE.")
    price = units_of(asked.price)
    if price < 0:
        raise InputError(f"{asked.price} is no price", where=where, mend="Give 0 or more.")
    return TrialPrice(asked.code, price)


def _sheet(catalog: Catalog, home: Home, plan: PlanId, number: int) -> tuple[str, str]:
    """Return where the changes of a compared sheet of a plan lie, and its groups of callers."""
    sheet, where = catalog.sheets.get(number), f"sheet {number}"
    if sheet.plan != plan:
        raise InputError(
            f"it is of plan {sheet.plan}, not of {plan}", where=where, mend=f"Give --plan {sheet.plan}={number}."
        )
    if sheet.state not in _COMPARED:
        mend = f"`switchboard sheets show {number}` says what it waits for."
        raise InputError(f"it is {sheet.state.value}, not compared with its plan", where=where, mend=mend)
    folder = SheetFolder(home.data)
    origins: Path | None = folder.part(number, ORIGINS) if ORIGINS in folder.parts(number) else None
    return str(folder.part(number, CHANGES)), str(origins or "")


def _dealt(catalog: Catalog, asked: pb.BacktestPlan) -> TrialPlan:
    """Return which plan a partner is to have. Raises InputError for one of the wrong side."""
    if asked.partner not in catalog.directory().partners:
        raise NotFoundError(f"there is no partner {asked.partner!r}", mend="`switchboard partners list`.")
    if asked.side not in _SIDES:
        raise InputError(f"{asked.side!r} is no side", mend="Give sell or buy.")
    plan = _voice(catalog.plans.get(PlanId(asked.plan)))
    if (plan.side == SELL) != (asked.side == "sell"):
        mend = f"Name a {asked.side} plan: `switchboard plans list`."
        raise InputError(f"it is a {plan.side} plan", where=f"plan {plan.id} for {asked.partner}", mend=mend)
    return TrialPlan(PartnerId(asked.partner), _SIDES[asked.side], plan.id)


def _voice(plan: Plan) -> Plan:
    if plan.rules.unit is not Unit.SECOND:
        raise InputError(f"it is sold by the {plan.rules.unit.value}, not by time", where=f"plan {plan.id}")
    return plan
