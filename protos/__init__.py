"""The public gRPC contract and its generated code."""
