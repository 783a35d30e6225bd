"""The audit: a web application in which analysts check what the program said of calls, and leave a trail."""
