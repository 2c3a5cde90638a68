#!/bin/sh
# Lints every module of the repository with the rules of .golangci.yaml.
set -eu

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
	printf 'lint: not formatted with gofmt:\n%s\n' "$unformatted" >&2
	exit 1
fi

# Built from source once, which takes a few minutes, and then found in Go's build cache. It needs
# Go 1.26; an older go command fetches that by itself unless GOTOOLCHAIN=local forbids it.
linter=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
for module; do
	echo "lint: $module"
	(cd "$module" && go run "$linter" run ./...)
done
