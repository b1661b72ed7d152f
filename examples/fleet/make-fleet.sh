#!/bin/bash
# Makes the sample fleet: images of all formats as several hypervisors would leave them in three data
# centres, damaged ones and files that are no images. Needs qemu-img and qemu-io (7.2 made the archive
# in the repository), python3 and GNU tar. Only the encrypted images differ from run to run: LUKS keys
# are random.
#
#   examples/fleet/make-fleet.sh [DIRECTORY]     default: examples/target/new-fleet
#
# Then DIRECTORY/fleet.tar.gz is the archive to put beside this script.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-$here/../target/new-fleet}
mkdir -p "$target"
target=$(cd "$target" && pwd)
rm -rf "$target/fleet" "$target/parts"
mkdir -p "$target/fleet" "$target/parts"
cd "$target/fleet"
parts=../parts
mkdir -p dc1/{web,db,vault,lab} dc2/{hyperv,vbox} dc3/{parallels/office.hdd,bare-metal} incoming

content() { python3 "$here/content.py" "$@"; }
patch() { python3 "$here/patch.py" "$@"; }
create() { qemu-img create -q "$@"; }
convert() { qemu-img convert -f raw "$@"; }
io() { # file, then qemu-io commands
  local file=$1 arguments=()
  shift
  for command in "$@"; do arguments+=(-c "$command"); done
  qemu-io "${arguments[@]}" "$file" >/dev/null
}

killed() { # as io, but the process dies before it can close the file
  { io "$@" 'sigraise 9'; } 2>/dev/null || true
}

MIB=$((1024 * 1024))

# The system disk that most machines were cloned from, and what is particular to some.
content $parts/golden.raw $((32 * MIB)) golden 0:24 64:16 200:8 500:4
content $parts/golden-16.raw $((16 * MIB)) golden 0:24 64:16 200:8
content $parts/web.raw $((4 * MIB)) web 0:12
content $parts/db.raw $((4 * MIB)) db 0:40
content $parts/new.raw $((4 * MIB)) new 0:40
content $parts/small.raw $((1 * MIB)) small 0:6
content $parts/secret.raw $((1 * MIB)) secret 0:2

# dc1: QEMU/KVM.
convert -O qcow2 $parts/golden.raw dc1/web/web-01.qcow2
qemu-img resize -q dc1/web/web-01.qcow2 2G
convert -O qcow2 -o cluster_size=128k,lazy_refcounts=on $parts/golden.raw dc1/web/web-02.qcow2
io dc1/web/web-02.qcow2 "write -s $parts/web.raw 8M 768k" "write -z 4M 512k"
create -f qcow2 -b web-01.qcow2 -F qcow2 dc1/web/web-03-overlay.qcow2
io dc1/web/web-03-overlay.qcow2 "write -s $parts/web.raw 1G 256k" "write -z 0 64k"
create -f qcow2 -b web-01.qcow2 -F qcow2 dc1/web/web-04-stale-overlay.qcow2
io dc1/web/web-04-stale-overlay.qcow2 "write -s $parts/web.raw 1G 128k"
convert -O qcow2 -c $parts/golden.raw 'dc1/web/web template (zlib).qcow2'
convert -O qcow2 -c -o compression_type=zstd $parts/golden.raw dc1/web/web-template-zstd.qcow2

create -f qcow2 dc1/db/db-01.qcow2 1G
io dc1/db/db-01.qcow2 "write -s $parts/db.raw 0 1M" "write -s $parts/db.raw 512M 512k"
qemu-img snapshot -c before-upgrade dc1/db/db-01.qcow2
io dc1/db/db-01.qcow2 "write -s $parts/new.raw 0 512k"
qemu-img snapshot -c after-upgrade dc1/db/db-01.qcow2
qemu-img resize -q dc1/db/db-01.qcow2 4G
io dc1/db/db-01.qcow2 "write -s $parts/new.raw 2G 512k" "write -z 512M 128k"
qemu-img snapshot -c grown dc1/db/db-01.qcow2
patch snapshot-dates dc1/db/db-01.qcow2
convert -O qcow2 -o compat=0.10,cluster_size=4k $parts/golden-16.raw dc1/db/db-legacy-v2.qcow2
create -f qcow2 -o cluster_size=512,refcount_bits=1 dc1/db/db-tiny-clusters.qcow2 $((MIB + 512))
io dc1/db/db-tiny-clusters.qcow2 "write -s $parts/small.raw 0 128k" "write -P 7 300k 1k" "write -P 7 1M 512"
create -f qcow2 -o cluster_size=2M dc1/db/db-archive.qcow2 256G
for gigabyte in 0 17 100 255; do
  io dc1/db/db-archive.qcow2 "write -s $parts/db.raw ${gigabyte}G 1M"
