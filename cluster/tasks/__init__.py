"""Work for batch workers: Ray tasks over Polars frames (DESIGN §4.7, §4.8).

RayTasks alone knows Ray and is what live actors import; the other modules are plain functions that its tasks run.
"""

from cluster.tasks.ray_tasks import RayTasks

__all__ = ["RayTasks"]
