package client

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"patchtrace/pipeline"
)

// IsUNC tells whether a name is that of something on another computer.
func IsUNC(name string) bool { return strings.HasPrefix(name, `\\`) }

// wholeComputer matches a computer, or its Windows folder: `\\host`,
// `\\host\admin$`.
var wholeComputer = regexp.MustCompile(`(?i)^\\\\([^\\/]+)(?:\\admin\$)?\\?$`)

var (
	errNoClientThere = errors.New("no folder of it holds logs of a client")
	errNotReached    = errors.New("it cannot be reached")
)

// openRemote opens the log folders of the client on another computer.
func openRemote(d disk, name, host string) (*Target, error) {
	root := `\\` + host + `\admin$`
	if _, err := d.stat(root); err != nil {
		e := &OpenError{"open target", name, explained{errNotReached, err}, "check the name, that the computer is on, and that it shares " + root}
		if errors.Is(err, fs.ErrPermission) {
			e.Err, e.Do = explained{errDenied, err}, "run as an administrator of that computer"
		}
		if why, do, ok := shareTrouble(err); ok {
			e.Err, e.Do = explained{errors.New(why), err}, do
		}
		return nil, e
	}
	books, err := pipeline.All()
	if err != nil {
		return nil, err
	}
	return openClient(d, name, root, books, `\\`+host+`\c$\SMS_CCM\Logs`, `\\`+host+`\c$\Program Files\SMS_CCM\Logs`)
}

// openClient opens the log folders of a client below its Windows folder, and those
// elsewhere that hold logs: a client that is a management point too has them there.
func openClient(d disk, name, root string, books []*pipeline.Playbook, elsewhere ...string) (*Target, error) {
	folders := clientFolders(d, root, books)
	for _, dir := range elsewhere {
		if d.holdsLogs(dir) {
			folders = append(folders, dir)
		}
	}
	if len(folders) == 0 {
		return nil, &OpenError{"open target", name, errNoClientThere, "give the folder in which its client keeps its logs"}
	}
	t, err := openFolders(d, name, folders)
	if err == nil {
		t.Files = append(t.Files, d.cached(root)...)
	}
	return t, err
}

// openFolders opens several folders of one client.
func openFolders(d disk, name string, folders []string) (*Target, error) {
	all := &Target{Name: name}
	for _, folder := range folders {
		info, err := d.stat(folder)
		if err != nil {
			return nil, openError(folder, err)
		}
		one, err := openFolder(d, folder, info)
		if err != nil {
			return nil, err
		}
		if len(folders) > 1 {
			one.Below(filepath.ToSlash(filepath.Clean(folder)) + "/")
		}
		all.Add(one)
	}
	return all, nil
}

// clientFolders are the folders below the Windows folder root in which clients of
// the playbooks write their logs, those that are there.
func clientFolders(d disk, root string, books []*pipeline.Playbook) []string {
	const windir = `%windir%\`
	var found []string
	for _, book := range books {
		for _, ref := range book.Logs() {
			for _, folder := range ref.Folders {
				if ref.Side == pipeline.SideServer || len(folder) < len(windir) || !strings.EqualFold(folder[:len(windir)], windir) || !ownFolder.MatchString(folder) {
					continue
				}
				dir := filepath.Join(root, filepath.FromSlash(strings.ReplaceAll(folder[len(windir):], `\`, "/")))
				if !slices.Contains(found, dir) && d.holdsLogs(dir) {
					found = append(found, dir)
				}
			}
		}
	}
	return found
}

// HoldsLogs tells whether logs lie in the folder itself. What lies below is not
// looked at, and a text counts only with a log beside it.
func HoldsLogs(dir string) bool {
	entries, err := listFolder(dir, maxFiles)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Type().IsRegular() && logName.MatchString(e.Name()) && !strings.EqualFold(filepath.Ext(e.Name()), ".txt")
	})
}

func (d disk) holdsLogs(dir string) bool {
	entries, err := d.list(dir, maxFiles)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Type().IsRegular() && logName.MatchString(e.Name()) })
}
