"""Choosing a design: folding, arithmetic, cost, and what synthesis makes of a kernel."""
