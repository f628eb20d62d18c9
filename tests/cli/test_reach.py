"""Reaching the desk, and saying why it cannot be reached."""

import json
import os
from pathlib import Path

import grpc
import pytest
from typer.testing import CliRunner

from cli.main import app
from protos import connect
from protos.operators_pb2 import Codes
from tests.cli.far_desk import FarDesk


def test_every_call_carries_the_token_of_the_data_folder(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("ReferenceBook.List", Codes())
    assert desk.run("codes", "list").exit_code == 0
    (tmp_path / connect.TOKEN_FILE).write_text("another")
    result = desk.run("codes", "list")
    assert result.exit_code == 1
    assert f"refuses the token in {tmp_path}/token: name the data folder" in result.stderr


def test_without_a_switchboard_the_way_to_start_one_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["status"], env={"SWITCHBOARD_DATA": str(tmp_path)})
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr
        == f"Error: no switchboard runs on {tmp_path}: start one with `switchboard up --data {tmp_path}`\n"
    )


def test_a_desk_that_is_gone_is_named_with_its_address(tmp_path: Path) -> None:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "sesame")
    result = CliRunner().invoke(app, ["status"], env={"SWITCHBOARD_DATA": str(tmp_path)})
    assert result.exit_code == 1
    assert f"the switchboard of {tmp_path} does not answer at 127.0.0.1:1" in result.stderr
    assert f"switchboard up --data {tmp_path}" in result.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"nodes": {}})])
def test_a_damaged_endpoint_file_is_named(tmp_path: Path, content: str) -> None:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "sesame")
    (tmp_path / connect.ENDPOINT_FILE).write_text(content)
    result = CliRunner().invoke(app, ["status"], env={"SWITCHBOARD_DATA": str(tmp_path)})
    assert result.exit_code == 1
    assert f"{tmp_path}/endpoint.json is damaged" in result.stderr


def test_a_token_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    connect.write_endpoint(tmp_path, connect.Listening("127.0.0.1:1", {}), "sesame")
    (tmp_path / connect.TOKEN_FILE).unlink()
    os.mkdir(tmp_path / connect.TOKEN_FILE)  # a folder cannot be read by anyone, root included
    result = CliRunner().invoke(app, ["status"], env={"SWITCHBOARD_DATA": str(tmp_path)})
    assert result.exit_code == 1
    assert "token cannot be read" in result.stderr


@pytest.mark.parametrize(
    ("code", "details", "said"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "plan: x is no plan. See `plans list`.", "plan: x is no plan."),
        (grpc.StatusCode.NOT_FOUND, "partner nobody does not exist", "partner nobody does not exist"),
        (grpc.StatusCode.ALREADY_EXISTS, "partner orbita is there already", "partner orbita is there already"),
        (grpc.StatusCode.FAILED_PRECONDITION, "the clock cannot be set", "the clock cannot be set"),
        (grpc.StatusCode.PERMISSION_DENIED, "", "refused: permission denied"),
        (grpc.StatusCode.UNIMPLEMENTED, "Method not found!", "does not know this command: upgrade"),
        (grpc.StatusCode.UNAVAILABLE, "book 0 is slow; try again", "Error: book 0 is slow; try again"),
        (grpc.StatusCode.INTERNAL, "boom", "failed (boom): its log says more"),
        (grpc.StatusCode.UNKNOWN, "", "failed (unknown): its log says more"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", "did not answer within 600 s"),
    ],
)
def test_a_refusal_is_one_sentence_on_stderr_and_ends_with_1(
    desk: FarDesk, code: grpc.StatusCode, details: str, said: str
) -> None:
    desk.refuses("ReferenceBook.Find", code, details)
    result = desk.run("codes", "find", "447", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


def test_a_stream_that_is_refused_ends_with_1_too(desk: FarDesk) -> None:
    desk.refuses("Codes.Seed", grpc.StatusCode.FAILED_PRECONDITION, "a seed is running already")
    result = desk.run("codes", "seed")
    assert (result.exit_code, result.stderr) == (1, "Error: a seed is running already\n")
