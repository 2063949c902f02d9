"""What hardware layers are, before they are nodes."""
