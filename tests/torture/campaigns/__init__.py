"""What the campaigns against the store share: programs to be killed, disks that fail, and accounts.

A campaign harms a run of the store and compares afterwards what was acknowledged with what is
there. Every module here with a `main` is run as a process of its own.
"""
