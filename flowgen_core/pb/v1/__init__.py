"""Messages and services of the proto package `flowgen.v1`, one module a proto file; generated, never edited."""
