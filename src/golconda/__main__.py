"""``python -m golconda`` is the command line."""

from golconda.doors.cli.main import main

if __name__ == "__main__":
    main()
