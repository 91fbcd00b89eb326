export TEAM=blue
