"""Cloud Foundry: starts this program as a task, follows it to its end, and says how it ended.

Three services are spoken to: UAA for tokens, the Cloud Controller (version 3) for tasks, Log Cache for what they print.
"""
