"""What the palette (^P) finds: screens, lists and forms by their names and by words of the trade, and the way there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen

from tui.screens.lists import ListScreen
from tui.screens.notices import NoticesScreen
from tui.screens.number import NumberScreen
from tui.screens.policies import PoliciesScreen
from tui.tabs.sla import promises_screen

if TYPE_CHECKING:
    from tui.app import Console

_TITLE, _WORDS, _HELP, _NEAR = 0.9, 0.6, 0.3, 0.1
"""What a hit is worth: letters with which a word of the title begins, one of the other words, any of
the help, and letters that the title has in this order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be found. `words`: what else it is called; `mode`: the place it belongs to, "": any;
    `opens`: a screen above that place; `tab`: the list of it; `then`: an action of the screen that is in sight then."""

    title: str
    help: str
    words: str
    mode: str = ""
    tab: str = ""
    opens: Callable[[], Screen[None]] | None = None
    then: str = ""


def _policies() -> Screen[None]:
    return PoliciesScreen()


def _notices() -> Screen[None]:
    return NoticesScreen()


ENTRIES = (
    Entry("Board", "How the business does now (1)", "status alarms asr acd cps revenue margin start", "board"),
    Entry(
        "Calls", "Open calls; Enter tells one, k ends it (2)",
        "live concurrent disconnect hang up", "calls", "Open calls",
    ),
    Entry(
        "Limits", "What calls count against (2, →)",
        "capacity channels max_calls cps minutes money", "calls", "Limits",
    ),
    Entry(
        "Quantities: commitments, swaps", "Commitments and swaps, and how they stand (2, →→)",
        "volume commit take or pay balance band run rate", "calls", "Quantities",
    ),
    Entry("Quality", "Vendors by destination: ASR, ACD, PDD (3)", "ner short calls causes", "quality", "Routes"),
    Entry("Quality of clients", "The same of calls that come in (3, →)", "asr acd", "quality", "Clients"),
    Entry("Quality by country", "A vendor in a country (3, →)", "asr acd international", "quality", "Countries"),
    Entry("Quality of vendors", "A vendor everywhere (3, →)", "asr acd", "quality", "Vendors"),
    Entry("Quality of trunks", "Each trunk (3, →)", "asr acd", "quality", "Trunks"),
    Entry("Quality of destinations", "All vendors to a destination (3, →)", "asr acd", "quality", "Destinations"),
    Entry(
        "SLA", "What clients are promised, and what they get (3, A)",
        "promises guarantees service level kept unmet", "quality", "Now", promises_screen,
    ),
    Entry("SLA report", "Promises kept and broken (3, A, →)", "promises", "quality", "Report", promises_screen),
    Entry("Breaches", "Promises that were broken (3, A, ←)", "sla promises", "quality", "Breaches", promises_screen),
    Entry(
        "Routes", "Destinations, and who carries them (4)",
        "lcr table tree vendors destinations ranked", "routes", "Destinations",
    ),
    Entry(
        "Watched routes", "Who is out, held, tried or warned (4, →)",
        "states out in probe lock restore trial penalised last", "routes", "Watched",
    ),
    Entry("Route changes", "Events of routes as they come (4, →→)", "events history stream", "routes", "Events"),
    Entry(
        "Route a number", "How it is routed for a client, and why (4, w)",
        "explaining why simulate test call dial quote price origin caller attestation stir", "routes", "", NumberScreen,
    ),
    Entry(
        "Policies", "What says how routes are chosen; versions, places, back to one (4, v)",
        "order filter spread split share sticky margin floor fail-over failover attempts loops watch roll back origins "
        "callers barred attestation library places attached",
        "routes", "Policies", _policies,
    ),
    Entry("Formula", "Write one, with what it means (4, f)", "order only keep editor policy", "routes", then="formula"),
    Entry(
        "Canaries", "Versions on a part of the calls: compare, promote, drop (4, v, →)",
        "trial arms share a/b test policy", "routes", "Canaries", _policies,
    ),
    Entry(
        "Static entries", "Vendors first, last, alone, never, at most (4, v, →→)",
        "statics pinned priority weight", "routes", "Statics", _policies,
    ),
    Entry(
        "Allowed losses", "Calls that may lose money, within a budget (4, v)",
        "allowances margins below zero negative", "routes", "Losses", _policies,
    ),
    Entry(
        "Profiles", "Parts of the week (4, v, ←←)",
        "time week windows holidays zone peak evening hours", "routes", "Profiles", _policies,
    ),
    Entry(
        "Moved numbers", "Portability: sources, and where a number is (4, v, ←)",
        "ported mnp lnp enum look-up routing rn", "routes", "Moved numbers", _policies,
    ),
    Entry(
        "Back-test", "Try a policy or a formula on past calls (4, b)",
        "backtests replay past traffic what if", "routes", then="backtest",
    ),
    Entry(
        "Sheets", "Rate sheets of vendors (5)",
        "rates import price list approve check undo templates", "sheets", "Sheets",
    ),
    Entry("Inbox of sheets", "What came by mail and folder (5, →)", "sheet-sources mail", "sheets", "Inbox"),
    Entry("Sources of sheets", "Folders and mailboxes (5, ←)", "sheet-sources mail watched", "sheets", "Sources"),
    Entry("Plans", "Sell and buy rates (6)", "rates prices tariffs margin time travel compare", "plans", "Plans"),
    Entry("Codes", "The reference book (6, →)", "destinations prefixes breakouts countries", "plans", "Codes"),
    Entry("Drafts of codes", "Codes that wait for a decision (6, ←)", "confirm refuse", "plans", "Drafts"),
    Entry("Notices", "Who must be told of rates, and who was (6, n)", "clients due late", "plans", "", _notices),
    Entry("Forms", "How the sheets that we send look (6, n, ←)", "notices layout", "plans", "Forms", _notices),
    Entry("CDRs", "Calls that ended (8)", "legs records charges tables partial", "cdrs", "CDRs"),
    Entry(
        "A past call", "Its story (8, w); there w its decision, a decided anew",
        "explain anew why record past cdr", "cdrs", "CDRs", then="filter",
    ),
    Entry("Sources of CDRs", "Switches and files: lag, gaps, duplicates (8, →)", "import reject", "cdrs", "Sources"),
    Entry("Parked", "Records without rate or trunk; r retries (8, →→)", "unrated rejected queue", "cdrs", "Parked"),
    Entry("Traffic", "Minutes and money by destination (8, ←)", "report", "cdrs", "Traffic"),
    Entry(
        "A partner", "Find one: balance, limits, trunks, end users (m, /)",
        "clients vendors contract credit outage end-users users statement panic freeze drop",
        "money", "Partners", then="filter",
    ),
    Entry(
        "Money", "Balances, and how much is used of limits (m)",
        "credit partners prepaid payments", "money", "Partners",
    ),
    Entry("Invoices", "What was billed (m, →)", "bills month", "money", "Invoices"),
    Entry("Ledger", "Whether all accounts add up (m, →→)", "check trial proofs money-proofs", "money", "Ledger check"),
    Entry("P&L", "Profit and loss (m)", "pnl profit revenue cost fees", "money", "P&L"),
    Entry("Cash", "What comes in and goes out (m, ←)", "flow payments", "money", "Cash"),
    Entry("Mail", "What was sent, and what failed (m, ←)", "e-mail letters delivery", "money", "Mail"),
    Entry("Cluster", "Actors, their lag and errors (c)", "actors nodes machines metrics", "cluster", "Actors"),
    Entry(
        "Gateways", "Listeners with packets and errors (c, →)",
        "sip sip-enum radius enum grpc latency", "cluster", "Gateways",
    ),
    Entry("Bans", "Who is kept out (c, →→)", "unban addresses", "cluster", "Bans"),
    Entry("Switches", "Who asks us and reports to us (c)", "recipes trunks clocks", "cluster", "Switches"),
    Entry("Audit", "Who changed what (c, ←←)", "trail changes users before after", "cluster", "Audit"),
    Entry("Shards", "Where partners live (c, ←)", "books pins move", "cluster", "Shards"),
    Entry(
        "New canary", "Try a version of a policy on a part of the calls (4, v, T)",
        "begin canary trial a/b share test version add", "routes", "Canaries", _policies, "add",
    ),
    Entry(
        "New static entry", "A vendor first, last, alone, never, at most (4, v, →→, +)",
        "add pin statics priority weight", "routes", "Statics", _policies, "add",
    ),
    Entry(
        "New allowed loss", "Let calls lose money within a budget (4, v, →→→, +)",
        "add allowance losses margins", "routes", "Losses", _policies, "add",
    ),
    Entry(
        "New commitment, swap, maximum share", "What is agreed about quantities (2, →→, +)",
        "add volume quantities minutes balance band max_share", "calls", "Quantities", then="add",
    ),
    Entry(
        "New limit", "Calls, calls a second, minutes, money (2, →, +)",
        "add capacity channels max_calls cps", "calls", "Limits", then="add",
    ),
    Entry(
        "New policy", "With fields of its own, or a ready one (4, v, +)",
        "add library ready order", "routes", "Policies", _policies, "add",
    ),
    Entry(
        "Attach a policy", "To a client, product, destination, part of the week (4, v, a)",
        "new add places holds detach", "routes", "Policies", _policies, "attach",
    ),
    Entry(
        "New promise", "What clients are promised, and which (3, A, +)",
        "add sla guarantee service level floor asr acd pdd", "quality", "Now", promises_screen, "add",
    ),
    Entry(
        "New part of the week", "For policies and limits (4, v, ←←, +)",
        "add profile time windows holidays peak", "routes", "Profiles", _policies, "add",
    ),
    Entry(
        "New source of moved numbers", "A file or a server (4, v, ←, +)",
        "add ported mnp lnp enum portability", "routes", "Moved numbers", _policies, "add",
    ),
    Entry(
        "File of moved numbers", "Bring one in (4, v, ←, I)",
        "import ported mnp portability csv new add", "routes", "Moved numbers", _policies, "bring",
    ),
    Entry("Jobs", "What runs, how far; rerating proposals (j)", "cancel progress rerating rerate", then="app.jobs"),
    Entry("Keys", "All keys of this screen (?)", "help shortcuts", then="app.keys"),
    Entry("Dark or light", "Change the theme (^T)", "colours", then="app.theme"),
    Entry("Quit", "Leave the console (q)", "exit close", then="app.quit"),
)  # fmt: skip


def found(text: str, entries: Iterable[Entry] = ENTRIES) -> list[tuple[float, Entry]]:
    """Return what is meant by some words, each of which begins a word of it or is within its help; the best first."""
    wanted = text.lower().split()
    hits = [(min((_worth(one, word) for word in wanted), default=0.0), one) for one in entries]
    return sorted((hit for hit in hits if hit[0]), key=lambda hit: -hit[0])


async def lead(console: "Console", entry: Entry) -> None:
    """Show what was chosen: from any place, whatever was open in the one that it belongs to."""
    if entry.mode:
        if console.current_mode != entry.mode:
            await console.switch_mode(entry.mode)
        while len(console.screen_stack) > 1:
            await console.pop_screen()
    if entry.opens is not None:
        await console.push_screen(entry.opens())
    screen = console.screen
    if entry.tab and isinstance(screen, ListScreen):
        names = [tab.name for tab in screen.tabs]
        if names.index(entry.tab) != screen.active:
            screen.action_list(names.index(entry.tab) - screen.active)
    if entry.then:
        await console.run_action(entry.then, screen)


class Palette(Provider):
    """Offers all entries, those that fit the words that are typed."""

    async def discover(self) -> Hits:
        """Offer everything while nothing is typed."""
        for one in ENTRIES:
            yield DiscoveryHit(one.title, self._way(one), help=one.help)

    async def search(self, query: str) -> Hits:
        """Offer what fits."""
        matcher = self.matcher(query)
        hits = found(query)
        for worth, one in hits:
            yield Hit(worth, _marked(one, query), self._way(one), help=one.help)
        known = {one.title for _, one in hits}
        for one in ENTRIES:
            if one.title not in known and (near := matcher.match(one.title)) > 0:
                yield Hit(near * _NEAR, matcher.highlight(one.title), self._way(one), help=one.help)

    def _way(self, entry: Entry) -> Callable[[], object]:
        return partial(cast("Console", self.app).lead, entry)


def _worth(one: Entry, word: str) -> float:
    for words, worth in ((one.title, _TITLE), (one.words, _WORDS)):
        if any(its.startswith(word) for its in words.lower().replace(":", " ").replace(",", " ").split()):
            return worth
    return _HELP if word in one.help.lower() else 0.0


def _marked(one: Entry, query: str) -> Content:
    """Mark the letters that were typed where the title has them; else name the word that was meant."""
    title = Content(one.title)
    for word in query.lower().split():
        at = one.title.lower().find(word)
        if at >= 0:
            title = title.stylize("bold underline", at, at + len(word))
        else:
            meant = next((its for its in one.words.split() if its.lower().startswith(word)), "")
            title = Content.assemble(title, (f"  {meant}", "$accent")) if meant else title
    return title
