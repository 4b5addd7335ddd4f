"""Makes the engine durable: turns, work, timers, events."""
