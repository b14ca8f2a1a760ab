"""The pages, one file a subject. A view reads, calls an act, writes its outcome, and shows a page."""
