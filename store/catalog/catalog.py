"""The catalog as one object with a part for each noun."""

from sqlalchemy import Engine

from domain.directory import Directory
from domain.errors import InputError
from domain.money import Currency
from domain.policies.policy import DEFAULT, Policy
from store.catalog import audit, checks
from store.catalog.audit import Audit
from store.catalog.canaries import Canaries
from store.catalog.code_changes import CodeChanges
from store.catalog.code_drafts import CodeDrafts
from store.catalog.codes import Codes
from store.catalog.end_user_bills import EndUserBills
from store.catalog.end_users import EndUsers
from store.catalog.engine import Sessions, open_engine
from store.catalog.fx import ExchangeRates, load_fx
from store.catalog.invoices import Invoices
from store.catalog.jobs import Jobs
from store.catalog.limits import Limits, load_limits
from store.catalog.losses import AllowedLosses, load_losses
from store.catalog.mail import Mails
from store.catalog.name_maps import NameMaps
from store.catalog.notice_folders import NoticeFolders
from store.catalog.notice_mails import why_stale
from store.catalog.notice_replies import NoticeReplies, mailed
from store.catalog.notices import Entered
from store.catalog.origins import Origins
from store.catalog.partners import Partners, load_partners
from store.catalog.placement import PlacementOrders
from store.catalog.plan_changes import PlanChanges
from store.catalog.plans import Plans
from store.catalog.policies import Policies, furnish, load_policies
from store.catalog.portability import PortedSources, load_ported
from store.catalog.promises import Promises
from store.catalog.quantities import Quantities, load_commitments, load_swaps
from store.catalog.rate_clients import RateClients
from store.catalog.rate_looks import RateLooks
from store.catalog.rate_notices import RateNotices
from store.catalog.rate_terms import PlanTerms
from store.catalog.removals import Removals
from store.catalog.reratings import Reratings
from store.catalog.route_states import RouteStates
from store.catalog.schema import migrate, require_newest
from store.catalog.sheet_forms import SheetForms
from store.catalog.sheet_items import SheetItems
from store.catalog.sheets import Sheets
from store.catalog.snapshots import Snapshots
from store.catalog.statics import StaticEntries, load_statics
from store.catalog.switches import Switches, Trunks, load_switches, load_trunks
from store.catalog.templates import Templates
from store.catalog.users import Users
from store.tables import HouseRecord, PolicyRecord

DIRECTORY_NOUNS = (
    "static",
    "allowed loss",
    "partner",
    "switch",
    "trunk",
    "policy",
    "fx",
    "limit",
    "ported",
    "commitment",
    "swap",
)


