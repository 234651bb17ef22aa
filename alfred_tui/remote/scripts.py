"""The shell scripts that run on the far side. POSIX sh and its utilities; more is used where it is there.

Each is sent through a session's standard input and carried out only if it arrived whole. What a far command
leaves in its folder, readable by its owner alone:
  claim/     made once: who makes it may start the command
  state      the wrapper's pid, its start, the boot's id, epoch seconds, seconds since the boot; before the
             command begins
  room       bytes that are kept free for the rest
  pid        the command's pid, process group and start
  out, err   what it printed, as it is: the secrets are taken out on this side, and once everything is here
             the files go
  cancelled  the last signal that a cancellation sent
  grace, kin how long it waits before it kills, and who descended from the command when it began
  result     `key value` lines, put there by rename when it has ended
"""

import re
from collections.abc import Mapping, Sequence

from alfred_tui.domain.errors import CockpitError
from alfred_tui.remote.wrapper import COMMON, WRAPPER

MAGIC = b"alfred-cockpit far side 1\n"
"""The first words of each script; whatever a login prints before is passed over."""

_MOST_GIVEN = 120_000
"""Bytes of environment: Linux takes 128 KiB for one variable."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")

_LAUNCH = r"""
refused() { printf 'refused %%s\n' "$1"; }
why=$(mkdir -p "$d" 2>&1) || { refused "$d cannot be made ($why)"; return; }
if ! why=$(mkdir "$d/claim" 2>&1); then
    if [ -d "$d/claim" ]; then echo taken; else refused "$d cannot be written to ($why)"; fi
    return
fi
# Some room for what the wrapper notes, and some that is kept until it writes the result.
if ! { why=$(room room 65536) && why=$(room room 16384); }; then
    rm -rf "$d"
    refused "there is no room in $HOME ($why)"
    return
fi
detached() { # in a subshell: what is exported is not for the rest of this script
    export ALFRED_COCKPIT_STEP="$d" ALFRED_COCKPIT_GIVEN=%(given)s
    if command -v setsid >/dev/null 2>&1; then exec setsid sh -c "$wrapper" sh "$d" "$@"
    else exec nohup sh -c "$wrapper" sh "$d" "$@"
    fi
}
%(feed)s
tries=0
while ! [ -f "$d/state" ] && [ "$tries" -lt 200 ]; do sleep "$nap"; tries=$((tries + 1)); done
[ -f "$d/state" ] && echo started || refused "the command's wrapper did not begin in $d"
"""

_FOLLOW = r"""
[ -d "$d/claim" ] || { echo absent; return; }
head=dd
[ "$(printf ab | head -c 1 2>/dev/null)" = a ] && head=head
size() { # of the file $1; of one that is gone, what is known of it ($2)
    set -- "$2" $(ls -ln "$1" 2>/dev/null)
    echo "${6:-$1}"
}
part() { # what is new in the file $2 after $3 bytes, as $1; n becomes its size
    n=$(($(size "$2" "$3") - $3))
    if [ "$n" -le 0 ]; then n=0; return; fi
    [ "$n" -gt 4194304 ] && n=4194304
    echo "$1 $n"
    if [ "$head" = head ]; then tail -c "+$(($3 + 1))" "$2" | head -c "$n"
    else dd if="$2" bs=1 skip="$3" count="$n" 2>/dev/null
    fi
}
idle=0
while :; do
    over=0
    [ -f "$d/result" ] && over=1
    part out "$d/out" "$o"; o=$((o + n)); new=$n
    part err "$d/err" "$e"; e=$((e + n)); new=$((new + n))
    if [ "$new" -gt 0 ]; then idle=0; continue; fi
    if [ "$over" = 1 ]; then
        { read -r w; read -r s; read -r b; read -r t; read -r u; } < "$d/state"
        began="started $t
