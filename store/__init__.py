"""What outlives a process: catalog, books, segments, snapshots, files received and sent."""
