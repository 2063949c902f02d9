"""Rewrites to the operators that the rest of the front end knows, one class each."""
