"""What runs in the sandboxes: the student's process and the judge. Imports nothing from outside."""
