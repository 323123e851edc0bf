# expect: spawn.reports=CRASH
print('Привет')
