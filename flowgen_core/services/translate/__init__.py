"""Pure functions between the wire's messages and the model, one module a topic."""
