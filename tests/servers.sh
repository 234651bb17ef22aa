#!/bin/sh
# Installs what the tests start on loopback, if it is missing and this account may.
set -u
missing=""
command -v prometheus >/dev/null 2>&1 || missing="$missing prometheus"
[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null 2>&1 || missing="$missing openssh-server"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # Debian starts a service when it installs one; the tests start their own, on loopback only.
    echo "installing$missing"
    (apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing) >/dev/null 2>&1 \
        || echo "could not install$missing: the tests that need it are skipped"
else
    echo "not installed:$missing (install it to run the tests that need it)"
fi
exit 0
