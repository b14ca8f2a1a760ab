"""Asks for removal: writes the request, carries it, and judges whether a copy is gone."""
