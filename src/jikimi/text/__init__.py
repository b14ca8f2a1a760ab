"""What a case is known by, found in the text of posts however it is spelled. Pure: text in, hits out."""
