"""Rate sheets that we send as frames: what changed since what was told last, and the rows of a file. For tasks only."""
