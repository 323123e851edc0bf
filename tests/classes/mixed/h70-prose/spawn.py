# expect: spawn.reports=CRASH
Dear teacher, my program is in the other file. Best wishes.
