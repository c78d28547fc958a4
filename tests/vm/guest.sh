#!/usr/bin/env bash
# Makes the Debian guest of the tests with virtual machines: kernel and initrd, kept for the next time.
#   tests/vm/guest.sh            prints the folder in which they are
# The folder is ${XDG_CACHE_HOME:-~/.cache}/nbtlab/guest-KEY; KEY is of this file and of the release, so that another
# recipe makes another guest. The packages come from wherever this machine's own do.
set -euo pipefail

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
key=$( (cat "${BASH_SOURCE[0]}"; echo "$release") | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nbtlab
guest=$cache/guest-$key
[[ -e $guest/initrd ]] && { echo "$guest"; exit; }

say() { printf 'guest: %s\n' "$*" >&2; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/making.XXXXXX")
root=$work/debian
trap 'rm -rf "$work"' EXIT

say 'fetching and unpacking the packages (once; a minute or two)'
sources=()
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [[ -s $f ]] && sources+=("$f")
done
proxy=$(apt-config shell P Acquire::http::Proxy)
mmdebstrap --quiet --variant=minbase --mode=root --include=samba,smbclient,samba-common-bin,iproute2,kmod,linux-image-cloud-amd64 \
    ${proxy:+--aptopt="Acquire::http::Proxy $(eval "$proxy"; printf '"%s"' "$P")"} \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --skip=check/qemu \
    "$release" "$root" "${sources[@]}" >&2

say 'packing them'
cp "$root"/boot/vmlinuz-* "$work/kernel"
# What boots from memory has to be small: the modules of one network card, no package lists, no interpreters.
version=$(basename "$root"/lib/modules/*)
modules=$(for m in virtio_pci virtio_net; do
    chroot "$root" modprobe --set-version "$version" --show-depends "$m" | awk '/^insmod/ { print $2 }'
done)
mkdir "$work/keep"
for m in $modules; do
    cp "$root$m" "$work/keep/"
    basename "$m"
done | awk '!seen[$0]++' >"$work/order"
mv "$work/order" "$work/keep/order"
rm -rf "$root"/{boot,var/lib/apt,var/cache,usr/share/{doc,man,locale,perl,perl5,i18n,zoneinfo}} "$root"/lib/modules
rm -rf "$root"/usr/lib/{python3,python3.*,x86_64-linux-gnu/{perl,perl5,perl-base,gconv}} "$root"/usr/lib/udev/hwdb*
mv "$work/keep" "$root/modules"
mkdir -p "$work/guest"
(cd "$root" && find . -xdev -print0 | cpio --null --quiet -o -H newc) | zstd -q -9 -T0 -o "$work/guest/initrd"
mv "$work/kernel" "$work/guest/kernel"
mv "$work/guest" "$guest"
say "made: $(du -sh "$guest" | cut -f1)"
echo "$guest"
