"""The words of the house: nouns, keys, errors and ports. Standard library only."""
