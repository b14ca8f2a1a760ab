"""The web console: people sign in, look at alerts and cases, and decide. It has no rules of its own."""
