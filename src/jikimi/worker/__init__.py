"""Keeps the story going: runs jobs, keeps watches reading."""
