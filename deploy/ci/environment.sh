# What the scripts beside it share; they source it.
# shellcheck shell=bash
set -euo pipefail
# Whatever the caller's shell does: nothing of what follows is printed before it is executed.
set +o xtrace
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${TWICETOLD_BUILD:-$PWD/build}
python=${TWICETOLD_PYTHON:-.venv/bin/python}
PATH=$build/bin:$PATH

# Ends where a variable is missing; says which, never what is in it.
need() {
  local name missing=()
  for name; do [ -n "${!name:-}" ] || missing+=("$name"); done
  [ "${#missing[@]}" = 0 ] || { echo "not set: ${missing[*]}; see docs/operate/pipeline.md" >&2; exit 2; }
}

# The file of variables of an environment.
vars() {
  case ${1:-} in
    dev | staging | production) echo "deploy/cloudfoundry/vars-$1.yml" ;;
    *) echo "which environment: dev, staging or production?" >&2; exit 2 ;;
  esac
}

# The value of one of its variables.
value() { sed -n "s/^$2: //p" "$(vars "$1")"; }

# Makes the environment of a lock, run or dev; TWICETOLD_PYTHON names one that is there.
environment() { [ -n "${TWICETOLD_PYTHON:-}" ] || make ".venv/.$1"; }

# The program of this tree.
twicetold() { "$python" -m twicetold "$@"; }
