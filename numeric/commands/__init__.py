"""Commands that stand in files of their own; ``numeric.cli`` names them, and imports one when it is asked for."""
