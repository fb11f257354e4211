package client

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
)

var errNoOwnName = errors.New("the computer does not tell its name")

// NetBIOSName is this computer's name as a site knows it.
func (l Local) NetBIOSName() (string, error) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "", &HostError{"find", "the name of this computer", errors.Join(errNoOwnName, err), "name the computer's Last Hardware Scan yourself"}
	}
	return netBIOS(name), nil
}

// NetBIOSName is the computer's name as a site knows it. One that is known by its
// address alone is asked for it.
func (r Remote) NetBIOSName(ctx context.Context) (string, error) {
	if _, err := netip.ParseAddr(r.Host); err != nil {
		return netBIOS(r.Host), nil
	}
	const class = "Win32_OperatingSystem"
	list, err := r.wmi().query(ctx, r.cimv2(), class, "")
	if err == nil && (len(list) == 0 || list[0].Get("CSName") == "") {
		err = errNoOwnName
	}
	if err != nil {
		return "", askError(r.cimv2(), class, err)
	}
	return netBIOS(list[0].Get("CSName")), nil
}

// netBIOS shortens the name of a computer as Windows does.
func netBIOS(name string) string {
	const longest = 15
	name, _, _ = strings.Cut(name, ".")
	if letters := []rune(name); len(letters) > longest {
		name = string(letters[:longest])
	}
	return strings.ToUpper(name)
}
