package cli

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose/evidence"
	"patchtrace/pipeline"
)

// beside is what a target keeps between two judgements of what it tells beside its
// logs: while a stage runs it is judged several times a second.
type beside struct {
	files evidence.Cache
	once  sync.Once

	// wmi is what the computer's WMI said, site what its site did.
	wmi  lastAnswer[evidence.Set]
	site lastAnswer[siteScan]
	far  farFiles
}

const (
	// wmiPace is how old an answer of WMI may be, unless a stage ended since, and
	// wmiWait how long one is waited for.
	wmiPace = 3 * time.Second
	wmiWait = 10 * time.Second
	// farPace is how old a list of files on other computers may be, and farWait how
	// long one is waited for: a computer that is off answers late.
	farPace = 30 * time.Second
	farWait = 3 * time.Second
)

// evidence is all that the target tells beside its logs: a lab's own, what this
// machine's WMI says, and files. The error is that the target cannot be listed,
// or ctx's; what cannot be read is in the set.
func (t *runTarget) evidence(ctx context.Context) (evidence.Set, error) {
	if t.lab != nil {
		return t.evidenceWith(ctx, nil)
	}
	return t.listed(func(listed *client.Target) (evidence.Set, error) { return t.evidenceWith(ctx, listed) })
}

// listed reads from the target while it is listed.
func (t *runTarget) listed(read func(*client.Target) (evidence.Set, error)) (evidence.Set, error) {
	open := t.open
	if open == nil {
		open = client.Open
	}
	listed, err := t.listing(open)
	if err != nil {
		return evidence.Set{}, err
	}
	if t.list == nil { // else it is kept open
		defer closeTargets([]*client.Target{listed})
	}
	return read(listed)
}

// evidenceWith is evidence of a target that has just been listed.
func (t *runTarget) evidenceWith(ctx context.Context, listed *client.Target) (evidence.Set, error) {
	t.beside.once.Do(func() { t.beside.files.Now = time.Now })
	if t.lab != nil {
		set := labEvidence(ctx, t.lab, &t.beside.files)
		return set, ctx.Err()
	}
	files := slices.Clone(listed.Files)
	local := t.name == client.ThisMachine
	if local {
		files = append(files, client.Local{}.Files()...)
	}
	if folders := t.configured(local); len(folders) > 0 {
		files = append(files, t.beside.far.list(ctx, folders)...)
	}
	set := t.beside.files.Read(ctx, onlyOnce(files))
	if local {
		set.Add(t.beside.askWMI(ctx, client.Local{}.Evidence))
	} else if host, ok := client.Computer(t.name); ok {
		set.Add(t.beside.askWMI(ctx, client.Remote{Host: host}.Evidence))
	}
	return set, ctx.Err()
}

// onlyOnce drops files that were listed twice under one name.
func onlyOnce(files []evidence.File) []evidence.File {
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(f evidence.File) bool {
		twice := seen[f.Name]
		seen[f.Name] = true
		return twice
	})
}

// askWMI asks a computer's WMI, but not again at once.
func (b *beside) askWMI(ctx context.Context, ask func(context.Context) evidence.Set) evidence.Set {
	set, ok := b.wmi.get(ctx, wmiPace, wmiWait, ask)
	if !ok && ctx.Err() == nil {
		return evidence.Set{PatchesErr: errNoWMIAnswer}
	}
	return set
}

// forget makes the next judgement ask anew: a stage has ended, or somebody wants
// to see it as it is now.
func (b *beside) forget() {
	b.wmi.forget()
	b.site.forget()
	b.far.forget()
}

// configured are the folders that the parameters of the target name: the package
// source, the tool on a distribution point, the folder of the update package. Of
// another computer only those count that are none of this machine's.
func (t *runTarget) configured(local bool) []string {
	if !local && !client.IsUNC(t.name) {
		return nil
	}
	params := t.known()
	if len(params) == 0 {
		return nil
	}
	books, err := pipeline.All()
	if err != nil {
		return nil // the built-in playbooks are tested
	}
	folders := foldersOf(books, params)
	if local {
		return folders
	}
	return slices.DeleteFunc(folders, func(f string) bool { return !client.IsUNC(f) })
}

// known are the parameters that were kept, and for the rest those that the target
// knows itself.
func (t *runTarget) known() map[string]string {
	params := map[string]string{}
	if t.kept != nil {
		if store, err := t.kept(); err == nil {
			kept, _ := store.Load(t.name) // what cannot be read is not known
			maps.Copy(params, kept)
		}
	}
	for name, value := range t.params {
		if _, ok := params[name]; !ok {
			params[name] = value
		}
	}
	return params
}

// wholeShare matches a share: what lies in all of it is not looked into.
var wholeShare = regexp.MustCompile(`^\\\\[^\\]+\\[^\\]+\\?$`)

// targetSwitch stands before the package source on SyncXML's command line.
const targetSwitch = "/target"

// foldersOf are the folders that the commands of sync and install work on, as far
// as the parameters tell.
func foldersOf(books []*pipeline.Playbook, params map[string]string) []string {
	var folders []string
	add := func(folder string) {
		same := func(f string) bool { return strings.EqualFold(f, folder) }
		if folder != "" && !wholeShare.MatchString(folder) && !slices.ContainsFunc(folders, same) {
			folders = append(folders, folder)
		}
	}
	for _, book := range books {
		for _, stage := range book.Stages {
			for i := range stage.Commands {
				a, err := pipeline.Prepare(&stage.Commands[i], params)
				if err != nil || a.Exec == nil || stage.ID != pipeline.Sync && stage.ID != pipeline.Install {
					continue
				}
				if at := slices.Index(a.Exec.Args, targetSwitch); at >= 0 && at+1 < len(a.Exec.Args) {
					add(a.Exec.Args[at+1])
				}
				add(a.Exec.Dir)
			}
		}
	}
	return folders
}

// farFiles lists folders that may lie on other computers, away from whoever asks.
type farFiles struct {
	mu      sync.Mutex
	folders []string
	files   []evidence.File
	at      time.Time
	running chan struct{} // nil when nobody lists
}

// list returns the files of the folders. Of folders that do not answer in time it
// says so, and the next call may find them listed.
func (f *farFiles) list(ctx context.Context, folders []string) []evidence.File {
	f.mu.Lock()
	same := slices.Equal(f.folders, folders)
	if same && f.running == nil && !f.at.IsZero() && time.Since(f.at) < farPace {
		defer f.mu.Unlock()
		return f.files
	}
	if f.running == nil {
		f.running = make(chan struct{})
		go f.look(folders, f.running)
	}
	running := f.running
	f.mu.Unlock()
	wait := time.NewTimer(farWait)
	defer wait.Stop()
	select {
	case <-running:
		f.mu.Lock()
		defer f.mu.Unlock()
		if slices.Equal(f.folders, folders) {
			return f.files
		}
	case <-wait.C:
	case <-ctx.Done():
	}
	return unanswered(folders)
}

func (f *farFiles) look(folders []string, done chan struct{}) {
	var files []evidence.File
	for _, folder := range folders {
		files = append(files, client.Local{}.FilesIn(folder)...)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.folders, f.files, f.at, f.running = folders, files, time.Now(), nil
	close(done)
}

func (f *farFiles) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = time.Time{}
}

func unanswered(folders []string) []evidence.File {
	var files []evidence.File
	for _, folder := range folders {
		f := evidence.File{Err: errNoAnswer}
		f.Name = folder
		files = append(files, f)
	}
	return files
}
