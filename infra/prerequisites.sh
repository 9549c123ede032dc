#!/bin/sh
# Prints the Python to build the environments with. What is missing is said in one sentence, with the command
# that installs it.
set -eu

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$candidate
        break
    fi
done

if [ -z "$python" ]; then
    echo "Python 3.11, 3.12 or 3.13 is needed and was not found; install it with: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is needed and $python lacks it; install it with: sudo apt-get install python3-venv" >&2
    exit 1
fi
"$python" -m infra.local.java
echo "$python"
