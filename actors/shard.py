"""A shard's book at work: turns of commands against live partners, durable before they are answered.

Plain class, one thread: the Ray face is in actors.shard_actor. Each turn reads what it needs, decides and applies
command after command, commits once, and only then returns the replies (DESIGN §4.3, §4.4).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from actors import blocks, moving
from actors.notices import News, Notices
from actors.outbox import Outbox
from actors.proof import check
from actors.shard_limits import ShardLimits
from actors.turn import Turn
from domain.booking import Known, book
from domain.calls import LegState
from domain.commands import (
    Command,
    Done,
    Elsewhere,
    Entity,
    Expire,
    FindCall,
    FindLoss,
    MovePartner,
    OpenLoss,
    Parcel,
    Park,
    PlaceHold,
    Post,
    Posting,
    Recorded,
    RecordLeg,
    ReleaseHold,
    ReleaseSwitch,
    Reply,
    Unpark,
)
from domain.cuts import Cuts, WantedCut
from domain.directory import Directory
from domain.holds import HoldTimes
from domain.ids import CallKey, LegId, PartnerId
from domain.ledger import partner_effects
from domain.limit_book import LimitHit, LimitTaken, LimitUsed
from domain.limits import LimitUse
from domain.loss_book import LossBook
from domain.losses import LossUse
from domain.parking import differing, is_late, late
from domain.partner import Partner
from domain.partner_events import (
    CutDropped,
    CutWanted,
    Event,
    HoldLapsed,
    HoldPut,
    HoldReleased,
    LapseOver,
    Posted,
    Stood,
    TokenTaken,
)
from domain.partner_use import PartnerMoney, PartnerUse, money_of, use_of
from domain.placement import Placement
from domain.quality import LegBegun, LegSeen
from domain.together import together
from domain.whereabouts import Whereabouts
from store import book_bulk
from store.book import Book, Writes
from store.book_bulk import BlockTaken, SegmentDraft
from store.parcel_json import parcel_of, parcel_text


class Shard:
    """One book and the partners that live in it.

    Invariants: memory is what the book says after every turn; a reply, or a posting to another book, leaves only after
    its commit; an exception in a turn means that the two may differ, so the process ends (the actor does that).
    """

    def __init__(
        self, opened: Book, directory: Directory, times: HoldTimes, placement: Placement, *, seen_days: int = 3
    ) -> None:
        """`seen_days`: how long ids of sealed legs are kept; reports of older unknown legs are late."""
        self.book = opened
        self.directory = directory
        self.times = times
        self.placement = placement
        self.seen_days = seen_days
        self.partners: dict[PartnerId, Partner] = {}
        self.outbox = Outbox()
        self.places = Whereabouts(opened.number, placement)
        self.cuts = Cuts()
        self.limits = ShardLimits(opened)
        self.losses = LossBook()
        self.notices = Notices({}, 0)
        self.begun: list[LegBegun] = []
        """Open legs that quality has yet to hear of."""
        self._inbox: dict[int, int] = {}
        self._next_out = 1

    def recover(self) -> None:
        """Load the live state from the book and check that it adds up. Raises BrokenWorldError."""
        assert not self.partners, "a shard recovers once, before its first turn"
        opened = self.book.load()
        self.places.known = dict(opened.whereabouts)
        self.limits.load(opened.limit_use, self.directory)
        self.losses.load(opened.losses.calls, dict(opened.losses.sums))
        for (partner, side, currency), units in opened.posted.items():
            self.partner(partner).posted[side, currency] = units
        for hold in opened.holds:
            self.partner(hold.partner).apply(HoldPut(hold))
        for hold in opened.lapsed:
            self.partner(hold.partner).apply(HoldLapsed(hold))
        for name, standing in opened.standings.items():
            self.partner(name).standing = standing
        self.notices = Notices(opened.notices, opened.last_notice)
        for name in opened.standings:
            self.notices.stands(self.partner(name))
        for number, to_book, text in opened.outbox:
            self.outbox[number] = (to_book, parcel_of(text))
        self._next_out = opened.last_out + 1
        self._inbox = dict(opened.inbox)
        check(self.book, opened, self.partners, alone=self.placement.books == 1)
        self.limits.enter(self.directory, self.partners, anew=True)

    def partner(self, partner: PartnerId) -> Partner:
        """Return the live partner, new at zero where it was never seen."""
        found = self.partners.get(partner)
        if found is None:
            found = self.partners[partner] = Partner(partner, limits=self.limits.book_of(partner))
        return found

    def turn(self, commands: Sequence[Command]) -> tuple[list[Reply], list[LegSeen]]:
        """Run commands in order; return their replies and what quality should hear, all of it durable by now."""
        self.limits.enter(self.directory, self.partners)
        turn = Turn(waiting=self._waiting(commands))
        known = self.book.known([c.leg.leg_id for c in commands if isinstance(c, RecordLeg)])
        replies = [self._one(command, turn, known) for command in commands]
        self._commit(turn)
        return replies, turn.seen

    def _waiting(self, commands: Sequence[Command]) -> set[bytes]:
        named = [c.unpark for c in commands if isinstance(c, RecordLeg | Park) and c.unpark]
        named += [c.park_id for c in commands if isinstance(c, Unpark)]
        return self.book.which_parked(named) if named else set()

    def _commit(self, turn: Turn) -> None:
        turn.write_balances(self.partners)
        turn.write_losses(self.losses)
        self.book.commit(turn.writes)
        self.committed(turn)

    def committed(self, turn: Turn) -> None:
        """Let go what may leave this book, now that it is durable."""
        self.outbox.update(turn.out)
        self.begun += turn.begun
        self.notices.waiting |= dict(turn.writes.notices)

    def _one(self, command: Command, turn: Turn, known: dict[LegId, Known]) -> Reply:
        if isinstance(command, PlaceHold | ReleaseHold | MovePartner) and not self.places.here(command.partner):
            return Elsewhere(self.places.of(command.partner))
        match command:
            case RecordLeg():
                return self._record(command, turn, known)
            case PlaceHold():
                return self._place(command, turn)
            case FindCall(key, legs):
                return self.book.find_call(key, legs)
            case Park():
                return self._park(command, turn)
            case MovePartner(name, to_book):
                return Done(moving.leave(self, name, to_book, turn))
            case Unpark(_, park_id):
                return Done(self._unpark(park_id, turn))
            case Post():
                return self._post(command, turn)
            case ReleaseSwitch(switch, at_ms):
                self.limits.released(switch, at_ms, turn.writes)
                return self._release(turn, lambda partner: partner.release_switch(switch, at_ms))
            case OpenLoss() | FindLoss():
                return self.losses.answer(command)
            case ReleaseHold(hold_id, name):
                return Done(self.apply(self.partner(name), self.partner(name).release_hold(hold_id), turn))
            case Expire(at_ms):
                self.limits.attempts.expire(at_ms, self.times)
                self.limits.sweep(self.partners, at_ms, turn.writes)
                self.losses.forget(at_ms)
                return self._release(turn, lambda partner: partner.expire(command, self.times))

    def _place(self, command: PlaceHold, turn: Turn) -> Reply:
        partner = self.partner(command.partner)
        terms = self.directory.partners.get(command.partner)
        events, reply = partner.place_hold(command, terms, self.times)
        self.apply(partner, events, turn)
        return reply

    def _record(self, command: RecordLeg, turn: Turn, known: dict[LegId, Known]) -> Reply:
        leg, mark = command.leg, command.fingerprint
        before = known.get(leg.leg_id)
        if command.unpark and not self._unpark(command.unpark, turn):
            return Recorded("duplicate", before.charge if before else 0, leg.currency)  # done before
        if before is None and leg.state is not LegState.PARTIAL and not command.checked and self._is_late(command):
            return self._park(Park(late(command)), turn)
        booked = book(leg, mark, before, command.received_ms, command.session_id, command.alive_ms)
        if booked.outcome == "differs":
            return self._park(Park(differing(command)), turn)
        if booked.write:
            leg = replace(leg, revision=booked.revision) if booked.revision else leg
            known[leg.leg_id] = turn.enter(leg, mark, before, command.received_ms)
        elif booked.outcome == "alive" and before is not None:
            known[leg.leg_id] = turn.heard_of(leg, before, command.received_ms)
            self.limits.attempts.alive(leg, command.received_ms)
        if booked.write:
            self.losses.heard(leg, command.received_ms)
            self.limits.recorded(leg, (booked.back, booked.posting), command.received_ms, turn.writes)
        for posting in together(its for its in (booked.back, booked.posting) if its is not None):
            self.deliver(posting, turn)
        charge = leg.charge if booked.write else before.charge if before else 0
        return Recorded(booked.outcome, charge, leg.currency)

    def _is_late(self, command: RecordLeg) -> bool:
        book = self.book
        return is_late(command.leg, command.received_ms, self.seen_days, book.forgotten_day, book.sealed_days)

    def _park(self, command: Park, turn: Turn) -> Reply:
        if not command.unpark or self._unpark(command.unpark, turn):
            turn.writes.parked.append(command.parked)
        return Recorded("parked", cause=command.parked.cause, detail=command.parked.detail)

    def _unpark(self, park_id: bytes, turn: Turn) -> bool:
        """Take a record out of the parked ones, once; whether it was there: what is done with it is done once, too."""
        if park_id not in turn.waiting:
            return False
        turn.waiting.remove(park_id)
        turn.writes.unparked.append(park_id)
        return True

    def deliver(self, posting: Posting, turn: Turn) -> None:
        """Let a posting take effect at its partner, here or in another book."""
        if self.places.here(posting.partner):
            self._post_here(posting, turn)
        else:
            self.send(posting, self.places.of(posting.partner), turn)

    def send(self, parcel: Parcel, to_book: int, turn: Turn) -> None:
        """Put a parcel for another book into the outbox."""
        number, self._next_out = self._next_out, self._next_out + 1
        turn.out[number] = (to_book, parcel)
        turn.writes.outbox.append((number, to_book, parcel_text(parcel)))

    def _post_here(self, posting: Posting, turn: Turn) -> None:
        """Let a posting take effect at its partner, whose money it is: here a piece grows, or its cut is wanted."""
        partner, terms = self.partner(posting.partner), self.directory.partners.get(posting.partner)
        self.limits.posted(posting, turn.writes)
        self.apply(partner, partner.post(posting, terms, self.times), turn)

    def receive(self, from_book: int, items: Sequence[tuple[int, Parcel]]) -> list[int]:
        """Take postings of another book, each exactly once and in order; return the numbers that are now durable."""
        turn = Turn()
        last = self._inbox.get(from_book, 0)
        for number, parcel in sorted(items, key=lambda item: item[0]):
            if number > last:
                if isinstance(parcel, Entity):
                    moving.arrive(self, parcel, turn)
                else:
                    self.deliver(parcel, turn)  # on it goes, where the partner does not live here
                last = number
        if last > self._inbox.get(from_book, 0):
            self._inbox[from_book] = turn.writes.inbox[from_book] = last
        self._commit(turn)
        return [number for number, _ in items]

    def sent(self, numbers: Sequence[int]) -> None:
        """Forget postings that the other book has made durable."""
        self.book.commit(Writes(sent=list(numbers)))
        for number in numbers:
            self.outbox.pop(number, None)

    def _post(self, command: Post, turn: Turn) -> Reply:
        # those of this turn too: a repeated command may share its transaction with the first
        turn.posted |= self.book.known_transfers([transfer.transfer_id for transfer in command.transfers])
        count, postings = 0, list[Posting]()
        for transfer in command.transfers:
            if transfer.transfer_id in turn.posted:
                continue
            turn.posted.add(transfer.transfer_id)
            turn.writes.transfers.append(transfer)
            count += 1
            for name, side, amount in partner_effects(transfer.debit, transfer.credit, transfer.amount):
                postings.append(Posting(name, side, transfer.currency, amount, CallKey(b""), "", transfer.known_ms))
        for posting in together(postings):
            self.deliver(posting, turn)
        return Done(count)

    def _release(self, turn: Turn, over: Callable[[Partner], list[Event]]) -> Reply:
        return Done(sum(self.apply(partner, over(partner), turn) for partner in self.partners.values()))

    def apply(self, partner: Partner, events: Sequence[Event], turn: Turn) -> int:
        """Let events change a partner, and have them written; return how many they are."""
        for event in events:
            partner.apply(event)
            match event:
                case HoldPut(hold):
                    turn.writes.holds[hold.hold_id] = hold
                    self.limits.attempts.keep(hold)
                case HoldReleased(hold) | HoldLapsed(hold):
                    turn.writes.holds[hold.hold_id] = None
                    self.limits.attempts.drop(hold.hold_id)
                    self.cuts.drop(hold.hold_id)
                    if isinstance(event, HoldLapsed):
                        turn.writes.lapsed[partner.id, hold.call_key] = hold
                case LapseOver(call_key):
                    turn.writes.lapsed[partner.id, call_key] = None
                case CutWanted(cut):
                    self.cuts.want(cut, partner.id)
                case CutDropped(hold_id):
                    self.cuts.drop(hold_id)
                case Stood(standing, notices):
                    turn.writes.standings[partner.id] = standing
                    self.notices.stands(partner)
                    turn.writes.notices += self.notices.numbered(notices)
                case LimitUsed(limit, period_ms, before_ms):
                    self.limits.wrote((limit, period_ms, before_ms), turn.writes)
                case Posted() | TokenTaken() | LimitTaken() | LimitHit():
                    pass  # balances are written down once, when the turn ends
        if events:
            turn.touched.add(partner.id)
        return len(events)

    # ---- by the writer between two turns

    def take_cuts(self, at_ms: int, machine_ms: int, most: int) -> list[WantedCut]:
        """Return the calls that a switch is to be told to end now; who asks has taken them (domain.cuts).

        Those for which there is money by now go on, held for what they may cost.
        """
        turn, wanted = Turn(), list[WantedCut]()
        for cut, name, offer in self.cuts.take(at_ms, machine_ms, most):
            partner, terms = self.partners[name], self.directory.partners.get(name)
            self.apply(partner, partner.cut_due(cut, at_ms, terms, self.times), turn)
            if partner.cuts.get(cut.hold_id) == cut:
                wanted.append(WantedCut(partner.holds[cut.hold_id], cut.reason, offer))
        for hold_id, name in self.cuts.gave_up():
            self.partners[name].apply(CutDropped(hold_id))
        if turn.touched:
            self._commit(turn)
        return wanted

    def judge(self, at_ms: int) -> None:
        """Decide anew how every partner stands by its balance: their terms may have changed."""
        turn = Turn()
        for partner in list(self.partners.values()):
            self.apply(partner, partner.judge(self.directory.partners.get(partner.id), at_ms), turn)
        self._commit(turn)

    def news(self, after: int, most: int) -> News:
        """Return `most` notices above a number, and who stands badly. Any thread may ask."""
        return self.notices.news(after, most, self.directory)

    def told(self, number: int) -> None:
        """Forget the notices up to a number: the desk has entered them."""
        self.book.commit(Writes(told=number))
        self.notices.drop(number)

    def partner_use(self, name: PartnerId, at_ms: int) -> PartnerUse:
        """Return what of a partner's limits is in use."""
        partner = self.partners.get(name) or Partner(name)
        return use_of(partner, self.directory, at_ms)

    def limit_use(self, at_ms: int, *, soft_only: bool) -> list[LimitUse]:
        """Return what this book counts of each limit."""
        return self.limits.uses(self.partners, at_ms, soft_only=soft_only)

    def loss_use(self, at_ms: int) -> list[LossUse]:
        """Return what this book counts of each allowed loss."""
        return self.losses.uses(at_ms)

    def partner_money(self, names: Sequence[PartnerId]) -> dict[PartnerId, PartnerMoney]:
        """Return the money of those of some partners that live here."""
        return {name: money_of(self.partners[name], self.directory) for name in names if name in self.partners}

    # ---- the bulk lane

    def take_block(self, stage: Path, at_ms: int) -> BlockTaken:
        """Take a staging file of ended legs in one transaction. Raises InputError where the file is not there."""
        return blocks.take(self, stage, at_ms)

    def seal(self, drafts: list[SegmentDraft], now_ms: int, seen_from_day: int = 0) -> int:
        """Replace ended legs by segments; return how many transfers that posted."""
        return len(book_bulk.seal(self.book, drafts, now_ms, seen_from_day))

    def stop_waiting(self, before_ms: int) -> int:
        """Number some legs that we closed before a moment; return how many, 0 when there are no more."""
        return book_bulk.stop_waiting(self.book, before_ms)

    def forget(self, before_day: int) -> int:
        """Forget some ids of legs that were sealed under earlier days; return how many, 0 when there are no more."""
        return book_bulk.forget_seen(self.book, before_day)
