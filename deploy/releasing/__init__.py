"""What a release needs besides the image: manifests, what they cost, and the rules of the pipeline."""
