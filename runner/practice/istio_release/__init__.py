"""What stands in for a release of Istio on the practice cluster: its client, its objects, its samples."""
