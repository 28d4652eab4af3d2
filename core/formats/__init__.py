"""Reading and writing fleets: our JSON and CSV, and the vendor's own export."""
