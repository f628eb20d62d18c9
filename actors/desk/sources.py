"""Where call records come from, and what became of them: files since the desk's start, switches by their nodes."""

from protos import operators_pb2 as pb


class Sources:
    """Counts of file imports by kind of source. Derived: the books are the truth."""

    def __init__(self) -> None:
        self._files: dict[str, pb.SourceState] = {}
        self._switches: dict[str, pb.SourceState] = {}

    def count(self, report: pb.CdrImportReport, now_ms: int) -> None:
        """Count an imported file under the part of its name before the first digit."""
        source = report.file_name.split("-")[0] or report.file_name
        state = self._files.setdefault(source, pb.SourceState(source=f"files {source}"))
        state.files += 1
        state.accepted += report.accepted
        state.rejected += report.rejected
        state.duplicate += report.duplicate
        state.parked += report.parked
        state.last_ms = now_ms

    def see(self, switch: str, last_ms: int, accepted: int) -> None:
        """Note what a node says of a switch that reports in real time."""
        self._switches[switch] = pb.SourceState(source=f"switch {switch}", accepted=accepted, last_ms=last_ms)

    async def states(self) -> list[pb.SourceState]:
        """Return all sources, switches first."""
        return [*self._switches.values(), *self._files.values()]
