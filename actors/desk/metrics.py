"""Prometheus metrics of the whole switchboard, made from the watch when they are asked for."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from actors.desk.watch import Watch


class StatusCollector(Collector):
    """Turns the board and every actor's figures into gauges; counters of nodes keep their names as a label."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of now."""
        status = self._watch.status()
        board = status.board
        for name, help_text, value in (
            ("calls_per_second", "Call attempts asked for in the last second", board.cps),
            ("open_calls", "Calls that may be running", board.open_calls),
            ("parked_records", "Records in the unrated queue", board.parked),
            ("figures_age_ms", "Age of these figures", board.age_ms),
        ):
            yield GaugeMetricFamily(f"switchboard_{name}", help_text, value=float(value))
        memory = GaugeMetricFamily("switchboard_actor_rss_mb", "Resident memory of an actor", labels=["actor"])
        figures = GaugeMetricFamily("switchboard_actor_figure", "What an actor says", labels=["actor", "figure"])
        for actor in status.actors:
            memory.add_metric([actor.name], actor.rss_mb)
            for figure, value in actor.figures.items():
                figures.add_metric([actor.name, figure], value)
        yield memory
        yield figures
