package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"patchtrace/client"
	"patchtrace/diagnose/errcode"
	"patchtrace/lab"
	"patchtrace/tui"
)

// desk does the console's work: files, processes, the network and the clock.
type desk struct {
	deps deps
	env  runEnv
	// states is where the state of targets is kept.
	states func() (client.States, error)
	// temp is where labs are made, "" for the system's folder; here is the folder
	// that the console was started in; exports is where texts are written.
	temp, here string
	exports    func() string
}

var _ tui.Desk = (*desk)(nil)

func newDesk(d deps) *desk {
	here, _ := os.Getwd() // without one it is not offered
	return &desk{deps: d, env: realRunEnv(d), states: client.KeptStates, here: here, exports: exportFolder}
}

// exportFolder is the user's own cache where there is one: the folder for
// temporary files is everybody's.
func exportFolder() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "patchtrace")
	}
	return filepath.Join(os.TempDir(), "patchtrace")
}

// Places are this computer, the lab, what was opened before, and the current
// folder if there are logs in it.
func (d *desk) Places(ctx context.Context) []tui.Place {
	local := tui.Place{Kind: tui.ThisComputer}
	if t, err := d.env.target(""); err != nil || t.host == nil {
		local.Off, local.Note = true, "no client was found here"
	}
	places := []tui.Place{local, {Kind: tui.Lab, Note: "a practice site and client that is made anew"}}
	for _, o := range d.opened() {
		if ctx.Err() != nil {
			return places
		}
		places = append(places, o)
	}
	if d.here != "" && !holdsPlace(places, d.here) && (lab.Is(d.here) || client.HoldsLogs(d.here)) {
		places = append(places, tui.Place{Kind: tui.Folder, Path: d.here, Note: "the current folder"})
	}
	return places
}

// opened are the places of earlier times. Whether another computer is still there
// is not asked: that may take long.
func (d *desk) opened() []tui.Place {
	store, err := d.states()
	if err != nil {
		return nil
	}
	list, _ := store.Opened() // a list that is damaged is begun anew
	var places []tui.Place
	for _, o := range list {
		p := tui.Place{Kind: tui.PlaceKind(o.Kind), Path: o.Path, Note: "opened before"}
		if p.Kind != tui.Remote && !client.IsUNC(p.Path) {
			if _, err := os.Stat(p.Path); err != nil {
				p.Off, p.Note = true, "it is not there any more"
			}
		}
		places = append(places, p)
	}
	return places
}

func holdsPlace(places []tui.Place, path string) bool {
	for _, p := range places {
		if p.Path != "" && filepath.Clean(p.Path) == filepath.Clean(path) {
			return true
		}
	}
	return false
}

// Faults are those of the usual lab.
func (d *desk) Faults() []tui.Fault { return d.FaultsOf(lab.SMS2003) }

// FaultsOf are what a lab of that product can be broken with.
func (d *desk) FaultsOf(product string) []tui.Fault {
	var list []tui.Fault
	for _, f := range lab.Faults(product) {
		list = append(list, tui.Fault{Name: f.Name, Stage: f.Stage, Cause: f.Cause, Rule: f.Rule})
	}
	return list
}

// passing is the target of a lab that goes when it is closed: nothing is kept of
// it, because the next one is another.
const passing = "lab"

// Recall returns what was kept of a target.
func (d *desk) Recall(target string) (tui.State, error) {
	var s tui.State
	if target == passing {
		return s, nil
	}
	store, err := d.states()
	if err != nil {
		return s, &Error{Err: err, Do: "nothing is kept"}
	}
	if err := store.Load(target, &s); err != nil {
		return tui.State{}, openFailure(err)
	}
	return s, nil
}

// Keep keeps the state of a target.
func (d *desk) Keep(target string, s tui.State) error {
	if target == passing {
		return nil
	}
	store, err := d.states()
	if err != nil {
		return &Error{Err: err, Do: "nothing is kept"}
	}
	return openFailure(store.Save(target, s))
}

// LookUp explains the codes of a text, each once, as lookup does.
func (d *desk) LookUp(text string) []tui.Code {
	values, err := errcode.Parse(text)
	if err != nil {
		return nil
	}
	l := &lookupList{seen: map[uint32]bool{}}
	l.add(values)
	var list []tui.Code
	for _, c := range l.codes {
		list = append(list, deskCode(c))
	}
	return list
}

func deskCode(c errcode.Code) tui.Code {
	code := tui.Code{Text: c.Text, Name: c.Name, Family: c.FamilyTitle, Meaning: c.Meaning}
	if http, ok := c.AsHTTP(); ok && !c.Exact {
		c.Group = http.Group
		code.Family, code.Meaning = http.FamilyTitle, http.Meaning+"; as a Windows system error it is not known"
	} else if ok {
		code.Meaning += ", or " + http.Meaning
	}
	if c.Note != "" {
		code.Meaning += ". " + c.Note
	}
	if c.Group != nil {
		code.Do = c.Group.Do
	}
	return code
}

// maxExports is how many texts of one name are written before it is an error.
const maxExports = 1000

// Export writes a text into a file that is not there yet.
func (d *desk) Export(name, text string) (string, error) {
	dir := d.exports()
	fail := func(err error) (string, error) {
		return "", &Error{Op: "export " + name + " to", On: dir, Err: cause(err), Do: "check that you may write there"}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	base := fileName(name)
	ext := filepath.Ext(base)
	for n := 1; n <= maxExports; n++ {
		file := filepath.Join(dir, base)
		if n > 1 {
			file = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(base, ext), n, ext))
		}
		err := writeThrough(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600, []byte(text))
		switch {
		case err == nil:
			return file, nil
		case !errors.Is(err, fs.ErrExist):
			return fail(err)
		}
	}
	return fail(fmt.Errorf("it holds %d of that name already", maxExports))
}

// fileName makes a name that is one on every system, and stays in its folder.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	name = strings.Trim(name[max(0, len(name)-100):], ".")
	if name == "" {
		return "patchtrace.txt"
	}
	return name
}

// anyFault is a fault for somebody who is to find it.
func anyFault(product string) string {
	list := lab.Faults(product)
	return list[rand.IntN(len(list))].Name
}
