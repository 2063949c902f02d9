"""What of a network runs in hardware, and as which layers."""
