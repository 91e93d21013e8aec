"""Rules that make pairs out of hand-written texts: same.py keeps what a text says, other.py changes it.

A rule is a function of a text and of a Draw. It gives the new text, or None where it does not apply.
"""
