package lab

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// authorizeName is the list of authorised updates in an update package.
const authorizeName = "PatchAuthorize.xml"

// patchAuthorize is PatchAuthorize.xml. Its real form is not published; this one
// is the lab's own.
type patchAuthorize struct {
	XMLName xml.Name          `xml:"PatchAuthorize"`
	Lab     string            `xml:"lab,attr"`
	Patches []authorizedPatch `xml:"Patch"`
}

type authorizedPatch struct {
	ID       string `xml:"ID,attr"`
	QNumbers string `xml:"QNumbers,attr"`
	Product  string `xml:"Product,attr"`
	File     string `xml:"File,attr"`
	Switches string `xml:"Switches,attr"`
	// Authorized is the wall clock of the site when the update was authorised.
	// PatchInstall counts the grace period from it on the client's wall clock.
	Authorized string `xml:"TimeAuthorized,attr"`
}

// installRun is one run of PatchInstall.exe.
type installRun struct {
	*session
	log   *logger
	grace time.Duration
	// failed is the exit code of the first patch that failed, restart that of one
	// that wants a restart.
	failed, restart      int
	installed, postponed int
}

// patchInstall applies what PatchAuthorize.xml allows and this client lacks.
func patchInstall(s *session) ending {
	sw := parseSwitches(s.args, "/m", "/g")
	s.silent = sw.set["/s"] || sw.set["/q"]
	log, err := s.log("PatchInstall.log", "PatchInstall")
	if err != nil {
		s.print("LAB: PatchInstall.log cannot be written: %v", err)
		return ending{code: winCode(err)}
	}
	r := installRun{session: s, log: log}
	log.info("PatchInstall.exe started, version %s", toolVersion)
	log.info("Command line: %s", s.commandLine())
	if hours, err := time.ParseDuration(sw.values["/g"] + "h"); err == nil {
		r.grace = hours
	}
	list := sw.values["/m"]
	if list == "" {
		log.error("Wrong command line, error 87: /m:<list> is needed")
		return ending{code: 87}
	}
	if s.machine.RestartPending {
		log.warn("Pending file renames were found: a restart is required before updates are installed")
		return ending{code: codeRestart, deferred: true}
	}
	return ending{code: r.run(list)}
}

func (r *installRun) run(list string) int {
	due, err := r.due(list)
	if err != nil {
		r.log.error("%v", err)
		code := winCode(err)
		r.log.info("PatchInstall ended with exit code %d", code)
		return code
	}
	if len(due) == 0 {
		r.log.info("All authorized updates are installed already")
		return 0
	}
	for _, p := range due {
		r.install(p)
	}
	return r.end()
}

// end says what came of it all and returns the exit code.
func (r *installRun) end() int {
	switch {
	case r.failed != 0:
		r.log.error("PatchInstall ended with exit code %d", r.failed)
		return r.failed
	case r.restart != 0:
		r.log.info("%d updates are in place, a restart is needed, exit code %d", r.installed, r.restart)
		return r.restart
	case r.postponed > 0:
		r.log.info("%d updates wait for the end of their grace period", r.postponed)
		return 0
	}
	r.log.info("Installation completed successfully, %d updates", r.installed)
	return 0
}

// due returns the authorised patches that this client lacks.
func (r *installRun) due(list string) ([]authorizedPatch, error) {
	allowed, err := r.authorized(list)
	if err != nil {
		return nil, err
	}
	known, err := repository{r.session}.instances(nsCIM, classPatchState)
	if err != nil {
		return nil, says("The scan has left nothing to go by: cannot read %s, error %w", classPatchState, err)
	}
	var due []authorizedPatch
	applicable, installed := 0, 0
	for i := range known {
		if known[i].Get("Status") != "Applicable" {
			continue
		}
		applicable++
		if k := slices.IndexFunc(allowed, func(p authorizedPatch) bool { return p.is(&known[i]) }); k >= 0 {
			due = append(due, allowed[k])
		}
	}
	for _, p := range allowed {
		if slices.ContainsFunc(known, func(i mof.Instance) bool { return p.is(&i) && i.Get("Status") == "Installed" }) {
			installed++
		}
	}
	r.log.info("%d authorized updates, %d applicable updates, %d of them to install", len(allowed), applicable, len(due))
	if len(due) == 0 && installed < len(allowed) || len(allowed) == 0 && applicable > 0 {
		return nil, says("Nothing to do here: none of the %d authorized updates is applicable, none of the %d applicable updates is authorized", len(allowed), applicable)
	}
	return due, nil
}

