"""A run as one HTML file: what the terminal tells, to look at. A renderer never checks."""
