"""`python -m plancia`, where the command is not on the path."""

from plancia.ops.command import main

if __name__ == "__main__":
    main()
