"""Events → state at step k, and what follows from it: derived facts."""
