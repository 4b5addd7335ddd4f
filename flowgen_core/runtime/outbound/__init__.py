"""What FlowGen reaches outside: HTTP that is guarded, a language model, and e-mail."""
