# shellcheck shell=bash
# Step 5: what is in the image, with version and digest, and the digests of what is published.

write_manifest() {
	say "manifest"
	python3 "$BUILD_FOLDER/steps/manifest.py" --root "$ROOT" --boot-files "$BOOT_FILES" --medium "$MEDIUM" --lists "$WORK/lists" \
		--build "$BUILD_ID" --root-hash "$ROOT_HASH" --lock "$REPOSITORY/requirements/run.txt" \
		--installed "$WORK/wheels.json" --installed "$WORK/seek.json" >"$WORK/$NAME.manifest.json"
}

publish() {
	local file
	for file in iso manifest.json; do
		mv "$WORK/$NAME.$file" "$OUT/$NAME.$file"
	done
	cp "$MEDIUM/boot/vmlinuz" "$OUT/$NAME.vmlinuz"
	cp "$MEDIUM/boot/initrd.img" "$OUT/$NAME.initrd"
	cp "$MEDIUM/seek/command-line" "$OUT/$NAME.command-line"
	(cd "$OUT" && sha256sum "$NAME".* >"$NAME.SHA256SUMS.new" && mv "$NAME.SHA256SUMS.new" "$NAME.SHA256SUMS")
	sed -i "/SHA256SUMS/d" "$OUT/$NAME.SHA256SUMS"
	if [ -n "${SUDO_UID:-}" ]; then
		chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$OUT"
	fi
	say "$(du -m "$OUT/$NAME.iso" | cut -f1) MiB: $OUT/$NAME.iso"
}
