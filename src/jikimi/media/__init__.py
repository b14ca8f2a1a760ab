"""Everything that touches foreign bytes: the one way out, and the locked-down readers."""
