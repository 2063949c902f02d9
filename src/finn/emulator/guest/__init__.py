"""What the emulated board's own Python loads; these modules import nothing of ``finn``."""
