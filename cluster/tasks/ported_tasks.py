"""Moved numbers as batch tasks."""

from abc import ABC, abstractmethod
from typing import Any

from actors.ported_work import PortedBuilt, PortedOrder


class PortedTasks(ABC):
    """The work of actors.ported_work, each piece by one task."""

    @abstractmethod
    async def _run(self, module: str, function: str, *args: object) -> Any: ...

    async def build_ported(self, order: PortedOrder) -> PortedBuilt:
        """Read a file of moved numbers and write what nodes map."""
        built: PortedBuilt = await self._run("ported", "build_ported", order)
        return built
