#!/bin/sh
# Runs every fuzz target of this module for a while, one after the other.
# usage: scripts/fuzz.sh COUNT|DURATION   (as -fuzztime takes it: 10000x, 5m)
#
# Both include the run over the inputs that are there already, which takes up to a minute: where
# it ends before the first new input, nothing was looked for, and that is an error here.
set -eu
time=${1:?usage: scripts/fuzz.sh COUNT|DURATION}

# go test prints the targets of a package, then a line "ok <package> <seconds>".
list=$(go test -list '^Fuzz' ./...) || { printf '%s\n' "$list"; exit 1; }
targets=$(printf '%s\n' "$list" | awk '/^Fuzz/ { name[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, name[i]; n = 0 }')
if [ -z "$targets" ]; then
	echo 'fuzz: no fuzz target found in any package: nothing was checked' >&2
	exit 1
fi
log=$(mktemp)
trap 'rm -f "$log" "$log.code"' EXIT

printf '%s\n' "$targets" | while read -r package name; do
	printf '== %s %s\n' "$package" "$name"
	# Minimising an interesting input takes up to a minute by default, which is the whole run.
	{
		code=0
		go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10x "$package" </dev/null 2>&1 || code=$?
		echo "$code" >"$log.code"
	} | tee "$log"
	code=$(cat "$log.code")

	# A DURATION races with Go's own deadline: before Go 1.27 a target can fail so, though nothing was found
	# (https://go.dev/issue/75804). Whatever is found is written to testdata/fuzz, or panics.
	if [ "$code" -ne 0 ] && awk '
		/^--- FAIL: /                        { fail = 1; next }
		fail && /^    context deadline exceeded$/ { deadline = 1; next }
		/^(FAIL|exit status)/                { fail = 0 }
		fail || /Failing input written|panic:|fatal error:/ { other = 1 }
		END                                  { exit !(deadline && !other) }' "$log"; then
		echo 'fuzz: this is the end of the time (https://go.dev/issue/75804): no failing input was found'
		code=0
	fi
	if [ "$code" -ne 0 ]; then
		exit "$code"
	fi
	if ! grep -q 'now fuzzing with' "$log"; then
		echo "fuzz: $name: $time is not enough to run the inputs that are there already: no new one was tried" >&2
		exit 1
	fi
done
