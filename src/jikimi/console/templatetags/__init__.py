"""Words and times as templates show them."""
