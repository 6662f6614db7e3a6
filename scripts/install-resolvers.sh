#!/bin/sh
# Installs the real resolvers and servers that test/interop runs against, from Debian's packages, without starting any
# of their services. Does nothing when all are there. Needs root on Debian or a system derived from it.
set -eu

packages="bind9 bind9-utils bind9-dnsutils knot knot-dnsutils knot-dnssecutils nsd unbound pdns-recursor knot-resolver ldnsutils lua-cqueues openssl"
policy=/usr/sbin/policy-rc.d

fail() {
  echo "install-resolvers: $1" >&2
  exit 1
}

command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 ||
  fail "cannot install: this is no Debian system (no dpkg-query or apt-get); install by hand: $packages"

missing=""
for package in $packages; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "install-resolvers: all packages are installed" >&2
  exit 0
fi

[ "$(id -u)" -eq 0 ] || fail "cannot install$missing: not root; run it with sudo"

# invoke-rc.d asks this script before it starts a service; 101 means no. What was there comes back afterwards.
saved=""
restore() {
  if [ -n "$saved" ]; then
    mv -f "$saved" "$policy"
  else
    rm -f "$policy"
  fi
}
if [ -e "$policy" ] || [ -L "$policy" ]; then
  saved=$policy.saved.$$
  mv "$policy" "$saved"
fi
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

echo "install-resolvers: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail "cannot update the package lists: see apt-get's message above"
# shellcheck disable=SC2086 # the list is meant to be split
apt-get install -y -qq --no-install-recommends $missing || fail "cannot install$missing: see apt-get's message above"
echo "install-resolvers: done" >&2