began $u"
        echo "result $(($(size "$d/result" 0) + ${#began} + 1))"
        echo "$began"
        cat "$d/result"
        return
    fi
    if [ $((idle % 10)) = 5 ]; then
        echo beat
        if ! alive; then
            [ -f "$d/result" ] || sleep 2 # who cancelled it may be about to write one
            if [ -f "$d/result" ]; then continue; fi
            if [ -f "$d/state" ]; then
                if [ "$b" != "$(boot)" ]; then echo rebooted; return; fi
                { read -r p g t < "$d/pid"; } 2>/dev/null
                [ -n "$t" ] && [ "$(born "$p")" = "$t" ] && echo "lost $p" || echo lost
                return
            fi
            if [ "$idle" -ge 25 ]; then echo unborn; return; fi
        fi
    fi
    idle=$((idle + 1))
    if [ "$idle" -gt 20 ]; then sleep "$long"; else sleep "$nap"; fi
done
"""

_READY = r"""
place=$HOME
for one in "$HOME/.cache" "$HOME/.cache/alfred-cockpit"; do [ -d "$one" ] && place=$one; done
if ! [ -d "$place" ]; then echo "there is no $HOME"; return; fi
if ! [ -w "$place" ]; then echo "$place may not be written to"; return; fi
set -- $(df -Pk "$place" 2>/dev/null | tail -n 1)
case ${4:-unknown} in
    *[!0-9]*) ;;
    *) if [ "$4" -lt 256 ]; then echo "there is no room in $place"; return; fi ;;
esac
echo ready
"""

_LOOK = r"""
if ! [ -d "$d/claim" ]; then echo absent; else echo there; fi
"""

_CANCEL = r"""
gone() { if [ "$p" = "$g" ]; then ! kill -0 "-$g" 2>/dev/null; else ! kill -0 "$p" 2>/dev/null; fi; }
note() { echo "$1" > "$d/cancelled.new" && mv "$d/cancelled.new" "$d/cancelled"; }
until_gone() { # within $1 seconds
    stop=$(($(date +%%s) + $1))
    while ! gone; do
        [ "$(date +%%s)" -ge "$stop" ] && return 1
        sleep "$nap"
    done
}
kin() { # who descends from the process $1, in whatever group or session: `PID START`, a line each
    [ -r /proc/self/stat ] || return
    table=$(
        for stat in /proc/[0-9]*/stat; do
            { read -r line < "$stat"; } 2>/dev/null || continue
            q=${stat#/proc/}
            set -- ${line##*) }
            echo "${q%%/stat} $2 ${20}"
        done
    )
    known=" $1 "
    before=
    while [ "$known" != "$before" ]; do
        before=$known
        while read -r q parent start; do
            case $known in *" $q "*) continue ;; *" $parent "*) known="$known$q " && echo "$q $start" ;; esac
        done <<END
$table
END
    done
}
stop() {
    rm -f "$d/room"
    echo %(grace)d > "$d/grace"
    kin "$p" > "$d/kin"
    [ -f "$d/cancelled" ] || note SIGTERM
    kill -TERM "-$g" 2>/dev/null
    kill -CONT "-$g" 2>/dev/null
    if ! until_gone %(grace)d; then
        note SIGKILL
        kill -KILL "-$g" 2>/dev/null
        until_gone 2
    fi
    tries=0
    while ! [ -f "$d/result" ] && alive && [ "$tries" -lt 60 ]; do sleep "$nap"; tries=$((tries + 1)); done
    if [ -f "$d/result" ] || alive; then return; fi
    # Without setsid the wrapper is of the group that was killed.
    { echo "code 137"; echo "ended $(date +%%s)"; echo "cancelled SIGKILL"; } > "$d/result.new"
    mv "$d/result.new" "$d/result"
}
tries=0
while ! [ -f "$d/pid" ] && ! [ -f "$d/result" ] && [ "$tries" -lt 60 ]; do
    sleep "$nap"
    tries=$((tries + 1))
