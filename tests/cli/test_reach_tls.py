"""Commands over TLS: with what the data folder tells, and with what the environment tells of one elsewhere."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from typer.testing import CliRunner, Result

from actors.grpc_tls import shown_certificate
from actors.tls import own_certificate
from cli.main import app
from domain.settings import TlsSettings
from protos import connect
from protos.operators_pb2 import Board, Status
from tests.cli.far_desk import TOKEN, FarDesk


@dataclass
class Far:
    """A desk that speaks TLS, its folder and where it listens."""

    data: Path
    target: str
    certificate: Path

    def run(self, *words: str, **environment: str) -> Result:
        plain = dict.fromkeys(("ADDRESS", "CA", "TOKEN", "CERT", "KEY"), "") | {"DATA": str(self.data)} | environment
        env = {f"SWITCHBOARD_{name}": value for name, value in plain.items()}
        return CliRunner().invoke(app, words, env=env | {"COLUMNS": "200"})


def started(data: Path, *, clients: bool) -> tuple[Far, grpc.Server]:
    certificate, key = own_certificate(data)
    desk = FarDesk(data)
    desk.says("Status.Get", Status(version="0.1.0", board=Board(cps=1)))
    server = grpc.server(ThreadPoolExecutor(2), handlers=[desk])
    pair = [(key.read_bytes(), certificate.read_bytes())]
    authority = certificate.read_bytes() if clients else None
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(pair, authority, clients))
    server.start()
    target = f"127.0.0.1:{port}"
    shown, name = shown_certificate(TlsSettings(), data)
    connect.write_endpoint(data, connect.Listening(target, {}, str(shown), name, desk_tls=True), TOKEN)
    return Far(data, target, certificate), server


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    its, server = started(tmp_path, clients=False)
    yield its
    server.stop(None)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Far]:
    """One that wants its clients' certificates."""
    its, server = started(tmp_path, clients=True)
    yield its
    server.stop(None)


def test_commands_work_over_tls_without_any_option(far: Far) -> None:
    shown = far.run("status")
    assert (shown.exit_code, shown.stderr) == (0, "")


def test_another_certificate_at_the_same_address_is_not_trusted(far: Far, tmp_path: Path) -> None:
    other, _ = own_certificate(tmp_path / "other")
    (tmp_path / "endpoint.json").write_text(
        (tmp_path / "endpoint.json").read_text().replace(str(far.certificate), str(other))
    )
    refused = far.run("status")
    assert refused.exit_code == 1
    assert f"its certificate is not one that {other} vouches for" in refused.stderr


def test_a_switchboard_elsewhere_is_reached_by_address_token_and_certificate(far: Far, tmp_path: Path) -> None:
    elsewhere = {"DATA": str(tmp_path / "none"), "TOKEN": TOKEN}
    assert far.run("status", ADDRESS=far.target, CA=str(far.certificate), **elsewhere).exit_code == 0
    assert far.run("status", "--desk", far.target, "--ca", str(far.certificate), **elsewhere).exit_code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TOKEN": TOKEN}, "as one does that speaks TLS: name who signed its certificate with SWITCHBOARD_CA or --ca"),
        ({"CA": "system", "TOKEN": TOKEN}, "its certificate is not one that a public authority vouches for"),
        ({"CA": "system"}, "set SWITCHBOARD_TOKEN"),
        ({"CA": "/no/file", "TOKEN": TOKEN}, "/no/file cannot be read: No such file or directory"),
    ],
)
def test_what_is_missing_for_one_elsewhere_is_named(far: Far, given: dict[str, str], said: str) -> None:
    refused = far.run("status", ADDRESS=far.target, **given)
    assert refused.exit_code == 1
    assert said in refused.stderr and refused.stderr.count("\n") == 1


def test_a_wrong_token_of_the_environment_is_named_as_such(far: Far) -> None:
    assert "refuses the token in SWITCHBOARD_TOKEN" in far.run("status", TOKEN="another").stderr


def test_one_that_does_not_speak_tls_is_named(desk: FarDesk, tmp_path: Path) -> None:
    certificate, _ = own_certificate(tmp_path)
    there = Far(tmp_path, connect.endpoint(tmp_path).desk, certificate)
    assert "it does not speak TLS there" in there.run("status", ADDRESS=there.target, CA="system", TOKEN=TOKEN).stderr


def test_a_certificate_of_ours_is_shown_where_one_is_wanted(strict: Far) -> None:
    refused = strict.run("status")
    assert refused.exit_code == 1
    assert "name yours by SWITCHBOARD_CERT and SWITCHBOARD_KEY" in refused.stderr
    key = strict.certificate.with_name("key.pem")
    assert strict.run("status", CERT=str(strict.certificate), KEY=str(key)).exit_code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("CERT", "SWITCHBOARD_CERT is set without SWITCHBOARD_KEY"),
        ("KEY", "SWITCHBOARD_KEY is set without SWITCHBOARD_CERT"),
    ],
)
def test_a_certificate_without_its_key_is_said_in_a_sentence(strict: Far, given: str, said: str) -> None:
    file = strict.certificate if given == "CERT" else strict.certificate.with_name("key.pem")
    elsewhere = {"ADDRESS": strict.target, "CA": str(strict.certificate), "TOKEN": TOKEN}
    for refused in (
        strict.run("status", **{given: str(file)}),
        strict.run("status", **elsewhere, **{given: str(file)}),
    ):
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert said in refused.stderr
    with pytest.raises(ValueError, match="its key go together"):
        connect.Tls(
            certificate=str(file) if given == "CERT" else "", key=str(file) if given == "KEY" else ""
        ).credentials()
