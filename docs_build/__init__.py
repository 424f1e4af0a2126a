"""What the documentation site is made with: `make docs` and `make gallery`. Not part of the package."""
