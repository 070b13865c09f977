"""What exercises and problem sets ask: checks, variants of each student, the self-check."""
