"""``python -m goldenhour``."""

from goldenhour.cli import main

main()
