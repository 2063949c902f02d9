"""How a model runs: on the integer model, in RTL simulation or on a board."""
