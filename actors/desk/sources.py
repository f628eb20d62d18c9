"""Where call records come from, and what became of them: files since the desk's start, switches by their nodes."""

from collections.abc import Iterable

from protos import operators_pb2 as pb


class Sources:
    """Counts of file imports by kind of source. Derived: the books are the truth."""

    def __init__(self) -> None:
        self._files: dict[str, pb.SourceState] = {}

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

    def states(self, switches: Iterable[pb.SwitchState]) -> list[pb.SourceState]:
        """Return all sources: the switches that report in real time, then the files."""
        live = [
            pb.SourceState(
                source=f"switch {one.switch_id}", accepted=one.reported, rejected=one.errors, last_ms=one.last_record_ms
            )
            for one in switches
            if one.reported or one.errors
        ]
        return [*live, *self._files.values()]
