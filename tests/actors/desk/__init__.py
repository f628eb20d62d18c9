"""The parts of the desk, without Ray."""
