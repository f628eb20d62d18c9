"""Switches and trunks."""

from typing import Any

from sqlmodel import Field

from store.columns import JsonText
from store.tables.base import CatalogTable


class SwitchRecord(CatalogTable, table=True):
    """A machine that asks us or reports to us. `recipe` holds all of the recipe, so that a new kind needs no code."""

    __tablename__ = "switch"
    id: str = Field(primary_key=True)
    address: str = Field(index=True)
    recipe: Any = Field(sa_type=JsonText, nullable=False)
    secret: str
    require_message_authenticator: bool


class TrunkRecord(CatalogTable, table=True):
    """A point of interconnection of a partner; `rules` are its number rules, `options` its TrunkOptions."""

    __tablename__ = "trunk"
    id: str = Field(primary_key=True)
    partner: str = Field(foreign_key="partner.id", index=True)
    direction: str
    host: str
    port: int
    name: str
    switch: str | None = Field(default=None, foreign_key="switch.id")
    plan: str | None = Field(default=None, foreign_key="plan.id")
    rules: Any = Field(sa_type=JsonText, nullable=False)
    max_calls: int | None
    max_cps: int | None
    enabled: bool
    options: Any = Field(sa_type=JsonText, nullable=False)
