"""Benchmarks of DESIGN §8: each checks what it measured and says machine, workload and figures in one JSON object."""
