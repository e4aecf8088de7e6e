# shellcheck shell=bash
# Step 3: seek in its own environment under /opt/seek, from wheels locked by digest.

# Wheels come from where the host's own pip gets them; the lock file says what they must be.
install_wheels() {
	say "wheels"
	mkdir -p "$SITE_PACKAGES" "$ROOT/opt/seek/bin"
	python3 -m pip --quiet --disable-pip-version-check --no-input install --no-compile --no-deps --require-hashes \
		--requirement "$REPOSITORY/requirements/run.txt" --target "$SITE_PACKAGES" --only-binary=:all: --report "$WORK/wheels.json" \
		--implementation cp --python-version "$PYTHON_VERSION" --abi "cp${PYTHON_VERSION/./}" --abi abi3 --abi none \
		--platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_24_x86_64 \
		--platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform manylinux1_x86_64 --platform any
	rm -rf "${SITE_PACKAGES:?}/bin"
	python3 "$BUILD_FOLDER/steps/no_tls.py" "$SITE_PACKAGES/opencv_python_headless.libs"
}

# seek itself: a wheel of the tree, made by build tools that are locked by digest too (and so without pip's own, unlocked
# ones), in the way that a release makes it. The environment's interpreter is the image's own Python.
install_seek() {
	say "seek"
	python3 -m venv "$WORK/build-tools"
	"$WORK/build-tools/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --no-deps \
		--require-hashes --only-binary=:all: --requirement "$REPOSITORY/requirements/build.txt"
	(cd "$REPOSITORY" && "$WORK/build-tools/bin/python" -m hatchling build --target wheel --directory "$WORK/wheel")
	python3 -m pip --quiet --disable-pip-version-check install --no-compile --no-deps --target "$SITE_PACKAGES" \
		--report "$WORK/seek.json" --upgrade --no-index --find-links "$WORK/wheel" seek-triage
	rm -rf "${SITE_PACKAGES:?}/bin"
	ln -sf "/usr/bin/python$PYTHON_VERSION" "$ROOT/opt/seek/bin/python"
	printf 'home = /usr/bin\ninclude-system-site-packages = false\nversion = %s\n' "$PYTHON_VERSION" \
		>"$ROOT/opt/seek/pyvenv.cfg"
	write_launcher
	write_completion
}

write_launcher() {
	local target
	target=$(sed -n 's/^seek *= *//p' "$SITE_PACKAGES"/seek_triage-*.dist-info/entry_points.txt)
	cat >"$ROOT/usr/bin/seek" <<-END
		#!/opt/seek/bin/python -I
		import sys

		from ${target%%:*} import ${target##*:}

		sys.exit(${target##*:}())
	END
	chmod 755 "$ROOT/usr/bin/seek"
}

# What Tab completes in the shell on tty2: overlay/etc/profile.d/seek-completion.sh reads it.
write_completion() {
	local folder=$ROOT/usr/share/bash-completion/completions
	mkdir -p "$folder"
	in_root /opt/seek/bin/python -I -B -c 'from cli.manual.__main__ import script; print(script("bash"), end="")' >"$folder/seek"
}

# Byte code is made once, here: the stick cannot keep it between boots. One process and a fixed hash seed keep it the same.
compile_python() {
	say "byte code"
	find "$ROOT/usr/lib/python3" "$ROOT/usr/lib/python$PYTHON_VERSION" "$ROOT/opt/seek" "$ROOT/usr/lib/seek" \
		-name '*.pyc' -delete
	in_root env PYTHONHASHSEED=0 "python$PYTHON_VERSION" -m compileall -q -j 1 --invalidation-mode unchecked-hash \
		"/usr/lib/python$PYTHON_VERSION" /opt/seek/lib /usr/lib/seek || true
}
