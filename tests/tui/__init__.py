"""The console against a real gRPC server of fixed figures."""
