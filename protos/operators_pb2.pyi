from protos import switch_pb2 as _switch_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Empty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Changed(_message.Message):
    __slots__ = ("what",)
    WHAT_FIELD_NUMBER: _ClassVar[int]
    what: str
    def __init__(self, what: _Optional[str] = ...) -> None: ...

class Named(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PageRequest(_message.Message):
    __slots__ = ("filter", "limit", "offset")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    filter: str
    limit: int
    offset: int
    def __init__(self, filter: _Optional[str] = ..., limit: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class Actor(_message.Message):
    __slots__ = ("name", "kind", "state", "pid", "started_ms", "rss_mb", "incarnation", "figures")
    class FiguresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    RSS_MB_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    state: str
    pid: int
    started_ms: int
    rss_mb: float
    incarnation: int
    figures: _containers.ScalarMap[str, float]
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., state: _Optional[str] = ..., pid: _Optional[int] = ..., started_ms: _Optional[int] = ..., rss_mb: _Optional[float] = ..., incarnation: _Optional[int] = ..., figures: _Optional[_Mapping[str, float]] = ...) -> None: ...

class SwitchState(_message.Message):
    __slots__ = ("switch_id", "address", "recipe", "last_record_ms", "asked", "reported", "errors")
    SWITCH_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LAST_RECORD_MS_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    switch_id: str
    address: str
    recipe: str
    last_record_ms: int
    asked: int
    reported: int
    errors: int
    def __init__(self, switch_id: _Optional[str] = ..., address: _Optional[str] = ..., recipe: _Optional[str] = ..., last_record_ms: _Optional[int] = ..., asked: _Optional[int] = ..., reported: _Optional[int] = ..., errors: _Optional[int] = ...) -> None: ...

class Alarm(_message.Message):
    __slots__ = ("key", "text", "since_ms", "severity")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    key: str
    text: str
    since_ms: int
    severity: str
    def __init__(self, key: _Optional[str] = ..., text: _Optional[str] = ..., since_ms: _Optional[int] = ..., severity: _Optional[str] = ...) -> None: ...

class Board(_message.Message):
    __slots__ = ("now_ms", "clock_speed", "cps", "open_calls", "attempts_1h", "answered_1h", "user_failed_1h", "seconds_1h", "pdd_ms_sum_1h", "pdd_count_1h", "revenue_1h", "cost_1h", "refused_1h", "alarms", "switches", "cps_history", "open_history", "refusals", "parked", "directory_version", "age_ms")
    class RefusalsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_SPEED_FIELD_NUMBER: _ClassVar[int]
    CPS_FIELD_NUMBER: _ClassVar[int]
    OPEN_CALLS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_1H_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_1H_FIELD_NUMBER: _ClassVar[int]
    USER_FAILED_1H_FIELD_NUMBER: _ClassVar[int]
    SECONDS_1H_FIELD_NUMBER: _ClassVar[int]
    PDD_MS_SUM_1H_FIELD_NUMBER: _ClassVar[int]
    PDD_COUNT_1H_FIELD_NUMBER: _ClassVar[int]
    REVENUE_1H_FIELD_NUMBER: _ClassVar[int]
    COST_1H_FIELD_NUMBER: _ClassVar[int]
    REFUSED_1H_FIELD_NUMBER: _ClassVar[int]
    ALARMS_FIELD_NUMBER: _ClassVar[int]
    SWITCHES_FIELD_NUMBER: _ClassVar[int]
    CPS_HISTORY_FIELD_NUMBER: _ClassVar[int]
    OPEN_HISTORY_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_VERSION_FIELD_NUMBER: _ClassVar[int]
    AGE_MS_FIELD_NUMBER: _ClassVar[int]
    now_ms: int
    clock_speed: float
    cps: float
    open_calls: int
    attempts_1h: int
    answered_1h: int
    user_failed_1h: int
    seconds_1h: int
    pdd_ms_sum_1h: int
    pdd_count_1h: int
    revenue_1h: _switch_pb2.Money
    cost_1h: _switch_pb2.Money
    refused_1h: int
    alarms: _containers.RepeatedCompositeFieldContainer[Alarm]
    switches: _containers.RepeatedCompositeFieldContainer[SwitchState]
    cps_history: _containers.RepeatedScalarFieldContainer[float]
    open_history: _containers.RepeatedScalarFieldContainer[float]
    refusals: _containers.ScalarMap[str, int]
    parked: int
    directory_version: int
    age_ms: int
    def __init__(self, now_ms: _Optional[int] = ..., clock_speed: _Optional[float] = ..., cps: _Optional[float] = ..., open_calls: _Optional[int] = ..., attempts_1h: _Optional[int] = ..., answered_1h: _Optional[int] = ..., user_failed_1h: _Optional[int] = ..., seconds_1h: _Optional[int] = ..., pdd_ms_sum_1h: _Optional[int] = ..., pdd_count_1h: _Optional[int] = ..., revenue_1h: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., cost_1h: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., refused_1h: _Optional[int] = ..., alarms: _Optional[_Iterable[_Union[Alarm, _Mapping]]] = ..., switches: _Optional[_Iterable[_Union[SwitchState, _Mapping]]] = ..., cps_history: _Optional[_Iterable[float]] = ..., open_history: _Optional[_Iterable[float]] = ..., refusals: _Optional[_Mapping[str, int]] = ..., parked: _Optional[int] = ..., directory_version: _Optional[int] = ..., age_ms: _Optional[int] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("version", "data", "actors", "board")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    ACTORS_FIELD_NUMBER: _ClassVar[int]
    BOARD_FIELD_NUMBER: _ClassVar[int]
    version: str
    data: str
    actors: _containers.RepeatedCompositeFieldContainer[Actor]
    board: Board
    def __init__(self, version: _Optional[str] = ..., data: _Optional[str] = ..., actors: _Optional[_Iterable[_Union[Actor, _Mapping]]] = ..., board: _Optional[_Union[Board, _Mapping]] = ...) -> None: ...

class ClockSetting(_message.Message):
    __slots__ = ("origin_ms", "speed")
    ORIGIN_MS_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    origin_ms: int
    speed: float
    def __init__(self, origin_ms: _Optional[int] = ..., speed: _Optional[float] = ...) -> None: ...

class Code(_message.Message):
    __slots__ = ("code", "destination", "destination_id", "country")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    code: str
    destination: str
    destination_id: int
    country: str
    def __init__(self, code: _Optional[str] = ..., destination: _Optional[str] = ..., destination_id: _Optional[int] = ..., country: _Optional[str] = ...) -> None: ...

class Codes(_message.Message):
    __slots__ = ("codes", "total")
    CODES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    codes: _containers.RepeatedCompositeFieldContainer[Code]
    total: int
    def __init__(self, codes: _Optional[_Iterable[_Union[Code, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class SeedProgress(_message.Message):
    __slots__ = ("done", "total", "what")
    DONE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    done: int
    total: int
    what: str
    def __init__(self, done: _Optional[int] = ..., total: _Optional[int] = ..., what: _Optional[str] = ...) -> None: ...

class Partner(_message.Message):
    __slots__ = ("id", "name", "currency", "zone", "status", "prepaid", "credit_limit_units", "max_calls", "max_cps", "outage", "sell_plan", "buy_plan", "policy", "emails")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PREPAID_FIELD_NUMBER: _ClassVar[int]
    CREDIT_LIMIT_UNITS_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    MAX_CPS_FIELD_NUMBER: _ClassVar[int]
    OUTAGE_FIELD_NUMBER: _ClassVar[int]
    SELL_PLAN_FIELD_NUMBER: _ClassVar[int]
    BUY_PLAN_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EMAILS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    currency: str
    zone: str
    status: str
    prepaid: bool
    credit_limit_units: int
    max_calls: int
    max_cps: int
    outage: str
    sell_plan: str
    buy_plan: str
    policy: str
    emails: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., currency: _Optional[str] = ..., zone: _Optional[str] = ..., status: _Optional[str] = ..., prepaid: _Optional[bool] = ..., credit_limit_units: _Optional[int] = ..., max_calls: _Optional[int] = ..., max_cps: _Optional[int] = ..., outage: _Optional[str] = ..., sell_plan: _Optional[str] = ..., buy_plan: _Optional[str] = ..., policy: _Optional[str] = ..., emails: _Optional[_Iterable[str]] = ...) -> None: ...

class PartnerBalance(_message.Message):
    __slots__ = ("partner", "owed", "held", "available", "payable", "unbilled", "open_calls")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    OWED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    PAYABLE_FIELD_NUMBER: _ClassVar[int]
    UNBILLED_FIELD_NUMBER: _ClassVar[int]
    OPEN_CALLS_FIELD_NUMBER: _ClassVar[int]
    partner: Partner
    owed: _switch_pb2.Money
    held: _switch_pb2.Money
    available: _switch_pb2.Money
    payable: _switch_pb2.Money
    unbilled: _switch_pb2.Money
    open_calls: int
    def __init__(self, partner: _Optional[_Union[Partner, _Mapping]] = ..., owed: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., held: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., available: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., payable: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., unbilled: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., open_calls: _Optional[int] = ...) -> None: ...

class PartnerBalances(_message.Message):
    __slots__ = ("partners", "total")
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    partners: _containers.RepeatedCompositeFieldContainer[PartnerBalance]
    total: int
    def __init__(self, partners: _Optional[_Iterable[_Union[PartnerBalance, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class StatusChange(_message.Message):
    __slots__ = ("id", "status")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    id: str
    status: str
    def __init__(self, id: _Optional[str] = ..., status: _Optional[str] = ...) -> None: ...

class Payment(_message.Message):
    __slots__ = ("partner", "amount", "outgoing", "at_ms", "reference")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    OUTGOING_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    partner: str
    amount: _switch_pb2.Money
    outgoing: bool
    at_ms: int
    reference: str
    def __init__(self, partner: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., outgoing: _Optional[bool] = ..., at_ms: _Optional[int] = ..., reference: _Optional[str] = ...) -> None: ...

class Opening(_message.Message):
    __slots__ = ("account", "amount", "at_ms")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    account: str
    amount: _switch_pb2.Money
    at_ms: int
    def __init__(self, account: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., at_ms: _Optional[int] = ...) -> None: ...

class FxRate(_message.Message):
    __slots__ = ("currency", "from_ms", "rate_units", "source")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    RATE_UNITS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    currency: str
    from_ms: int
    rate_units: int
    source: str
    def __init__(self, currency: _Optional[str] = ..., from_ms: _Optional[int] = ..., rate_units: _Optional[int] = ..., source: _Optional[str] = ...) -> None: ...

class FxRates(_message.Message):
    __slots__ = ("rates", "base_currency")
    RATES_FIELD_NUMBER: _ClassVar[int]
    BASE_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    rates: _containers.RepeatedCompositeFieldContainer[FxRate]
    base_currency: str
    def __init__(self, rates: _Optional[_Iterable[_Union[FxRate, _Mapping]]] = ..., base_currency: _Optional[str] = ...) -> None: ...

class SwitchEntry(_message.Message):
    __slots__ = ("id", "address", "recipe", "secret", "require_message_authenticator")
    ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_MESSAGE_AUTHENTICATOR_FIELD_NUMBER: _ClassVar[int]
    id: str
    address: str
    recipe: str
    secret: str
    require_message_authenticator: bool
    def __init__(self, id: _Optional[str] = ..., address: _Optional[str] = ..., recipe: _Optional[str] = ..., secret: _Optional[str] = ..., require_message_authenticator: _Optional[bool] = ...) -> None: ...

class SwitchEntries(_message.Message):
    __slots__ = ("switches",)
    SWITCHES_FIELD_NUMBER: _ClassVar[int]
    switches: _containers.RepeatedCompositeFieldContainer[SwitchEntry]
    def __init__(self, switches: _Optional[_Iterable[_Union[SwitchEntry, _Mapping]]] = ...) -> None: ...

class Trunk(_message.Message):
    __slots__ = ("id", "partner", "direction", "host", "port", "name", "switch_id", "plan", "tech_prefix", "country", "national_prefix", "strip", "add", "max_calls", "max_cps", "disabled")
    ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SWITCH_ID_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    TECH_PREFIX_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    NATIONAL_PREFIX_FIELD_NUMBER: _ClassVar[int]
    STRIP_FIELD_NUMBER: _ClassVar[int]
    ADD_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    MAX_CPS_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    id: str
    partner: str
    direction: str
    host: str
    port: int
    name: str
    switch_id: str
    plan: str
    tech_prefix: str
    country: str
    national_prefix: str
    strip: int
    add: str
    max_calls: int
    max_cps: int
    disabled: bool
    def __init__(self, id: _Optional[str] = ..., partner: _Optional[str] = ..., direction: _Optional[str] = ..., host: _Optional[str] = ..., port: _Optional[int] = ..., name: _Optional[str] = ..., switch_id: _Optional[str] = ..., plan: _Optional[str] = ..., tech_prefix: _Optional[str] = ..., country: _Optional[str] = ..., national_prefix: _Optional[str] = ..., strip: _Optional[int] = ..., add: _Optional[str] = ..., max_calls: _Optional[int] = ..., max_cps: _Optional[int] = ..., disabled: _Optional[bool] = ...) -> None: ...

class Trunks(_message.Message):
    __slots__ = ("trunks",)
    TRUNKS_FIELD_NUMBER: _ClassVar[int]
    trunks: _containers.RepeatedCompositeFieldContainer[Trunk]
    def __init__(self, trunks: _Optional[_Iterable[_Union[Trunk, _Mapping]]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("id", "side", "currency", "zone", "crossing", "seconds", "decimals", "rounding", "version", "rates", "windows", "holidays", "assigned_to")
    ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    CROSSING_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    HOLIDAYS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_TO_FIELD_NUMBER: _ClassVar[int]
    id: str
    side: str
    currency: str
    zone: str
    crossing: str
    seconds: str
    decimals: int
    rounding: str
    version: int
    rates: int
    windows: _containers.RepeatedScalarFieldContainer[str]
    holidays: _containers.RepeatedScalarFieldContainer[str]
    assigned_to: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., side: _Optional[str] = ..., currency: _Optional[str] = ..., zone: _Optional[str] = ..., crossing: _Optional[str] = ..., seconds: _Optional[str] = ..., decimals: _Optional[int] = ..., rounding: _Optional[str] = ..., version: _Optional[int] = ..., rates: _Optional[int] = ..., windows: _Optional[_Iterable[str]] = ..., holidays: _Optional[_Iterable[str]] = ..., assigned_to: _Optional[_Iterable[str]] = ...) -> None: ...

class Plans(_message.Message):
    __slots__ = ("plans",)
    PLANS_FIELD_NUMBER: _ClassVar[int]
    plans: _containers.RepeatedCompositeFieldContainer[Plan]
    def __init__(self, plans: _Optional[_Iterable[_Union[Plan, _Mapping]]] = ...) -> None: ...

class Rate(_message.Message):
    __slots__ = ("code", "destination", "rate_type", "first_price_units", "next_price_units", "first_s", "next_s", "connect_fee_units", "valid_from_ms", "valid_until_ms", "known_from_ms", "blocked")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    FIRST_PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    FIRST_S_FIELD_NUMBER: _ClassVar[int]
    NEXT_S_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FEE_UNITS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    code: str
    destination: str
    rate_type: str
    first_price_units: int
    next_price_units: int
    first_s: int
    next_s: int
    connect_fee_units: int
    valid_from_ms: int
    valid_until_ms: int
    known_from_ms: int
    blocked: bool
    def __init__(self, code: _Optional[str] = ..., destination: _Optional[str] = ..., rate_type: _Optional[str] = ..., first_price_units: _Optional[int] = ..., next_price_units: _Optional[int] = ..., first_s: _Optional[int] = ..., next_s: _Optional[int] = ..., connect_fee_units: _Optional[int] = ..., valid_from_ms: _Optional[int] = ..., valid_until_ms: _Optional[int] = ..., known_from_ms: _Optional[int] = ..., blocked: _Optional[bool] = ...) -> None: ...

class PlanPageRequest(_message.Message):
    __slots__ = ("plan", "filter", "limit", "offset", "valid_at_ms", "known_at_ms")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    VALID_AT_MS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_MS_FIELD_NUMBER: _ClassVar[int]
    plan: str
    filter: str
    limit: int
    offset: int
    valid_at_ms: int
    known_at_ms: int
    def __init__(self, plan: _Optional[str] = ..., filter: _Optional[str] = ..., limit: _Optional[int] = ..., offset: _Optional[int] = ..., valid_at_ms: _Optional[int] = ..., known_at_ms: _Optional[int] = ...) -> None: ...

class PlanPage(_message.Message):
    __slots__ = ("plan", "rates", "total")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    plan: Plan
    rates: _containers.RepeatedCompositeFieldContainer[Rate]
    total: int
    def __init__(self, plan: _Optional[_Union[Plan, _Mapping]] = ..., rates: _Optional[_Iterable[_Union[Rate, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("plan", "partner", "trunk")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    plan: str
    partner: str
    trunk: str
    def __init__(self, plan: _Optional[str] = ..., partner: _Optional[str] = ..., trunk: _Optional[str] = ...) -> None: ...

class ImportChunk(_message.Message):
    __slots__ = ("plan", "file_name", "dry_run", "effective_ms", "data")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_MS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    plan: str
    file_name: str
    dry_run: bool
    effective_ms: int
    data: bytes
    def __init__(self, plan: _Optional[str] = ..., file_name: _Optional[str] = ..., dry_run: _Optional[bool] = ..., effective_ms: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class RejectedRow(_message.Message):
    __slots__ = ("row", "reason", "raw")
    ROW_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    row: int
    reason: str
    raw: str
    def __init__(self, row: _Optional[int] = ..., reason: _Optional[str] = ..., raw: _Optional[str] = ...) -> None: ...

class ImportReport(_message.Message):
    __slots__ = ("rows", "accepted", "rejected", "codes", "rejects", "plan_version", "dry_run", "columns", "elapsed_ms", "notes")
    class ColumnsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ROWS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    rows: int
    accepted: int
    rejected: int
    codes: int
    rejects: _containers.RepeatedCompositeFieldContainer[RejectedRow]
    plan_version: int
    dry_run: bool
    columns: _containers.ScalarMap[str, str]
    elapsed_ms: int
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rows: _Optional[int] = ..., accepted: _Optional[int] = ..., rejected: _Optional[int] = ..., codes: _Optional[int] = ..., rejects: _Optional[_Iterable[_Union[RejectedRow, _Mapping]]] = ..., plan_version: _Optional[int] = ..., dry_run: _Optional[bool] = ..., columns: _Optional[_Mapping[str, str]] = ..., elapsed_ms: _Optional[int] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class QuoteRequest(_message.Message):
    __slots__ = ("plan", "to", "at_ms", "seconds")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    plan: str
    to: str
    at_ms: int
    seconds: int
    def __init__(self, plan: _Optional[str] = ..., to: _Optional[str] = ..., at_ms: _Optional[int] = ..., seconds: _Optional[int] = ...) -> None: ...

class ChargePart(_message.Message):
    __slots__ = ("what", "from_s", "seconds", "price_units", "rate_type")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    FROM_S_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    RATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    what: str
    from_s: int
    seconds: int
    price_units: int
    rate_type: str
    def __init__(self, what: _Optional[str] = ..., from_s: _Optional[int] = ..., seconds: _Optional[int] = ..., price_units: _Optional[int] = ..., rate_type: _Optional[str] = ...) -> None: ...

class QuoteReply(_message.Message):
    __slots__ = ("code", "destination", "billed_s", "charge", "rate_type", "plan_version", "parts", "explanation")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    BILLED_S_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    RATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    code: str
    destination: str
    billed_s: int
    charge: _switch_pb2.Money
    rate_type: str
    plan_version: int
    parts: _containers.RepeatedCompositeFieldContainer[ChargePart]
    explanation: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., destination: _Optional[str] = ..., billed_s: _Optional[int] = ..., charge: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., rate_type: _Optional[str] = ..., plan_version: _Optional[int] = ..., parts: _Optional[_Iterable[_Union[ChargePart, _Mapping]]] = ..., explanation: _Optional[_Iterable[str]] = ...) -> None: ...

class RouteRequest(_message.Message):
    __slots__ = ("client", "to", "caller", "at_ms")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    client: str
    to: str
    caller: str
    at_ms: int
    def __init__(self, client: _Optional[str] = ..., to: _Optional[str] = ..., caller: _Optional[str] = ..., at_ms: _Optional[int] = ...) -> None: ...

class OpenCall(_message.Message):
    __slots__ = ("hold_id", "call_key", "client", "trunk", "a", "b", "destination", "started", "since_ms", "expires_ms", "held", "vendor", "pdd_ms")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_KEY_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    A_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    VENDOR_FIELD_NUMBER: _ClassVar[int]
    PDD_MS_FIELD_NUMBER: _ClassVar[int]
    hold_id: bytes
    call_key: bytes
    client: str
    trunk: str
    a: str
    b: str
    destination: str
    started: bool
    since_ms: int
    expires_ms: int
    held: _switch_pb2.Money
    vendor: str
    pdd_ms: int
    def __init__(self, hold_id: _Optional[bytes] = ..., call_key: _Optional[bytes] = ..., client: _Optional[str] = ..., trunk: _Optional[str] = ..., a: _Optional[str] = ..., b: _Optional[str] = ..., destination: _Optional[str] = ..., started: _Optional[bool] = ..., since_ms: _Optional[int] = ..., expires_ms: _Optional[int] = ..., held: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., vendor: _Optional[str] = ..., pdd_ms: _Optional[int] = ...) -> None: ...

class OpenCalls(_message.Message):
    __slots__ = ("calls", "total", "now_ms")
    CALLS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    calls: _containers.RepeatedCompositeFieldContainer[OpenCall]
    total: int
    now_ms: int
    def __init__(self, calls: _Optional[_Iterable[_Union[OpenCall, _Mapping]]] = ..., total: _Optional[int] = ..., now_ms: _Optional[int] = ...) -> None: ...

class Leg(_message.Message):
    __slots__ = ("leg_id", "call_key", "side", "state", "switch_id", "partner", "trunk", "attempt", "a", "b", "destination", "code", "setup_ms", "alert_ms", "connect_ms", "disconnect_ms", "duration_ms", "billed_s", "cause", "release", "plan", "plan_version", "rate_type", "price_units", "charge", "fx_units", "base_charge", "revision", "segment")
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_KEY_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SWITCH_ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    A_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SETUP_MS_FIELD_NUMBER: _ClassVar[int]
    ALERT_MS_FIELD_NUMBER: _ClassVar[int]
    CONNECT_MS_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_MS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    BILLED_S_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    RATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    FX_UNITS_FIELD_NUMBER: _ClassVar[int]
    BASE_CHARGE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    leg_id: bytes
    call_key: bytes
    side: str
    state: str
    switch_id: str
    partner: str
    trunk: str
    attempt: int
    a: str
    b: str
    destination: str
    code: str
    setup_ms: int
    alert_ms: int
    connect_ms: int
    disconnect_ms: int
    duration_ms: int
    billed_s: int
    cause: int
    release: str
    plan: str
    plan_version: int
    rate_type: str
    price_units: int
    charge: _switch_pb2.Money
    fx_units: int
    base_charge: _switch_pb2.Money
    revision: int
    segment: str
    def __init__(self, leg_id: _Optional[bytes] = ..., call_key: _Optional[bytes] = ..., side: _Optional[str] = ..., state: _Optional[str] = ..., switch_id: _Optional[str] = ..., partner: _Optional[str] = ..., trunk: _Optional[str] = ..., attempt: _Optional[int] = ..., a: _Optional[str] = ..., b: _Optional[str] = ..., destination: _Optional[str] = ..., code: _Optional[str] = ..., setup_ms: _Optional[int] = ..., alert_ms: _Optional[int] = ..., connect_ms: _Optional[int] = ..., disconnect_ms: _Optional[int] = ..., duration_ms: _Optional[int] = ..., billed_s: _Optional[int] = ..., cause: _Optional[int] = ..., release: _Optional[str] = ..., plan: _Optional[str] = ..., plan_version: _Optional[int] = ..., rate_type: _Optional[str] = ..., price_units: _Optional[int] = ..., charge: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., fx_units: _Optional[int] = ..., base_charge: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., revision: _Optional[int] = ..., segment: _Optional[str] = ...) -> None: ...

class ParkedRecord(_message.Message):
    __slots__ = ("park_id", "call_key", "cause", "detail", "raw", "received_ms")
    PARK_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_KEY_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_MS_FIELD_NUMBER: _ClassVar[int]
    park_id: bytes
    call_key: bytes
    cause: str
    detail: str
    raw: str
    received_ms: int
    def __init__(self, park_id: _Optional[bytes] = ..., call_key: _Optional[bytes] = ..., cause: _Optional[str] = ..., detail: _Optional[str] = ..., raw: _Optional[str] = ..., received_ms: _Optional[int] = ...) -> None: ...

class CdrQuery(_message.Message):
    __slots__ = ("partner", "side", "number", "from_ms", "to_ms", "limit", "offset", "call_key", "answered_only")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    CALL_KEY_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_ONLY_FIELD_NUMBER: _ClassVar[int]
    partner: str
    side: str
    number: str
    from_ms: int
    to_ms: int
    limit: int
    offset: int
    call_key: bytes
    answered_only: bool
    def __init__(self, partner: _Optional[str] = ..., side: _Optional[str] = ..., number: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., limit: _Optional[int] = ..., offset: _Optional[int] = ..., call_key: _Optional[bytes] = ..., answered_only: _Optional[bool] = ...) -> None: ...

class CdrPage(_message.Message):
    __slots__ = ("legs", "total")
    LEGS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    legs: _containers.RepeatedCompositeFieldContainer[Leg]
    total: int
    def __init__(self, legs: _Optional[_Iterable[_Union[Leg, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class CdrExplanation(_message.Message):
    __slots__ = ("legs", "why")
    LEGS_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    legs: _containers.RepeatedCompositeFieldContainer[Leg]
    why: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, legs: _Optional[_Iterable[_Union[Leg, _Mapping]]] = ..., why: _Optional[_Iterable[str]] = ...) -> None: ...

class ParkedPage(_message.Message):
    __slots__ = ("records", "total")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[ParkedRecord]
    total: int
    def __init__(self, records: _Optional[_Iterable[_Union[ParkedRecord, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class CdrImportReport(_message.Message):
    __slots__ = ("file_name", "rows", "accepted", "duplicate", "parked", "rejected", "rejects", "elapsed_ms", "already")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    ALREADY_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    rows: int
    accepted: int
    duplicate: int
    parked: int
    rejected: int
    rejects: _containers.RepeatedCompositeFieldContainer[RejectedRow]
    elapsed_ms: int
    already: bool
    def __init__(self, file_name: _Optional[str] = ..., rows: _Optional[int] = ..., accepted: _Optional[int] = ..., duplicate: _Optional[int] = ..., parked: _Optional[int] = ..., rejected: _Optional[int] = ..., rejects: _Optional[_Iterable[_Union[RejectedRow, _Mapping]]] = ..., elapsed_ms: _Optional[int] = ..., already: _Optional[bool] = ...) -> None: ...

class CdrImportProgress(_message.Message):
    __slots__ = ("rows_done", "rows", "step", "report")
    ROWS_DONE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    rows_done: int
    rows: int
    step: str
    report: CdrImportReport
    def __init__(self, rows_done: _Optional[int] = ..., rows: _Optional[int] = ..., step: _Optional[str] = ..., report: _Optional[_Union[CdrImportReport, _Mapping]] = ...) -> None: ...

class SourceState(_message.Message):
    __slots__ = ("source", "files", "accepted", "rejected", "duplicate", "parked", "last_ms")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    LAST_MS_FIELD_NUMBER: _ClassVar[int]
    source: str
    files: int
    accepted: int
    rejected: int
    duplicate: int
    parked: int
    last_ms: int
    def __init__(self, source: _Optional[str] = ..., files: _Optional[int] = ..., accepted: _Optional[int] = ..., rejected: _Optional[int] = ..., duplicate: _Optional[int] = ..., parked: _Optional[int] = ..., last_ms: _Optional[int] = ...) -> None: ...

class SourceStates(_message.Message):
    __slots__ = ("sources",)
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    sources: _containers.RepeatedCompositeFieldContainer[SourceState]
    def __init__(self, sources: _Optional[_Iterable[_Union[SourceState, _Mapping]]] = ...) -> None: ...

class Transfer(_message.Message):
    __slots__ = ("transfer_id", "at_ms", "known_ms", "debit", "credit", "amount", "base_amount", "kind", "ref", "memo")
    TRANSFER_ID_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_MS_FIELD_NUMBER: _ClassVar[int]
    DEBIT_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BASE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    transfer_id: str
    at_ms: int
    known_ms: int
    debit: str
    credit: str
    amount: _switch_pb2.Money
    base_amount: _switch_pb2.Money
    kind: str
    ref: str
    memo: str
    def __init__(self, transfer_id: _Optional[str] = ..., at_ms: _Optional[int] = ..., known_ms: _Optional[int] = ..., debit: _Optional[str] = ..., credit: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., base_amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., kind: _Optional[str] = ..., ref: _Optional[str] = ..., memo: _Optional[str] = ...) -> None: ...

class LedgerQuery(_message.Message):
    __slots__ = ("account", "from_ms", "to_ms", "limit", "offset")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    account: str
    from_ms: int
    to_ms: int
    limit: int
    offset: int
    def __init__(self, account: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., limit: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class Transfers(_message.Message):
    __slots__ = ("transfers", "total")
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    transfers: _containers.RepeatedCompositeFieldContainer[Transfer]
    total: int
    def __init__(self, transfers: _Optional[_Iterable[_Union[Transfer, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class AccountBalance(_message.Message):
    __slots__ = ("account", "balance", "base_balance")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    BASE_BALANCE_FIELD_NUMBER: _ClassVar[int]
    account: str
    balance: _switch_pb2.Money
    base_balance: _switch_pb2.Money
    def __init__(self, account: _Optional[str] = ..., balance: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., base_balance: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class LedgerCheck(_message.Message):
    __slots__ = ("accounts", "trial_balance", "cdrs_minus_postings", "open_holds", "open_calls", "unrated", "holds_add_up", "balances_add_up", "differences")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_BALANCE_FIELD_NUMBER: _ClassVar[int]
    CDRS_MINUS_POSTINGS_FIELD_NUMBER: _ClassVar[int]
    OPEN_HOLDS_FIELD_NUMBER: _ClassVar[int]
    OPEN_CALLS_FIELD_NUMBER: _ClassVar[int]
    UNRATED_FIELD_NUMBER: _ClassVar[int]
    HOLDS_ADD_UP_FIELD_NUMBER: _ClassVar[int]
    BALANCES_ADD_UP_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[AccountBalance]
    trial_balance: _switch_pb2.Money
    cdrs_minus_postings: _switch_pb2.Money
    open_holds: int
    open_calls: int
    unrated: int
    holds_add_up: bool
    balances_add_up: bool
    differences: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, accounts: _Optional[_Iterable[_Union[AccountBalance, _Mapping]]] = ..., trial_balance: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., cdrs_minus_postings: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., open_holds: _Optional[int] = ..., open_calls: _Optional[int] = ..., unrated: _Optional[int] = ..., holds_add_up: _Optional[bool] = ..., balances_add_up: _Optional[bool] = ..., differences: _Optional[_Iterable[str]] = ...) -> None: ...

class Period(_message.Message):
    __slots__ = ("from_ms", "to_ms")
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    from_ms: int
    to_ms: int
    def __init__(self, from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ...) -> None: ...

class PnlLine(_message.Message):
    __slots__ = ("partner", "side", "amount", "base_amount")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BASE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    side: str
    amount: _switch_pb2.Money
    base_amount: _switch_pb2.Money
    def __init__(self, partner: _Optional[str] = ..., side: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., base_amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class Pnl(_message.Message):
    __slots__ = ("revenue", "cost", "margin", "lines")
    REVENUE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    revenue: _switch_pb2.Money
    cost: _switch_pb2.Money
    margin: _switch_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[PnlLine]
    def __init__(self, revenue: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., cost: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., margin: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[PnlLine, _Mapping]]] = ...) -> None: ...

class StatementRequest(_message.Message):
    __slots__ = ("partner", "from_ms", "to_ms")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    partner: str
    from_ms: int
    to_ms: int
    def __init__(self, partner: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ...) -> None: ...

class StatementLine(_message.Message):
    __slots__ = ("at_ms", "what", "amount", "balance")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    what: str
    amount: _switch_pb2.Money
    balance: _switch_pb2.Money
    def __init__(self, at_ms: _Optional[int] = ..., what: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., balance: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class Statement(_message.Message):
    __slots__ = ("partner", "opening", "lines", "closing", "account")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    OPENING_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    partner: str
    opening: _switch_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[StatementLine]
    closing: _switch_pb2.Money
    account: str
    def __init__(self, partner: _Optional[str] = ..., opening: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[StatementLine, _Mapping]]] = ..., closing: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., account: _Optional[str] = ...) -> None: ...

class CashLine(_message.Message):
    __slots__ = ("at_ms", "partner", "amount", "base_amount")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BASE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    partner: str
    amount: _switch_pb2.Money
    base_amount: _switch_pb2.Money
    def __init__(self, at_ms: _Optional[int] = ..., partner: _Optional[str] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., base_amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class Cash(_message.Message):
    __slots__ = ("opening", "received", "paid", "closing", "lines")
    OPENING_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    PAID_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    opening: _switch_pb2.Money
    received: _switch_pb2.Money
    paid: _switch_pb2.Money
    closing: _switch_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[CashLine]
    def __init__(self, opening: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., received: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., paid: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., closing: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[CashLine, _Mapping]]] = ...) -> None: ...

class TrafficLine(_message.Message):
    __slots__ = ("partner", "side", "destination", "attempts", "answered", "seconds", "billed_s", "charge", "base_charge")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    BILLED_S_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    BASE_CHARGE_FIELD_NUMBER: _ClassVar[int]
    partner: str
    side: str
    destination: str
    attempts: int
    answered: int
    seconds: int
    billed_s: int
    charge: _switch_pb2.Money
    base_charge: _switch_pb2.Money
    def __init__(self, partner: _Optional[str] = ..., side: _Optional[str] = ..., destination: _Optional[str] = ..., attempts: _Optional[int] = ..., answered: _Optional[int] = ..., seconds: _Optional[int] = ..., billed_s: _Optional[int] = ..., charge: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., base_charge: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class Traffic(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[TrafficLine]
    def __init__(self, lines: _Optional[_Iterable[_Union[TrafficLine, _Mapping]]] = ...) -> None: ...

class InvoiceRequest(_message.Message):
    __slots__ = ("partner", "from_ms", "to_ms", "dry_run")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    partner: str
    from_ms: int
    to_ms: int
    dry_run: bool
    def __init__(self, partner: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class InvoiceLine(_message.Message):
    __slots__ = ("destination", "price_units", "calls", "billed_s", "amount")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    BILLED_S_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    destination: str
    price_units: int
    calls: int
    billed_s: int
    amount: _switch_pb2.Money
    def __init__(self, destination: _Optional[str] = ..., price_units: _Optional[int] = ..., calls: _Optional[int] = ..., billed_s: _Optional[int] = ..., amount: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ...) -> None: ...

class Invoice(_message.Message):
    __slots__ = ("number", "partner", "from_ms", "to_ms", "issued_ms", "lines", "total", "pdf_file", "csv_file", "state", "due_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    ISSUED_MS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PDF_FILE_FIELD_NUMBER: _ClassVar[int]
    CSV_FILE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DUE_MS_FIELD_NUMBER: _ClassVar[int]
    number: str
    partner: str
    from_ms: int
    to_ms: int
    issued_ms: int
    lines: _containers.RepeatedCompositeFieldContainer[InvoiceLine]
    total: _switch_pb2.Money
    pdf_file: str
    csv_file: str
    state: str
    due_ms: int
    def __init__(self, number: _Optional[str] = ..., partner: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., issued_ms: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[InvoiceLine, _Mapping]]] = ..., total: _Optional[_Union[_switch_pb2.Money, _Mapping]] = ..., pdf_file: _Optional[str] = ..., csv_file: _Optional[str] = ..., state: _Optional[str] = ..., due_ms: _Optional[int] = ...) -> None: ...

class Invoices(_message.Message):
    __slots__ = ("invoices", "total")
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    invoices: _containers.RepeatedCompositeFieldContainer[Invoice]
    total: int
    def __init__(self, invoices: _Optional[_Iterable[_Union[Invoice, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class InvoiceFile(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class InvoiceFileRequest(_message.Message):
    __slots__ = ("number", "csv")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    number: str
    csv: bool
    def __init__(self, number: _Optional[str] = ..., csv: _Optional[bool] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("id", "kind", "state", "what", "progress", "started_ms", "ended_ms", "error")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_MS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    id: int
    kind: str
    state: str
    what: str
    progress: float
    started_ms: int
    ended_ms: int
    error: str
    def __init__(self, id: _Optional[int] = ..., kind: _Optional[str] = ..., state: _Optional[str] = ..., what: _Optional[str] = ..., progress: _Optional[float] = ..., started_ms: _Optional[int] = ..., ended_ms: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class Jobs(_message.Message):
    __slots__ = ("jobs",)
    JOBS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ...) -> None: ...
