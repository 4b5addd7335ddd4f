"""The frozen dataclasses that every other room of the core shares."""
