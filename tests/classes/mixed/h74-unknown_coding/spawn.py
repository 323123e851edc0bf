# expect: spawn.reports=CRASH -*- coding: nothing-known -*-
print('1 1')
