"""Long work is in the job table while it runs, and as what it ended."""

import pytest

from actors import tokens
from actors.desk.core import Desk
from actors.desk.invoices import JobsService, _progress
from actors.desk.jobs import JobCancelledError
from domain.users import Role, User
from protos import operators_pb2 as pb
from store.catalog.jobs import Job, JobState
from tests.actors.desk.test_money import HERE


async def listed(desk: Desk) -> list[tuple[str, str, str, float, str]]:
    found = (await JobsService(desk).List(pb.PageRequest(), HERE)).jobs
    return [(job.kind, job.what, job.state, job.progress, job.error) for job in found]


async def test_a_job_is_listed_while_it_runs_and_when_it_is_done(desk: Desk) -> None:
    async with desk.jobs.running("import", "day.csv") as job:
        await job.at(5, 10)
        assert await listed(desk) == [("import", "day.csv", "running", 0.5, "")]
    assert await listed(desk) == [("import", "day.csv", "done", 1.0, "")]


async def test_a_job_that_fails_says_why(desk: Desk) -> None:
    with pytest.raises(ValueError, match="no header"):
        async with desk.jobs.running("import", "day.csv"):
            raise ValueError("no header")
    assert await listed(desk) == [("import", "day.csv", "failed", 0.0, "no header")]


async def test_a_cancelled_job_stops_at_its_next_step(desk: Desk) -> None:
    async with desk.jobs.running("import", "day.csv") as job:
        await job.at(1, 10)
        await JobsService(desk).Cancel(pb.Named(name="1"), HERE)
        with pytest.raises(JobCancelledError, match="job 1 was cancelled"):
            await job.at(2, 10)
    assert [(what, state) for _, what, state, _, _ in await listed(desk)] == [("day.csv", "cancelled")]
    assert desk.home.manifest() is None, "the job table is not published"


async def test_what_ran_when_the_desk_died_is_failed_at_its_start(desk: Desk) -> None:
    desk.jobs._begin("import", "day.csv")
    await desk.open()
    [(_, _, state, _, error)] = await listed(desk)
    assert (state, error.partition(":")[0]) == ("failed", "interrupted")


@pytest.mark.parametrize(
    ("state", "done", "total", "progress"),
    [(JobState.DONE, 0, 0, 1.0), (JobState.RUNNING, 0, 0, 0.0), (JobState.RUNNING, 1, 4, 0.25)],
)
def test_a_job_that_is_done_is_done_whole(state: JobState, done: int, total: int, progress: float) -> None:
    job = Job(1, "rates", {}, state, "", done, total, queued_ms=0, started_ms=0, ended_ms=None, error="")
    assert _progress(job) == progress


async def test_who_may_not_change_rates_cannot_cancel_the_job_of_a_sheet(desk: Desk) -> None:
    async with desk.jobs.running("sheet", "kestrel.csv"):
        for role in (Role.OPERATOR, Role.FINANCE, Role.RATES):
            before = tokens._CALLER.set(User("ada", role))
            try:
                if role is Role.RATES:
                    await JobsService(desk).Cancel(pb.Named(name="1"), HERE)
                    continue
                with pytest.raises(tokens.NotForRoleError, match=f"and ada has the role {role.value}"):
                    await JobsService(desk).Cancel(pb.Named(name="1"), HERE)
            finally:
                tokens._CALLER.reset(before)
        assert [state for _, _, state, _, _ in await listed(desk)] == ["cancelled"]
