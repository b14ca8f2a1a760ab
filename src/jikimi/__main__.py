"""Lets `python -m jikimi` do what `jikimi` does."""

if __name__ == "__main__":
    from jikimi.cli import main

    main()
