# shellcheck shell=sh
# Tab completes seek's commands, options and their values in the shell on tty2.
if [ -n "${BASH_VERSION:-}" ]; then
	# shellcheck source=/dev/null  # made when the image is built
	. /usr/share/bash-completion/completions/seek
fi
