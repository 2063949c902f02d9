"""From a file to a graph of few spellings: load, check, rewrite, constants as integers."""
