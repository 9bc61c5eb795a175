"""What may not be used to solve an exercise: found in the code, refused while it runs."""
