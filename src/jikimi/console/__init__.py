"""The web console: views, forms, templates. No rules of its own."""
