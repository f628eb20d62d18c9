"""The oracle: what the operators' commands say of the books, compared with the truth to the last digit."""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import grpc

from domain.calls import Side
from domain.causes import ParkCause
from domain.ids import CallKey
from domain.money import decimal_text, units_of
from protos import connect
from protos import operators_pb2 as pb
from protos.operators_pb2_grpc import CdrsServiceStub
from tests.live.running import Running
from tests.torture.trade import FUNDS, PLEDGE, TRADERS
from tests.torture.truth import KnownLeg, TrueLeg, Truth

QUIET_S = 90.0
"""In that time holds of unanswered questions lapse and postings between books arrive."""
_PAGE = 1000


class Books:
    """The books of a running switchboard, and the truth that they must tell."""

    def __init__(self, board: Running, truth: Truth) -> None:
        self._board, self._truth = board, truth

    async def compare(self, *, ended: bool = True) -> None:
        """Wait until nothing is under way, then compare everything. Fails with all that differs.

        `ended` False: calls may be open, whose ends these books were never told; their legs count for nothing yet.
        """
        wrong = await asyncio.to_thread(self._settled if ended else self._of_open_books)
        assert not wrong, "\n".join(wrong)

    def _settled(self) -> list[str]:
        """Return what differs when nothing is under way any more, or what is still when QUIET_S are over."""
        deadline = time.monotonic() + QUIET_S
        while (wrong := self._under_way()) and time.monotonic() < deadline:
            time.sleep(0.5)
        return wrong + self.differences()

    def _of_open_books(self) -> list[str]:
        return [*self._of_check(), *self._of_legs(ended=False), *self._of_balances(), *self._of_parked()]

    def _under_way(self) -> list[str]:
        wrong = []
        for partner in TRADERS:
            shown = self._board.told("partners", "show", partner)
            if shown["held"] is None:
                wrong.append(f"{partner}: his shard is away")
            elif units_of(shown["held"]["amount"]) or shown["open_calls"]:
                wrong.append(f"{partner}: {shown['held']['amount']} held for {shown['open_calls']} open calls")
        check = self._check()
        if check["open_holds"] or check["open_calls"]:
            wrong.append(f"{check['open_holds']} holds and {check['open_calls']} calls are open")
        return wrong + list(check["differences"])

    def _check(self) -> Any:
        told = self._board.tried("ledger", "check", "--json")
        assert told.exit_code in (0, 1) and told.stdout.strip(), told.output
        return json.loads(told.stdout)

    def differences(self) -> list[str]:
        """Return all in which the books differ from the truth, a sentence each."""
        return [
            *self._of_check(), *self._of_legs(), *self._of_balances(), *self._of_counters(), *self._of_parked(),
        ]  # fmt: skip

    def _of_check(self) -> list[str]:
        check = self._check()
        wrong = list(check["differences"])
        zeros = ("trial_balance", "cdrs_minus_postings")
        wrong += [f"{name} is {check[name]['amount']}, not 0" for name in zeros if units_of(check[name]["amount"])]
        wrong += [f"{name}: no" for name in ("holds_add_up", "balances_add_up") if not check[name]]
        if check["unrated"] != self._truth.differing:
            wrong.append(f"{check['unrated']} unrated, not {self._truth.differing}")
        return wrong

    def _of_legs(self, *, ended: bool = True) -> list[str]:
        """Each acknowledged leg is there exactly once; what was told and not answered may be there, once."""
        found = self.legs(ended=ended)
        missing = self._truth.acknowledged - found
        beyond = found - self._truth.acknowledged - self._truth.told
        wrong = [f"missing {number} x {leg}" for leg, number in list(missing.items())[:5]]
        wrong += [f"too much {number} x {leg}" for leg, number in list(beyond.items())[:5]]
        if missing or beyond:
            wrong.append(f"{missing.total()} of {self._truth.legs} legs are missing, {beyond.total()} are too many")
        return wrong

    def legs(self, *, ended: bool = True) -> Counter[TrueLeg]:
        """Return all ended legs of our traders as `cdrs list` pages them; `ended`: there may be no others."""
        listed = self._listed()
        others = [f"leg {leg.leg_id.hex()} is {leg.state}" for leg in listed if leg.state != "closed"]
        assert not (ended and others), others[:5]
        return Counter(_leg(leg) for leg in listed if leg.state == "closed")

    def partial(self) -> Counter[KnownLeg]:
        """Return the legs that were closed for want of their end."""
        legs = [_leg(leg) for leg in self._listed() if leg.state == "partial"]
        return Counter((leg.call, leg.side, leg.partner, leg.talk_s, leg.charge) for leg in legs)

    def _listed(self) -> list[pb.Leg]:
        """Return all legs of our traders, none of them listed twice."""
        found: list[pb.Leg] = []
        where = connect.endpoint(self._board.folder)
        with grpc.insecure_channel(where.desk, options=connect.OPTIONS) as channel:
            stub = CdrsServiceStub(channel)
            for partner in TRADERS:
                offset = total = 0
                while offset == 0 or offset < total:
                    query = pb.CdrQuery(partner=partner, limit=_PAGE, offset=offset)
                    page = stub.List(query, metadata=tuple(connect.metadata(where.token)), timeout=60)
                    found += page.legs
                    total, offset = page.total, offset + _PAGE
        twice = [leg.hex() for leg, number in Counter(leg.leg_id for leg in found).items() if number > 1]
        assert not twice, f"listed twice: {twice}"
        return found

    def _of_balances(self) -> list[str]:
        wrong = []
        for name, trader in TRADERS.items():
            shown = self._board.told("partners", "show", name)
            side = trader.side
            says = units_of(shown["owed" if side is Side.CLIENT else "payable"]["amount"])
            paid = units_of(FUNDS) if trader is PLEDGE else 0
            least = self._truth.charged[name, side] - paid
            most = least + sum(leg.charge * n for leg, n in self._truth.told.items() if leg.partner == name)
            if not least <= says <= most:
                wrong.append(f"{name} {side}: the balance is {decimal_text(says)}, not {decimal_text(least)}")
            closing = units_of(self._board.told("statement", "--partner", name)["closing"]["amount"])
            if closing != (says if side is Side.CLIENT else -says):
                wrong.append(f"{name}: the statement closes with {decimal_text(closing)}, the balance {says}")
        return wrong

    def _of_counters(self) -> list[str]:
        """Trunks and limits count no call when all have ended."""
        wrong = []
        for name in TRADERS:
            shown = self._board.told("partners", "show", name)
            wrong += [f"{name}: {use['trunk']} counts calls" for use in shown.get("trunks", ()) if use["open_calls"]]
            wrong += [f"{name}: limit {use} counts calls" for use in shown.get("limits", ()) if use.get("calls")]
        return wrong

    def _of_parked(self) -> list[str]:
        """Nobody waits for a person but the ends that said otherwise."""
        totals = [self._board.told("cdrs", "parked", *words, "--limit", "1") for words in ((), (ParkCause.DIFFERS,))]
        if all(int(told["total"]) == self._truth.differing for told in totals):
            return []
        parked, differing = (int(told["total"]) for told in totals)
        one = totals[0]["records"][:1]
        return [f"{parked} records are parked, {differing} of them differ, not {self._truth.differing}; one is {one}"]


def _leg(leg: pb.Leg) -> TrueLeg:
    assert leg.charge.currency == "USD"
    return TrueLeg(
        CallKey(leg.call_key), Side(leg.side), leg.partner, leg.HasField("connect_ms"), leg.duration_ms // 1000,
        leg.charge.units,
    )  # fmt: skip
