"""What can be verified: one file a check type; registry.py has them all.

Nothing is imported here, so that who needs only a Phrase (checks.phrase) does not wait for all the rest.
"""
