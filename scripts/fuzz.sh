#!/bin/sh
# Runs every fuzz target of this module for a while, one after the other.
# usage: scripts/fuzz.sh DURATION   (as -fuzztime takes it: 30s, 5m, 1000x)
set -eu
time=${1:?usage: scripts/fuzz.sh DURATION}

# go test prints the targets of a package, then a line "ok <package> <seconds>".
list=$(go test -list '^Fuzz' ./...) || { printf '%s\n' "$list"; exit 1; }
targets=$(printf '%s\n' "$list" | awk '/^Fuzz/ { name[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, name[i]; n = 0 }')
if [ -z "$targets" ]; then
	echo 'fuzz: no fuzz target found in any package: nothing was checked' >&2
	exit 1
fi
printf '%s\n' "$targets" | while read -r package name; do
	printf '== %s %s\n' "$package" "$name"
	# Minimising an interesting input takes up to a minute by default, which is the whole run.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10x "$package" </dev/null
done
