"""How wishes come in: each way in turns the outside into Account.desired and tasks."""
