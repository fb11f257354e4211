package pipeline

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:embed playbooks/*.yaml
var builtin embed.FS

// ErrUnknown is the error of Load and Head for an id that no playbook has.
var ErrUnknown = errors.New("no playbook of that name")

const folder = "playbooks"

// Builtin returns the ids of the playbooks that ship with the program, sorted.
func Builtin() []string { return builtinIDs() }

var builtinIDs = sync.OnceValue(func() []string {
	names, err := fs.Glob(builtin, folder+"/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	slices.Sort(names) // "a-b.yaml" comes before "a.yaml", "a-b" after "a"
	return slices.Clip(names)
})

// source returns the file of a playbook that ships with the program.
func source(id string) (name string, data []byte, err error) {
	if !slices.Contains(Builtin(), id) {
		return "", nil, fmt.Errorf("load playbook %s: %w; there are %s", id, ErrUnknown, strings.Join(Builtin(), ", "))
	}
	name = path.Join(folder, id+".yaml")
	data, err = builtin.ReadFile(name)
	return name, data, err
}

// cache keeps what was read once, by id.
type cache struct {
	mu   sync.Mutex
	read map[string]*Playbook
}

func (c *cache) load(id string, parse func(name string, data []byte) (*Playbook, error)) (*Playbook, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.read[id]; p != nil {
		return p, nil
	}
	name, data, err := source(id)
	if err != nil {
		return nil, err
	}
	p, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	if c.read == nil {
		c.read = make(map[string]*Playbook)
	}
	c.read[id] = p
	return p, nil
}

var whole, heads cache

// Load returns the playbook of that id that ships with the program. It is read
// the first time it is asked for and then shared: do not change it. An unknown
// id gives ErrUnknown.
func Load(id string) (*Playbook, error) { return whole.load(id, parseTrusted) }

// Head is Load without the stages: enough to recognise the product, for a
// small part of the time.
func Head(id string) (*Playbook, error) { return heads.load(id, parseHead) }

func parseHead(name string, data []byte) (*Playbook, error) {
	if root, ok := readPlain(withoutStages(string(data))); ok {
		if p, problems := build(name, root, nil); len(problems) == 0 {
			return p, nil
		}
	}
	p, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	p.Stages = nil
	return p, nil
}

// All loads every playbook that ships with the program, in the order of Builtin.
func All() ([]*Playbook, error) {
	all := make([]*Playbook, 0, len(Builtin()))
	for _, id := range Builtin() {
		p, err := Load(id)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// withoutStages removes the stages section. Only a key of the document itself
// can stand in the first column, so the section ends at the next line that
// begins with a letter.
func withoutStages(text string) string {
	const key = "\nstages:"
	start := strings.Index(text, key)
	if start < 0 {
		return text
	}
	head, rest := text[:start+1], text[start+len(key):]
	for {
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			return head
		}
		if rest = rest[i+1:]; rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
			return head + rest
		}
	}
}

// Parse reads a playbook. The error is a Problems that says where in the file
// called name each problem is. What can be used but is probably wrong passes
// here; Lint finds it.
func Parse(name string, data []byte) (*Playbook, error) {
	root, problem := readYAML(data)
	if problem != nil {
		problem.File = name
		return nil, Problems{*problem}
	}
	p, problems := build(name, root, nil)
	if len(problems) > 0 {
		return nil, Problems(problems)
	}
	return p, nil
}

// parseTrusted is Parse for the files that ship with the program: four times
// as fast, and with the same result, as a test shows for each of them.
func parseTrusted(name string, data []byte) (*Playbook, error) {
	if root, ok := readPlain(string(data)); ok {
		if p, problems := build(name, root, nil); len(problems) == 0 {
			return p, nil
		}
	}
	return Parse(name, data)
}

// build makes a playbook of a tree, with defaults filled in, and returns what
// keeps it from being used. It notes the place of each part in where.
func build(name string, root *node, where map[any]*node) (*Playbook, []Problem) {
	p := new(Playbook)
	d := decoder{file: name, where: where}
	d.decode(root, reflect.ValueOf(p).Elem())
	d.vocabulary(p, root)
	fill(p)
	sortProblems(d.problems)
	return p, d.problems
}

// fill sets what a file may leave out.
func fill(p *Playbook) {
	for _, s := range p.Stages {
		for i := range s.Logs {
			setDefault(&s.Logs[i].Side, SideClient)
			setDefault(&s.Logs[i].Confidence, Documented)
		}
		for _, sig := range s.Signatures {
			setDefault(&sig.Stage, s.ID)
			setDefault(&sig.Confidence, Documented)
			setDefault(&sig.Severity, severityOf[sig.Kind])
		}
		fillNotes(s.Notes)
	}
	fillNotes(p.Notes)
}

func fillNotes(notes []Note) {
	for i := range notes {
		setDefault(&notes[i].Confidence, Documented)
	}
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
