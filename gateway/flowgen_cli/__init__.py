"""The command line: servers, keys, flows, and a chat in the terminal."""
