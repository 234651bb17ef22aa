#!/bin/sh
exec "${PYTHON:-python3}" -B "$(dirname "$0")/database.py" pending "$@"
