"""The shell texts that make up a far command's own process: what all scripts share, and its wrapper.

The wrapper stays for as long as the command runs: it waits for it and writes its result. What a step sets in
its environment is the command's alone (`ALFRED_COCKPIT_GIVEN` carries it), or a PATH would be the wrapper's.
"""

COMMON = r"""
born() { # when the process $1 began; nothing if it is gone
    if [ -r /proc/self/stat ]; then
        { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 0
        set -- ${line##*) }
        case $1 in Z | X) return 0 ;; esac
        shift 19
        echo "$1"
    else
        LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null
    fi
}
boot() {
    if [ -r /proc/sys/kernel/random/boot_id ]; then
        read -r line < /proc/sys/kernel/random/boot_id
        echo "$line"
    else
        sysctl -n kern.boottime 2>/dev/null || who -b
    fi
}
up() { # seconds since the boot, by a clock that never jumps; nothing where there is none
    if [ -r /proc/uptime ]; then
        read -r line _ < /proc/uptime
        echo "$line"
    fi
}
room() { # keeps $2 bytes free as the file $1; prints why that is not possible
    { printf "%$2s" '' | cat > "$d/$1"; } 2>&1
}
alive() { # whether the wrapper is the one that wrote the state
    [ -f "$d/state" ] || return 1
    { read -r w; read -r s; read -r b; } < "$d/state"
    [ -n "$s" ] && [ "$b" = "$(boot)" ] && [ "$(born "$w")" = "$s" ]
}
nap=1; long=1
sleep 0.01 2>/dev/null && nap=0.05 long=0.5
"""

WRAPPER = r"""
d=$1; where=$2; mask=$3; shift 3
hit=0; alone=; g=
trap 'hit=1' TERM HUP INT
exec 3<&0 </dev/null
: > "$d/out"
: > "$d/err"
{ echo "$$"; born "$$"; boot; date +%s; up; } > "$d/state.new" && mv "$d/state.new" "$d/state" || exit 1
ended() {
    full=$(room full 4096) && full=
    rm -f "$d/full" "$d/room"
    told=$(
        echo "code $1"
        echo "ended $(date +%s)"
        echo "up $(up)"
        [ -z "$2" ] || printf 'reason %s\n' "$2"
        [ -z "$full" ] || printf 'full %s\n' "$full"
        [ ! -f "$d/cancelled" ] || echo "cancelled $(cat "$d/cancelled")"
        left
    )
    tries=0 # who filled the disk may have taken what `room` held
    until { printf '%s\n' "$told" | cat > "$d/result.new" && mv "$d/result.new" "$d/result"; } 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || exit 1
        sleep "$long"
    done
    exit 0
}
left() { # who was started here and still runs: of its session, marked as its child, or seen as its descendant
    if ! [ -r /proc/self/environ ]; then
        echo "unseen the far host has no /proc, so processes that were left running could not be looked for"
        return
    fi
    [ "$nap" = 1 ] || sleep "$nap" # one that is just starting, or just ending, cannot be told
    read -r self _ < /proc/self/stat # this very subshell has the mark, too
    marked=$(grep -lszxF "ALFRED_COCKPIT_STEP=$d" /proc/[0-9]*/environ)
    kin=$(cat "$d/kin" 2>/dev/null)
    for stat in /proc/[0-9]*/stat; do
        { read -r line < "$stat"; } 2>/dev/null || continue
        q=${stat#/proc/}
        q=${q%/stat}
        name=${line#*\(}
        name=${name%\)*}
        set -- ${line##*) }
        case $1 in Z | X) continue ;; esac
        case $q in "$$" | "$self") continue ;; esac
        case "
$marked
$kin
session ${alone:+$g}
" in
            *"
/proc/$q/environ
"* | *"
$q ${20}
"* | *"
session $4
"*) printf 'left %s %s\n' "$q" "$name" ;;
        esac
    done
}
given=$ALFRED_COCKPIT_GIVEN
unset ALFRED_COCKPIT_GIVEN
cd "${where:-$HOME}" 2>/dev/null || ended 126 "The command could not be started: there is no folder $where."
command -v "$1" >/dev/null 2>&1 || ended 127 "The command could not be started: there is no program $1."
alone=$(command -v setsid) && set -- "$alone" "$@"
( # here the names are the step's
    umask "$mask"
    eval "$given"
    exec "$@"
) <&3 3<&- > "$d/out" 2> "$d/err" &
exec 3<&-
p=$!
g=$p
[ -n "$alone" ] || g=$(ps -o pgid= -p "$p" | tr -d ' ')
echo "$p $g $(born "$p")" > "$d/pid.new" && mv "$d/pid.new" "$d/pid"
while :; do
    hit=0
    wait "$p"
    code=$?
    [ "$hit" = 1 ] && kill -0 "$p" 2>/dev/null || break
done
if [ -f "$d/cancelled" ] && [ -n "$alone" ]; then # who stops it has the rest of its group to see through
    stop=$(($(date +%s) + $(cat "$d/grace") + 3))
    while kill -0 "-$g" 2>/dev/null && [ "$(date +%s)" -lt "$stop" ]; do sleep "$nap"; done
fi
ended "$code" ""
"""