class Catalog:
    """What the business is made of. Synchronous and safe for threads; one process, the desk, writes.

    Every changing method takes `who` and `at_ms` (UTC, business time) and writes an audit entry in its transaction.
    Wrong input raises InputError (NotFoundError, ConflictError) with what, where and how to mend it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessions = Sessions(engine)
        self.partners = Partners(sessions)
        self.switches = Switches(sessions)
        self.trunks = Trunks(sessions)
        self._open_routing(sessions)
        self.fx = ExchangeRates(sessions)
        self.end_users = EndUsers(sessions)
        self.end_user_bills = EndUserBills(sessions)
        self.placement = PlacementOrders(sessions)
        self.plans = Plans(sessions)
        self.plan_changes = PlanChanges(sessions)
        self.rate_looks = RateLooks(sessions)
        self.origins = Origins(sessions)
        self.rate_terms = PlanTerms(sessions)
        self.name_maps = NameMaps(sessions)
        self.templates = Templates(sessions)
        self.sheets = Sheets(sessions)
        self.sheet_items = SheetItems(sessions)
        self.sheet_forms = SheetForms(sessions)
        self.rate_notices = RateNotices(sessions)
        self.notice_folders = NoticeFolders(sessions)
        self.rate_clients = RateClients(sessions)
        self.codes = Codes(sessions)
        self.code_changes = CodeChanges(sessions)
        self.code_drafts = CodeDrafts(sessions)
        self.snapshots = Snapshots(sessions)
        self.invoices = Invoices(sessions)
        self.jobs = Jobs(sessions)
        self.reratings = Reratings(sessions)
        self.users = Users(sessions)
        self.removals = Removals(sessions)
        self.mail = Mails(sessions, mailed, why_stale)
        self.notice_replies = NoticeReplies(sessions)
        self.notices = Entered(sessions)
        self.audit = Audit(sessions)

    @property
    def losses(self) -> AllowedLosses:
        """Calls that may lose money."""
        return AllowedLosses(self._sessions)

    @property
    def ported(self) -> PortedSources:
        """Where numbers are looked up that have moved."""
        return PortedSources(self._sessions)

    @property
    def promises(self) -> Promises:
        """What clients were promised, and what became of it."""
        return Promises(self._sessions)

    def _open_routing(self, sessions: Sessions) -> None:
        self.policies = Policies(sessions)
        self.canaries = Canaries(sessions)
        self.route_states = RouteStates(sessions)
        self.limits = Limits(sessions)
        self.statics = StaticEntries(sessions)
        self.quantities = Quantities(sessions)

    @classmethod
    def open(
        cls, url: str, *, base_currency: str = "USD", books: int | None = None, may_migrate: bool = True
    ) -> "Catalog":
        """Open the catalog at sqlite:////path or postgresql+psycopg://…; make it or bring it up to date under a lock.

        Without `may_migrate` another schema raises BrokenWorldError. The base currency is fixed when the catalog is
        made, the number of books by the first who gives one: another raises InputError.
        """
        checks.currency(base_currency, "base currency")
        engine = open_engine(url)
        try:
            migrate(engine) if may_migrate else require_newest(engine)
            catalog = cls(engine)
            catalog._furnish(base_currency)
            if books is not None:
                catalog._fix_books(books)
        except BaseException:
            engine.dispose()
            raise
        return catalog

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def base_currency(self) -> Currency:
        """The currency that profit and loss are told in."""
        with self._sessions.reading() as session:
            return Currency(session.get_one(HouseRecord, "base_currency").value)

    def directory(self) -> Directory:
        """Return what nodes decide from but end users, read at one moment; its version grows with every change."""
        with self._sessions.reading() as session:
            return Directory(
                version=audit.version(session, *DIRECTORY_NOUNS),
                base_currency=Currency(session.get_one(HouseRecord, "base_currency").value),
                partners={partner.id: partner for partner in load_partners(session)},
                switches={switch.id: switch for switch in load_switches(session)},
                trunks={trunk.id: trunk for trunk in load_trunks(session)},
                policies=load_policies(session),
                fx=tuple(load_fx(session)),
                limits=tuple(load_limits(session)),
                statics=tuple(load_statics(session)),
                losses=tuple(load_losses(session)),
                commitments=tuple(load_commitments(session)),
                swaps=tuple(load_swaps(session)),
                ported=tuple(load_ported(session)),
            )

    def directory_version(self) -> int:
        """Return the version that `directory()` has now, without reading it."""
        with self._sessions.reading() as session:
            return audit.version(session, *DIRECTORY_NOUNS)

    def _furnish(self, base_currency: str) -> None:
        """Put in what a new catalog begins with; a catalog that has it is only read."""
        with self._sessions.reading() as session:
            house = session.get(HouseRecord, "base_currency")
        if house is None:
            with self._sessions.writing() as session:
                house = session.merge(HouseRecord(name="base_currency", value=base_currency))
                if session.get(PolicyRecord, DEFAULT) is None:
                    furnish(session, Policy(DEFAULT))
        elif house.value != base_currency:
            mend = f"Set it to {house.value}; a catalog keeps its base currency."
            raise InputError(f"the catalog's base currency is {house.value}, not {base_currency}", mend=mend)

    def _fix_books(self, books: int) -> None:
        """Note how many books there are, once and for all: with another number partners would move to empty ones."""
        with self._sessions.reading() as session:
            house = session.get(HouseRecord, "books")
        if house is None:
            with self._sessions.writing() as session:
                session.merge(HouseRecord(name="books", value=str(books)))
        elif house.value != str(books):
            mend = f"Set store.books to {house.value}; it is fixed from the first start."
            raise InputError(
                f"the business is kept in {house.value} books, not {books}", where="store.books", mend=mend
            )
