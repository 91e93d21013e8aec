"""`python -m twicetold` is the command line."""

from twicetold.cli import main

main()
