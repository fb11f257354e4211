package lab

import (
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"patchtrace/lab/logfile"
)

// session is one run of a practice program: what it sees of its machine.
type session struct {
	lab     *Lab
	machine *machine
	disk    *disk
	// program is the name of the executable, args are its arguments.
	program string
	args    []string
	// dir is the folder that it runs in, below the lab's root.
	dir string
	// out is standard output; silent programs print nothing.
	out    io.Writer
	silent bool
}

// newSession reads the machine.
func newSession(l *Lab, program string, args []string, dir string, out io.Writer) (*session, error) {
	m, err := l.machine()
	if err != nil {
		return nil, err
	}
	s := &session{lab: l, machine: m, program: program, args: args, dir: dir, out: out}
	s.disk = &disk{root: l.root, inUse: m.InUse, free: m.DiskFree}
	return s, nil
}

// now is what the client's clock shows.
func (s *session) now() time.Time {
	t, err := s.lab.clientTime(s.machine)
	if err != nil {
		return s.lab.trueTime() // an unknown zone; a program starts all the same
	}
	return t
}

// commandLine is the program with its arguments, for reading.
func (s *session) commandLine() string {
	words := []string{s.program}
	for _, a := range s.args {
		if a == "" || strings.ContainsAny(a, " \t") {
			a = `"` + a + `"`
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// print tells the user something, unless the program is to be silent.
func (s *session) print(format string, args ...any) {
	if !s.silent {
		_, _ = fmt.Fprintf(s.out, format+"\n", args...) // nobody may be listening
	}
}

// changeMachine changes machine.json and what the session knows of it.
func (s *session) changeMachine(f func(*machine)) error {
	if err := change(s.lab, fileMachine, f); err != nil {
		return err
	}
	m, err := s.lab.machine()
	if err != nil {
		return err
	}
	s.machine = m
	s.disk.inUse, s.disk.free = m.InUse, m.DiskFree
	return nil
}

// logger writes one log.
type logger struct {
	disk      *disk
	file      string // below the root
	component string
	format    logfile.Format
	now       func() time.Time
	max       int64
	// echo gets every message too, nil for none.
	echo func(format string, args ...any)
	err  error
}

// log opens a log of the client. Its error says that it cannot be written.
func (s *session) log(name, component string) (*logger, error) {
	l := &logger{
		disk: s.disk, file: s.lab.dirLogs() + "/" + name, component: component,
		now: s.now, max: s.lab.config().LogMaxSize, echo: s.print,
	}
	if s.lab.Product() == SMS2 {
		l.format = logfile.Client2
	}
	return l, l.disk.mayAppend(l.file)
}

// quietLog opens a log whose messages are not printed.
func (s *session) quietLog(name, component string) *logger {
	l, _ := s.log(name, component) // what cannot be written is lost, as on a real client
	l.echo = nil
	return l
}

func (l *logger) info(format string, args ...any)  { l.write(logfile.Info, format, args) }
func (l *logger) warn(format string, args ...any)  { l.write(logfile.Warning, format, args) }
func (l *logger) error(format string, args ...any) { l.write(logfile.Error, format, args) }

func (l *logger) write(severity logfile.Severity, format string, args []any) {
	message := fmt.Sprintf(format, args...)
	if l.echo != nil {
		l.echo("%s", message)
	}
	l.at(l.now(), severity, message)
}

// at writes a line of a certain time.
func (l *logger) at(t time.Time, severity logfile.Severity, message string) {
	line := []byte(l.format.Line(logfile.Record{
		At: t, Component: l.component, Thread: os.Getpid(), Severity: severity, Message: message, Source: "lab",
	}))
	l.rotate(int64(len(line)))
	if err := l.disk.appendLine(l.file, line); err != nil && l.err == nil {
		l.err = err
	}
}

// rotate makes room for a line: the full log becomes X.lo_, whose old content is
// lost.
func (l *logger) rotate(more int64) {
	info, err := l.disk.root.Stat(l.file)
	if err != nil || l.max <= 0 || info.Size()+more <= l.max {
		return
	}
	old := strings.TrimSuffix(l.file, path.Ext(l.file)) + ".lo_"
	if l.disk.mayPut(old, 0) == nil {
		_ = l.disk.root.Rename(l.file, old) // else the log grows on
	}
}
