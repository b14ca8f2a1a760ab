"""Seals what was found so that anyone can check it later without us; the medium never goes in."""
