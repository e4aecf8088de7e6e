"""How a scan ended: situations on real disks, each with what every surface has to say of it."""
