"""What the house remembers: sealed records, jobs with leases, the reference log, the audit chain."""
