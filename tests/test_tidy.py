"""The house rules that a reader of the tree can check (DESIGN §9)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("actors", "cli", "cluster", "domain", "protos", "store", "tui")
GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$")
MONEY_FILES = (
    "money",
    "rates",
    "rating",
    "grants",
    "ledger",
    "statements",
    "charging",
    "partner",
    "booking",
    "invoicing",
)
REMOTE_PLACES = ("actors/refs.py", "actors/desk", "actors/shard_actor.py", "cluster/")
CLOCKS = {"time", "time_ns", "monotonic", "now", "utcnow", "today"}


def sources(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not GENERATED.search(path.name) and "migrations" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a file, the module first."""
    return list(ast.walk(ast.parse(path.read_text(), filename=str(path))))


@pytest.fixture(scope="module", autouse=True)
def files_are_read_once() -> Iterator[None]:
    yield
    nodes.cache_clear()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_over_400_lines_and_the_median_is_under_150() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    assert median(lengths.values()) < 150


def test_no_function_has_40_lines() -> None:
    long = [
        f"{name_of(path)}:{function.lineno} {function.name} has {lines}"
        for path in sources()
        for function in functions(path)
        if (lines := body_lines(function)) >= 40 and not only_builds_a_value(function)
    ]
    assert long == []


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body after its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


def only_builds_a_value(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A function of a few statements that names many fields is long on paper only."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) <= 12


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "manager", "misc"}
    assert [name_of(path) for path in sources() if path.stem in drawers] == []


def test_every_module_and_public_thing_says_what_it_is() -> None:
    silent = []
    for path in sources():
        module = nodes(path)[0]
        assert isinstance(module, ast.Module)
        if not ast.get_docstring(module):
            silent.append(name_of(path))
        for node in module.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name[0] != "_" and not ast.get_docstring(node):
                silent.append(f"{name_of(path)}:{node.lineno} {node.name}")
    assert silent == []


def test_ray_is_called_in_refs_desk_and_cluster_only() -> None:
    elsewhere = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        if not name_of(path).startswith(REMOTE_PLACES)
        for node in nodes(path)
        # a leg's far end is called remote too: Ray's is the one that is called
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "remote"
    ]
    assert elsewhere == []


def test_no_float_touches_money() -> None:
    found = []
    for path in sources("domain"):
        if path.stem not in MONEY_FILES:
            continue
        for node in nodes(path):
            if not isinstance(node, ast.expr):
                continue
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            names_float = isinstance(node, ast.Name) and node.id == "float"
            divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            if is_float or names_float or divides:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_the_domain_reads_no_clock_and_draws_no_lots() -> None:
    banned = {"random", "secrets", "time", "os", "socket", "threading"}
    found = []
    for path in sources("domain"):
        for node in nodes(path):
            imports = (isinstance(node, ast.Import) and banned & {alias.name for alias in node.names}) or (
                isinstance(node, ast.ImportFrom) and node.module in banned
            )
            if isinstance(node, ast.stmt | ast.expr) and (imports or reads_a_clock(node)):
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def reads_a_clock(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    if not isinstance(called, ast.Attribute) or called.attr not in CLOCKS:
        return False
    return isinstance(called.value, ast.Name) and called.value.id in ("datetime", "date", "time")


def test_placement_never_uses_the_hash_of_one_process() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("domain", "actors", "store")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash"
    ]
    assert found == []


def test_live_processes_import_neither_polars_nor_sqlmodel() -> None:
    probe = (
        "import sys, actors.shard_actor, actors.quality_actor, actors.node_actor;"
        "print(sorted({'polars', 'sqlmodel', 'sqlalchemy', 'textual', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_supervisor_does_not_import_ray() -> None:
    probe = "import sys, cluster.up; print('ray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "protos.generate", str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    made = sorted((tmp_path / "protos").iterdir())
    assert made, "protoc writes files"
    stale = [path.name for path in made if path.read_text() != (ROOT / "protos" / path.name).read_text()]
    assert stale == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in (ROOT / "tests").rglob("test_*.py")}), ids=name_of)
def test_every_test_folder_is_a_package(folder: Path) -> None:
    assert (folder / "__init__.py").exists()
