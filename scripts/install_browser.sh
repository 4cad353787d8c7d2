#!/usr/bin/env bash
# Chromium for the browser tests: the system's where there is one, else Debian's package as root, else Playwright's own.
# usage: install_browser.sh PYTHON
set -euo pipefail
python=$1

if command -v chromium >/dev/null; then
    exit 0
fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true
    if grep -q '^ID=debian' /etc/os-release && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; then
        exit 0
    fi
fi
if [ "$(id -u)" -eq 0 ]; then
    "$python" -m playwright install --with-deps chromium
else
    "$python" -m playwright install chromium
    echo "If Chromium does not start, its system libraries are missing: sudo $python -m playwright install-deps chromium"
fi
