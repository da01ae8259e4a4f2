"""The Sandbox: a stand-in for 8x8's Admin Console and for its billing portal, My 8x8.

It is a real HTTP server with real pages, state, delays and faults, so that flows can be
recorded, tried and tested without a tenant. It imports nothing of robot outside this
package. What the pages imitate comes from 8x8's public documentation and from public
automation code; parts nobody has documented are marked `invented:` where they are made.
"""
