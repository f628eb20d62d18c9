"""The console: a gRPC client."""
