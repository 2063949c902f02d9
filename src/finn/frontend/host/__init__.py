"""What runs on the processor, and the original model's own answers."""
