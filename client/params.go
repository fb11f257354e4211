package client

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"patchtrace/logparse"
)

// Params keeps what was asked for once: the parameters of the commands, by
// target. They are names of servers, shares and packages, nothing secret, one
// readable JSON file for each target.
//
// A file is written whole or not at all, also when the program is killed
// meanwhile. Of two programs that write at the same time the last one wins.
type Params struct{ dir string }

// maxParams bounds a file of parameters, in bytes.
const maxParams = 256 << 10

// KeptParams is the store in the user's configuration folder. The error says
// that the system names none.
func KeptParams() (Params, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return Params{}, fmt.Errorf("find the configuration folder: %w", err)
	}
	return ParamsIn(filepath.Join(dir, "patchtrace")), nil
}

// ParamsIn is the store below the folder, which need not exist.
func ParamsIn(dir string) Params { return Params{filepath.Join(dir, "targets")} }

// paramsFile is the layout of a file. Target is for its reader, and so that a
// hash that fits by chance is noticed.
type paramsFile struct {
	Target string            `json:"target"`
	Params map[string]string `json:"params"`
}

// File is where the target's parameters are kept.
func (p Params) File(target string) string {
	sum := sha256.Sum256([]byte(targetKey(target)))
	return filepath.Join(p.dir, hex.EncodeToString(sum[:8])+".json")
}

// targetKey is the target's name as it is compared: a path however it was
// typed, on Windows without regard to case.
func targetKey(target string) string {
	key := target
	if key != ThisMachine && !strings.HasPrefix(key, `\\`) {
		if abs, err := filepath.Abs(key); err == nil {
			key = abs
		}
	}
	if runtime.GOOS == "windows" || strings.HasPrefix(key, `\\`) {
		key = strings.ToLower(strings.TrimRight(key, `\`))
	}
	return key
}

// Load returns the target's parameters, none if none were kept. An error names
// the file.
func (p Params) Load(target string) (map[string]string, error) {
	name := p.File(target)
	data, err := readSmall(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, &OpenError{"read kept parameters", name, cause(err), "check that it is yours to read, or delete it"}
	}
	var f paramsFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, &OpenError{"read kept parameters", name, err, "correct the file or delete it"}
	}
	if f.Params == nil || targetKey(f.Target) != targetKey(target) {
		return map[string]string{}, nil
	}
	return f.Params, nil
}

func readSmall(name string) ([]byte, error) {
	var f *os.File
	err := insist(func() (err error) {
		f, err = logparse.OpenShared(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxParams+1))
	if err == nil && len(data) > maxParams {
		err = fmt.Errorf("larger than %d bytes", maxParams)
	}
	return data, err
}

// Save keeps the parameters as the target's. Nothing is written when they are
// kept already.
func (p Params) Save(target string, params map[string]string) error {
	if kept, err := p.Load(target); err == nil && maps.Equal(kept, params) {
		return nil
	}
	data, err := json.MarshalIndent(paramsFile{target, params}, "", "  ")
	if err != nil {
		return err // strings have JSON
	}
	name := p.File(target)
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return &OpenError{"keep parameters in", p.dir, cause(err), "make the folder, or give the parameters with --set each time"}
	}
	if err := replace(name, append(data, '\n')); err != nil {
		return &OpenError{"keep parameters in", name, cause(err), "check that you may write there, or give the parameters with --set each time"}
	}
	return nil
}

// replace puts data in place of the file in one step. It is on disk before the
// old one is gone.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".half-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Chmod(f.Name(), 0o644) // readable: nothing in it is secret
	}
	if err == nil {
		err = insist(func() error { return rename(f.Name(), name) })
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error above is what matters
	}
	return err
}

// rename puts a file in place of another of its folder, also while that is read:
// on Windows, os.Root asks for what os.Rename does not.
func rename(from, to string) error {
	root, err := os.OpenRoot(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Rename(filepath.Base(from), filepath.Base(to))
}
