"""What tests share: servers of their own, clients, a player of flows."""
