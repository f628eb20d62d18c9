"""Rate sheets that we send: what they look like, what is told of them, and what contacts answer."""
