"""`switchboard jobs`."""

import json

import grpc

from protos.operators_pb2 import Changed, Job, Jobs
from tests.cli.far_desk import FarDesk


def test_jobs_are_listed_with_their_progress(desk: FarDesk) -> None:
    desk.says("Jobs.List", Jobs(jobs=[Job(id=7, kind="import", state="running", what="day.csv", progress=0.42)]))
    assert desk.run("jobs", "list").stdout.splitlines()[1].split() == "7 import day.csv running 42 %".split()
    assert json.loads(desk.run("jobs", "list", "--json").stdout)["jobs"][0]["progress"] == 0.42


def test_cancel_names_the_job(desk: FarDesk) -> None:
    desk.says("Jobs.Cancel", Changed(what="job 7 cancelled"))
    assert desk.run("jobs", "cancel", "7").stdout == "job 7 cancelled\n"
    assert desk.asked("Jobs.Cancel").name == "7"


def test_a_job_that_is_not_there_is_refused_and_a_word_is_wrong_usage(desk: FarDesk) -> None:
    desk.refuses("Jobs.Cancel", grpc.StatusCode.NOT_FOUND, "no job 8")
    assert desk.run("jobs", "cancel", "8").exit_code == 1
    assert desk.run("jobs", "cancel", "all").exit_code == 2
