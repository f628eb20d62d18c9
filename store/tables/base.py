"""The root of the catalog's tables: a metadata of its own, and names for constraints that migrations can rely on."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel


class CatalogTable(SQLModel):
    """Table models of SQLModel do not validate: store.catalog.checks does, before a record is made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
