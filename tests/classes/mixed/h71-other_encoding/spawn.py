# expect: spawn.reports=FAIL
# -*- coding: cp1251 -*-
print('Привет')
