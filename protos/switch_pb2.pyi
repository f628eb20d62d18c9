from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Money(_message.Message):
    __slots__ = ("units", "currency")
    UNITS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    units: int
    currency: str
    def __init__(self, units: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...

class CallRequest(_message.Message):
    __slots__ = ("switch_id", "call_id", "caller", "called", "source", "trunk_hint", "attempt")
    SWITCH_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TRUNK_HINT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    switch_id: str
    call_id: str
    caller: str
    called: str
    source: str
    trunk_hint: str
    attempt: int
    def __init__(self, switch_id: _Optional[str] = ..., call_id: _Optional[str] = ..., caller: _Optional[str] = ..., called: _Optional[str] = ..., source: _Optional[str] = ..., trunk_hint: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("vendor", "trunk", "host", "port", "user", "mark", "price_units", "currency", "real_cost_units", "margin_units", "code")
    VENDOR_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    REAL_COST_UNITS_FIELD_NUMBER: _ClassVar[int]
    MARGIN_UNITS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    vendor: str
    trunk: str
    host: str
    port: int
    user: str
    mark: str
    price_units: int
    currency: str
    real_cost_units: int
    margin_units: int
    code: str
    def __init__(self, vendor: _Optional[str] = ..., trunk: _Optional[str] = ..., host: _Optional[str] = ..., port: _Optional[int] = ..., user: _Optional[str] = ..., mark: _Optional[str] = ..., price_units: _Optional[int] = ..., currency: _Optional[str] = ..., real_cost_units: _Optional[int] = ..., margin_units: _Optional[int] = ..., code: _Optional[str] = ...) -> None: ...

class LeftOut(_message.Message):
    __slots__ = ("vendor", "trunk", "reason")
    VENDOR_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    vendor: str
    trunk: str
    reason: str
    def __init__(self, vendor: _Optional[str] = ..., trunk: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("admitted", "cause", "routes", "granted_s", "held", "client", "called", "caller", "destination", "code", "sell_price_units", "sell_currency", "sell_plan_version", "left_out", "explanation", "time_enforced")
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    GRANTED_S_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SELL_PRICE_UNITS_FIELD_NUMBER: _ClassVar[int]
    SELL_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    SELL_PLAN_VERSION_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    TIME_ENFORCED_FIELD_NUMBER: _ClassVar[int]
    admitted: bool
    cause: str
    routes: _containers.RepeatedCompositeFieldContainer[Route]
    granted_s: int
    held: Money
    client: str
    called: str
    caller: str
    destination: str
    code: str
    sell_price_units: int
    sell_currency: str
    sell_plan_version: int
    left_out: _containers.RepeatedCompositeFieldContainer[LeftOut]
    explanation: _containers.RepeatedScalarFieldContainer[str]
    time_enforced: bool
    def __init__(self, admitted: _Optional[bool] = ..., cause: _Optional[str] = ..., routes: _Optional[_Iterable[_Union[Route, _Mapping]]] = ..., granted_s: _Optional[int] = ..., held: _Optional[_Union[Money, _Mapping]] = ..., client: _Optional[str] = ..., called: _Optional[str] = ..., caller: _Optional[str] = ..., destination: _Optional[str] = ..., code: _Optional[str] = ..., sell_price_units: _Optional[int] = ..., sell_currency: _Optional[str] = ..., sell_plan_version: _Optional[int] = ..., left_out: _Optional[_Iterable[_Union[LeftOut, _Mapping]]] = ..., explanation: _Optional[_Iterable[str]] = ..., time_enforced: _Optional[bool] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("kind", "side", "switch_id", "call_id", "session_id", "caller", "called", "remote", "remote_port", "trunk_hint", "mark", "attempt", "setup_ms", "alert_ms", "connect_ms", "disconnect_ms", "duration_ms", "cause", "release")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        START: _ClassVar[Report.Kind]
        INTERIM: _ClassVar[Report.Kind]
        STOP: _ClassVar[Report.Kind]
        ATTEMPT: _ClassVar[Report.Kind]
    START: Report.Kind
    INTERIM: Report.Kind
    STOP: Report.Kind
    ATTEMPT: Report.Kind
    class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CLIENT: _ClassVar[Report.Side]
        VENDOR: _ClassVar[Report.Side]
    CLIENT: Report.Side
    VENDOR: Report.Side
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    SWITCH_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    REMOTE_PORT_FIELD_NUMBER: _ClassVar[int]
    TRUNK_HINT_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SETUP_MS_FIELD_NUMBER: _ClassVar[int]
    ALERT_MS_FIELD_NUMBER: _ClassVar[int]
    CONNECT_MS_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_MS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    kind: Report.Kind
    side: Report.Side
    switch_id: str
    call_id: str
    session_id: str
    caller: str
    called: str
    remote: str
    remote_port: int
    trunk_hint: str
    mark: str
    attempt: int
    setup_ms: int
    alert_ms: int
    connect_ms: int
    disconnect_ms: int
    duration_ms: int
    cause: int
    release: str
    def __init__(self, kind: _Optional[_Union[Report.Kind, str]] = ..., side: _Optional[_Union[Report.Side, str]] = ..., switch_id: _Optional[str] = ..., call_id: _Optional[str] = ..., session_id: _Optional[str] = ..., caller: _Optional[str] = ..., called: _Optional[str] = ..., remote: _Optional[str] = ..., remote_port: _Optional[int] = ..., trunk_hint: _Optional[str] = ..., mark: _Optional[str] = ..., attempt: _Optional[int] = ..., setup_ms: _Optional[int] = ..., alert_ms: _Optional[int] = ..., connect_ms: _Optional[int] = ..., disconnect_ms: _Optional[int] = ..., duration_ms: _Optional[int] = ..., cause: _Optional[int] = ..., release: _Optional[str] = ...) -> None: ...

class ReportReply(_message.Message):
    __slots__ = ("recorded", "parked", "cause", "charge")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CHARGE_FIELD_NUMBER: _ClassVar[int]
    recorded: bool
    parked: bool
    cause: str
    charge: Money
    def __init__(self, recorded: _Optional[bool] = ..., parked: _Optional[bool] = ..., cause: _Optional[str] = ..., charge: _Optional[_Union[Money, _Mapping]] = ...) -> None: ...
