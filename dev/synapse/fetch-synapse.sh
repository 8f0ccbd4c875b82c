#!/bin/bash
# fetch-synapse.sh <tree>: unpacks Debian sid's matrix-synapse, and what it needs to run, into <tree>. Nothing is installed:
# sid's Python runs from there through its own dynamic loader. Any user. One line of progress on standard output per step.
# Trust: apt checks the mirror's signed index, and each package is checked against the SHA-256 written there.
set -euo pipefail
umask 022
tree=${1:?usage: fetch-synapse.sh <tree>}
part=$tree.part
apt=$tree.apt
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo "$1" >&2; exit 1; }

# Test files run side by side: one fetches, the others wait for it.
mkdir -p "$(dirname "$tree")"
exec 9> "$tree.lock"
flock -n 9 || { echo 'waiting for another process that fetches it'; flock 9; }
[ ! -s "$tree/version" ] || exit 0

missing=()
command -v curl > /dev/null || missing+=(curl ca-certificates)
[ -r $keyring ] || missing+=(debian-archive-keyring)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ]; then
  echo "installing ${missing[*]}"
  { apt-get -qq -o Acquire::Retries=5 update && DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5 install -y --no-install-recommends "${missing[@]}"; } > /dev/null
fi
for program in apt-get curl dpkg-deb sha256sum; do
  command -v "$program" > /dev/null || fail "$program is missing"
done
[ "$(dpkg --print-architecture)" = amd64 ] || fail "only amd64 is supported, this is $(dpkg --print-architecture)"
[ -r $keyring ] || fail "$keyring is missing (package debian-archive-keyring)"
# The machine's own mirror: no host is written down here. Other sources (of Node, say) have a component main too.
mirror=${SWITCHBOARD_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
  | grep -v security | sort -u | awk '/\/debian\/?$/ { print; found = 1; exit } first == "" { first = $0 } END { if (!found) print first }')}
[ -n "$mirror" ] || fail 'apt knows no Debian mirror (set SWITCHBOARD_DEBIAN_MIRROR)'

rm -rf "$part" "$apt"
mkdir -p "$apt"/lists/partial "$apt"/archives/partial "$apt"/none
trap 'rm -rf "$part" "$apt"' EXIT
: > "$apt/status"
echo "deb [arch=amd64 signed-by=$keyring] $mirror sid main" > "$apt/sources.list"
cat > "$apt/apt.conf" <<CONF
Dir::State "$apt"; Dir::State::lists "$apt/lists"; Dir::State::status "$apt/status";
Dir::Cache "$apt"; Dir::Cache::archives "$apt/archives";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "$apt/none";
Dir::Etc::preferences "$apt/no-preferences"; Dir::Etc::preferencesparts "$apt/none";
APT::Architecture "amd64"; APT::Architectures { "amd64"; };
APT::Install-Recommends "false"; APT::Sandbox::User ""; Debug::NoLocking "true";
Acquire::Languages "none"; Acquire::PDiffs "false"; Acquire::ForceHash "SHA256"; Acquire::Retries "5";
CONF
export APT_CONFIG=$apt/apt.conf

echo 'reading the package index of Debian sid'
apt-get -qq update
echo 'resolving matrix-synapse'
apt-get install -y --print-uris matrix-synapse 2> "$apt/errors" > "$apt/plan" \
  || fail "Debian sid cannot resolve matrix-synapse now: $(grep -m3 -E '^E:|Depends' "$apt/errors" "$apt/plan" | tr '\n' ' ')"
grep "^'http" "$apt/plan" > "$apt/all"

# Of some 180 packages (init system, perl, fonts, ...) the homeserver loads two thirds. Where this list has grown stale,
# the trial start below fails and everything is taken.
needed='^(python3.*|matrix-synapse|libpython3.*|libc6|libgcc-s1|libstdc\+\+6|libatomic1|libbz2.*|libcom-err2|libcrypt1|libdeflate0'
needed+='|libexpat1|libffi8|libgssapi-krb5-2|libimagequant0|libjbig0|libjpeg62-turbo|libk5crypto3|libkeyutils1|libkrb5.*|liblcms2-2'
needed+='|libldap2|liblerc4|liblzma5|libmd0|libbsd0|libopenjp2-7|libpq5|libreadline8.*|libtinfo6|libncursesw6|libsasl2-2'
needed+='|libsharpyuv0|libsodium.*|libsqlite3-0|libssl3.*|libtiff6|libuuid1|libwebp.*|libxau6|libxcb1|libxdmcp6|libxml2.*'
needed+='|libxslt1.*|libyajl2|libyaml-0-2|libzstd1|openssl-provider-legacy|zlib1g)$'

# unpack <list of lines: 'url' file size SHA256:sum>
unpack() {
  local list=$1
  echo "downloading $(wc -l < "$list") packages, $(awk '{ bytes += $3 } END { printf "%d", bytes / 1000000 }' "$list") MB"
  awk '{ gsub("\x27", "", $1); print "url=\"" $1 "\"\noutput=\"archives/" $2 "\"" }' "$list" > "$apt/curl.conf"
  (
    cd "$apt"
    curl -fsS --no-progress-meter --parallel --parallel-max 16 --retry 5 --retry-all-errors --connect-timeout 20 \
      --speed-limit 1000 --speed-time 30 -K curl.conf
    awk '{ sub("SHA256:", "", $4); print $4 "  archives/" $2 }' "$list" | sha256sum -c --quiet
  )
  echo 'unpacking'
  rm -rf "$part"
  mkdir -p "$part"/usr/{lib,lib64,bin,sbin}
  local directory
  for directory in lib lib64 bin sbin; do ln -sfn "usr/$directory" "$part/$directory"; done
  awk -v at="$apt/archives/" '{ print at $2 }' "$list" | xargs -P "$(nproc)" -n 3 sh -c '
    for package; do
      dpkg-deb --fsys-tarfile "$package" | tar -x -C "$0" --keep-directory-symlink --no-same-owner \
        --exclude=./usr/share --exclude=./etc --exclude=./var --exclude="*/phonenumbers/geodata/*[0-9]*" \
        --exclude="./usr/lib/x86_64-linux-gnu/gconv/*" || exit 255
    done' "$part"
}

# A trial start; also compiles the .pyc files, once and for all.
version() {
  env -i PYTHONHOME="$part/usr" PYTHONPATH="$part/usr/lib/python3/dist-packages" PYTHONNOUSERSITE=1 \
    "$part/lib64/ld-linux-x86-64.so.2" --library-path "$part/usr/lib/x86_64-linux-gnu" "$part/usr/bin/python3" -c \
    'import synapse, synapse.app.homeserver; print("synapse", synapse.__version__)' 2> "$apt/errors" | sed -n 's/^synapse //p'
}

awk -v needed="$needed" '{ name = $2; sub(/_.*/, "", name); if (name ~ needed && name != "python3-systemd") print }' \
  "$apt/all" > "$apt/some"
unpack "$apt/some"
echo 'trying it'
if ! found=$(version) || [ -z "$found" ]; then
  echo 'something is missing: taking every package'
  unpack "$apt/all"
  found=$(version) && [ -n "$found" ] || fail "Synapse of Debian sid does not start: $(tail -3 "$apt/errors" | tr '\n' ' ')"
fi
echo "$found" > "$part/version"
rm -rf "$tree"
mv "$part" "$tree"
echo "version $found is ready"
