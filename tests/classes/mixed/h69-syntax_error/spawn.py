# expect: spawn.reports=CRASH
def spawn(:
