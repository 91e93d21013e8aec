"""What 'make scan' looks at: each check ends as passed, failed or not run, and never as passed for want of data."""
