"""Whether the equations of a document still mean what the claims say that they came from. SymPy alone."""
