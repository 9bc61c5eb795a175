"""What the lessons are built from: a folder for each, and what several of them share."""
