"""What is made of records: tables, exports, a page of plots, and the search for moments."""
