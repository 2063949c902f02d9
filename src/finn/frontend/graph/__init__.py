"""Nodes, attributes and operators of a graph, and the order of a tensor's elements."""
