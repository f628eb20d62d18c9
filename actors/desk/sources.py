"""Where call records come from, and what became of them: files since the desk's start, switches by their nodes."""

import re
from collections.abc import Iterable
from typing import Any

from protos import operators_pb2 as pb

MOST = 200
"""Kinds of files counted one by one; what comes beyond is counted together."""
OTHERS = "others"
LONGEST = 40
"""Letters of a name that are looked at."""
_LETTERS = re.compile(r"[^\W\d_]+")


class Sources:
    """Counts of file imports by kind of source. Derived: the books are the truth."""

    def __init__(self) -> None:
        self._files: dict[str, pb.SourceState] = {}
        self._delivered: dict[str, pb.SwitchState] = {}

    def count(self, report: pb.CdrImportReport, now_ms: int, newest_ms: int = 0) -> None:
        """Count an imported file under the letters that its name begins with, else as one of the others.

        `newest_ms`: when the newest call in it ended, where that is known.
        """
        letters = _LETTERS.match(report.file_name)
        source = letters[0][:LONGEST] if letters else OTHERS
        if source not in self._files and len(self._files) >= MOST:
            source = OTHERS
        state = self._files.setdefault(source, pb.SourceState(source=f"files {source}"))
        state.files += 1
        state.accepted += report.accepted
        state.rejected += report.rejected
        state.duplicate += report.duplicate
        state.parked += report.parked
        state.last_ms, state.equipment = now_ms, report.equipment
        state.notes[:] = report.notes
        if report.switch_id:
            self._deliver(report, now_ms, newest_ms)

    def add_files(self, state: pb.SwitchState) -> None:
        """Add what came in a switch's own files to what came of it otherwise."""
        its = self._delivered.get(state.switch_id)
        if its is None:
            return
        if its.last_record_ms >= state.last_record_ms:
            state.last_record_ms, state.lag_ms = its.last_record_ms, its.lag_ms
        state.reported += its.reported
        state.errors += its.errors
        state.parked += its.parked

    def forget_others(self, switches: Iterable[str]) -> None:
        """Keep what is known of these switches only: others were removed."""
        for name in self._delivered.keys() - set(switches):
            del self._delivered[name]

    def plain(self) -> dict[str, Any]:
        """Return what came in switches' own files as plain values."""
        return {name: {field.name: value for field, value in its.ListFields()} for name, its in self._delivered.items()}

    def restore(self, plain: dict[str, Any]) -> None:
        """Take up what was kept of files. Raises TypeError or ValueError on contents that are not ours."""
        self._delivered.update({name: pb.SwitchState(**its) for name, its in plain.items()})

    def _deliver(self, report: pb.CdrImportReport, now_ms: int, newest_ms: int) -> None:
        state = self._delivered.setdefault(report.switch_id, pb.SwitchState())
        state.last_record_ms, state.lag_ms = now_ms, max(0, now_ms - newest_ms) if newest_ms else state.lag_ms
        state.reported += report.accepted + report.duplicate + report.parked
        state.parked += report.parked
        state.errors += report.rejected

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
