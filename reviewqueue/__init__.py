"""The human side: questions the robot puts to people, and their answers."""
