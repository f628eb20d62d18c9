"""The story's end: the figures in a table for people, as JSON for machines, kept in the data folder for `verify`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cluster.demo.figures import latency
from cluster.demo.story import Told
from cluster.demo.verify import Check

FILE = "summary.json"


def summary(told: Told, checks: Sequence[Check]) -> dict[str, Any]:
    """Return the summary as plain values."""
    return {
        "seed": told.seed,
        "scale": told.scale,
        "holds": all(check.holds for check in checks),
        "october_loaded_s": round(told.loaded_s, 1),
        "shard_away_s": round(told.away_s, 2),
        "invoice": told.invoice.number,
        "sheet": asdict(told.sheet) if told.sheet else None,
        "uk": asdict(told.uk) if told.uk else None,
        "kenya": asdict(told.kenya) if told.kenya else None,
        "switches": {
            name: {
                "attempts": figures.attempts,
                "admitted": figures.admitted,
                "answered": figures.answered,
                "refused": dict(figures.refused),
                "answer_ms": asdict(latency(figures.asking.samples_ms)),
                "records_sent": figures.accounting.sent,
                "records_repeated": figures.accounting.repeated,
                "records_lost": figures.accounting.lost,
            }
            for name, figures in told.switches.items()
        },
        "checks": [asdict(check) | {"holds": check.holds} for check in checks],
    }


def keep(folder: Path, made: dict[str, Any]) -> None:
    """Write the summary into the data folder."""
    (folder / FILE).write_text(json.dumps(made, indent=2))


def kept(folder: Path) -> dict[str, Any] | None:
    """Read the summary of the last story; None where none was told."""
    path = folder / FILE
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def table(checks: Sequence[Check]) -> list[str]:
    """Return the checks as lines; what does not hold says what it must be."""
    width = max(len(check.what) for check in checks)
    lines = []
    for check in checks:
        mark = "✓" if check.holds else "✗"
        wanted = "" if check.holds else f"   must be {check.must}"
        lines.append(f"  {mark} {check.what.ljust(width)}  {check.found}{wanted}")
    return lines
