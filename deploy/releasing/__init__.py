"""What a release needs besides the image: manifests that the platform takes, what it costs, and the pipeline's rules."""
