package logparse

import "syscall"

// remoteKinds are file systems whose changes by others give no events here, by
// the number that statfs gives. Source: statfs(2).
var remoteKinds = map[uint32]string{
	0x00006969: "NFS",
	0x0000517B: "SMB",
	0xFF534D42: "SMB",
	0xFE534D42: "SMB",
	0x01021997: "9P",
	0x65735546: "FUSE",
	0x5346414F: "AFS",
	0x00C36400: "Ceph",
	0x73757245: "Coda",
}

// remoteFolder tells whether a folder is on a file system that sends no events,
// and of what kind that is.
func remoteFolder(dir string) (kind string, ok bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return "", false // watching it meets the same error
	}
	kind, ok = remoteKinds[uint32(st.Type)]
	return kind, ok
}
