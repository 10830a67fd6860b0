"""Apps: Jupyter Servers of their own, in a space's or a profile's own directory, opened by presigned URLs.

The engine's side: `family` (the operations), `rules` (what may be made, and with which settings), `processes` (servers
that outlive the engine), `urls` and `portal` (presigned URLs and what answers them). The app's side, which runs in the
process of its own: `jupyter` (the server), `sign_in` (its cookies), `activity` (when it was last used). `tickets` is
what the two sides say to each other.
"""