// is tells whether the instance is of this patch.
func (p *authorizedPatch) is(i *mof.Instance) bool {
	return strings.EqualFold(p.ID, i.Get("ID")) && p.QNumbers == i.Get("QNumbers") && strings.EqualFold(p.Product, i.Get("Product"))
}

// authorized reads the list.
func (r *installRun) authorized(list string) ([]authorizedPatch, error) {
	name := path.Join(r.dir, r.disk.spelling(r.dir, path.Base(strings.ReplaceAll(list, `\`, "/"))))
	data, err := r.disk.read(name)
	switch {
	case errors.Is(err, errFileNotFound):
		return nil, says("%s was not found in %s, error %w", list, shown(r.dir), err)
	case err != nil:
		return nil, says("Cannot read %s in %s, error %w", list, shown(r.dir), err)
	}
	var a patchAuthorize
	if err := unmarshalAll(data, &a); err != nil {
		return nil, says("%s is not well-formed: %w", list, err)
	}
	return a.Patches, nil
}

// unmarshalAll reads a document to its end. xml.Unmarshal takes no notice of what
// follows the root element; readers on Windows refuse it.
func unmarshalAll(data []byte, into any) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(into); err != nil {
		return err
	}
	for {
		token, err := d.Token()
		switch token := token.(type) {
		case xml.StartElement:
			return fmt.Errorf("a second root element, %s", token.Name.Local)
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return errors.New("text behind the root element")
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// install runs one patch.
func (r *installRun) install(p authorizedPatch) {
	what := fmt.Sprintf("%s (Q%s)", p.ID, p.QNumbers)
	if until, ok := r.waits(p); ok {
		r.postponed++
		r.log.warn("%s is postponed, its grace period ends %s", what, until.Format("2006-01-02 15:04"))
		return
	}
	r.log.info("Installing %s: %s %s", what, p.File, p.Switches)
	code, err := r.apply(p)
	switch {
	case err != nil:
		code = winCode(err)
		r.log.error("%s was not run, it failed with error %v", what, err)
	case code == 0:
		r.log.info("%s was installed, exit code 0", what)
	default:
		r.log.warn("%s ended with exit code %d", what, code)
	}
	switch code {
	case 0:
		r.installed++
	case codeRestart, codeRestartStarted:
		r.installed++
		r.restart = code
	default:
		if r.failed == 0 {
			r.failed = code
		}
	}
}

// authorizedLayout is how the list spells the wall clock.
const authorizedLayout = "2006-01-02T15:04:05"

// waits tells whether the grace period of a patch goes on, and until when. Both
// clocks are read as they hang on the wall: that of the site when the update was
// authorised, and the client's.
func (r *installRun) waits(p authorizedPatch) (until time.Time, ok bool) {
	at, err := time.Parse(authorizedLayout, p.Authorized)
	if err != nil {
		return time.Time{}, false
	}
	now, err := time.Parse(authorizedLayout, r.now().Format(authorizedLayout))
	until = at.Add(r.grace)
	return until, err == nil && now.Before(until)
}

// apply runs a patch's installer and returns its exit code.
func (r *installRun) apply(p authorizedPatch) (code int, err error) {
	data, err := r.disk.read(path.Join(r.dir, p.File))
	if err != nil {
		return 0, err
	}
	var patch practicePatch
	if err := json.Unmarshal(data, &patch); err != nil {
		return 0, says("193 (%s is not a valid program)", p.File)
	}
	if r.machine.InstallerBusy {
		return codeBusy, nil
	}
	if patch.Size > r.machine.DiskFree {
		return 0, errDiskFull
	}
	if patch.ExitCode != 0 && patch.ExitCode != codeRestart && patch.ExitCode != codeRestartStarted {
		return patch.ExitCode, nil
	}
	return patch.ExitCode, r.changeMachine(func(m *machine) {
		for file, version := range patch.Files {
			m.setVersion(file, version)
		}
		m.Installed["Q"+p.QNumbers] = r.lab.trueTime()
		m.RestartPending = m.RestartPending || patch.ExitCode != 0
	})
}
