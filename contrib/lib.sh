# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What contrib/quickstart and contrib/check share. Sourced, with $0 the script that runs.

# Debian's names of what the build needs: meson.build's dependencies. The last two lines are for the BPF
# programs (-Dbpf=), and for the names of functions (-Dsymbols=).
build_packages=(gcc python3 meson ninja-build pkg-config libc6-dev libsystemd-dev libmnl-dev libjansson-dev
                libsmartcols-dev libinih-dev uthash-dev libcmocka-dev
                clang bpftool libbpf-dev
                libdw-dev libelf-dev)
# And of what the tests need beside.
check_packages=(clang-format libclang-rt-dev python3-pytest python3-pytest-timeout
                systemd iproute2 util-linux procps strace shellcheck git libcap2-bin
                python3-pyroute2
                man-db bash-completion zsh fish musl-tools)
# A real container engine (tests/podman), with what it makes a bridge by.
engine_packages=(podman netavark runc conmon iptables busybox-static)
# What makes other Debians and boots other kernels (tests/lab), and a program in Go that leaks.
lab_packages=(debootstrap qemu-system-x86 busybox-static cpio xz-utils golang-go)
# What builds and judges packages (tests/package).
packaging_packages=(build-essential debhelper lintian pkgconf rpm cpio python3-yaml prometheus
                    prometheus-node-exporter apparmor monitoring-plugins-basic makepkg fakeroot libarchive-tools
                    qemu-system-arm)
# What looks for what tests do not (contrib/analyze).
analysis_packages=(valgrind clang-tidy cppcheck)

say() {
        printf '\n== %s\n' "$*"
}

# One line that names the thing and the way out; nothing else was done before it.
die() {
        printf '%s: %s\n' "${0##*/}" "$*" >&2
        exit 1
}

# What no later step can do without. The kernel's floor is that of the program itself: below 5.6
# there is no pidfd_getfd(2).
require_host() {
        local release major minor

        [ "$(uname -s)" = Linux ] || die "this is for Linux, not $(uname -s)"
        [ "$(id -u)" = 0 ] ||
                die "must be run as root (sudo ${0}): it installs packages and looks at every process"
        [ -r /proc/self/ns/net ] || die "/proc is not mounted: mount -t proc proc /proc"
        release=$(uname -r)
        major=${release%%.*}
        minor=${release#*.}
        minor=${minor%%[!0-9]*}
        if [ "$major" -lt 5 ] || { [ "$major" = 5 ] && [ "$minor" -lt 6 ]; }; then
                die "Linux $release is too old: 5.6 or newer is needed, for pidfd_getfd(2)"
        fi
}

# Installs those of the packages that are missing; needs no network when none is.
install_packages() {
        local missing=() package log

        command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
                die "apt-get was not found: this installs Debian's packages; elsewhere install by hand: $*"
        for package; do
                # shellcheck disable=SC2016
                [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
                        missing+=("$package")
        done
        [ ${#missing[@]} -gt 0 ] || return 0

        say "Installing ${missing[*]}"
        log=$(mktemp)
        if ! { apt-get update &&
                DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
        } >"$log" 2>&1 </dev/null; then
                tail -n 5 "$log" >&2
                rm -f "$log"
                die "apt-get failed to install ${missing[*]}; is there a network, and a Debian mirror?"
        fi
        rm -f "$log"
}

# A build in folder $1 with compiler $2, further arguments for meson.
build() {
        local folder=$1 compiler=$2
        shift 2

        if [ -f "$folder/build.ninja" ]; then
                CC=$compiler meson setup --reconfigure "$folder" "$@" >"$folder/setup.log" 2>&1
        else
                mkdir -p "$folder"
                CC=$compiler meson setup "$folder" "$@" >"$folder/setup.log" 2>&1
        fi || { tail -n 20 "$folder/setup.log" >&2; die "meson failed to set up the build"; }
        ninja -C "$folder" >"$folder/ninja.log" 2>&1 ||
                { grep -v '^\[' "$folder/ninja.log" | tail -n 40 >&2; die "the build failed"; }
}
