#!/bin/sh
# expect: spawn.reports=CRASH
rm -rf / ; echo 1 1
