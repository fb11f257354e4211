package lab

import (
	"fmt"
	"path"
	"strings"
	"time"

	"patchtrace/lab/logfile"
)

// agent is the part of the client that runs advertised programs, and notes in
// its log how they end.
type agent struct {
	s *session
	// id is the advertisement, "" when the program is not advertised.
	id string
	ad *advertised
}

// advertise runs a program as the client's agent does.
func advertise(run func(*session) ending) func(*session) ending {
	return func(s *session) ending {
		a := agent{s: s}
		a.find()
		return a.run(run)
	}
}

// find looks for the advertisement of the program in the session's folder.
func (a *agent) find() {
	pkg, kind := a.s.packageHere(), strings.ToLower(a.s.program)
	for id, ad := range a.s.machine.Programs {
		isSync := strings.Contains(ad.Name, "Sync")
		if strings.EqualFold(ad.Package, pkg) && isSync == (kind == "syncxml.exe") {
			a.id, a.ad = id, ad
		}
	}
	if a.ad == nil {
		a.ad = &advertised{Name: a.s.program, Package: pkg, Recurs: true}
	}
}

// packageHere is the package that the session's folder belongs to:
// ...\LAB00012, or ...\LAB00031.1.System.
func (s *session) packageHere() string {
	name, _, _ := strings.Cut(path.Base(s.dir), ".")
	return name
}

func (a *agent) run(program func(*session) ending) ending {
	log := a.log()
	if !a.ad.Recurs && a.ad.LastRun != nil {
		when := a.ad.LastRun.In(a.s.now().Location()).Format("2006-01-02 15:04")
		log.note("%s of advertisement %s ran %s and does not recur. It is not run again.", a.ad.Name, a.id, when)
		a.s.print("LAB: %s ran %s, and its schedule has no second start.", a.ad.Name, when)
		return ending{code: 1}
	}
	if _, err := a.s.disk.file(path.Join(a.s.dir, a.s.program), mayRead); err != nil {
		log.notStarted(a, err)
		a.s.print("LAB: %s in %s: %v", a.s.program, shown(a.s.dir), err)
		return ending{code: winCode(err)}
	}
	log.started(a)
	for a.s.machine.hangs(a.s.program) {
		time.Sleep(time.Hour) // until somebody ends it
	}
	end := program(a.s)
	if !end.deferred && !end.killed {
		log.ended(a, end.code)
	}
	a.afterwards()
	return end
}

// afterwards notes that the program ran.
func (a *agent) afterwards() {
	now := a.s.lab.trueTime()
	_ = a.s.changeMachine(func(m *machine) { // what cannot be noted has not happened
		if ad := m.Programs[a.id]; ad != nil {
			ad.LastRun = &now
		}
	})
}

// winCode is the Win32 code of an error, 1 when it has none.
func winCode(err error) int {
	var code sysError
	if asSys(err, &code) {
		return int(code & 0xffff)
	}
	return 1
}

// agentLog is how an agent writes: execmgr of the Advanced Client, or APM.
type agentLog interface {
	note(format string, args ...any)
	started(*agent)
	notStarted(*agent, error)
	ended(a *agent, code int)
}

func (a *agent) log() agentLog {
	if a.s.lab.Product() == SMS2 {
		return apm{a.s.quietLog("Smsapm32.log", "APM")}
	}
	return execmgr{a.s.quietLog("execmgr.log", "execmgr")}
}

// execmgr is the log of the Advanced Client.
type execmgr struct{ *logger }

func (l execmgr) note(format string, args ...any) { l.info(format, args...) }

func (l execmgr) event(a *agent, kind string, severity logfile.Severity) {
	l.write(severity, "Raised Program %s Event for Ad:%s, Package:%s, Program: %s", []any{kind, a.id, a.ad.Package, a.ad.Name})
}

func (l execmgr) started(a *agent) {
	l.info("Requesting content from CAS for package %s version %d", a.ad.Package, 1)
	l.event(a, "Started", logfile.Info)
}

func (l execmgr) notStarted(a *agent, err error) {
	l.event(a, "Error", logfile.Error)
	l.complete(a, winCode(err), "Failure", logfile.Error)
}

func (l execmgr) ended(a *agent, code int) {
	switch code {
	case 0:
		l.event(a, "Success", logfile.Info)
		l.complete(a, code, "Success", logfile.Info)
	case codeRestart, codeRestartStarted:
		l.complete(a, code, "SuccessRebootRequired", logfile.Info)
	case codeBusy:
		l.complete(a, code, "FailureRetry", logfile.Warning)
	default:
		l.event(a, "Error", logfile.Error)
		l.complete(a, code, "Failure", logfile.Error)
	}
}

func (l execmgr) complete(a *agent, code int, status string, severity logfile.Severity) {
	l.write(severity, "Execution is complete for program %s. The exit code is %d, the execution status is %s", []any{a.ad.Name, code, status})
}

// apm is the log of the SMS 2.0 client.
type apm struct{ *logger }

func (l apm) note(format string, args ...any) { l.info("SCHED DATA  : "+format+"~", args...) }

func (a *agent) path() string { return shown(a.s.dir) + `\` + a.s.program }

func (l apm) started(a *agent) { l.note("Attempting to execute %s (SERVICE context)", a.path()) }

func (l apm) notStarted(a *agent, err error) {
	l.note("Return code = 0x%X; %s.~~; could not start program '%s'.", winCode(err), sysTexts[sysError(winCode(err))], a.path())
	l.note("Program completed unsuccessfully.")
}

func (l apm) ended(a *agent, code int) {
	text, hresult := "The operation completed successfully", 0
	if code != 0 {
		text, hresult = "The program reported a code", 0x80070000|code&0xffff
	}
	l.note("Return code = 0x%X; %s.~~; Program '%s' terminated with exit code = %d.", hresult, text, a.s.program, code)
	switch code {
	case 0:
		l.note("Program completed successfully.")
	case codeRestart, codeRestartStarted, codeBusy:
	default:
		l.note("Program completed unsuccessfully.")
		l.note("Handling an error condition (0x%X) for program %s in package %s.", hresult, a.ad.Name, a.ad.Package)
	}
}

// Exit codes of the Windows Installer that patches end with.
const (
	codeFatal          = 1603
	codeBusy           = 1618
	codeRestartStarted = 1641
	codeRestart        = 3010
)

// missing tells the user what a command line lacks, as the programs do.
func (s *session) missing(names ...string) ending {
	_, _ = fmt.Fprintf(s.out, "LAB: %s: %s is missing\n", s.program, strings.Join(names, ", "))
	return ending{code: 87} // invalid parameter
}
