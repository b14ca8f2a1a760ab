"""References and the search for the nearest: which original is this picture a copy of."""
