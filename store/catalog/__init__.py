"""The catalog: what the business is made of. One writer (the desk), every change audited in its own transaction."""

from store.catalog.catalog import Catalog

__all__ = ["Catalog"]
