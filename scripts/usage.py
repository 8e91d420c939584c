"""Commands that take no arguments: ``--help`` says what they do, and nothing else is overheard."""

import argparse
import sys


def take_no_arguments() -> None:
    """Answer ``--help``, and refuse what would not be heeded. For ``__main__`` modules."""
    module = sys.modules["__main__"]
    name = module.__spec__.name if module.__spec__ else "this"
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=module.__doc__)
    parser.parse_args()