done
qemu-img bitmap --add -g 1M dc1/db/db-archive.qcow2 nightly-backup
create -f qcow2 -o preallocation=full dc1/db/db-preallocated.qcow2 8M
io dc1/db/db-preallocated.qcow2 "write -s $parts/db.raw 0 1M"

create -f qcow2 -o lazy_refcounts=on dc1/db/db-crashed.qcow2 64M
killed dc1/db/db-crashed.qcow2 "write -s $parts/db.raw 0 512k" flush
create -f qcow2 dc1/db/db-leaks.qcow2 4G
io dc1/db/db-leaks.qcow2 "write -s $parts/small.raw 0 256k" "write -s $parts/small.raw 512M 512k" \
  "write -P 9 524800k 1536k" "write -s $parts/small.raw 3G 256k"
patch qcow2-forget dc1/db/db-leaks.qcow2 0x20080000 24

create -f qcow2 --object secret,id=key,data=fleet \
  -o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10 dc1/vault/luks.qcow2 64M
qemu-io --object secret,id=key,data=fleet -c "write -s $parts/secret.raw 0 64k" --image-opts \
  driver=qcow2,file.filename=dc1/vault/luks.qcow2,encrypt.key-secret=key >/dev/null
create -f qcow2 --object secret,id=key,data=fleet -o encrypt.format=aes,encrypt.key-secret=key \
  dc1/vault/aes.qcow2 64M
qemu-io --object secret,id=key,data=fleet -c "write -s $parts/secret.raw 0 64k" --image-opts \
  driver=qcow2,file.filename=dc1/vault/aes.qcow2,encrypt.key-secret=key >/dev/null 2>&1

create -f qcow2 -o extended_l2=on,cluster_size=128k dc1/lab/subclusters.qcow2 1G
io dc1/lab/subclusters.qcow2 "write -s $parts/small.raw 0 256k" "write -s $parts/small.raw 10M 4k"
(
  cd dc1/lab # QEMU takes the name of a data file relative to where it runs
  create -f qcow2 -o data_file=external-data.raw,data_file_raw=on external.qcow2 4M
  io external.qcow2 "write -s ../../$parts/small.raw 0 384k"
)
create -f qcow2 -o cluster_size=4k dc1/lab/huge-l1.qcow2 512G
io dc1/lab/huge-l1.qcow2 "write -s $parts/small.raw 300G 64k"
create -f qcow2 dc1/lab/scattered-leaks.qcow2 4G
for mebibyte in 0 1024 3072; do
  io dc1/lab/scattered-leaks.qcow2 "write -s $parts/small.raw ${mebibyte}M 128k" \
    "write -P 9 $((mebibyte + 1))M 512k"
  patch qcow2-forget dc1/lab/scattered-leaks.qcow2 $(((mebibyte + 1) * MIB)) 8
done
create -f qcow2 dc1/lab/shared-cluster.qcow2 64M
io dc1/lab/shared-cluster.qcow2 "write -s $parts/small.raw 0 256k"
patch qcow2-share dc1/lab/shared-cluster.qcow2 0x10000 0
create -f qcow2 dc1/lab/marked-corrupt.qcow2 64M
io dc1/lab/marked-corrupt.qcow2 "write -s $parts/small.raw 0 128k"
patch qcow2-mark-corrupt dc1/lab/marked-corrupt.qcow2

