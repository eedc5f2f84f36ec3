"""Verdicts for people and for programs: the terminal, plain text, JSON. A renderer never checks."""

from derivations.report.console import print_report
from derivations.report.page import page
from derivations.report.record import to_json
from derivations.report.run import Outcome, Run, outcome
from derivations.report.story import story_text

__all__ = ["Outcome", "Run", "outcome", "page", "print_report", "story_text", "to_json"]
