package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"patchtrace/diagnose/errcode"
	"patchtrace/diagnose/evidence"
	"patchtrace/diagnose/evidence/mof"
)

// wmi is how classes are asked. Tests replace it.
type wmi interface {
	// query returns the instances of a class and of those derived from it, which
	// fit the condition, "" for all. With an error it returns those before it.
	query(ctx context.Context, at space, class, where string) ([]mof.Instance, error)
	// call calls a class's method and returns what it gives back, as text.
	call(ctx context.Context, at space, class, method string, input map[string]string) (map[string]string, error)
}

// space is a namespace of a computer.
type space struct {
	// host is the computer, "." for this one.
	host, namespace string
}

const thisHost = "."

func (s space) String() string {
	if s.host == thisHost {
		return s.namespace
	}
	return `\\` + s.host + `\` + s.namespace
}

// Why WMI does not answer. errors.Is knows them whatever code was given.
var (
	// ErrNoWMI is why a computer cannot be asked from this one.
	ErrNoWMI = errors.New("WMI needs Windows")
	// ErrNoClass: the namespace is there, the class is not.
	ErrNoClass = evidence.ErrNoClass
	// ErrNoNamespace: no program made the namespace.
	ErrNoNamespace = errors.New("there is no such namespace")

	errWMIDenied  = errors.New("access denied")
	errNoMethod   = errors.New("there is no such method")
	errNoRPC      = errors.New("the computer does not answer to remote calls (RPC)")
	errNoHost     = errors.New("no computer of that name was found")
	errWMIBroken  = errors.New("WMI itself is out of order")
	errWMIStopped = errors.New("WMI is not running")
	errSlow       = errors.New("no answer in time")
)

// Codes that WMI and what carries it give back.
const (
	wbemNotFound       = 0x80041002
	wbemAccessDenied   = 0x80041003
	wbemNotAvailable   = 0x80041009
	wbemNoNamespace    = 0x8004100E
	wbemNoClass        = 0x80041010
	wbemTransport      = 0x80041015
	wbemNoMethod       = 0x8004102E
	wbemPrivilege      = 0x80041062
	accessDenied       = 0x80070005
	notImplemented     = 0x80004001
	networkPath        = 0x80070035
	rpcUnavailable     = 0x800706BA
	rpcFailed          = 0x800706BE
	rpcNotExecuted     = 0x800706BF
	rpcTooBusy         = 0x800706BB
	rpcEndpoints       = 0x800706D9
	rpcDisconnected    = 0x80010108
	hostNotFound       = 0x80072AF9
	hostNoAddress      = 0x80072AFC
	wbemProviderLoad   = 0x80041013
	wbemInitialization = 0x80041014
	classNotRegistered = 0x80040154
	serviceDisabled    = 0x80070422
	serverExec         = 0x80080005
)

// doing is the step in which WMI failed: it tells what a code means that stands for
// several things.
type doing uint8

const (
	connecting doing = iota
	findingClass
	reading
	callingMethod
)

// WMIError says why WMI did not answer, in words.
type WMIError struct {
	// On is the class with its namespace, or the namespace.
	On string
	// Code is the HRESULT, 0 if there is none.
	Code uint32
	// Err is the reason, Do what to do about it.
	Err error
	Do  string
}

func (e *WMIError) Error() string {
	if e.Code == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v (%s)", e.Err, errcode.Format(e.Code))
}

// Unwrap returns the cause.
func (e *WMIError) Unwrap() error { return e.Err }

// explainWMI puts a code into words.
func explainWMI(at space, class string, when doing, code uint32) *WMIError {
	e := &WMIError{On: at.String(), Code: code}
	if class != "" {
		e.On += ":" + class
	}
	remote := at.host != thisHost
	switch code {
	case wbemNoNamespace:
		e.Err, e.Do = ErrNoNamespace, "check that the client is installed there, and is of the kind that has it"
	case wbemNoClass, wbemNotFound:
		e.Err, e.Do = ErrNoClass, missingClassDo(class)
	case wbemNotAvailable:
		// Windows says so of a computer; Wine says so of all that is missing.
		switch {
		case when == findingClass:
			e.Err, e.Do = ErrNoClass, missingClassDo(class)
		case remote:
			e.Err, e.Do = errNoRPC, reachDo(at.host)
		default:
			e.Err, e.Do = ErrNoNamespace, "check that the client is installed there, and is of the kind that has it"
		}
	case wbemNoMethod:
		e.Err, e.Do = errNoMethod, "check that the client is of the kind that the playbook is for"
	case wbemAccessDenied, accessDenied, wbemPrivilege:
		e.Err, e.Do = errWMIDenied, "run as an administrator"
		if remote {
			e.Do = "run as a user who is an administrator of " + at.host + ", and who has the right to start and activate DCOM remotely"
		}
	case rpcUnavailable, rpcFailed, rpcNotExecuted, rpcTooBusy, rpcEndpoints, rpcDisconnected, wbemTransport:
		e.Err, e.Do = errNoRPC, "start the service Windows Management Instrumentation"
		if remote {
			e.Do = reachDo(at.host)
		}
	case hostNotFound, hostNoAddress, networkPath:
		e.Err, e.Do = errNoHost, "check the name, and that this computer can look it up"
	case wbemProviderLoad, wbemInitialization, classNotRegistered, serverExec:
		e.Err, e.Do = errWMIBroken, brokenDo
	case serviceDisabled:
		e.Err, e.Do = errWMIStopped, "enable and start the service Windows Management Instrumentation"
	default:
		c := errcode.Decode(code)
		e.Err, e.Do = errors.New(strings.ToLower(c.Meaning[:1])+c.Meaning[1:]), "look it up with: patchtrace lookup "+errcode.Format(code)
	}
	return e
}

const brokenDo = "check it with: winmgmt /verifyrepository"

// missingClassDo says who makes a class.
func missingClassDo(class string) string {
	if strings.HasPrefix(strings.ToLower(class), "win32_patchstate") {
		return "run the scan: its first success makes the class"
	}
	return "check that the client is installed there, and is of the kind that has it"
}

func reachDo(host string) string {
	return "check that " + host + ` is on, and that its firewall lets in "Windows Management Instrumentation" (port 135 and those above 49151)`
}

// callLimit is how long WMI may take to answer. Methods of the client set something
// off and return at once.
const callLimit = time.Minute

// within runs f and stops waiting for it after the limit or when ctx ends: a call
// that hangs cannot be ended. f must not touch what the caller goes on to use.
func within[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	done := make(chan answer, 1)
	go func() {
		value, err := f()
		done <- answer{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-done:
		return a.value, a.err
	case <-timer.C:
		return none, fmt.Errorf("%w: %s have passed", errSlow, limit)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// text is a value within a condition of WQL, in quotes.
func wqlText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