# dc2: Hyper-V and VirtualBox.
convert -O vpc -o subformat=dynamic,force_size=on $parts/golden.raw dc2/hyperv/mail.vhd
convert -O vpc -o subformat=dynamic $parts/golden-16.raw dc2/hyperv/print-chs.vhd
convert -O vpc -o subformat=fixed,force_size=on $parts/golden-16.raw dc2/hyperv/files-fixed.vhd
create -f vpc -o subformat=dynamic,force_size=on dc2/hyperv/mail-child.vhd 32M
qemu-io -f vpc -c "write -s $parts/web.raw 4M 128k" dc2/hyperv/mail-child.vhd >/dev/null
create -f vpc -o subformat=dynamic,force_size=on dc2/hyperv/backup-tail.vhd 16M
qemu-io -f vpc -c "write -s $parts/small.raw 2M 128k" dc2/hyperv/backup-tail.vhd >/dev/null
cp dc2/hyperv/backup-tail.vhd dc2/hyperv/backup-footer.vhd
for image in dc2/hyperv/*.vhd; do patch vhd-stable "$image"; done
patch vhd-differencing dc2/hyperv/mail-child.vhd dc2/hyperv/mail.vhd
patch vhd-tail dc2/hyperv/backup-tail.vhd $((5 * MIB))
patch vhd-bad-tail dc2/hyperv/backup-footer.vhd
convert -O vdi $parts/golden.raw dc2/vbox/desktop.vdi
convert -O vdi -o static=on $parts/golden-16.raw dc2/vbox/kiosk-static.vdi
create -f vdi dc2/vbox/desktop-child.vdi 32M
qemu-io -f vdi -c "write -s $parts/web.raw 4M 128k" dc2/vbox/desktop-child.vdi >/dev/null
create -f vdi dc2/vbox/shared-block.vdi 8M
qemu-io -f vdi -c "write -s $parts/small.raw 0 256k" -c "write -s $parts/small.raw 1M 256k" \
  -c "write -s $parts/small.raw 4M 64k" dc2/vbox/shared-block.vdi >/dev/null
patch vdi-share dc2/vbox/shared-block.vdi 1 0
create -f vdi dc2/vbox/tail.vdi 8M
qemu-io -f vdi -c "write -s $parts/small.raw 3M 256k" dc2/vbox/tail.vdi >/dev/null
truncate -s +$((2 * MIB)) dc2/vbox/tail.vdi
for image in dc2/vbox/*.vdi; do patch vdi-stable "$image"; done
patch vdi-differencing dc2/vbox/desktop-child.vdi dc2/vbox/desktop.vdi

# dc3: Parallels and disks copied as they were.
convert -O parallels $parts/golden.raw dc3/parallels/build.hdd
convert -O parallels -o cluster_size=64k $parts/golden-16.raw dc3/parallels/test-v1.hds
patch parallels-v1 dc3/parallels/test-v1.hds
convert -O parallels -o cluster_size=96k $parts/golden-16.raw dc3/parallels/odd-clusters.hdd
create -f parallels dc3/parallels/tail.hdd 16M
qemu-io -f parallels -c "write -s $parts/small.raw 2M 256k" dc3/parallels/tail.hdd >/dev/null
cp dc3/parallels/tail.hdd dc3/parallels/unclean.hdd
truncate -s +$((3 * MIB)) dc3/parallels/tail.hdd
patch parallels-unclean dc3/parallels/unclean.hdd
convert -O parallels $parts/small.raw dc3/parallels/office.hdd/image.hds
cp "$here/DiskDescriptor.xml" dc3/parallels/office.hdd/
cp --sparse=always $parts/golden.raw dc3/bare-metal/router.img
content dc3/bare-metal/sensor.raw $((8 * MIB)) sensor 3:4 100:2

# incoming: what nobody has looked at.
dd if=dc1/web/web-01.qcow2 of=incoming/truncated-tables.qcow2 bs=64k count=2 status=none
dd if=dc1/web/web-01.qcow2 of=incoming/truncated-header.qcow2 bs=50 count=1 status=none
create -f qcow2 incoming/bad-l1-offset.qcow2 64M
patch qcow2-l1-offset incoming/bad-l1-offset.qcow2 0x30200
cp 'dc1/web/web template (zlib).qcow2' incoming/damaged-cluster.qcow2
patch qcow2-damaged-cluster incoming/damaged-cluster.qcow2 0x10000
cp dc2/hyperv/print-chs.vhd incoming/bad-checksum.vhd
patch vhd-bad-checksum incoming/bad-checksum.vhd
overlay() { # file, the name of its backing file, the format of that
  create -f qcow2 -u -b "$2" -F "$3" "$1" 16M
  qemu-io -c "write -s $parts/small.raw 0 64k" >/dev/null \
    'json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"'"$1"'"}}'
}
overlay incoming/missing-base.qcow2 base-2019.qcow2 qcow2
overlay incoming/loop-a.qcow2 loop-b.qcow2 qcow2
overlay incoming/loop-b.qcow2 loop-a.qcow2 qcow2
overlay incoming/absolute.qcow2 /srv/templates/base.qcow2 qcow2
overlay incoming/escape.qcow2 ../../outside/base.qcow2 qcow2
overlay incoming/json.qcow2 \
  'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/shadow"}}' raw
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random("noise").randbytes(20000))' \
  >incoming/random.qcow2
: >incoming/empty.qcow2
printf 'Disks that came in by courier. Ask storage before deleting any.\n' >incoming/README.txt

python3 "$here/describe.py" . "$here/fleet.tsv"

cd "$target"
find fleet -exec touch -h -d '2026-01-01T00:00:00Z' {} +
touch -d '2025-12-01T00:00:00Z' fleet/dc1/web/web-04-stale-overlay.qcow2
tar --create --sparse --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
  --format=gnu fleet | gzip -n -9 >fleet.tar.gz
rm -rf parts
echo "$target/fleet.tar.gz: $(stat -c %s fleet.tar.gz) bytes, $(find fleet -type f | wc -l) files," \
  "$(du -s --apparent-size -B1 fleet | cut -f1) bytes unpacked," \
  "$(du -s -B1 fleet | cut -f1) bytes on disk"
