"""The time that actors go by, on a machine whose clock is stepped."""

from pathlib import Path

from store.machine_time import NAME, MachineTime

HOUR_NS = 3_600_000_000_000
NOON_NS = 1_800_000_000_000_000_000


class Machine:
    """A machine with two clocks: one that is set, one that runs evenly."""

    def __init__(self) -> None:
        self.clock_ns, self.even_ns = NOON_NS, 77

    def passes(self, ns: int) -> None:
        self.clock_ns += ns
        self.even_ns += ns

    def process(self, boot: str = "one") -> MachineTime:
        return MachineTime(lambda: self.clock_ns, lambda: self.even_ns, boot)


def test_a_step_of_the_clock_moves_no_time_and_is_seen() -> None:
    machine = Machine()
    its = machine.process()
    machine.passes(1_000_000)
    for step in (-2 * HOUR_NS, 5 * HOUR_NS):
        before = its.now_ms()
        machine.clock_ns += step
        assert its.now_ms() == before
    assert its.stepped_ms() == 3 * HOUR_NS // 1_000_000
    machine.passes(7_000_000)
    assert its.now_ms() == (NOON_NS + 8_000_000) // 1_000_000


def test_a_process_that_starts_after_the_step_has_the_time_of_the_others(tmp_path: Path) -> None:
    machine = Machine()
    first = machine.process()
    first.read_anew(tmp_path)
    machine.clock_ns -= HOUR_NS
    later = machine.process()
    assert later.now_ms() != first.now_ms()
    later.follow(tmp_path)
    assert later.now_ms() == first.now_ms()


def test_up_reads_the_clock_anew_and_the_others_follow(tmp_path: Path) -> None:
    machine = Machine()
    machine.process().read_anew(tmp_path)
    actor = machine.process()
    actor.follow(tmp_path)
    machine.passes(1_000)
    machine.clock_ns += HOUR_NS
    again = machine.process()
    again.read_anew(tmp_path)
    actor.follow(tmp_path)
    assert actor.now_ms() == again.now_ms() == machine.clock_ns // 1_000_000 and actor.stepped_ms() == 0


def test_the_reading_of_another_boot_and_a_damaged_one_say_nothing(tmp_path: Path) -> None:
    machine = Machine()
    machine.process("one").read_anew(tmp_path)
    machine.clock_ns += HOUR_NS
    rebooted = machine.process("two")
    rebooted.follow(tmp_path)
    assert rebooted.now_ms() == machine.clock_ns // 1_000_000
    (tmp_path / NAME).write_text("{")
    rebooted.follow(tmp_path)
    assert rebooted.now_ms() == machine.clock_ns // 1_000_000
