# SPDX-License-Identifier: LGPL-2.1-or-later
# What boots an emulated machine; source it behind lib.sh.

# With whatever they depend on. Loaded at once: the kernel would also load most of them by itself.
machine_modules="tun veth dummy vsock vsock_loopback af_alg algif_hash algif_rng af_packet
        unix_diag inet_diag tcp_diag udp_diag raw_diag af_packet_diag netlink_diag vsock_diag xsk_diag
        macvtap vhost_net vhost_vsock tipc kcm sctp fuse nfsd sch_tbf"

machine_copy_modules() {
        local kernel=$1 tree=$2 release names module
        release=$(cat "$kernel/release")
        names=$(for module in $machine_modules; do printf '/%s\\.ko(:|$)\n' "$module"; done | paste -sd '|')
        mkdir -p "$tree/lib/modules/$release"
        cp "$kernel/lib/modules/$release"/modules.{dep,alias,symbols} \
                "$tree/lib/modules/$release/" 2>/dev/null || :
        # A line of modules.dep is a module, a colon, and all it needs.
        (cd "$kernel/lib/modules/$release" &&
                grep -E "$names" modules.dep | grep -E "^[^:]*($names)" | tr -d ':' |
                tr ' ' '\n' | grep . | sort -u | cpio -pdm --quiet "$tree/lib/modules/$release")
}

# The libraries that the dynamic programs under $1 load here. libgcc_s is one that pthread_exit(3)
# loads by itself.
machine_copy_libraries() {
        local tree=$1 file
        {
                ldconfig -p | grep -oE '/[^ ]*/libgcc_s\.so\.1$' | head -n 1
                find "$tree" -type f -perm -u+x | while read -r file; do
                        ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' || :
                done
        } | sort -u | while read -r file; do
                [ -e "$tree/$file" ] || cp -L --parents "$file" "$tree"
        done
}

# machine_run KERNEL INITRD CONSOLE CMDLINE QEMU...: boots it, prints what stands between the lines
# "lab: start" and "lab: exit STATUS" of its console, and gives that status.
machine_run() {
        local kernel=$1 initrd=$2 console=$3 cmdline=$4 output status
        shift 4
        # For figures: the machine's clock counts instructions, whatever else this host does.
        [ -z "${NSORPHAND_LAB_COUNT:-}" ] || set -- "$@" -icount "shift=0,sleep=off"
        output=$(dirname "$initrd")/output
        timeout "${NSORPHAND_LAB_TIMEOUT:-300}" "$@" -accel tcg \
                -kernel "$kernel/vmlinuz" -initrd "$initrd" \
                -append "console=$console quiet loglevel=1 panic=-1 $cmdline" \
                -display none -serial stdio -no-reboot -nic none </dev/null 2>&1 | tr -d '\r' >"$output" || :
        # The firmware talks on the same line.
        sed -n '/lab: start$/,/^lab: exit /{/^lab: \(start\|exit\)/d;/lab: start$/d;p}' "$output"
        status=$(sed -n 's/^lab: exit //p' "$output")
        [ -n "$status" ] || {
                [ -z "${NSORPHAND_LAB_VERBOSE:-}" ] || cat "$output" >&2
                lab_die "the machine did not come to its end"
        }
        return "$status"
}
