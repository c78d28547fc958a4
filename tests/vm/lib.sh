# shellcheck shell=bash
# A virtual machine at the lab's bridge, beside the computers of tests/live/lib.sh. Sourced by tests/vm/test_*.sh.
. "$(dirname "${BASH_SOURCE[0]}")/../live/lib.sh"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# boot_guest IP: boots it at the bridge, and waits until it takes commands. KVM where that really works, else TCG.
boot_guest() {
    local ip=$1 accel began
    make_initrd || return
    ip tuntap add guest0 mode tap && ip link set guest0 master br0 up || return
    for accel in kvm tcg,thread=multi; do
        [[ $accel != kvm || -w /dev/kvm ]] || continue
        began=$EPOCHREALTIME
        start_qemu "$ip" "$accel"
        if await_line ready 120 >boot.out; then
            awk -v a="$EPOCHREALTIME" -v b="$began" -v by="${accel%%,*}" \
                'BEGIN { printf "the guest is up after %.1f s, with %s\n", a - b, by }'
            return 0
        fi
        stop_guest
        [[ $accel == kvm ]] && echo 'there is /dev/kvm, but no machine boots with it: TCG'
    done
    cat boot.out
    return 1
}

# Our programs with all that they load, and the first process, behind the guest's own files.
make_initrd() {
    local program lib
    mkdir -p own/nbtlab/lib
    for program in nbtd nbtlab rcagent nbtquery; do
        cp "$BIN/$program" own/nbtlab/
        ldd "$BIN/$program" | awk '/=> \// { print $3 } /^\t\/.*ld-linux/ { print $1 }'
    done | sort -u | while read -r lib; do cp -L "$lib" own/nbtlab/lib/; done
    install -m 755 "$HERE/init" own/init
    cp "$GUEST/initrd" initrd && truncate -s %4 initrd &&
        (cd own && find . | cpio --quiet -o -H newc) >>initrd
}

start_qemu() { # IP ACCEL
    mkfifo -m 600 line.in line.out 2>/dev/null
    exec {LINE_IN}<>line.in {LINE_OUT}<>line.out
    # A shell between says nothing to ours when QEMU aborts, as it does where KVM is there but does not work.
    sh -c '"$@" & trap "kill $!" TERM; wait $!' - qemu-system-x86_64 -accel "$2" -cpu max -m 1024 -smp 1 -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$GUEST/kernel" -initrd initrd -append "console=ttyS0 quiet panic=-1 guest.ip=$1" \
        -serial file:console.out -serial pipe:line \
        -netdev tap,id=n0,ifname=guest0,script=no,downscript=no -device virtio-net-pci,netdev=n0,mac=52:54:00:4e:42:54 \
        >qemu.out 2>&1 </dev/null &
    QEMU=$!
}

stop_guest() {
    [[ ${QEMU-} ]] || return 0
    kill "$QEMU" 2>/dev/null
    wait "$QEMU" 2>/dev/null
    QEMU=''
}
trap stop_guest EXIT

# await_line TEXT SECONDS: a line of the guest's, with a bound; dead machines say nothing.
await_line() {
    local line='' part until=$((SECONDS + $2))
    while ((SECONDS < until)) && kill -0 "$QEMU" 2>/dev/null; do
        IFS= read -r -t 1 -u "$LINE_OUT" part
        local status=$?
        line+=$part
        ((status == 0)) || continue
        [[ $line == "$1"* ]] && { LINE=$line; return 0; }
        line=''
    done
    printf '   the guest did not say "%s" within %s s; its console and QEMU:\n' "$1" "$2"
    tail -n 5 console.out qemu.out 2>/dev/null | sed 's/^/   | /'
    return 1
}

# guest COMMAND...: a shell command in the guest; what it says goes to guest.out. Its status.
GUEST_NUMBER=0
guest() {
    ((GUEST_NUMBER += 1))
    printf '%d %s\n' "$GUEST_NUMBER" "$(printf '%s' "$*" | base64 -w 0)" >&"$LINE_IN"
    await_line "$GUEST_NUMBER " "${GUEST_PATIENCE:-120}" || return 99
    local status text
    read -r _ status text <<<"$LINE"
    base64 -d <<<"$text" >guest.out
    return "$status"
}

# ours PROGRAM OPTION...: one of our programs in the guest, with the libraries that it was built with.
ours() {
    echo "env ASAN_OPTIONS=detect_leaks=0 LD_LIBRARY_PATH=/nbtlab/lib /nbtlab/lib/ld-linux-x86-64.so.2 /nbtlab/$*"
}

# comes_true COMMAND...: the command is given again, for 150 s, until it succeeds.
comes_true() {
    local until=$((SECONDS + 150)) status
    while ((SECONDS < until)); do
        guest "$@"
        status=$?
        ((status == 0)) && return
        ((status == 99)) && return 1
    done
    sed 's/^/   | /' guest.out
    return 1
}
