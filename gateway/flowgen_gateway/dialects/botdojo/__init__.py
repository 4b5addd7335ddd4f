"""The dialect `botdojo`: flow requests, their streams, sessions and evaluations."""
