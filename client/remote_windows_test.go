package client

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

func TestWhyAShareCannotBeReached(t *testing.T) {
	for code, want := range map[error]string{
		windows.ERROR_BAD_NETPATH:   "no computer of that name answers; check the name, that the computer is on, and that its firewall",
		windows.ERROR_BAD_NET_NAME:  "it has no such share; check that its administrative shares are on",
		windows.ERROR_LOGON_FAILURE: "it does not know this user, or the password is wrong; ",
		windows.ERROR_ACCESS_DENIED: "access denied; run as an administrator of that computer",
	} {
		d := thisMachine
		d.stat = func(name string) (fs.FileInfo, error) { return nil, &fs.PathError{Op: "stat", Path: name, Err: code} }
		if _, err := open(d, `\\WKS1`); err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, code) {
			t.Errorf("%v: got %v", code, err)
		}
	}
}
