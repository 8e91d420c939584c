"""The language figures are written in: a type's formulas in, checked, computed with, compiled."""
