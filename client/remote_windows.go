package client

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// shareWords are reasons why a share cannot be reached, and what to do. What stands
// in no row is told as Windows says it.
var shareWords = map[syscall.Errno]struct{ why, do string }{
	windows.ERROR_BAD_NETPATH:                  {"no computer of that name answers", "check the name, that the computer is on, and that its firewall lets in file sharing (port 445)"},
	windows.ERROR_BAD_NET_NAME:                 {"it has no such share", "check that its administrative shares are on, or copy its log folder"},
	windows.ERROR_NETNAME_DELETED:              {"the connection broke off", "try it again"},
	windows.ERROR_SEM_TIMEOUT:                  {"no answer in time", "check that the computer is on, and that its firewall lets in file sharing (port 445)"},
	windows.ERROR_NETWORK_UNREACHABLE:          {"there is no way to its network", "check the network of this computer"},
	windows.ERROR_LOGON_FAILURE:                {"it does not know this user, or the password is wrong", "connect first: net use"},
	windows.ERROR_ACCOUNT_RESTRICTION:          {"this user may not log on to it", "run as an administrator of that computer"},
	windows.ERROR_LOGON_TYPE_NOT_GRANTED:       {"this user may not log on to it over the network", "run as an administrator of that computer"},
	windows.ERROR_SESSION_CREDENTIAL_CONFLICT:  {"there is a connection to it as another user", "end that one first: net use /delete"},
	windows.ERROR_TRUSTED_RELATIONSHIP_FAILURE: {"the trust between the two computers' domains is broken", "use a local administrator of that computer: net use"},
	windows.ERROR_NO_LOGON_SERVERS:             {"no domain controller can be reached to log on", "check the network of this computer"},
}

// shareTrouble puts a failure to reach a share into words.
func shareTrouble(err error) (why, do string, ok bool) {
	var code syscall.Errno
	if !errors.As(err, &code) {
		return "", "", false
	}
	w, ok := shareWords[code]
	return w.why, w.do, ok
}
