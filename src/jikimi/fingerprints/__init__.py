"""One file per algorithm: pictures in, fingerprints out, nothing else touched."""
