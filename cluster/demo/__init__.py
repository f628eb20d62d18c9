"""The demo: its world, its October, its traffic and the synthetic switches that stand on the other side."""
