"""Reading and writing fleets: Lapse's own JSON and CSV, and the vendor's export."""
