"""The pure engine: state and input in, decision out; no clock, no random, no I/O."""
