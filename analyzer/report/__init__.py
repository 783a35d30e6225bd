"""What a person gets of one call: a timeline in the terminal and a page that stands by itself."""
