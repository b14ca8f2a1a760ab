"""Where posts come from: one file a platform, and the runner that keeps each of them going."""
