package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// States keeps what comes back when a target is opened again, beside its
// parameters and as safely: one JSON file for each target, written whole or not
// at all, and the list of the targets that were opened.
type States struct{ dir string }

// KeptStates is the store in the user's configuration folder. The error says
// that the system names none.
func KeptStates() (States, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return States{}, fmt.Errorf("find the configuration folder: %w", err)
	}
	return StatesIn(filepath.Join(dir, "patchtrace")), nil
}

// StatesIn is the store below the folder, which need not exist.
func StatesIn(dir string) States { return States{dir} }

// stateFile is the layout of a file; see paramsFile.
type stateFile struct {
	Target string          `json:"target"`
	State  json.RawMessage `json:"state"`
}

// File is where the target's state is kept.
func (s States) File(target string) string {
	return strings.TrimSuffix(ParamsIn(s.dir).File(target), ".json") + ".state.json"
}

// Load reads the target's state into a variable, which stays as it is when none
// was kept. An error names the file.
func (s States) Load(target string, into any) error {
	name := s.File(target)
	var f stateFile
	if err := readKept(name, &f); err != nil || f.State == nil || targetKey(f.Target) != targetKey(target) {
		return err
	}
	if err := json.Unmarshal(f.State, into); err != nil {
		return damaged(name, err)
	}
	return nil
}

// Save keeps the state as the target's.
func (s States) Save(target string, state any) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return s.write(s.File(target), stateFile{target, raw})
}

// Opened is a target that was opened.
type Opened struct {
	Kind string `json:"kind"`
	Path string `json:"path"`
}

// maxOpened is how many targets are listed.
const maxOpened = 8

func (s States) openedFile() string { return filepath.Join(s.dir, "opened.json") }

// Opened lists the targets that were opened, the newest first.
func (s States) Opened() ([]Opened, error) {
	var list []Opened
	err := readKept(s.openedFile(), &list)
	return list[:min(len(list), maxOpened)], err
}

// Note puts a target at the head of the list. A damaged list is begun anew:
// nothing in it is worth more than that.
func (s States) Note(o Opened) error {
	old, _ := s.Opened()
	list := []Opened{o}
	for _, other := range old {
		if targetKey(other.Path) != targetKey(o.Path) && len(list) < maxOpened {
			list = append(list, other)
		}
	}
	return s.write(s.openedFile(), list)
}

func readKept(name string, into any) error {
	data, err := readSmall(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &OpenError{"read what was kept in", name, cause(err), "check that it is yours to read, or delete it"}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return damaged(name, err)
	}
	return nil
}

func damaged(name string, err error) error {
	return &OpenError{"read what was kept in", name, err, "correct the file or delete it"}
}

func (s States) write(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &OpenError{"keep things in", dir, cause(err), "make the folder; until then nothing is kept"}
	}
	if err := replace(name, append(data, '\n')); err != nil {
		return &OpenError{"keep things in", name, cause(err), "check that you may write there; until then nothing is kept"}
	}
	return nil
}
