from derivations.latex.notation import TEXT, notation
from derivations.latex.rules import Printer
def latex(e, profile="paper"): return Printer(notation(profile))(e)
def text(e): return Printer(TEXT)(e)
