"""`make bench`: what running, recording and drawing cost, as ratios within one run. Nothing else may need it."""