done
if ! [ -f "$d/result" ] && [ -f "$d/pid" ] && alive; then
    read -r p g t < "$d/pid"
    stop </dev/null >/dev/null 2>&1 &
    echo asked
else
    echo over
fi
"""

_FORGET = r"""
rm -f "$d/out" "$d/err" "$d/room"
echo forgotten
"""


def ready() -> bytes:
    """Answers `ready`, or why a command could not be started. Only looks."""
    return _script("programs", _READY)


def missing(programs: Sequence[str], path: str) -> bytes:
    """Answers those of the programs that are not found (on `path`, if it is given), in one line."""
    where = f"PATH={_quoted(path)}\n" if path else ""
    body = f"for one in {' '.join(map(_quoted, programs))}; do\n"
    body += 'command -v "$one" >/dev/null 2>&1 || printf "%s " "$one"\ndone\necho'
    return _script("programs", where + body)


def launch(name: str, argv: Sequence[str], cwd: str, env: Mapping[str, str], stdin: str) -> bytes:
    """Starts the command unless its folder is claimed: answers `started`, `taken` or `refused WHY`."""
    if wrong := [one for one in env if not _NAME.fullmatch(one)]:
        raise CockpitError(
            f"A far shell cannot have an environment variable named {wrong[0]!r}.",
            hint="Use letters, digits and underscores.",
        )
    given = "\n".join(f"export {key}={_quoted(value)}" for key, value in env.items())
    if len(given.encode("utf-8", "surrogateescape")) > _MOST_GIVEN:
        raise CockpitError(
            f"A far shell does not take the step's environment: it is over {_MOST_GIVEN:,} bytes.",
            hint="Give a long secret by `stdin`, or leave it in a file there.",
        )
    call = " ".join(["detached", _quoted(cwd), '"$mask"', *map(_quoted, argv)])
    feed = f"{call} </dev/null >/dev/null 2>&1 &"
    if stdin:
        feed = (
            "case $(command -v printf) in */*) refused 'its shell has no printf of its own, and another "
            "program would show the secret'; return ;; esac\n"
            f"{{ printf %s {_quoted(stdin)} | {call}; }} </dev/null >/dev/null 2>&1 &"
        )
    body = _LAUNCH % {"given": _quoted(given), "feed": feed}
    return _script(name, f"wrapper={_quoted(COMMON + WRAPPER)}\n{body}")


def follow(name: str, out: int, err: int) -> bytes:
    """Sends what the command prints from those bytes on, and in the end its result.

    Answers, a line each: `out N` or `err N` and N bytes, `result N` and N bytes, `beat` now and then; or, as
    the last, `absent`, `unborn` (claimed, never begun), `rebooted` (with the command) or `lost PID` (ended
    unseen; PID if it still runs).
    """
    return _script(name, f"o={out}; e={err}\n{_FOLLOW}")


def look(name: str) -> bytes:
    """Answers `absent` or `there`."""
    return _script(name, _LOOK)


def cancel(name: str, grace: float) -> bytes:
    """SIGTERM to the command's group, SIGKILL after `grace` seconds: answers `asked`, or `over` if it was.

    It goes on by itself after the answer, connection or not.
    """
    return _script(name, _CANCEL % {"grace": max(0, round(grace))})


def forget(name: str) -> bytes:
    """Removes what the command printed; that it ran, and how it ended, stays."""
    return _script(name, _FORGET)


def _script(name: str, body: str) -> bytes:
    if not _PATH.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a folder's name on a far host")
    lines = (
        "far() {",
        "mask=$(umask)",
        "umask 077",
        f"echo '{MAGIC.decode().strip()}'",
        f'd="$HOME/.cache/alfred-cockpit/{name}"',
        COMMON,
        body,
        "}",
        "far",
        "exit 0",
    )
    text = "\n".join(lines) + "\n"
    return text.encode("utf-8", "surrogateescape")


def _quoted(text: str) -> str:
    """As one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
