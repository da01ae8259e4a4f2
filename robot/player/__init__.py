"""The player: recorded flows played in a browser. Pure: no Django, no database."""
