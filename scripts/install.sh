#!/bin/sh
# Installs what building and testing softdelete needs besides Go: a C compiler (the PostgreSQL
# parser is C) and PostgreSQL's server programs (the tests and the demo start a server of their
# own). Does nothing when everything is there.
# usage: scripts/install.sh [pgbouncer] [chromium]   (also what the tests need: PgBouncer; Chromium,
# and axe-core from the npm registry, which is kept in browser/.axe)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
axe=4.14.1

want_pooler='' want_browser=''
for what; do
	case "$what" in
	pgbouncer) want_pooler=yes ;;
	chromium) want_browser=yes ;;
	*) echo 'usage: scripts/install.sh [pgbouncer] [chromium]' >&2; exit 1 ;;
	esac
done

say() { printf 'install: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

go_version='' cc=''
if have go; then
	{ read -r go_version && read -r cc; } <<-END
		$(go env GOVERSION CC)
	END
fi

go_ok() {
	# "go1.26.8", or "devel go1.27-…" for a build from source.
	v=${go_version#devel }
	v=${v#go}
	major=${v%%.*}
	rest=${v#*.}
	minor=${rest%%[!0-9]*}
	[ "${major:-0}" -gt 1 ] || { [ "${major:-0}" -eq 1 ] && [ "${minor:-0}" -ge 25 ]; }
}

# A compiler without the C library's headers compiles nothing, so that is what is tried. The
# compiler is the one that Go would call; it may have arguments.
cc_ok() {
	have "${cc%% *}" || return 1
	# shellcheck disable=SC2086 # a list of words
	echo '#include <stdlib.h>' | $cc -E - >/dev/null 2>&1
}

# The places where internal/pgtemp looks.
postgres_ok() {
	if [ -n "${SOFTDELETE_PG_BIN:-}" ]; then
		[ -x "$SOFTDELETE_PG_BIN/initdb" ] && [ -x "$SOFTDELETE_PG_BIN/postgres" ]
		return
	fi
	have initdb && have postgres && return
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
		/opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
		[ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return
	done
	return 1
}

# As internal/pgtemp looks: Debian puts it where only root has it in PATH.
pooler_ok() {
	[ -z "$want_pooler" ] || have pgbouncer || [ -x /usr/sbin/pgbouncer ] || [ -x /usr/local/sbin/pgbouncer ]
}

# As the tests in browser look.
browser_ok() {
	[ -z "$want_browser" ] || [ -x "${SOFTDELETE_CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome ||
		[ -x /Applications/Chromium.app/Contents/MacOS/Chromium ] || [ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ]
}

axe_there() { [ -f "$root/browser/.axe/$axe" ]; }

npm_ok() {
	[ -z "$want_browser" ] || axe_there || have npm
}

# Fetches axe-core, when npm is there.
fetch_axe() {
	[ -n "$want_browser" ] && ! axe_there || return 0
	say "fetching axe-core $axe with npm"
	rm -rf "$root/browser/.axe"
	mkdir -p "$root/browser/.axe"
	(cd "$root/browser/.axe" && tar -xzf "$(npm pack --silent "axe-core@$axe")" package/axe.min.js package/LICENSE && rm ./*.tgz && touch "$axe")
}

if ! go_ok; then
	if [ -n "$go_version" ]; then
		say "Go 1.25 or newer is needed, and this is $go_version. Get it from https://go.dev/dl/"
	else
		say "Go 1.25 or newer is needed and not in PATH. Get it from https://go.dev/dl/"
	fi
	exit 1
fi

need_cc='' need_postgres='' need_pooler='' need_browser='' need_npm=''
cc_ok || need_cc=yes
# With SOFTDELETE_DSN the demo and most tests use a running server, but those of internal/pgtemp
# start one all the same.
postgres_ok || need_postgres=yes
pooler_ok || need_pooler=yes
browser_ok || need_browser=yes
npm_ok || need_npm=yes
if [ -z "$need_cc$need_postgres$need_pooler$need_browser$need_npm" ]; then
	fetch_axe
	exit 0
fi

[ -z "$need_cc" ] || say "missing: a C compiler with the C library's headers"
[ -z "$need_postgres" ] || say "missing: PostgreSQL's server programs (initdb, postgres)"
[ -z "$need_pooler" ] || say "missing: PgBouncer (pgbouncer)"
[ -z "$need_browser" ] || say "missing: Chromium (chromium)"
[ -z "$need_npm" ] || say "missing: npm, which brings axe-core"

if [ -n "${SOFTDELETE_PG_BIN:-}" ] && [ -n "$need_postgres" ]; then
	say "SOFTDELETE_PG_BIN=$SOFTDELETE_PG_BIN does not hold them; correct or unset it"
	exit 1
fi

if have apt-get; then
	if [ "$(id -u)" -eq 0 ]; then
		as_root=''
	elif have sudo; then
		as_root=sudo
	else
		say "run as root: apt-get install${need_cc:+ gcc libc6-dev}${need_postgres:+ postgresql}${need_pooler:+ pgbouncer}${need_browser:+ chromium}${need_npm:+ npm}"
		exit 1
	fi
	if [ -n "$need_postgres" ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		# The package would create and start a server on port 5432 that nobody here uses.
		say "telling the postgresql package not to create a cluster (/etc/postgresql-common/createcluster.conf)"
		$as_root mkdir -p /etc/postgresql-common
		echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	if [ -n "$need_pooler" ] && [ -d /etc/systemd/system ] && [ ! -e /etc/systemd/system/pgbouncer.service ]; then
		# That package would start one on port 6432.
		say "telling systemd not to start PgBouncer (/etc/systemd/system/pgbouncer.service)"
		$as_root ln -s /dev/null /etc/systemd/system/pgbouncer.service
	fi
	# shellcheck disable=SC2086 # a list of words
	set -- ${need_cc:+gcc libc6-dev} ${need_postgres:+postgresql} ${need_pooler:+pgbouncer} ${need_browser:+chromium} ${need_npm:+npm}
	say "installing $* with apt-get"
	$as_root apt-get update -q >&2
	# The file above is a configuration file of the package: keep it without a question.
	$as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 \
		apt-get install -y -q --no-install-recommends "$@" >&2
elif have brew; then
	if [ -n "$need_cc" ]; then
		say "install the C compiler with: xcode-select --install"
		exit 1
	fi
	# shellcheck disable=SC2086 # a list of words
	set -- ${need_postgres:+postgresql@16} ${need_pooler:+pgbouncer} ${need_browser:+chromium} ${need_npm:+node}
	say "installing $* with brew"
	brew install "$@" >&2
else
	say "install them with this system's package manager, for instance:"
	say "  Fedora: dnf install gcc glibc-devel postgresql-server pgbouncer chromium npm"
	say "  Alpine: apk add gcc musl-dev postgresql pgbouncer chromium npm"
	say "  Arch:   pacman -S gcc postgresql pgbouncer chromium npm"
	exit 1
fi

if ! cc_ok || ! postgres_ok || ! pooler_ok || ! browser_ok || ! npm_ok; then
	say "something is still missing after the installation"
	exit 1
fi
fetch_axe
say "done"
