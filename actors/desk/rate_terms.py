"""Operators' service of what contracts say of the sheets of plans."""

from typing import Any

import grpc

from actors.desk.core import Desk
from actors.desk.field_changes import changed, given
from actors.tokens import caller
from domain.ids import PlanId
from domain.sheets.term_fields import changed_terms, differing, terms_texts
from domain.sheets.terms import RateTerms
from protos import sheets_pb2 as pb
from protos import sheets_pb2_grpc as services
from protos.operators_pb2 import Changed, FieldChanges, Named
from store.catalog import Catalog

Context = grpc.aio.ServicerContext[Any, Any]


class RateTermsService(services.RateTermsServiceServicer):
    """Shows and changes terms by the names of their fields."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def Show(self, request: Named, context: Context) -> pb.PlanTerms:
        """Show the terms of a plan's sheets."""
        plan = PlanId(request.name)
        terms = await self._desk.read(lambda catalog: catalog.rate_terms.get(plan))
        return pb.PlanTerms(plan=plan, values=terms_texts(terms), differing=differing(terms))

    async def Set(self, request: FieldChanges, context: Context) -> Changed:
        """Change fields; sheets that are read from now on are judged by them."""
        texts, plan, who = given(request), PlanId(request.id), caller()
        where, now_ms = f"terms of plan {plan}", self._desk.now_ms()

        def order(catalog: Catalog) -> tuple[RateTerms, RateTerms]:
            before = catalog.rate_terms.get(plan)
            after = changed_terms(before, texts, where)
            catalog.rate_terms.set(plan, after, who=who, at_ms=now_ms)
            return before, after

        before, after = await self._desk.write(order)  # no node reads them: nothing is published
        return changed(where, terms_texts(before), terms_texts(after), texts)
