"""A switchboard that a test or a measurement has started as a process of its own."""

import subprocess
import sys
from pathlib import Path

from cluster.bench.processes import children
from cluster.bench.up_process import is_gone
from tests.live.running import SETTINGS, free_ports
from tests.live.waiting import until

ROOT = Path(__file__).resolve().parents[2]
STARTS_IT = """
import sys
from pathlib import Path
from cluster.bench.up_process import UpProcess
up = UpProcess(Path(sys.argv[1]))
up.begin()
print(up.pid, flush=True)
sys.stdin.read()
"""
NO_DATABASE = '\n[store]\nurl = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n'
"""It waits for this one, and needs no Ray for that."""


def test_it_ends_when_who_started_it_is_killed(tmp_path: Path) -> None:
    ports = free_ports("desk", "metrics", "sip", "tls", "auth", "acct", "enum", "grpc")
    (tmp_path / "switchboard.toml").write_text(SETTINGS.format(**ports) + NO_DATABASE)
    words = [sys.executable, "-c", STARTS_IT, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        try:
            assert starter.stdout is not None, "a pipe was asked for"
            up = int(starter.stdout.readline())
            until(lambda: "waiting: " in (tmp_path / "up.said").read_text(), "it waits for its database", 120)
            tree = [up, *children()[up]]
            assert len(tree) == 2 and not any(map(is_gone, tree))
        finally:
            starter.kill()
    until(lambda: all(map(is_gone, tree)), "nothing of it is left", 120)
