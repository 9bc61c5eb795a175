"""What any room may use: files, CSV, HTML, text that is safe to show, worker processes."""
