# SPDX-License-Identifier: LGPL-2.1-or-later
# Shared by the scripts of the lab; source it, do not run it.
#
# What is fetched or made once (roots, kernels) stays in a cache outside the source tree.
# NSORPHAND_LAB names another place.

lab_cache=${NSORPHAND_LAB:-/var/cache/nsorphand-lab}
lab_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
lab_source=$(cd -- "$lab_dir/../.." && pwd)

# Exit status of a script that cannot run on this machine; meson and contrib/check know it.
LAB_SKIP=77

lab_say() {
        printf '%s: %s\n' "${0##*/}" "$*" >&2
}

lab_die() {
        lab_say "$*"
        exit 1
}

lab_skip() {
        lab_say "skipped: $*"
        exit "$LAB_SKIP"
}

# Skips unless every command is there.
lab_need() {
        local command
        for command in "$@"; do
                command -v -- "$command" >/dev/null || lab_skip "$command is not installed"
        done
}

lab_need_root() {
        [ "$(id -u)" = 0 ] || lab_skip "must run as root"
}

# The Debian mirror of this machine. apt reads its own configuration, of either format; the
# security and update archives come after the main one.
lab_mirror() {
        local mirror
        mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' |
                awk '$2 == "Debian" { print $1; exit }')
        [ -n "$mirror" ] || lab_skip "apt knows no Debian mirror (apt-get update first?)"
        printf '%s\n' "$mirror"
}

# Holds the lock of one thing in the cache for as long as the script runs, so that two callers
# do not make it at the same time.
lab_lock() {
        mkdir -p -- "$lab_cache"
        exec {lab_lock_fd}>"$lab_cache/.lock-$1"
        flock "$lab_lock_fd"
}
