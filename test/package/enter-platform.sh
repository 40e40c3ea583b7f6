#!/bin/sh
# Runs in its own namespaces: builds a function's view of its machine on an empty file system, and starts the runtime
# there. Arguments: the root, the function's code, its layers, the runtime, node, MB of /tmp, user:group or
# nothing, additional files of the machine ... -- command ...
set -e
root=$1 task=$2 opt=$3 runtime=$4 node=$5 tmp=$6 user=$7
shift 7
# Uses the tools of this machine; PATH is the function's.
path=$PATH PATH=/usr/sbin:/usr/bin:/sbin:/bin

bind() { # what, where, options
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root${2%/*}"; : > "$root$2"; fi
  mount --bind "$1" "$root$2"
  [ -z "$3" ] || mount -o "remount,bind,$3" "$root$2"
}

mount -t tmpfs -o mode=755,nosuid,nodev runtime-root "$root"
bind "$task" /var/task ro,nosuid,nodev
bind "$opt" /opt ro,nosuid,nodev
bind "$runtime" /var/runtime ro,nosuid,nodev
bind "$node" /var/lang/bin/node ro,nosuid,nodev
while [ "$1" != -- ]; do
  bind "$1" "$1" ro,nosuid,nodev
  shift
done
shift
for device in null zero full random urandom; do bind "/dev/$device" "/dev/$device"; done
mkdir -p "$root/proc" "$root/tmp" "$root/etc"
ln -s /proc/self/fd "$root/dev/fd"
cat > "$root/etc/passwd" <<END
root:x:0:0:root:/root:/bin/sh
sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin
END
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o "size=${tmp}m,mode=1777,nosuid,nodev" runtime-tmp "$root/tmp"
mount -o remount,bind,ro,nosuid,nodev "$root"

# Without exec: the first process of a namespace is special, and the runtime is not the first one on the platform.
cd /
chroot=$(command -v chroot)
PATH=$path
"$chroot" ${user:+"--userspec=$user"} "$root" "$@"
exit $?
