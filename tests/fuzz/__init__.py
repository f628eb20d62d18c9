"""The codecs under a fuzzer that follows their branches: `make fuzz`."""
