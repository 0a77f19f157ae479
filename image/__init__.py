"""What `make image` needs of Python: the bill of materials and the notices of what is in an image."""
