"""The passes from an integer dataflow graph to a board, one per file."""
