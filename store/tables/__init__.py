"""The catalog's tables, by noun. Records are rows; what travels are the domain's values."""

from store.tables.audit import AuditRecord, UserRecord
from store.tables.base import CatalogTable
from store.tables.codes import (
    CodeDraftRecord,
    CodeRecord,
    DestinationRecord,
    FormerNameRecord,
    ReferenceVersionRecord,
)
from store.tables.end_users import EndUserBillRecord, EndUserKeyRecord, EndUserRecord, EndUserTopUpRecord
from store.tables.invoices import InvoiceRecord
from store.tables.jobs import JobRecord, ReratingBookRecord, ReratingMarkRecord
from store.tables.limits import LimitRecord, MailRecord
from store.tables.losses import AllowedLossRecord
from store.tables.partners import ContactRecord, ContractRecord, PartnerRecord
from store.tables.plans import (
    OriginCodeRecord,
    PlanIntentRecord,
    PlanRecord,
    PlanVersionRecord,
    RateRecord,
    RateTermsRecord,
)
from store.tables.policies import (
    AttachmentRecord,
    CanaryRecord,
    FxRecord,
    HouseRecord,
    PolicyRecord,
    PolicyVersionRecord,
    TimeProfileRecord,
)
from store.tables.portability import PortedSourceRecord
from store.tables.promises import BreachRecord, UnmetRecord
from store.tables.quantities import CommitmentRecord, SwapRecord
from store.tables.rate_notices import (
    NoticeContactRecord,
    NoticeEventRecord,
    RateClientRecord,
    RateNoticeRecord,
    SheetFormRecord,
)
from store.tables.routes import RouteEventRecord, RouteStateRecord
from store.tables.sheet_items import SheetItemRecord
from store.tables.sheets import (
    NameMapRecord,
    SheetCorrectionRecord,
    SheetRecord,
    SheetStepRecord,
    SheetTemplateRecord,
)
from store.tables.snapshots import SnapshotRecord
from store.tables.statics import StaticRecord
from store.tables.switches import SwitchRecord, TrunkRecord

__all__ = [
    "AllowedLossRecord",
    "AttachmentRecord",
    "AuditRecord",
    "BreachRecord",
    "CanaryRecord",
    "CatalogTable",
    "CodeDraftRecord",
    "CodeRecord",
    "CommitmentRecord",
    "ContactRecord",
    "ContractRecord",
    "DestinationRecord",
    "EndUserBillRecord",
    "EndUserKeyRecord",
    "EndUserRecord",
    "EndUserTopUpRecord",
    "FormerNameRecord",
    "FxRecord",
    "HouseRecord",
    "InvoiceRecord",
    "JobRecord",
    "LimitRecord",
    "MailRecord",
    "NameMapRecord",
    "NoticeContactRecord",
    "NoticeEventRecord",
    "OriginCodeRecord",
    "PartnerRecord",
    "PlanIntentRecord",
    "PlanRecord",
    "PlanVersionRecord",
    "PolicyRecord",
    "PolicyVersionRecord",
    "PortedSourceRecord",
    "RateClientRecord",
    "RateNoticeRecord",
    "RateRecord",
    "RateTermsRecord",
    "ReferenceVersionRecord",
    "ReratingBookRecord",
    "ReratingMarkRecord",
    "RouteEventRecord",
    "RouteStateRecord",
    "SheetCorrectionRecord",
    "SheetFormRecord",
    "SheetItemRecord",
    "SheetRecord",
    "SheetStepRecord",
    "SheetTemplateRecord",
    "SnapshotRecord",
    "StaticRecord",
    "SwapRecord",
    "SwitchRecord",
    "TimeProfileRecord",
    "TrunkRecord",
    "UnmetRecord",
    "UserRecord",
]
