"""raylite on Ray itself: the same program, views and errors, and Ray as what runs the calls.

In Ray: all of it. Nothing of the runtime is written a second time here: a call becomes a call of
Ray's, a ref holds Ray's ref, a handle holds Ray's handle, and what Ray raises comes back under
raylite's names.

Read :mod:`.engine` first, then :mod:`.in_worker`, which is the other end of each call.
"""
