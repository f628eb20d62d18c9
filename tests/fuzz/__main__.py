"""`python -m tests.fuzz sip|radius|dns [seconds] [corpus folder]`: bytes that follow the codec's branches (atheris).

Whatever comes, a codec returns or raises its own WireError, within bounded time and memory; libFuzzer ends with what
broke that and keeps the input in the folder.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["domain"]):
    from tests.fuzz.targets import SEEDS, TARGETS

DEFAULT_S = 60
MOST_MB = 1024
"""What the whole process may take: an input that makes more of it is a fault."""


def main() -> None:
    """Fuzz one codec for some seconds."""
    name, *rest = sys.argv[1:] or [""]
    if name not in TARGETS:
        raise SystemExit(f"usage: python -m tests.fuzz {'|'.join(TARGETS)} [seconds] [folder]")
    seconds = int(rest[0]) if rest else DEFAULT_S
    folder = Path(rest[1]) if len(rest) > 1 else Path("build") / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (folder / f"seed-{number}").write_bytes(seed)
    target: Callable[[bytes], None] = TARGETS[name]
    options = [
        f"-max_total_time={seconds}", "-timeout=1", f"-rss_limit_mb={MOST_MB}", "-max_len=65535",
        f"-artifact_prefix={folder}/",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], target)
    atheris.Fuzz()


main()
