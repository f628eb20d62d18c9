"""A real switchboard on real Ray: commands, sockets, kills."""
