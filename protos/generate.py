"""Generate the Python code of the .proto files beside this module: `python -m protos.generate [OUT]`."""

import os
import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "switch",
    "operators",
    "cluster",
    "end_users",
    "sheets",
    "codes",
    "looking",
    "notices",
    "rerating",
    "statics",
    "losses",
    "portability",
    "quantities",
    "backtests",
    "explaining",
    "policies",
    "quality",
    "sla",
    "routes",
    "route_tree",
)
SOURCES = tuple(f"protos/{name}.proto" for name in NAMES)


def generate(out: Path) -> None:
    """Write the messages, their stubs and the services under `out`. Raises SystemExit where protoc refuses."""
    beside = Path(sys.executable).parent  # the mypy plug-ins of protoc are commands of the same environment
    os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ['PATH']}"
    well_known = str(files("grpc_tools") / "_proto")
    flags = [f"--{kind}_out={out}" for kind in ("python", "mypy", "grpc_python", "mypy_grpc")]
    code = protoc.main(["protoc", f"-I{ROOT}", f"-I{well_known}", *flags, *(str(ROOT / name) for name in SOURCES)])
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
