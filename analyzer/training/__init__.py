"""Training the text model, from the raw data to the file that the program ships (extra `train`)."""
